"""A small town for briefings: one beat of two kilometres, its neighbour, an officer on shift, and records to put."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shapely.geometry import Point, box

from geo.clock import DAY, HOUR, MINUTE, Instant, VirtualClock, parse_instant
from geo.marking import Clearance, Grading, Marking
from geo.model import (
    Beat,
    Briefing,
    Grade,
    Hazard,
    Incident,
    IntelReport,
    Interval,
    Officer,
    Principal,
    Record,
    Shift,
    Unit,
)
from geo.store.store import SqlStore
from streams.briefing import Compiler
from streams.relevance.policy import load_policy

NOW: Instant = parse_instant("2026-03-12T14:00:00Z")
"""A Thursday, on London's winter clock."""
BEAT = Beat(id="N1", name="Mill Lane", force="own", area=box(-0.1, 51.5, -0.07, 51.52), district="North")
NEIGHBOUR = Beat(id="N2", name="Market", force="own", area=box(-0.07, 51.5, -0.04, 51.52))
FOREIGN = Beat(id="X1", name="Far Hill", force="other", area=box(-0.2, 51.5, -0.17, 51.52))
POLICY = load_policy("uk")
MIDDLE = Point(-0.085, 51.51)


def principal(name: str = "pc-1", **rest: Any) -> Principal:
    return Principal(**{"id": name, "role": "officer", "force": "own", "expires_at": NOW + DAY, **rest})


def incident(name: str, minutes: float = 10, **rest: Any) -> Incident:
    """An open call in the middle of the beat, reported so many minutes ago."""
    at = NOW - int(minutes * MINUTE)
    given: dict[str, Any] = {
        "force": "own", "source": "cad", "source_id": name, "category": "burglary", "title": f"Burglary {name}",
        "grade": Grade.PRIORITY, "place": MIDDLE, "place_text": "Mill Lane", "reported_at": at,
    }  # fmt: skip
    return Incident(**given | rest)


def intel(name: str, days: float = 3, **rest: Any) -> IntelReport:
    at = NOW - int(days * DAY)
    given: dict[str, Any] = {
        "force": "own", "source": "intel", "source_id": name, "category": "drugs", "title": f"Dealing {name}",
        "grade": Grade.STANDARD, "place": MIDDLE, "reported_at": at, "grading": Grading.parse("2-B-P"),
    }  # fmt: skip
    return IntelReport(**given | rest)


def pushed(name: str, **rest: Any) -> Briefing:
    given: dict[str, Any] = {
        "force": "own", "source": "briefings", "source_id": name, "category": "administrative", "title": f"Read {name}",
        "grade": Grade.STANDARD, "text": "**Mind** the march.\n\n- Use Mission St", "reported_at": NOW - HOUR,
        "valid": Interval(NOW - HOUR, NOW + 6 * HOUR),
    }  # fmt: skip
    return Briefing(**given | rest)


def secret(record: Record) -> Record:
    return replace(record, marking=Marking(Clearance.OFFICIAL_SENSITIVE))


async def settle(store: SqlStore) -> None:
    """The roster: pc-1 on the beat from noon to 20:00 with unit N1-12, last on duty yesterday."""
    await store.put_beats([BEAT, NEIGHBOUR, FOREIGN])
    await store.put_officers([Officer(id="pc-1", force="own", clearance=Clearance.OFFICIAL)])
    await store.put_units([Unit(id="u1", callsign="N1-12", force="own", officers=("pc-1",))])
    await store.put_shifts(
        [
            Shift(id="s1", officer="pc-1", start=NOW - 2 * HOUR, end=NOW + 6 * HOUR, unit="u1", beat="N1"),
            Shift(id="s0", officer="pc-1", start=NOW - 26 * HOUR, end=NOW - 18 * HOUR, unit="u1", beat="N1"),
        ]
    )


def compiler(store: SqlStore, clock: VirtualClock, **rest: Any) -> Compiler:
    return Compiler(store, lambda: POLICY, clock, "Europe/London", **rest)


WEAPON, DOG, VIOLENCE = (Hazard.WEAPON,), (Hazard.DOG,), (Hazard.VIOLENCE,)
