"""Records, fan-outs and ticks with sensible defaults, for the tests of the store."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geo.clock import HOUR, MINUTE, Instant
from geo.marking import Marking
from geo.model import Grade, Incident, Interval, Record, Status, Verdict
from geo.pairs import UInt8
from geo.store.rows import Act, Budget, Fanout, Receipted, Tick
from geo.store.store import SqlStore

NOW: Instant = 1_800_000_000_000_000
LEEDS = (-1.5491, 53.8008)
TERMS = ("near", "grade", "hazard")
FACTS = ("distance_m", "bearing_deg")
RULES = ("ordinary", "must_deliver")
REASONS = ("", "closed", "not_entitled")


def incident(
    source_id: str,
    place: BaseGeometry | None = None,
    *,
    title: str = "Burglary in progress",
    reported_at: Instant = NOW,
    occurred: Interval | None = None,
    category: str = "burglary",
    grade: Grade = Grade.PRIORITY,
    status: Status = Status.OPEN,
    beat: str | None = None,
    force: str = "own",
    marking: Marking | None = None,
    valid: Interval | None = None,
) -> Incident:
    return Incident(
        force=force,
        source="cad",
        source_id=source_id,
        category=category,
        title=title,
        grade=grade,
        status=status,
        place=place,
        beat=beat,
        reported_at=reported_at,
        occurred=occurred or Interval(reported_at, reported_at),
        marking=marking or Marking(),
        valid=valid or Interval(),
    )


def city(count: int, seed: int = 7) -> list[Record]:
    """Incidents around Leeds: points, a few lines and areas, a few without a place, over a week; some at one time."""
    draw = random.Random(seed)
    made: list[Record] = []
    for number in range(count):
        lon, lat = LEEDS[0] + draw.uniform(-0.3, 0.3), LEEDS[1] + draw.uniform(-0.2, 0.2)
        step = draw.uniform(0.001, 0.01)
        shapes = (
            LineString([(lon, lat), (lon + step, lat + step)]),
            Polygon([(lon, lat), (lon + step, lat), (lon, lat + step)]),
            None,
        )
        place = shapes[number % 3] if number % 10 == 0 else Point(lon, lat)
        reported = NOW - draw.randrange(0, 7 * 24) * HOUR
        lasts = draw.choice((0, 0, 30 * MINUTE, 30 * 24 * HOUR))
        made.append(
            incident(
                f"c{number}",
                place,
                reported_at=reported,
                occurred=Interval(reported - lasts, reported) if number % 50 else Interval(),
                category=draw.choice(("burglary", "assault", "theft")),
                grade=draw.choice(list(Grade)),
                status=draw.choice(list(Status)),
                beat=draw.choice((None, "B1", "B2")),
            )
        )
    return made


def _small(count: int, value: int | Sequence[int]) -> UInt8:
    return np.full(count, value, dtype=np.uint8) if isinstance(value, int) else np.array(value, dtype=np.uint8)


def fanout(
    record: str,
    officers: Sequence[str],
    *,
    act: int | Sequence[int] = Act.ALERT,
    verdict: int = Verdict.NOTIFY,
    rev: int = 1,
    version: int = 1,
    at: Instant = NOW,
    reason: int = 0,
    inside: int | Sequence[int] = 1,
) -> Fanout:
    n = len(officers)
    row = np.arange(n, dtype=np.float32)
    return Fanout(
        record=record,
        version=version,
        at=at,
        policy="uk-1",
        officers=tuple(officers),
        act=_small(n, act),
        verdict=_small(n, verdict),
        priority=_small(n, 2),
        rule=_small(n, 1),
        reason=_small(n, reason),
        rev=np.full(n, rev, dtype=np.int32),
        inside=_small(n, inside),
        score=np.full(n, 0.5, dtype=np.float32),
        terms=np.column_stack((row, row + 0.25, np.full(n, np.nan, dtype=np.float32))).astype(np.float32),
        facts=np.column_stack((row * 100, row)).astype(np.float32),
        term_names=TERMS,
        fact_names=FACTS,
        rule_names=RULES,
        reason_names=REASONS,
        told_grade=_small(n, 3),
        told_hazards=np.full(n, 5, dtype=np.int32),
        told_lon=np.full(n, LEEDS[0]),
        told_lat=np.full(n, np.nan),
        told_version=np.full(n, version, dtype=np.int32),
        told_style=_small(n, 4),
    )


def tick(
    fanouts: Sequence[Fanout], terms_of: dict[str, int] | None = None, owner: str = "node-1", at: Instant = NOW
) -> Tick:
    named = {officer for item in fanouts for officer in item.officers}
    return Tick(at, owner, tuple(fanouts), dict.fromkeys(named, 1) if terms_of is None else terms_of)


async def say(store: SqlStore, *fanouts: Fanout, budgets: tuple[Budget, ...] = ()) -> Receipted:
    """Takes the officers named, and records."""
    named = sorted({officer for item in fanouts for officer in item.officers})
    states = await store.take(named, "node-1", NOW)
    terms = {state.officer: state.term for state in states}
    return await store.record(Tick(NOW, "node-1", tuple(fanouts), terms, budgets))
