"""This process's lease, renewed every 2 s: sets the clock, tells who lives, and adopts the officers of the dead."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic

from geo.clock import SECOND, Instant, SyncedClock
from geo.errors import StoreUnavailable
from geo.store.contract import Store
from geo.store.process_rows import Lease, Renewed
from streams.processes.standing import Heard, Standing

log = logging.getLogger("beatline.processes")

EVERY_S = 2.0
LASTS = 6 * SECOND
"""Three renewals: one that is lost makes nobody dead."""


class Leases:
    """The pump. ``clock`` is corrected by each answer (None: the time is somebody else's business). ``hear`` learns how
    things stand, ``adopt`` takes a portion of officers and says whether there were any, ``restart`` is called once the
    store is another one."""

    def __init__(
        self,
        store: Store,
        node: str,
        about: str,
        devices: Callable[[], int],
        clock: SyncedClock | None,
        hear: Callable[[Heard], None],
        adopt: Callable[[], Awaitable[bool]],
        restart: Callable[[], None],
    ) -> None:
        self._store, self._node, self._about, self._devices, self._clock = store, node, about, devices, clock
        self._hear, self._adopt, self._restart = hear, adopt, restart
        self._standing: Standing | None = None
        self._adopting: asyncio.Task[None] | None = None
        self.renewed_at_s: float | None = None
        """Monotonic seconds of the last renewal that was answered."""
        self.lapsed = 0
        """How often our own lease had lapsed when it was renewed."""

    async def begin(self, alone: bool = False) -> None:
        """The first renewal: from here on the clock is the store's. ``alone``: an embedded store has one process, so
        whoever else holds a lease is gone. Raises StoreUnavailable."""
        renewed = await self._renew()
        self._standing = Standing(self._store.epoch, LASTS)
        if alone:
            for peer in renewed.peers:
                await self._store.retire(peer.node)
            renewed = await self._renew()
        self._hear(self._standing.heard(renewed))

    async def run(self) -> None:
        """For ever. A store that is away is asked again: until then the others see a lease that lapses."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.step()
            except StoreUnavailable as error:
                log.warning("the lease cannot be renewed: %s", error)
            except Exception:
                log.exception("renewing the lease failed")

    async def step(self) -> None:
        """One renewal, and what follows from it."""
        assert self._standing is not None
        heard = self._standing.heard(await self._renew())
        if heard.another_store:
            log.critical("the store is another one than before (restored, or failed over): this process begins anew")
            self._restart()
            return
        if heard.returned:
            self.lapsed += 1
            log.warning("this process was away for longer than its lease: others may have taken its officers")
        self._hear(heard)
        if heard.dead and (self._adopting is None or self._adopting.done()):
            self._adopting = asyncio.get_running_loop().create_task(self._adopt_all(self._standing, heard))

    async def _adopt_all(self, standing: Standing, heard: Heard) -> None:
        try:
            portions = 0
            while await self._adopt():
                portions += 1
            standing.adopted(heard.dead)
        except StoreUnavailable as error:
            log.warning("the officers of %d silent processes wait: %s", len(heard.dead), error)
        except Exception:
            log.exception("adopting the officers of silent processes failed")

    async def _renew(self) -> Renewed:
        lease = Lease(self._node, LASTS, self._devices(), self._about)
        before = self._base_now()
        renewed = await self._store.renew(lease)
        if self._clock is not None:
            self._clock.correct(renewed.now, before, self._base_now())
        self.renewed_at_s = monotonic()
        return renewed

    def _base_now(self) -> Instant:
        return 0 if self._clock is None else self._clock.base.now()

    async def close(self) -> None:
        """The lease ends now: the others adopt at once."""
        if self._adopting is not None:
            self._adopting.cancel()
            await asyncio.gather(self._adopting, return_exceptions=True)
        try:
            await asyncio.wait_for(self._store.retire(self._node), EVERY_S)
        except (StoreUnavailable, TimeoutError) as error:
            log.warning("the lease could not be ended, it lapses: %s", error)
