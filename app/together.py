"""This process among the others of its deployment: lease, adoption, seats, jobs and hints, put together."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

import structlog

from geo.clock import HOUR, Clock, Instant, SyncedClock
from geo.model import Record
from geo.store.contract import Store
from geo.store.process_rows import JobKind
from streams.delivery.hub import Hub
from streams.hints.contract import About, Hint, Hints
from streams.pipeline import Pipeline
from streams.processes.addressing import Addressing
from streams.processes.escalation import Escalation
from streams.processes.jobs import Jobs, Unconfirmed, Upkeep, Work
from streams.processes.leases import Leases
from streams.processes.sergeants import Sergeants
from streams.processes.standing import Heard

log = structlog.get_logger("beatline")

KEPT = 48 * HOUR
"""How long what was owed stays in the inbox."""


class Together:
    """``synced``: the clock that the lease sets by the store's; None where the time is a replay's, which has no jobs
    either. ``restart`` is called once the store is another one; ``embedded``: it has no other process."""

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        hub: Hub,
        hints: Hints,
        clock: Clock,
        synced: SyncedClock | None,
        restart: Callable[[], None],
        embedded: bool,
    ) -> None:
        self._store, self._pipeline, self._hub, self._hints = store, pipeline, hub, hints
        self._clock, self._synced, self._embedded = clock, synced, embedded
        self.listeners: list[Callable[[Hint], None]] = []
        """Hear every hint, after this process has acted on it."""
        self.unconfirmed = 0
        """P1 alerts that were on no device after 10 s, as this process found."""
        node, about = pipeline.owner, f"{socket.gethostname()} pid {os.getpid()}"
        self.leases = Leases(store, node, about, self._devices, synced, self._hear, self._adopt, restart)
        self._upkeep = Upkeep(store, clock, self._keep)
        work: dict[JobKind, Work] = {JobKind.UNCONFIRMED: Unconfirmed(store, self._late), JobKind.UPKEEP: self._upkeep}
        sergeants = Sergeants(lambda: pipeline.following.roster, pipeline.situations.shifts)
        escalation = Escalation(store, sergeants, self._written)
        work |= Addressing(store, clock, escalation, self._ends, self._heard).work()
        self.jobs = Jobs(store, node, work)
        pipeline.owing.confirms = synced is not None

    # ------------------------------------------------------------------ its life
    async def begin(self) -> None:
        """Before the picture is loaded: the clock is the store's, and who is dead is known. Raises StoreUnavailable."""
        await self.leases.begin(alone=self._embedded)

    async def run(self) -> None:
        """For ever, beside the live path."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.leases.run())
            tasks.create_task(self._hub.elsewhere.run())
            if self._synced is not None:
                tasks.create_task(self._upkeep.begin_when_it_can())
                tasks.create_task(self.jobs.run())

    async def end(self) -> None:
        """The devices have gone: the lease ends, others adopt at once."""
        await self.leases.close()

    # ------------------------------------------------------------------ what comes in
    def hear(self, hint: Hint) -> None:
        """A hint, this process's own among them."""
        if hint.about is About.CHANGES:
            self._pipeline.wake()
        elif hint.about is About.DELIVERY:
            self._pipeline.acknowledged.progressed(hint.id)
        else:
            self._hub.elsewhere.hear(hint)
        for listener in self.listeners:
            listener(hint)

    def _devices(self) -> int:
        return self._hub.figures.connections

    def _hear(self, heard: Heard) -> None:
        elsewhere = self._hub.elsewhere
        elsewhere.living, elsewhere.alone = heard.living, heard.alone
        if heard.returned:
            elsewhere.hear(Hint(About.SEAT))

    async def _adopt(self) -> bool:
        states = await self._pipeline.adopt()
        await self._hub.elsewhere.adopted(states)
        if states:
            log.info("adopted officers of a silent process", officers=len(states))
        return bool(states)

    def _late(self, record: str, officers: list[str]) -> None:
        self.unconfirmed += len(officers)
        self._written()
        self._hints.publish(Hint(About.DELIVERY, record, urgent=True))

    def _written(self) -> None:
        """A job wrote something that somebody may be told of."""
        self._pipeline.wake()
        self._hints.publish(Hint(urgent=True))

    def _heard(self, record: str) -> None:
        self._hints.publish(Hint(About.DELIVERY, record))
        for listener in self.listeners:
            listener(Hint(About.DELIVERY, record))

    def _ends(self, record: Record) -> Instant:
        return self._pipeline.policy.lifetime_and_reach(record)[0]

    async def _keep(self) -> None:
        store, now = self._store, self._clock.now()
        for line in await store.upkeep(now):
            log.info("upkeep", made=line)
        dropped = await store.forget(now - KEPT)
        log.info("upkeep: what is older than 48 h has left the inbox", rows=dropped)
