"""The store's part about briefings: publishing to an audience, asking it again, and what patrol briefings disclosed"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from geo.clock import Clock, Instant
from geo.model import Briefing, Stored
from geo.store import addressed, patrols, records
from geo.store.briefing_rows import Addressee, Door, PatrolRow, Published, Readdressed, Step
from geo.store.patrol_store import PatrolReads
from geo.store.process_rows import Job

T = TypeVar("T")


class BriefingStore(PatrolReads, ABC):
    """See :class:`geo.store.contract.Store`; the same bodies on both engines."""

    _clock: Clock

    @abstractmethod
    async def _read(self, body: Callable[[Connection], T]) -> T: ...
    @abstractmethod
    async def _write(self, body: Callable[[Connection], T], urgency: Any = ...) -> T: ...

    async def publish(
        self, briefing: Briefing, door: Door, actor: str = "", over: Stored | None = None, jobs: Sequence[Job] = ()
    ) -> Published | None:
        at = self._clock.now()
        row, version = records.rows_for([briefing], at, actor)[0], over.version if over else 0
        return await self._write(
            lambda connection: addressed.publish(connection, briefing, row, version, at, jobs, door)
        )

    async def would_address(self, briefing: Briefing, door: Door) -> list[Addressee]:
        at = self._clock.now()
        return await self._read(lambda connection: addressed.asked(connection, briefing, 1, at, door))

    async def readdress(self, briefing: str, door: Door) -> Readdressed:
        at = self._clock.now()

        def body(connection: Connection) -> Readdressed:
            found = records.by_ids(connection, [briefing]).get(briefing)
            if found is None or not isinstance(found.record, Briefing):
                return Readdressed((), ())
            return addressed.ask_again(connection, found.record, found.version, at, door)

        return await self._write(body)

    async def addressees(self, briefing: str) -> list[Addressee]:
        return await self._read(lambda connection: addressed.addressees(connection, briefing))

    async def addressed_to(self, officer: str) -> list[str]:
        return await self._read(lambda connection: addressed.addressed_to(connection, officer))

    async def having(self, kind: str, trait: str, values: Sequence[str]) -> dict[str, int]:
        return await self._read(lambda connection: addressed.having(connection, kind, trait, values))

    async def step_up(self, briefing: str, officers: Sequence[str], step: Step) -> None:
        at = self._clock.now()
        await self._write(lambda connection: addressed.step_up(connection, briefing, officers, step, at))

    async def climbed(self, step: Step) -> dict[str, list[Addressee]]:
        return await self._read(lambda connection: addressed.climbed(connection, step))

    async def disclose(self, row: PatrolRow) -> None:
        await self._write(lambda connection: patrols.disclose(connection, row))

    async def patrols_of(self, officers: Sequence[str], now: Instant) -> list[PatrolRow]:
        return await self._read(lambda connection: patrols.lasting(connection, officers, now))

    async def patrols_with(self, record: str) -> list[PatrolRow]:
        return await self._read(lambda connection: patrols.showing(connection, record))
