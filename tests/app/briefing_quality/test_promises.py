"""What officers are told of a shift is made of what lay before it, and is held against what then came."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.briefing_quality.promises import SHIFT, promised
from geo.clock import DAY, HOUR
from geo.hotspots import Events
from geo.model import Beat
from geo.place import moved_by

MONDAY = 1_767_571_200_000_000
WEEKS = 16
MIDDLE = (-1.5, 53.8)
BEAT = Beat(
    id="n1", name="North", force="own",
    area=shapely.box(*moved_by(*MIDDLE, -1_000, -1_000), *moved_by(*MIDDLE, 1_000, 1_000)),
)  # fmt: skip
SPAN = (MONDAY + (WEEKS - 4) * 7 * DAY, MONDAY + WEEKS * 7 * DAY)


def evenings(a_day: int = 8) -> Events:
    """At four corners, only between 17 and 23 o'clock UTC, alike in every week."""
    chance = np.random.default_rng(7)
    count = a_day * WEEKS * 7
    at = MONDAY + np.repeat(np.arange(WEEKS * 7), a_day) * DAY + (chance.uniform(17, 23, count) * HOUR).astype(np.int64)
    at.sort()
    corner = chance.integers(0, 4, count)
    places = np.array([moved_by(*MIDDLE, east, north) for east in (-500, 500) for north in (-500, 500)])
    return Events(places[corner, 0], places[corner, 1], at, at + 1, np.zeros(count, np.int64))


def test_what_was_expected_comes_and_hours_are_kept_apart() -> None:
    night, day, evening = promised(evenings(), [BEAT], SPAN, every=1)
    assert [one.hour for one in (night, day, evening)] == [0, 8, 16]
    assert evening.expected == pytest.approx(evening.came, rel=0.25)
    assert evening.even < 0.6 * evening.came
    assert night.expected < 0.3 * evening.expected
    assert day.came < 0.1 * evening.came
    assert evening.places == 4 * 28
    assert evening.held >= 0.8 * evening.places


def test_shifts_begin_at_local_midnight() -> None:
    told = promised(evenings(), [BEAT], SPAN, zone="America/Los_Angeles", every=1)
    assert [one.hour for one in told] == [0, 8, 16]
    assert max(told, key=lambda one: one.came).hour == 8


def test_nothing_later_is_known() -> None:
    """What happens in the last shift changes what came to its places, and nothing of what was promised there."""
    events, last = evenings(), (SPAN[1] - DAY, SPAN[1])
    before = events.rows(events.start < last[0] + 2 * SHIFT)
    whole, part = promised(events, [BEAT], last, every=1), promised(before, [BEAT], last, every=1)
    assert [one.expected for one in whole] == [one.expected for one in part]
    assert sum(one.came for one in part) == 0 < sum(one.came for one in whole)


def test_where_nothing_is_known_nothing_is_promised() -> None:
    nowhere = Beat(id="x", name="x", force="own", area=shapely.box(10, 10, 10.01, 10.01))
    assert all(one.places == 0 for one in promised(evenings(), [nowhere], SPAN))
