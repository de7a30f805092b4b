"""A board over a small live picture, dispatchers, units and deliveries: what the tests of the console stand on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import shapely

from geo.clock import HOUR, SECOND, Instant
from geo.model import Briefing, Emergency, Grade, Incident, Principal, Record, Status, Stored, UnitStatus, Verdict
from geo.picture import LivePicture
from geo.store.rows import Act, Delivery
from streams.console import views
from streams.console.board import Board, Key
from streams.receipts import Receipt, ReceiptState
from streams.whereabouts.contract import Sighting, Sightings
from tests.streams.speaking import NOW, incident

LEEDS = (-1.6, 53.75, -1.5, 53.85)
"""West, south, east, north: where incidents are by default."""
DISPATCHER = Principal(id="disp-1", role="dispatcher", force="own", expires_at=NOW + HOUR)
FOREIGN = replace(DISPATCHER, force="other")


def emergency(key: str = "k1", **changes: Any) -> Emergency:
    """An officer's call."""
    fields: dict[str, Any] = {
        "force": "own",
        "source": "device/pc-1",
        "source_id": key,
        "category": "officer_emergency",
        "title": "Officer emergency: LX21",
        "grade": Grade.EMERGENCY,
        "place": shapely.Point(-0.1, 51.5),
        "reported_at": NOW,
        "officer": "pc-1",
        "callsign": "LX21",
    }
    return Emergency(**(fields | changes))


def unit(officer: str = "pc-1", lon: float | None = -1.55, lat: float | None = 53.8, **changes: Any) -> Sighting:
    """An officer on patrol."""
    fields: dict[str, Any] = {
        "officer": officer,
        "force": "own",
        "callsign": "LX21",
        "beat": "",
        "status": UnitStatus.AVAILABLE,
        "node": "n1",
        "lon": lon,
        "lat": lat,
        "accuracy_m": 8.0,
        "fix_at": NOW,
    }
    return Sighting(**(fields | changes))


def owed(officer: str = "pc-1", age_s: float = 0.0, **changes: Any) -> Delivery:
    """A P1 alert that no device has stored."""
    row = Delivery(
        officer, 1, Verdict.INTERRUPT, 1, Act.ALERT, NOW - int(age_s * SECOND), None, None, None, "", None, seq=7
    )
    return replace(row, **changes)


def briefing(name: str = "B-1", **parts: Any) -> Briefing:
    """A must-ack without a place, for everybody."""
    given: dict[str, Any] = {
        "force": "own", "source": "briefings", "source_id": name, "category": "other", "title": "Stolen van",
        "grade": Grade.PRIORITY, "reported_at": NOW, "must_ack": True, **parts,
    }  # fmt: skip
    return Briefing(**given)


def receipt(officer: str, state: ReceiptState = ReceiptState.QUEUED, **parts: Any) -> Receipt:
    given: dict[str, Any] = {"officer": officer, "state": state, "since": NOW, "first_rev": 1, **parts}
    return Receipt(**given)


def who(officer: str) -> tuple[str, str]:
    """Name and callsign of pc-1."""
    return ("Ann Smith", "LX21") if officer == "pc-1" else ("", "")


def nobody(officer: str, record: str) -> int:
    """Nothing was handed to anybody."""
    return 0


class Desk:
    """A picture, and the board over it."""

    def __init__(self) -> None:
        self.picture = LivePicture()
        self.board = Board(self.picture)

    def put(self, *records: Record, version: int = 1, reach_m: float = 1_000.0) -> list[str]:
        """Into the picture; the ids."""
        stored = [Stored(record, version, NOW) for record in records]
        self.picture.apply(stored, lambda record: (NOW + HOUR, reach_m))
        return [record.id for record in records]

    def close(self, record: Incident | Emergency, version: int = 2) -> None:
        self.put(replace(record, status=Status.CLOSED), version=version)

    def units(self, *sightings: Sighting, partial: bool = False, force: str = "own") -> list[str]:
        """The officers whose key came out."""
        return [name for keys in self.board.sighted(force, Sightings(sightings, partial)) for _, name in keys]

    def progressed(self, record: str, rows: list[Delivery], now: Instant = NOW) -> list[Key]:
        """How far it has got, nothing having been handed to anybody."""
        return self.board.progressed(record, views.of_deliveries(record, rows, nobody, now))


def read(frames: list[bytes]) -> list[dict[str, Any]]:
    """The messages."""
    return [json.loads(frame) for frame in frames]


__all__ = [
    "DISPATCHER",
    "FOREIGN",
    "LEEDS",
    "NOW",
    "Desk",
    "briefing",
    "emergency",
    "incident",
    "nobody",
    "owed",
    "read",
    "receipt",
    "unit",
    "who",
]
