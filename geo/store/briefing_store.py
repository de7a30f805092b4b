"""The store's part about briefings: publishing to an audience, asking it again, and what patrol briefings disclosed"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from geo.clock import Clock, Instant
from geo.model import Briefing, Stored
from geo.store import addressed, patrols, receipts, records
from geo.store.beat_areas import BeatAreas
from geo.store.briefing_rows import Addressee, Door, PatrolRow, Published, Readdressed, Step
from geo.store.patrol_store import PatrolReads
from geo.store.process_rows import Job
from geo.store.receipt_rows import Progress, Reply

T = TypeVar("T")


class BriefingStore(PatrolReads, ABC):
    """See :class:`geo.store.contract.Store`; the same bodies on both engines."""

    _clock: Clock

    def __init__(self) -> None:
        self._areas = BeatAreas()

    @abstractmethod
    async def _read(self, body: Callable[[Connection], T]) -> T: ...
    @abstractmethod
    async def _write(self, body: Callable[[Connection], T], urgency: Any = ...) -> T: ...

    async def _learn_areas(self, wanted: bool) -> None:
        """Before they are asked for in a transaction, and not on the event loop."""
        if wanted and (rows := await self._read(self._areas.unknown)):
            await asyncio.to_thread(self._areas.learn, rows)

    async def publish(
        self, briefing: Briefing, door: Door, actor: str = "", over: Stored | None = None, jobs: Sequence[Job] = ()
    ) -> Published | None:
        at = self._clock.now()
        row, version = records.rows_for([briefing], at, actor)[0], over.version if over else 0
        await self._learn_areas(briefing.audience.area is not None)
        written = await self._write(
            lambda connection: addressed.publish(connection, briefing, row, version, at, jobs, door, self._areas)
        )
        if written is None:
            return None
        put, closed, rows = written
        return Published(put, tuple(await asyncio.to_thread(addressed.made, rows)), closed)

    async def would_address(self, briefing: Briefing, door: Door) -> list[Addressee]:
        at = self._clock.now()
        await self._learn_areas(briefing.audience.area is not None)
        rows = await self._read(lambda connection: addressed.asked(connection, briefing, at, door, self._areas))
        return await asyncio.to_thread(lambda: [Addressee(officer, refusal, at=at) for officer, refusal in rows])

    async def readdress(self, briefing: str, door: Door) -> Readdressed:
        at = self._clock.now()
        await self._learn_areas(self._areas.empty)
        return await self._write(lambda connection: addressed.readdress(connection, briefing, at, door, self._areas))

    async def addressees(self, briefing: str) -> list[Addressee]:
        rows = await self._read(lambda connection: addressed.addressees(connection, briefing))
        return await asyncio.to_thread(addressed.made, rows)

    async def addressed_to(self, officer: str) -> list[str]:
        return await self._read(lambda connection: addressed.addressed_to(connection, officer))

    async def having(self, kind: str, trait: str, values: Sequence[str]) -> dict[str, int]:
        return await self._read(lambda connection: addressed.having(connection, kind, trait, values))

    async def step_up(self, briefing: str, officers: Sequence[str], step: Step) -> None:
        at = self._clock.now()
        await self._write(lambda connection: addressed.step_up(connection, briefing, officers, step, at))

    async def climbed(self, step: Step) -> dict[str, list[Addressee]]:
        return await self._read(lambda connection: addressed.climbed(connection, step))

    async def progress(self, record: str, since_version: int = 1) -> list[Progress]:
        return await self._read(lambda connection: receipts.progress(connection, record, since_version))

    async def replies(self, record: str) -> list[Reply]:
        return await self._read(lambda connection: receipts.replies(connection, record))

    async def disclose(self, row: PatrolRow) -> None:
        await self._write(lambda connection: patrols.disclose(connection, row))

    async def patrols_of(self, officers: Sequence[str], now: Instant) -> list[PatrolRow]:
        return await self._read(lambda connection: patrols.lasting(connection, officers, now))

    async def patrols_with(self, record: str) -> list[PatrolRow]:
        return await self._read(lambda connection: patrols.showing(connection, record))
