"""Problem places: found where they were put, at their hours, and no surer than the history allows."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from geo.clock import DAY, HOUR, Instant
from geo.hotspots import (
    COARSE,
    Events,
    chances,
    hour_profile,
    interval,
    places,
    surface,
    weights,
    window_share,
)
from geo.place import moved_by

MIDDLE = (-0.1, 51.5)
AREA = box(*moved_by(*MIDDLE, -1_500, -1_500), *moved_by(*MIDDLE, 1_500, 1_500))
MONDAY: Instant = 1_767_571_200 * 1_000_000
"""2026-01-05 00:00 UTC, a Monday."""
WEEKS = 20
NOW = MONDAY + WEEKS * 7 * DAY


def events(*groups: tuple[float, float, list[Instant]], lasting: int = 60_000_000, category: int = 3) -> Events:
    """(metres east, metres north, when) each."""
    spots = [(moved_by(*MIDDLE, east, north), at) for east, north, times in groups for at in times]
    start = np.array([at for _, at in spots], np.int64)
    return Events(
        np.array([spot[0] for spot, _ in spots], np.float64),
        np.array([spot[1] for spot, _ in spots], np.float64),
        start,
        start + lasting,
        np.full(len(spots), category, np.int64),
    )


def saturdays(hour: float, weeks: int = WEEKS) -> list[Instant]:
    return [MONDAY + (7 * week + 5) * DAY + int(hour * HOUR) for week in range(weeks)]


def background(count: int = 60) -> tuple[tuple[float, float, list[Instant]], ...]:
    chance = np.random.default_rng(5)
    spots = chance.uniform(-1_400, 1_400, (count, 2))
    times = chance.integers(MONDAY, NOW, count)
    return tuple((float(x), float(y), [int(at)]) for (x, y), at in zip(spots, times, strict=True))


def test_the_worst_place_is_where_it_was_put_at_its_hours_and_on_its_day() -> None:
    night = (MONDAY + (7 * WEEKS + 5) * DAY + 20 * HOUR, MONDAY + (7 * WEEKS + 6) * DAY + 4 * HOUR)
    busy = (400.0, -300.0, saturdays(22.5) + saturdays(23.2))
    found = places(events(*background(), busy), AREA, MONDAY, NOW, night)
    worst = found[0]
    east, north = moved_by(*MIDDLE, 400.0, -300.0)
    assert math.hypot((worst.lon - east) * 69_000, (worst.lat - north) * 111_000) < 60
    assert worst.hours is not None
    assert worst.hours[0] <= 22 < worst.hours[0] + 4
    assert worst.weekdays == (5,)
    assert worst.category == 3
    assert worst.seen >= WEEKS - 1
    assert worst.low <= worst.expected <= worst.high
    assert 0.5 < worst.expected < 4


def test_on_a_quiet_morning_the_same_place_promises_less() -> None:
    history = events(*background(), (400.0, -300.0, saturdays(22.5) + saturdays(23.2)))
    night = (NOW + 5 * DAY + 20 * HOUR, NOW + 5 * DAY + 28 * HOUR)
    morning = (NOW + DAY + 6 * HOUR, NOW + DAY + 14 * HOUR)
    by_night = places(history, AREA, MONDAY, NOW, night)[0].expected
    by_day = places(history, AREA, MONDAY, NOW, morning)[0].expected
    assert by_night > 4 * by_day


def test_month_level_data_never_gives_hours() -> None:
    months = events((0.0, 0.0, [MONDAY + month * 30 * DAY for month in range(4)] * 10), lasting=30 * DAY)
    found = places(months, AREA, MONDAY, NOW, (NOW, NOW + 8 * HOUR))
    assert found
    assert all(one.hours is None and one.weekdays is None for one in found)
    profile, rests_on = hour_profile(months, "UTC")
    assert rests_on == 0
    assert profile == pytest.approx(np.full(168, 1 / 168))


def test_what_happened_sometime_in_the_evening_counts_in_each_of_its_hours() -> None:
    profile, rests_on = hour_profile(events((0, 0, [MONDAY + 18 * HOUR] * 500), lasting=4 * HOUR), "UTC")
    assert rests_on == 500
    assert profile[18:22] == pytest.approx([profile[18]] * 4, rel=0.35)
    assert profile.reshape(7, 24).sum(axis=0)[18:22].sum() > 0.7
    assert profile.sum() == pytest.approx(1)


def test_the_hours_are_those_of_the_zone() -> None:
    local = hour_profile(events((0, 0, [MONDAY + 6 * HOUR] * 500)), "America/Los_Angeles")[0]
    assert int(np.argmax(local)) == 6 * 24 + 22
    share = window_share(local, MONDAY + 4 * HOUR, MONDAY + 8 * HOUR, "America/Los_Angeles")
    assert share > 0.4 > 10 * window_share(local, MONDAY + 14 * HOUR, MONDAY + 18 * HOUR, "America/Los_Angeles")
    assert window_share(local, MONDAY, MONDAY + 7 * DAY, "America/Los_Angeles") == pytest.approx(1)


def test_a_few_events_give_hours_before_they_give_weekdays() -> None:
    """Thirty calls at ten in the evening, all on Mondays by chance: it is late that is known, not Monday."""
    profile = hour_profile(events((0, 0, [MONDAY + 22 * HOUR] * 30)), "UTC")[0].reshape(7, 24)
    assert profile.sum(axis=0)[20:].sum() > 3 * profile.sum(axis=0)[8:12].sum()
    assert profile.sum(axis=1)[0] < 0.25


def test_a_place_with_few_events_keeps_the_hours_of_its_beat() -> None:
    beat = hour_profile(events((0, 0, [MONDAY + day * DAY + 22 * HOUR for day in range(100)])), "UTC")[0]
    place = hour_profile(events((0, 0, [MONDAY + 10 * HOUR] * 5)), "UTC", beat)[0]
    assert place.reshape(7, 24).sum(axis=0)[22] > 5 * place.reshape(7, 24).sum(axis=0)[10]


def test_too_little_makes_no_place() -> None:
    assert places(events((0, 0, [MONDAY, MONDAY + DAY])), AREA, MONDAY, NOW, (NOW, NOW + HOUR)) == []
    scattered = events(*((float(x), 0.0, [MONDAY + x * HOUR]) for x in range(-1_400, 1_400, 400)))
    assert places(scattered, AREA, MONDAY, NOW, (NOW, NOW + HOUR)) == []


def test_each_event_is_in_one_place_and_the_limit_is_kept() -> None:
    groups = [(float(x), 0.0, saturdays(20.0)) for x in range(-1_200, 1_300, 300)]
    found = places(events(*groups), AREA, MONDAY, NOW, (NOW, NOW + 8 * HOUR), limit=4)
    assert len(found) == 4
    assert len({(round(one.lon, 4), round(one.lat, 4)) for one in found}) == 4
    assert [one.expected for one in found] == sorted((one.expected for one in found), reverse=True)


def test_the_surface_sums_to_the_rate_a_week_and_is_nothing_outside() -> None:
    history = events((0.0, 0.0, [MONDAY + day * DAY for day in range(WEEKS * 7)]))
    grid = surface(history, AREA, MONDAY, NOW)
    assert grid.rate.sum() == pytest.approx(7, rel=0.02)
    assert weights(history, MONDAY, NOW).sum() == pytest.approx(7, rel=0.02)
    half = box(*moved_by(*MIDDLE, -1_500, -1_500), *moved_by(*MIDDLE, -200, 1_500))
    assert surface(history, half, MONDAY, NOW).rate[~surface(history, half, MONDAY, NOW).inside].sum() == 0
    cell = grid.cells_of(np.array([MIDDLE[0], 5.0]), np.array([MIDDLE[1], 5.0]))
    assert cell[1] == -1
    assert grid.rate.flat[cell[0]] == grid.rate.max()


@given(st.floats(0.1, 60), st.floats(0.2, 60))
def test_the_interval_holds_eight_looks_in_ten(shape: float, looked: float) -> None:
    low, high = interval(shape, looked)
    chance = np.random.default_rng(1)
    seen = chance.poisson(chance.gamma(shape, 1 / looked, 4_000))
    assert low <= high
    assert np.mean((seen >= low) & (seen <= high)) >= 0.77
    assert np.mean(seen < low) <= 0.12
    assert np.mean(seen > high) <= 0.12


def test_a_busy_place_has_an_interval_too() -> None:
    """Its chance of nothing at all is less than a float can hold."""
    low, high = interval(6_000.0, 2.0)
    assert low < 3_000 < high
    assert high - low == pytest.approx(2 * 1.2816 * math.sqrt(3_000 * 1.5), rel=0.02)
    first, chance = chances(0.4, 9.0)
    assert first == 0
    assert chance[0] == pytest.approx(0.9**0.4)
    assert chance.sum() == pytest.approx(1)


def test_no_look_is_no_promise() -> None:
    assert interval(3.0, math.inf) == (0, 0)
    assert COARSE == 24 * HOUR
