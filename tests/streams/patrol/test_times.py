"""When and how old, in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from geo.clock import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from streams.errors import BadBriefing
from streams.patrol.times import age_text, clock_text, when_text, zone_named

NOW = parse_instant("2026-03-12T14:00:00Z")
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-03-12T13:02:00Z", "today 13:02"),
        ("2026-03-11T23:10:00Z", "yesterday 23:10"),
        ("2026-03-13T08:00:00Z", "tomorrow 08:00"),
        ("2026-03-09T08:15:00Z", "Mon 08:15"),
        ("2026-03-05T08:15:00Z", "5 Mar 08:15"),
        ("2025-07-05T08:15:00Z", "5 Jul 2025 09:15"),
    ],
)
def test_a_moment(at: str, said: str) -> None:
    moment = parse_instant(at)
    assert when_text(moment, moment, NOW, LONDON) == said


@pytest.mark.parametrize(
    ("start", "end", "said"),
    [
        ("2020-01-01T00:00:00Z", "2020-02-01T00:00:00Z", "Jan 2020"),
        ("2023-06-30T23:00:00Z", "2023-07-31T23:00:00Z", "Jul 2023"),
        ("2026-03-03T00:00:00Z", "2026-03-10T00:00:00Z", "3 Mar to 9 Mar 2026"),
        ("2025-12-30T00:00:00Z", "2026-01-03T00:00:00Z", "30 Dec 2025 to 2 Jan 2026"),
    ],
)
def test_a_long_interval_has_no_hour(start: str, end: str, said: str) -> None:
    assert when_text(parse_instant(start), parse_instant(end), NOW, LONDON) == said


def test_another_zone_is_another_day() -> None:
    moment = parse_instant("2026-03-12T05:30:00Z")
    assert when_text(moment, moment, NOW, ZoneInfo("America/Los_Angeles")) == "yesterday 22:30"
    assert clock_text(NOW - HOUR, NOW, LONDON) == "13:00"


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (-5 * SECOND, "just now"),
        (59 * SECOND, "just now"),
        (12 * MINUTE, "12 min old"),
        (89 * MINUTE, "89 min old"),
        (3 * HOUR, "3 h old"),
        (3 * DAY, "3 days old"),
        (150 * DAY, "5 months old"),
        (1_100 * DAY, "3 years old"),
    ],
)
def test_an_age(age: Instant, said: str) -> None:
    assert age_text(NOW - age, NOW) == said


@pytest.mark.parametrize("name", ["Europe/Londn", "", "../etc/passwd", "x" * 400])
def test_what_is_no_zone_is_said(name: str) -> None:
    with pytest.raises(BadBriefing) as caught:
        zone_named(name)
    assert caught.value.field == "zone"
