"""The shared parts that are at hand: gathered once however many ask, and let go when they may not be true any more"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable

from geo.clock import SECOND, Instant
from geo.model import Stored
from streams.patrol.gathering import Shared

GOOD_FOR = 60 * SECOND
"""What another process wrote is in a briefing after this at the latest; what is shown is held against the store."""
MOST = 200
"""Beats and shifts at hand: a force's, at the hour when shifts change."""


class Shelf:
    """Shared parts by what they are of. Of those who ask at the same moment one gathers, and the others wait for it."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[Instant, asyncio.Task[Shared]]] = {}

    async def get(self, key: Hashable, now: Instant, gather: Callable[[], Awaitable[Shared]]) -> Shared:
        """The part of this key, gathered at most a minute ago."""
        at, task = self._kept.get(key, (0, None))
        if task is None or now - at >= GOOD_FOR or (task.done() and (task.cancelled() or task.exception() is not None)):
            self._make_room()
            task = asyncio.ensure_future(_gathered(gather))
            self._kept[key] = (now, task)
        return await asyncio.shield(task)

    def drop(self, key: Hashable) -> None:
        """It is known not to be true any more."""
        self._kept.pop(key, None)

    def wrote(self, items: Iterable[Stored]) -> None:
        """Records were written: parts that they belong to, or might, are gathered anew."""
        written = list(items)
        for key, (_, task) in list(self._kept.items()):
            ready = task.done() and not task.cancelled() and task.exception() is None
            if not ready or any(task.result().may_concern(item) for item in written):
                del self._kept[key]

    def _make_room(self) -> None:
        while len(self._kept) >= MOST:
            del self._kept[next(iter(self._kept))]


async def _gathered(gather: Callable[[], Awaitable[Shared]]) -> Shared:
    return await gather()
