"""A server process in the simulation: real pipeline and hub, on a store and hints that may fail it, killed at will."""

from __future__ import annotations

import asyncio
import contextvars
import random
from collections.abc import Callable, Coroutine
from typing import Any

from geo.clock import HOUR, SECOND, Instant
from geo.codebook import Codebooks
from geo.errors import StoreUnavailable
from geo.model import Principal
from geo.picture import LivePicture
from geo.store.process_rows import JobKind
from streams.conversation.protocol import SessionLimits
from streams.delivery.hub import Hub
from streams.hints.contract import About, Hint
from streams.officers.situations import Situations
from streams.pipeline import Pipeline
from streams.processes.jobs import Jobs, Unconfirmed
from streams.processes.leases import Leases
from streams.processes.standing import Heard
from streams.relevance.policy import Policy
from tests.simulation.disk import Disk, SimulatedStore

_OWNER: contextvars.ContextVar[Node | None] = contextvars.ContextVar("node", default=None)
OPERATION = "ivory"
"""A compartment that every token names; whether it counts is the roster's word."""
START: Instant = 1_800_000_000 * SECOND
_WINDOWS = (1, 64)
"""Messages under way to one device. Where it is narrow, words wait and an emergency overtakes them: a device that is
cut then lacks words below the newest it has, and only what it acknowledged says which."""


class LoopClock:
    """The wire's time: the loop's, from one instant on."""

    def now(self) -> Instant:
        return START + int(asyncio.get_running_loop().time() * SECOND)


def held_back(context: contextvars.Context | None, act: Callable[[], None]) -> bool:
    """True where this belongs to a process that is stopped: it happens when that goes on."""
    owner = (contextvars.copy_context() if context is None else context).get(_OWNER)
    if owner is None or not owner.stopped:
        return False
    owner._standing_still.append(act)
    return True


def own_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Every task belongs to the process in whose context it was made."""

    def factory(loop: asyncio.AbstractEventLoop, coro: Coroutine[Any, Any, Any], **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **options)
        owner = _OWNER.get()
        if owner is not None:
            owner.tasks.add(task)
            task.add_done_callback(owner.tasks.discard)
        return task

    loop.set_task_factory(factory)  # type: ignore[arg-type]


class Node:
    """One life of one process."""

    def __init__(self, name: str, disk: Disk, policy: Policy, rng: random.Random, tell: Callable[[Hint], None]) -> None:
        self.name, self.clock = name, LoopClock()
        self.tasks: set[asyncio.Task[Any]] = set()
        self.alive, self.ready = True, False
        self.store = SimulatedStore(disk, self.clock, rng)
        books = Codebooks()
        self.pipeline = Pipeline(
            self.store,
            LivePicture(books),
            Situations(books),
            policy,
            self.clock,
            name,
            lambda batch: self.hub.deliver(batch),
        )
        limits = SessionLimits(max_unacked=rng.choice(_WINDOWS), beyond_for_p1=2)
        self.hub = Hub(
            self.store, self.pipeline, self._verify, self.clock, name, limits, auth_clock=self.clock, tell=tell
        )
        self._leases = Leases(self.store, name, "simulated", lambda: 0, None, self._stands, self._adopt, lambda: None)
        self._jobs = Jobs(self.store, name, {JobKind.UNCONFIRMED: Unconfirmed(self.store, lambda record, late: None)})
        self._context = contextvars.copy_context()
        self._context.run(_OWNER.set, self)
        self.stopped = False
        """SIGSTOP: nothing of it goes on until it is continued; its time passes all the same."""
        self._standing_still: list[Callable[[], None]] = []

    def _verify(self, token: str) -> Principal:
        expires_at = self.clock.now() + 24 * HOUR
        return Principal(id=token, role="officer", force="own", expires_at=expires_at, operations=(OPERATION,))

    def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._life = loop.create_task(self._live(), context=self._context)

    async def _live(self) -> None:
        await self.store.open()
        while not self.ready:
            try:
                await self._leases.begin()
                await self.pipeline.start()
                self.ready = True
            except StoreUnavailable:
                await asyncio.sleep(0.5)
        await asyncio.gather(self.pipeline.run(), self._leases.run(), self.hub.elsewhere.run(), self._jobs.run())

    # ------------------------------------------------------------------ among the others
    def hears(self, hint: Hint) -> None:
        """Another process, or this one, has said it."""
        if hint.about is About.CHANGES:
            self.run(self.pipeline.wake)
        else:
            self.run(lambda: self.hub.elsewhere.hear(hint))

    def _stands(self, heard: Heard) -> None:
        self.hub.elsewhere.living, self.hub.elsewhere.alone = heard.living, heard.alone
        if heard.returned:
            self.hub.elsewhere.hear(Hint(About.SEAT))

    async def _adopt(self) -> bool:
        states = await self.pipeline.adopt()
        await self.hub.elsewhere.adopted(states)
        return bool(states)

    def run(self, act: Callable[[], None]) -> None:
        """Something that happens in this process."""
        if self.alive and self.ready:
            self.act(act)

    def act(self, act: Callable[[], None]) -> None:
        """The same while it starts or goes away: what its sockets bring."""
        if self.stopped:
            self._standing_still.append(act)
        elif self.alive:
            self._context.copy().run(act)

    def stop(self) -> None:
        """SIGSTOP."""
        self.stopped = True

    def go_on(self) -> None:
        """SIGCONT: all that has come due meanwhile happens now."""
        self.stopped = False
        waiting, self._standing_still = self._standing_still, []
        for act in waiting:
            asyncio.get_running_loop().call_soon(act, context=self._context.copy())

    async def retire(self) -> None:
        """As on SIGTERM: the devices are let go, what is under way ends, the lease ends."""
        self.ready = False
        await self.hub.leave()
        await self.hub.close()
        await self.pipeline.stop()
        await self._leases.close()
        self.kill()

    def kill(self) -> None:
        """SIGKILL: nothing more of it happens anywhere."""
        self.alive = self.ready = self.store.alive = False
        for task in list(self.tasks):
            task.cancel()
