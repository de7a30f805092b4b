"""A month is an interval on London's clock."""

from __future__ import annotations

import pytest

from app.feeds.police_uk import EXTENT, month
from geo.clock import parse_instant
from geo.model import Interval


def test_months_begin_at_midnight_in_london() -> None:
    assert month("2017-07") == Interval(
        parse_instant("2017-07-01T00:00:00+01:00"), parse_instant("2017-08-01T00:00:00+01:00")
    )
    assert month("2017-12") == Interval(parse_instant("2017-12-01T00:00:00Z"), parse_instant("2018-01-01T00:00:00Z"))


def test_the_month_of_a_clock_change_has_an_hour_more_or_less() -> None:
    march, october = month("2020-03"), month("2020-10")
    assert march.end is not None
    assert march.start is not None
    assert october.end is not None
    assert october.start is not None
    assert (march.end - march.start) % (24 * 3_600_000_000) == 23 * 3_600_000_000
    assert (october.end - october.start) % (24 * 3_600_000_000) == 3_600_000_000


@pytest.mark.parametrize("text", ["", "2017", "2017-13", "2017-00", "2017-07-01", "0000-01"])
def test_what_is_no_month(text: str) -> None:
    with pytest.raises(ValueError):
        month(text)


def test_the_extent_holds_both_ends_of_the_country() -> None:
    west, south, east, north = EXTENT
    assert west < -8.2 < 1.8 < east
    assert south < 49.9 < 60.9 < north
