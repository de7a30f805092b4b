"""Durable jobs: claimed by whichever process is alive when they are due, done, and only then gone."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from geo.clock import HOUR, Clock
from geo.errors import StoreUnavailable
from geo.store.contract import Store
from geo.store.process_rows import Job, JobKind
from streams.owing import CONFIRMED_WITHIN

log = logging.getLogger("beatline.jobs")

EVERY_S = 1.0
UPKEEP_EVERY = HOUR
Work = Callable[[Job], Awaitable[None]]


class Jobs:
    """A job that fails stays claimed for 30 s and comes again then, to this process or to another. Upkeep, which may
    take minutes, is done beside: what is due in seconds does not wait for it."""

    def __init__(self, store: Store, node: str, work: Mapping[JobKind, Work]) -> None:
        self._store, self._node, self._work = store, node, work
        self._long: asyncio.Task[None] | None = None
        self.counts: Counter[str] = Counter()
        """``unconfirmed`` done, ``unconfirmed_failed``, ..."""

    async def run(self) -> None:
        """For ever."""
        try:
            await self._claim_for_ever()
        finally:
            if self._long is not None:
                self._long.cancel()

    async def _claim_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                while await self.step():
                    log.debug("jobs were due")
            except StoreUnavailable as error:
                log.info("jobs wait for the store: %s", error)
            except Exception:
                log.exception("jobs could not be claimed")

    async def step(self) -> int:
        """What is due now; returns how many were claimed."""
        claimed = await self._store.claim(self._node)
        for job in claimed:
            if job.kind is JobKind.UPKEEP and (self._long is None or self._long.done()):
                self._long = asyncio.get_running_loop().create_task(self._beside(job))
        done = [job for job in claimed if job.kind is not JobKind.UPKEEP and await self._did(job)]
        if done:
            await self._store.finish(done)
        return len(claimed)

    async def _beside(self, job: Job) -> None:
        try:
            if await self._did(job):
                await self._store.finish([job])
        except StoreUnavailable as error:
            log.info("a job waits for the store: %s", error)

    async def _did(self, job: Job) -> bool:
        try:
            await self._work[job.kind](job)
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("a job failed, it is tried again: %s %s", job.kind.value, job.subject)
            self.counts[f"{job.kind.value}_failed"] += 1
            return False
        self.counts[job.kind.value] += 1
        return True


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """Ten seconds after a P1 was owed: who has not stored it is marked, and everybody hears of the record."""

    store: Store
    hear: Callable[[str, list[str]], None]
    """(record, officers): they are unconfirmed now."""

    async def __call__(self, job: Job) -> None:
        late = await self.store.mark_unconfirmed(job.subject, job.due_at - CONFIRMED_WITHIN)
        if late:
            log.warning("a P1 is not on the devices of %d officers after 10 s: %s", len(late), job.subject)
            self.hear(job.subject, late)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Once an hour, by one of the processes: ``keep`` does it, and the next one is scheduled."""

    store: Store
    clock: Clock
    keep: Callable[[], Awaitable[None]]

    async def begin(self) -> None:
        """The first one, where none is scheduled: every process says the same hour."""
        await self.store.schedule([self._next()])

    async def begin_when_it_can(self) -> None:
        """The same, however long the store is away."""
        while True:
            try:
                return await self.begin()
            except StoreUnavailable:
                await asyncio.sleep(EVERY_S)

    async def __call__(self, job: Job) -> None:
        await self.keep()
        await self.begin()

    def _next(self) -> Job:
        return Job(JobKind.UPKEEP, "", (self.clock.now() // UPKEEP_EVERY + 1) * UPKEEP_EVERY)
