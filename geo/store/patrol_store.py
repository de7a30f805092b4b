"""The store's part about patrol-start briefings: what one is made of, read in a few trips"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.model import Stored
from geo.store import patrol_search
from geo.store.patrol_rows import BeatHistory, BeatQuery, ReaderRows

T = TypeVar("T")


class PatrolReads(ABC):
    """See :class:`geo.store.contract.Store`; the same bodies on both engines."""

    @abstractmethod
    async def _read(self, body: Callable[[Connection], T]) -> T: ...

    async def beat_history(self, query: BeatQuery) -> BeatHistory:
        return await self._read(lambda connection: patrol_search.beat_history(connection, query))

    async def documents(self, numbers: Sequence[int]) -> list[Stored]:
        return await self._read(lambda connection: patrol_search.documents(connection, numbers))

    async def live_briefings_of(self, force: str, now: Instant) -> list[Stored]:
        return await self._read(lambda connection: patrol_search.briefings(connection, force, now))

    async def as_of(self, ids: Sequence[str], at: Instant) -> dict[str, Stored]:
        return await self._read(lambda connection: patrol_search.as_of(connection, ids, at))

    async def versions_now(self, ids: Sequence[str]) -> dict[str, int]:
        return await self._read(lambda connection: patrol_search.versions_now(connection, ids))

    async def reader_rows(self, officer: str, now: Instant) -> ReaderRows:
        return await self._read(lambda connection: patrol_search.reader_rows(connection, officer, now))

    async def beat_names(self, force: str) -> list[tuple[str, str]]:
        return await self._read(lambda connection: patrol_search.beat_names(connection, force))
