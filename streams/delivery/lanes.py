"""The way in behind the upgrade: resumes before new sessions, and neither ever starved of its share of the doors.

A device that resumes has an officer in the street behind it who may have missed something; one that identifies begins a
shift. Each lane has a token bucket of its share of the measured rate: resumes go first while theirs lasts, then the
others; when neither has tokens and a door is free, somebody goes through it all the same.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import IntEnum
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")

DOORS = 64
"""Devices that are let in at the same time: as one group they cost the store a few statements."""
BURST_S = 1.0


class Lane(IntEnum):
    """By precedence."""

    RESUME = 0
    NEW = 1


SHARES = {Lane.RESUME: 0.75, Lane.NEW: 0.25}


class Lanes(Generic[T]):
    """Who waits, and whose turn it is. ``rate`` is of all joins together, per second."""

    def __init__(self, now: float) -> None:
        self._waiting: dict[Lane, deque[T]] = {lane: deque() for lane in Lane}
        self._tokens = dict.fromkeys(Lane, 0.0)
        self._at = now

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def wait(self, one: T, lane: Lane) -> None:
        self._waiting[lane].append(one)

    def next(self, now: float, rate: float) -> T | None:
        """Takes out whose turn it is."""
        self._refill(now, rate)
        waiting = [lane for lane in Lane if self._waiting[lane]]
        if not waiting:
            return None
        lane = next((lane for lane in waiting if self._tokens[lane] >= 1.0), waiting[0])
        self._tokens[lane] = max(0.0, self._tokens[lane] - 1.0)
        return self._waiting[lane].popleft()

    def _refill(self, now: float, rate: float) -> None:
        passed_s, self._at = max(0.0, now - self._at), now
        for lane, share in SHARES.items():
            per_s = rate * share
            self._tokens[lane] = min(max(1.0, per_s * BURST_S), self._tokens[lane] + passed_s * per_s)


class Doors:
    """``async with doors.through(lane)``: at most ``doors`` at a time."""

    def __init__(self, rate: Callable[[], float], doors: int = DOORS) -> None:
        self._rate, self._free = rate, doors
        self._lanes: Lanes[asyncio.Future[None]] = Lanes(monotonic())

    @asynccontextmanager
    async def through(self, lane: Lane) -> AsyncIterator[None]:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lanes.wait(turn, lane)
        self._let_in()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._freed()
            raise
        try:
            yield
        finally:
            self._freed()

    def _freed(self) -> None:
        self._free += 1
        self._let_in()

    def _let_in(self) -> None:
        while self._free and (turn := self._lanes.next(monotonic(), self._rate())) is not None:
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
