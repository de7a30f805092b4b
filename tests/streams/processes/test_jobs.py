"""Jobs are done and gone; one that fails stays, and stops no other."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from geo.clock import HOUR, MINUTE, SECOND, VirtualClock
from geo.store.process_rows import Job, JobKind, Lease
from geo.store.sqlite import SqliteStore
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
    jobs = Jobs(store, "me", {JobKind.UNCONFIRMED: work})
    await store.schedule([Job(JobKind.UNCONFIRMED, subject, NOW) for subject in ("bad", "good")])
    assert await jobs.step() == 2
    assert await jobs.step() == 0
    clock.set(NOW + MINUTE)
    assert await jobs.step() == 1
    assert done == ["good", "bad"]
    assert dict(jobs.counts) == {"unconfirmed": 2, "unconfirmed_failed": 1}


async def test_a_p1_that_is_on_no_device_after_ten_seconds_is_told(store: SqliteStore, clock: VirtualClock) -> None:
    urgent = dataclasses.replace(fanout("r1", ["a", "b"]), priority=np.ones(2, np.uint8))
    await say(store, urgent)
    heard: list[tuple[str, list[str]]] = []
    jobs = Jobs(store, "me", {JobKind.UNCONFIRMED: Unconfirmed(store, lambda *late: heard.append(late))})
    await store.schedule([Job(JobKind.UNCONFIRMED, "r1", NOW + 10 * SECOND)])
    assert await jobs.step() == 0
    clock.set(NOW + 10 * SECOND)
    assert await jobs.step() == 1
    assert heard == [("r1", ["a", "b"])]


async def test_upkeep_is_done_once_an_hour(store: SqliteStore, clock: VirtualClock) -> None:
    kept: list[int] = []

    async def keep() -> None:
        kept.append(clock.now())

    upkeep = Upkeep(store, clock, keep)
    jobs = Jobs(store, "me", {JobKind.UPKEEP: upkeep})
    await upkeep.begin()
    await upkeep.begin()
    for hours in range(4):
        clock.set(NOW + hours * HOUR)
        await jobs.step()
    assert len(kept) == 3
