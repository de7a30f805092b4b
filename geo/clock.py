"""Time as a value passed in: UTC instants in whole microseconds, their text, and clocks that can be virtual."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

from geo.errors import BadTime

Instant: TypeAlias = int
"""Microseconds since 1970-01-01T00:00:00Z. Integers compare and subtract alike in Python, numpy and SQL."""

MILLISECOND = 1_000
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """Where the present instant comes from. A parameter everywhere: replay and drills run on a virtual one."""

    def now(self) -> Instant: ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> Instant:
        return time.time_ns() // 1_000


class VirtualClock:
    """A clock that stands still until it is set. Never goes back."""

    def __init__(self, at: Instant) -> None:
        self._now = at

    def now(self) -> Instant:
        return self._now

    def set(self, at: Instant) -> None:
        self._now = max(self._now, at)


class ScaledClock:
    """A clock that starts at ``start`` and runs ``speed`` times as fast as the machine's: the demo's replay.

    ``zero_ns`` is when it started (``time.monotonic_ns()``, default: now): two processes that agree on it agree on
    the time.
    """

    def __init__(self, start: Instant, speed: float, zero_ns: int | None = None) -> None:
        self._start, self._speed = start, speed
        self._zero = time.monotonic_ns() if zero_ns is None else zero_ns

    def now(self) -> Instant:
        return self._start + int((time.monotonic_ns() - self._zero) / 1_000 * self._speed)


class SyncedClock:
    """Another clock's time on the scale of a clock that all share: the store's.

    ``correct`` is told what the shared clock said, and what ``base`` said before and after asking. That gives an
    interval in which the offset must lie; the offset moves only where it is outside, and then as little as can be. So
    it stands still while the two clocks agree within a round trip, and a slow answer does not shake it.
    """

    def __init__(self, base: Clock) -> None:
        self.base = base
        self.offset_us = 0
        """What is added to ``base``."""

    def now(self) -> Instant:
        return self.base.now() + self.offset_us

    def correct(self, shared: Instant, before: Instant, after: Instant) -> None:
        """``shared`` was read after ``before`` and before ``after``, both of ``base``."""
        self.offset_us = min(max(self.offset_us, shared - after), shared - before)


def instant_of(moment: datetime) -> Instant:
    """The instant of an aware datetime. Raises BadTime for a naive one: a guess at the zone is a wrong time."""
    if moment.tzinfo is None:
        raise BadTime(f"{moment.isoformat()} has no time zone")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def datetime_of(at: Instant) -> datetime:
    """The aware UTC datetime of an instant. Raises BadTime outside the years 1..9999."""
    try:
        return _EPOCH + timedelta(microseconds=at)
    except OverflowError as error:
        raise BadTime(f"{at} microseconds is outside the calendar") from error


def parse_instant(text: str) -> Instant:
    """RFC 3339 text with a zone (``Z`` or an offset) -> instant. Raises BadTime, naming the text."""
    try:
        return instant_of(datetime.fromisoformat(text))
    except BadTime:
        raise
    except (ValueError, OverflowError) as error:
        raise BadTime(f"{text[:40]!r} is not an RFC 3339 time such as 2026-11-22T18:04:30Z") from error


def format_instant(at: Instant) -> str:
    """RFC 3339 UTC with milliseconds, as PROTOCOL.md has it: ``2026-11-22T18:04:30.000Z``."""
    return datetime_of(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at // 1_000 % 1_000:03d}Z"
