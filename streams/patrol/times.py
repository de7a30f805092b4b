"""When something was, as an officer says it: today 14:02, Mon 23:10, Jan 2020; and how old it is"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geo.clock import DAY, HOUR, SECOND, Instant, datetime_of
from streams.errors import BadBriefing

LONG = 2 * DAY
"""An interval that is longer has no time of day: it is said as days or as a month."""
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def zone_named(name: str) -> ZoneInfo:
    """Raises BadBriefing for what is no IANA zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadBriefing("zone", "bad_zone", f"{name[:40]!r} is no time zone such as Europe/London") from None


def when_text(start: Instant, end: Instant, now: Instant, zone: ZoneInfo) -> str:
    """``today 14:02``, ``yesterday 23:10``, ``Mon 08:15``, ``3 Nov 08:15``; of a long interval ``Jan 2020`` or
    ``3 to 9 Nov``."""
    began = datetime_of(start).astimezone(zone)
    if end - start > LONG:
        return _span(began, datetime_of(end - SECOND).astimezone(zone))
    return f"{day_text(began, datetime_of(now).astimezone(zone))} {began:%H:%M}"


def day_text(day: datetime, today: datetime) -> str:
    """As near as it can be said: today, a weekday of this week, a date, with the year where it is another."""
    days = (today.date() - day.date()).days
    if days in (-1, 0, 1):
        return {-1: "tomorrow", 0: "today", 1: "yesterday"}[days]
    if 1 < days < 7:
        return _DAYS[day.weekday()]
    date = f"{day.day} {_MONTHS[day.month - 1]}"
    return date if day.year == today.year else f"{date} {day.year}"


def _span(began: datetime, ended: datetime) -> str:
    whole = began.day == 1 and (ended + timedelta(days=1)).day == 1
    if whole and (began.year, began.month) == (ended.year, ended.month):
        return f"{_MONTHS[began.month - 1]} {began.year}"
    first = f"{began.day} {_MONTHS[began.month - 1]}"
    last = f"{ended.day} {_MONTHS[ended.month - 1]} {ended.year}"
    return f"{first} to {last}" if began.year == ended.year else f"{first} {began.year} to {last}"


def clock_text(at: Instant, now: Instant, zone: ZoneInfo) -> str:
    """``14:02`` of today, else with its day."""
    when = when_text(at, at, now, zone)
    return when.removeprefix("today ")


def age_text(at: Instant, now: Instant) -> str:
    """``just now``, ``12 min old``, ``3 h old``, ``9 days old``, ``5 months old``, ``3 years old``."""
    age = now - at
    if age < 60 * SECOND:
        return "just now"
    if age < 90 * 60 * SECOND:
        return f"{age // (60 * SECOND)} min old"
    if age < 48 * HOUR:
        return f"{round(age / HOUR)} h old"
    if age < 60 * DAY:
        return f"{round(age / DAY)} days old"
    if age < 730 * DAY:
        return f"{round(age / (30.44 * DAY))} months old"
    return f"{round(age / (365.25 * DAY))} years old"
