"""Instants, their text, and clocks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.clock import (
    HOUR,
    SECOND,
    ScaledClock,
    SyncedClock,
    SystemClock,
    VirtualClock,
    datetime_of,
    format_instant,
    instant_of,
    parse_instant,
)
from geo.errors import BadTime


def test_an_offset_is_the_same_instant_as_its_z() -> None:
    assert parse_instant("2026-11-22T18:04:30Z") == parse_instant("2026-11-22T19:04:30+01:00")
    assert parse_instant("1970-01-01T00:00:01Z") == SECOND
    assert parse_instant("2026-11-22T18:04:30.123456Z") % SECOND == 123_456


@pytest.mark.parametrize(
    "text", ["2026-11-22T18:04:30", "2026-11-22", "yesterday", "", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+14:00x"]
)
def test_without_a_zone_or_a_meaning_it_is_refused(text: str) -> None:
    with pytest.raises(BadTime):
        parse_instant(text)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(BadTime, match="no time zone"):
        instant_of(datetime(2026, 11, 22))  # noqa: DTZ001


def test_what_is_outside_the_calendar_is_refused() -> None:
    for at in (10**18, -(10**18)):
        with pytest.raises(BadTime, match="outside the calendar"):
            datetime_of(at)


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)), st.integers(-14, 14))  # noqa: DTZ001
def test_there_and_back(moment: datetime, hours: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(hours=hours)))
    at = instant_of(aware)
    assert datetime_of(at) == aware
    assert parse_instant(aware.isoformat()) == at
    assert parse_instant(format_instant(at)) == at // 1_000 * 1_000


def test_the_wire_has_milliseconds_and_z() -> None:
    assert (
        format_instant(instant_of(datetime(2026, 11, 22, 18, 4, 30, 1_999, tzinfo=UTC))) == "2026-11-22T18:04:30.001Z"
    )


def test_a_virtual_clock_stands_still_and_never_goes_back() -> None:
    clock = VirtualClock(100)
    assert (clock.now(), clock.now()) == (100, 100)
    clock.set(200)
    clock.set(150)
    assert clock.now() == 200


def test_a_scaled_clock_runs_faster_and_is_agreed_by_its_zero() -> None:
    zero = time.monotonic_ns() - SECOND * 1_000
    clock, other = ScaledClock(0, 60.0, zero), ScaledClock(0, 60.0, zero)
    first = clock.now()
    assert first >= 60 * SECOND
    assert other.now() >= first
    assert ScaledClock(5, 60.0).now() >= 5


def test_the_system_clock_is_this_century() -> None:
    assert parse_instant("2020-01-01T00:00:00Z") < SystemClock().now() < parse_instant("2100-01-01T00:00:00Z")


def test_a_synced_clock_moves_only_as_far_as_it_is_proven_wrong() -> None:
    base = VirtualClock(1_000)
    clock = SyncedClock(base)
    clock.correct(1_005, 1_000, 1_010)
    assert clock.now() == 1_000
    clock.correct(HOUR, 1_000, 1_010)
    assert clock.now() == HOUR - 10
    clock.correct(HOUR + 50, 1_000, 1_100)
    assert clock.now() == HOUR - 10
    clock.correct(500, 1_000, 1_010)
    assert clock.now() == 500
    base.set(2_000)
    assert clock.now() == 1_500
