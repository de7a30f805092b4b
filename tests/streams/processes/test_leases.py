"""A lease is renewed, sets the clock, has the officers of the dead adopted, and ends in order; on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from geo.clock import HOUR, MINUTE, SECOND, SyncedClock, VirtualClock
from geo.errors import StoreUnavailable
from geo.store.process_rows import Lease
from geo.store.sqlite import SqliteStore
from streams.processes.leases import LASTS, Leases
from streams.processes.standing import LOOKS, Heard
from tests.streams.scene import NOW


class Process:
    """Everything that a lease calls, as lists."""

    def __init__(self, store: SqliteStore, node: str = "me", off_by: int = 0) -> None:
        self.heard: list[Heard] = []
        self.portions = [True, True, False]
        self.restarts = 0
        self.clock = SyncedClock(VirtualClock(NOW + off_by))
        self.leases = Leases(store, node, "here", lambda: 7, self.clock, self.heard.append, self.adopt, self.restart)

    async def adopt(self) -> bool:
        return self.portions.pop(0) if self.portions else False

    def restart(self) -> None:
        self.restarts += 1


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
async def store(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "beatline.sqlite", clock)
    await made.open()
    yield made
    await made.close()


async def test_a_process_whose_clock_is_an_hour_off_goes_by_the_stores(store: SqliteStore) -> None:
    process = Process(store, off_by=-HOUR)
    await process.leases.begin()
    assert process.clock.now() == NOW
    (peer,) = (await store.renew(Lease("other", MINUTE))).peers
    assert (peer.node, peer.devices, peer.about, peer.lapses_at) == ("me", 7, "here", NOW + LASTS)


async def test_the_officers_of_the_dead_are_adopted_whole_and_once(store: SqliteStore, clock: VirtualClock) -> None:
    await store.renew(Lease("mortal", SECOND))
    process = Process(store)
    await process.leases.begin()
    assert process.heard[-1].living == {"mortal"}
    clock.set(NOW + 2 * SECOND)
    for _ in range(LOOKS + 1):
        await process.leases.step()
        await asyncio.sleep(0.01)
    assert process.portions == []
    assert process.heard[-1].dead == frozenset()


async def test_an_adoption_that_fails_is_tried_again(store: SqliteStore) -> None:
    await store.renew(Lease("dead", 0))
    process = Process(store)
    await process.leases.begin()
    tried: list[int] = []

    async def adopt() -> bool:
        tried.append(1)
        if len(tried) == 1:
            raise StoreUnavailable("away")
        return False

    process.leases._adopt = adopt
    for _ in range(LOOKS + 3):
        await process.leases.step()
        await asyncio.sleep(0.01)
    assert len(tried) == LOOKS + 1


async def test_an_embedded_store_has_one_process(store: SqliteStore) -> None:
    await store.renew(Lease("killed just now", MINUTE))
    process = Process(store)
    await process.leases.begin(alone=True)
    assert process.heard[-1].living == frozenset()
    assert [node for node, _ in process.heard[-1].dead] == ["killed just now"]


async def test_another_store_is_a_reason_to_begin_anew(store: SqliteStore) -> None:
    process = Process(store)
    await process.leases.begin()
    assert process.leases._standing is not None
    process.leases._standing._epoch = "before"
    await process.leases.step()
    assert process.restarts == 1


async def test_the_end_in_order_is_seen_at_once(store: SqliteStore, clock: VirtualClock) -> None:
    process = Process(store)
    await process.leases.begin()
    await process.leases.close()
    renewed = await store.renew(Lease("other", MINUTE))
    assert renewed.peers[0].lapses_at <= renewed.now


async def test_a_process_that_was_stopped_says_that_it_is_back(store: SqliteStore, clock: VirtualClock) -> None:
    process = Process(store)
    await process.leases.begin()
    clock.set(NOW + MINUTE)
    await process.leases.step()
    assert process.heard[-1].returned
    assert process.leases.lapsed == 1
