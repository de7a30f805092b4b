"""Jobs are done and gone; one that fails stays, and stops no other."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from geo.clock import HOUR, MINUTE, SECOND, VirtualClock
from geo.errors import StoreUnavailable
from geo.store.process_rows import Job, JobKind, Lease
from geo.store.sqlite import SqliteStore
from streams.processes import jobs
from streams.processes.jobs import Jobs, Unconfirmed, Upkeep
from tests.geo.store.making import NOW, fanout, say


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
async def store(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(tmp_path / "beatline.sqlite", clock)
    await made.open()
    yield made
    await made.close()


async def test_what_fails_is_tried_again_and_what_worked_is_not(store: SqliteStore, clock: VirtualClock) -> None:
    done: list[str] = []

    async def work(job: Job) -> None:
        if job.subject == "bad" and clock.now() == NOW:
            raise ValueError("not today")
        done.append(job.subject)

    await store.renew(Lease("me", HOUR))
    ours = Jobs(store, "me", {JobKind.UNCONFIRMED: work})
    await store.schedule([Job(JobKind.UNCONFIRMED, subject, NOW) for subject in ("bad", "good")])
    assert await ours.step() == 2
    assert await ours.step() == 0
    clock.set(NOW + MINUTE)
    assert await ours.step() == 1
    assert done == ["good", "bad"]
    assert dict(ours.counts) == {"unconfirmed": 2, "unconfirmed_failed": 1}


async def test_a_p1_that_is_on_no_device_after_ten_seconds_is_told(store: SqliteStore, clock: VirtualClock) -> None:
    urgent = dataclasses.replace(fanout("r1", ["a", "b"]), priority=np.ones(2, np.uint8))
    await say(store, urgent)
    heard: list[tuple[str, list[str]]] = []
    ours = Jobs(store, "me", {JobKind.UNCONFIRMED: Unconfirmed(store, lambda *late: heard.append(late))})
    await store.schedule([Job(JobKind.UNCONFIRMED, "r1", NOW + 10 * SECOND)])
    assert await ours.step() == 0
    clock.set(NOW + 10 * SECOND)
    assert await ours.step() == 1
    assert heard == [("r1", ["a", "b"])]


async def test_upkeep_is_done_once_an_hour(store: SqliteStore, clock: VirtualClock) -> None:
    kept: list[int] = []

    async def keep() -> None:
        kept.append(clock.now())

    upkeep = Upkeep(store, clock, keep)
    ours = Jobs(store, "me", {JobKind.UPKEEP: upkeep})
    await upkeep.begin()
    await upkeep.begin()
    for hours in range(4):
        clock.set(NOW + hours * HOUR)
        await ours.step()
        if ours._long is not None:
            await ours._long
    assert len(kept) == 3


async def test_a_p1_does_not_wait_for_the_upkeep(store: SqliteStore, clock: VirtualClock) -> None:
    looked: list[str] = []

    async def work(job: Job) -> None:
        looked.append(job.subject)

    async def for_ever(job: Job) -> None:
        await asyncio.sleep(3_600)

    await store.renew(Lease("me", HOUR))
    ours = Jobs(store, "me", {JobKind.UNCONFIRMED: work, JobKind.UPKEEP: for_ever})
    await store.schedule([Job(JobKind.UPKEEP, "", NOW), Job(JobKind.UNCONFIRMED, "r1", NOW)])
    claiming = asyncio.create_task(ours.run())
    while not looked:
        await asyncio.sleep(0.05)
    claiming.cancel()
    await asyncio.gather(claiming, return_exceptions=True)
    assert ours._long is not None
    with pytest.raises(asyncio.CancelledError):
        await ours._long
    assert ours.counts["upkeep"] == 0


async def test_the_first_upkeep_waits_for_a_store_that_is_away(
    store: SqliteStore, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    async def away(jobs_: list[Job]) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise StoreUnavailable("away")

    async def keep() -> None:
        return

    monkeypatch.setattr(store, "schedule", away)
    monkeypatch.setattr(jobs, "EVERY_S", 0.01)
    await Upkeep(store, clock, keep).begin_when_it_can()
    assert len(tries) == 3
