"""A short shift for the report's tests: three units, a handful of calls, replayed through the real path once."""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely

from app.people.movement import Trace
from app.replay import replay
from app.report.figures import Figures, figures_of
from app.report.heard import Heard, Said
from app.report.nearby import Nearby, nearby
from geo.clock import SECOND, Instant, parse_instant
from geo.marking import Marking
from geo.model import Grade, Hazard, Incident, Record, Status
from streams.relevance.policy import Policy, load_policy

START = parse_instant("2026-01-15T10:00:00Z")
LON, LAT = -122.42, 37.77
METRE = 1 / 88_000
"""A metre eastwards, in degrees, nearly."""

Change = tuple[Instant, Record]


def call(number: int, at_s: float, east_m: float | None = 0.0, **changes: object) -> Change:
    """A robbery at so many metres east, known from ``at_s`` after the start on."""
    at = START + int(at_s * SECOND)
    base: dict[str, object] = {
        "force": "own", "source": "test", "source_id": str(number), "category": "robbery", "title": "John Doe robbed",
        "grade": Grade.EMERGENCY, "reported_at": at, "place_text": "12 Secret Street",
        "place": None if east_m is None else shapely.Point(LON + east_m * METRE, LAT),
    }  # fmt: skip
    return at, Incident(**{**base, **changes})  # type: ignore[arg-type]


def trace(east_m: list[float], every_s: float = 20.0) -> Trace:
    """A fix every 20 s, at so many metres east."""
    at = START + (np.arange(len(east_m)) * every_s * SECOND).astype(np.int64)
    unknown = np.full(len(east_m), np.nan, np.float32)
    return Trace(at, LON + np.array(east_m) * METRE, np.full(len(east_m), LAT), unknown, unknown, unknown)


@dataclass(frozen=True, slots=True)
class Shift:
    """What the report is made of."""

    changes: list[Change]
    traces: dict[str, Trace]
    policy: Policy
    heard: Heard
    said: Said
    near: Nearby
    figures: Figures


def shift(changes: list[Change], traces: dict[str, Trace]) -> Shift:
    """Replays it."""
    policy, heard = load_policy("san_francisco"), Heard()
    asyncio.run(replay(changes, traces, policy, io.StringIO(), heard))
    said, near = heard.said(tuple(traces)), nearby(changes, traces, policy)
    return Shift(changes, traces, policy, heard, said, near, figures_of(said, near, traces))


@cache
def evening() -> Shift:
    """U1 stands, U2 stands five kilometres east, U3 drives from far towards U1. 1: a weapon 200 m from U1; 2: routine,
    900 m from U1; 3: far from everybody; 4: nowhere; 5: a weapon beside U1 that only an operation may know of; 1 and 2
    are closed in the end."""
    weapon = (Hazard.WEAPON,)
    changes = [
        call(1, 100, 200, hazards=weapon),
        call(2, 120, 900, category="traffic", grade=Grade.ROUTINE),
        call(3, 140, 30_000),
        call(4, 160, None),
        call(5, 180, 50, hazards=weapon, marking=Marking(operations=("OAK",)), title="Operation Oak"),
        call(1, 1_500, 200, hazards=weapon, status=Status.CLOSED, reported_at=START + 100 * SECOND),
        call(2, 1_500, 900, category="traffic", grade=Grade.ROUTINE, status=Status.CLOSED,
             reported_at=START + 120 * SECOND),
    ]  # fmt: skip
    traces = {
        "U1": trace([0.0] * 100),
        "U2": trace([5_000.0] * 100),
        "U3": trace([6_100.0 - 200 * step for step in range(60)]),
    }
    return shift(changes, traces)


def nothing() -> Shift:
    """No calls and no units."""
    return shift([], {})
