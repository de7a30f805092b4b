"""Judged records without a store: a shared part made by hand, and what a reader may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from zoneinfo import ZoneInfo

import numpy as np

from geo.clock import HOUR, Instant
from geo.marking import Clearance
from geo.model import Beat, Officer, Record, Stored
from geo.store.patrol_rows import BeatColumns, BeatHistory
from streams.patrol.asking import Question
from streams.patrol.gathering import Shared, Turn, shared_of
from streams.patrol.judging import Judged, Reader, judged
from streams.patrol.weighing import weighing
from streams.patrol.where import ground
from tests.streams.patrol import town

_TYPES = {"lon": np.float64, "lat": np.float64, "category": object}
NO_ROWS = BeatColumns(*(np.zeros(0, _TYPES.get(field.name, np.int64)) for field in fields(BeatColumns)))
READER = Reader(officer=Officer(id="pc-1", force="own"), callsign="N1-12", beat="N1")


def turn(beat: Beat = town.BEAT, hours: float = 8) -> Turn:
    return Turn(
        force="own", beat=beat, ground=ground(beat.area), start=town.NOW, until=town.NOW + int(hours * HOUR),
        at=town.NOW, policy=town.POLICY, weighing=weighing(town.POLICY, int(hours * HOUR)),
    )  # fmt: skip


def stored(records: Sequence[Record | Stored]) -> list[Stored]:
    return [one if isinstance(one, Stored) else Stored(one, 1, one.reported_at) for one in records]


def shared(*records: Record | Stored, history: BeatColumns = NO_ROWS, since: Instant = 0) -> Shared:
    return shared_of(turn(), BeatHistory(history, since), stored(records), ())


def judge(*records: Record | Stored, reader: Reader = READER) -> list[Judged]:
    part = shared(*records)
    return judged(part.picture, part.distance_m, part.in_beat, reader, part.turn.weighing, town.NOW)


def question(reader: Reader = READER, since: Instant = town.NOW - 18 * HOUR) -> Question:
    return Question(
        reader=reader, beat=town.BEAT, start=town.NOW, until=town.NOW + 8 * HOUR, since=since,
        zone=ZoneInfo("Europe/London"), request="", at=town.NOW, notes=(),
    )  # fmt: skip


def cleared(level: Clearance) -> Reader:
    return Reader(officer=Officer(id="pc-1", force="own", clearance=level), beat="N1")


def columns(count: int, **given: object) -> BeatColumns:
    """So many past incidents in the beat over eight weeks, half of them at one corner on evenings."""
    draw = np.random.default_rng(3)
    days = draw.integers(1, 56, count)
    hours = np.where(np.arange(count) % 2 == 0, 19 + draw.integers(0, 3, count), draw.integers(0, 24, count))
    at = (town.NOW // (24 * HOUR) - days) * 24 * HOUR + hours * HOUR
    corner = np.arange(count) % 2 == 0
    made: dict[str, object] = {
        "n": np.arange(1, count + 1), "kind": np.zeros(count, np.int64), "grade": np.full(count, 2),
        "status": np.full(count, 2), "hazards": np.zeros(count, np.int64), "lookout": np.zeros(count, np.int64),
        "lon": np.where(corner, -0.085 + draw.normal(0, 0.0003, count), draw.uniform(-0.1, -0.07, count)),
        "lat": np.where(corner, 51.51 + draw.normal(0, 0.0002, count), draw.uniform(51.5, 51.52, count)),
        "reported_at": at, "occurred_from": at, "occurred_until": at + 1, "valid_until": np.full(count, 2**62),
        "written_at": at, "version": np.ones(count, np.int64), "level": np.zeros(count, np.int64),
        "category": np.array(["robbery" if here else "theft" for here in corner], object),
        "common": np.ones(count, np.int64),
    }  # fmt: skip
    return BeatColumns(**(made | given))  # type: ignore[arg-type]
