"""What is held back is judged by what was before it: a town whose troubles stay is told from one where they wander."""

from __future__ import annotations

import math

import numpy as np
import pytest

from app.briefing_quality.held_back import SHARES, WEEK, _caught, judge
from geo.hotspots import Events

START = 1_767_571_200_000_000


def town(stays: bool, weeks: int = 20, a_week: int = 150) -> Events:
    """Events in a town of 6 km; two thirds at 25 corners that stay, or at other corners every week."""
    chance = np.random.default_rng(4)
    corners = chance.uniform(-0.03, 0.03, (25, 2))
    lon, lat, at = [], [], []
    for week in range(weeks):
        spots = corners if stays else chance.uniform(-0.03, 0.03, (25, 2))
        chosen = spots[chance.integers(0, 25, a_week * 2 // 3)]
        rest = chance.uniform(-0.03, 0.03, (a_week // 3, 2))
        both = np.concatenate([chosen, rest])
        lon.append(-1.5 + both[:, 0])
        lat.append(53.8 + both[:, 1] * 0.6)
        at.append(START + week * WEEK + chance.integers(0, WEEK, len(both)))
    when = np.concatenate(at)
    order = np.argsort(when)
    return Events(
        np.concatenate(lon)[order], np.concatenate(lat)[order], when[order], when[order] + 1,
        np.zeros(len(order), np.int64),
    )  # fmt: skip


def test_where_troubles_stay_most_is_caught_and_evenly_is_what_it_says() -> None:
    judged = judge(town(stays=True), 4)
    by_name = {method.name: method for method in judged.methods}
    at_5 = {name: method.caught[1] for name, method in by_name.items()}
    assert [one.area for one in by_name["evenly"].caught] == list(SHARES)
    assert at_5["problem places"].share > 0.6
    assert at_5["problem places"].low <= at_5["problem places"].share <= at_5["problem places"].high
    assert at_5["evenly"].share == pytest.approx(0.05, abs=0.04)
    assert judged.trained + judged.held_back <= 20 * 150
    assert judged.covered == pytest.approx(judged.ought, abs=0.08)
    assert judged.ought >= 0.8
    assert judged.forecasts > 20


def test_days_are_drawn_again_and_not_events() -> None:
    """Two good days and two bad ones: a hundred events on each make them no surer."""
    day = np.repeat(np.arange(4), 100)
    hit = np.repeat([1.0, 1.0, 0.0, 0.0], 100)
    caught = _caught(0.05, hit, day)
    assert (caught.share, caught.low, caught.high) == (0.5, 0.0, 1.0)
    assert math.isnan(_caught(0.05, hit[:0], day[:0]).share)


def test_where_they_wander_nothing_is_promised() -> None:
    judged = judge(town(stays=False), 4)
    assert judged.methods[0].caught[1].share < 0.25


def test_nothing_of_the_held_back_weeks_is_looked_at() -> None:
    whole = town(stays=True)
    cut = int(whole.start.max()) - 4 * WEEK
    moved = whole.lon.copy()
    moved[whole.start >= cut] += 0.02
    other = Events(moved, whole.lat, whole.start, whole.end, whole.category)
    assert judge(other, 4).methods[0].caught[1].share < judge(whole, 4).methods[0].caught[1].share / 2
