"""The shared parts that are at hand: gathered once however many ask, and let go when they may not be true any more"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from dataclasses import dataclass

from geo.clock import SECOND, Instant
from geo.model import Stored
from streams.patrol.gathering import Shared

GOOD_FOR = 60 * SECOND
"""What another process wrote is in a briefing after this at the latest; what is shown is held against the store."""
STEADY = 5 * SECOND
"""A part that something was written of since is used so long all the same: at the hour when shifts change, a busy beat
would else be gathered at each call. Whoever has his briefing hears of the call by the live path."""
MOST = 200
"""Beats and shifts at hand: a force's, at the hour when shifts change."""


@dataclass(slots=True)
class _Kept:
    at: Instant
    task: asyncio.Task[Shared]
    outdated: bool = False

    @property
    def failed(self) -> bool:
        return self.task.done() and (self.task.cancelled() or self.task.exception() is not None)

    def is_good(self, now: Instant) -> bool:
        return now - self.at < (STEADY if self.outdated else GOOD_FOR) and not self.failed


class Shelf:
    """Shared parts by what they are of. Of those who ask at the same moment one gathers, and the others wait for it."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, _Kept] = {}

    async def get(self, key: Hashable, now: Instant, gather: Callable[[], Awaitable[Shared]]) -> Shared:
        """The part of this key, gathered at most a minute ago."""
        kept = self._kept.get(key)
        if kept is None or not kept.is_good(now):
            self._make_room()
            kept = self._kept[key] = _Kept(now, asyncio.ensure_future(_gathered(gather)))
        return await asyncio.shield(kept.task)

    def drop(self, key: Hashable) -> None:
        """It is known not to be true any more."""
        self._kept.pop(key, None)

    def wrote(self, items: Iterable[Stored]) -> None:
        """Records were written: parts that they belong to, or might, are gathered anew, though not each second."""
        waiting = [kept for kept in self._kept.values() if not kept.outdated]
        if not waiting:
            return
        written = list(items)
        for kept in waiting:
            ready = kept.task.done() and not kept.failed
            kept.outdated = not ready or any(map(kept.task.result().may_concern, written))

    def _make_room(self) -> None:
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]


async def _gathered(gather: Callable[[], Awaitable[Shared]]) -> Shared:
    return await gather()
