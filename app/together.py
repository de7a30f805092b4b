"""This process among the others of its deployment: lease, adoption, seats, jobs and hints, put together."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

import structlog

from app.runtime import Runtime
from geo.clock import HOUR, SyncedClock
from geo.store.process_rows import JobKind
from streams.hints.contract import About, Hint
from streams.processes.jobs import Jobs, Unconfirmed, Upkeep
from streams.processes.leases import Leases
from streams.processes.standing import Heard

log = structlog.get_logger("beatline")

KEPT = 48 * HOUR
"""How long what was owed stays in the inbox."""


class Together:
    """``synced``: the clock that the lease sets by the store's; None where the time is a replay's, which has no jobs
    either. ``restart`` is called once the store is another one."""

    def __init__(self, runtime: Runtime, synced: SyncedClock | None, restart: Callable[[], None]) -> None:
        self._runtime, self._synced = runtime, synced
        self.listeners: list[Callable[[Hint], None]] = []
        """Hear every hint, after this process has acted on it."""
        self.unconfirmed = 0
        """P1 alerts that were on no device after 10 s, as this process found."""
        store, node = runtime.store, runtime.pipeline.owner
        about = f"{socket.gethostname()} pid {os.getpid()}"
        self.leases = Leases(store, node, about, lambda: runtime.devices, synced, self._hear, self._adopt, restart)
        self._upkeep = Upkeep(store, runtime.clock, self._keep)
        work = {JobKind.UNCONFIRMED: Unconfirmed(store, self._late), JobKind.UPKEEP: self._upkeep}
        self.jobs = Jobs(store, node, work)
        runtime.pipeline.owing.confirms = synced is not None

    # ------------------------------------------------------------------ its life
    async def begin(self) -> None:
        """Before the picture is loaded: the clock is the store's, and who is dead is known. Raises StoreUnavailable."""
        await self.leases.begin(alone=not self._runtime.settings.store)

    async def run(self) -> None:
        """For ever, beside the live path."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.leases.run())
            tasks.create_task(self._runtime.hub.elsewhere.run())
            if self._synced is not None:
                await self._upkeep.begin()
                tasks.create_task(self.jobs.run())

    async def end(self) -> None:
        """The devices have gone: the lease ends, others adopt at once."""
        await self.leases.close()

    # ------------------------------------------------------------------ what comes in
    def hear(self, hint: Hint) -> None:
        """A hint, this process's own among them."""
        if hint.about is About.CHANGES:
            self._runtime.pipeline.wake()
        else:
            self._runtime.hub.elsewhere.hear(hint)
        for listener in self.listeners:
            listener(hint)

    def _hear(self, heard: Heard) -> None:
        elsewhere = self._runtime.hub.elsewhere
        elsewhere.living, elsewhere.alone = heard.living, heard.alone
        if heard.returned:
            elsewhere.hear(Hint(About.SEAT))

    async def _adopt(self) -> bool:
        states = await self._runtime.pipeline.adopt()
        await self._runtime.hub.elsewhere.adopted(states)
        if states:
            log.info("adopted officers of a silent process", officers=len(states))
        return bool(states)

    def _late(self, record: str, officers: list[str]) -> None:
        self.unconfirmed += len(officers)
        self._runtime.pipeline.wake()
        self._runtime.hints.publish(Hint(urgent=True))
        self._runtime.hints.publish(Hint(About.DELIVERY, record, urgent=True))

    async def _keep(self) -> None:
        store, now = self._runtime.store, self._runtime.clock.now()
        for line in await store.upkeep(now):
            log.info("upkeep", made=line)
        dropped = await store.forget(now - KEPT)
        log.info("upkeep: what is older than 48 h has left the inbox", rows=dropped)
