"""What the store tells of a night, on both engines."""

from __future__ import annotations

from geo.clock import SECOND, VirtualClock
from geo.store.process_rows import Job, JobKind, StoreFigures
from geo.store.rows import Answers, DeviceCursor, StoredOnDevice
from geo.store.store import SqlStore
from tests.geo.store.making import NOW, fanout, incident, say


async def test_what_is_owed_and_on_no_device(store: SqlStore, clock: VirtualClock) -> None:
    officers = ["o1", "o2", "o3"]
    await store.take(officers, "me", NOW)
    await store.put([incident("1")])
    quiet = await store.figures(NOW)
    assert (quiet.owed, quiet.unconfirmed, quiet.overdue_us) == ({}, 0, 0)
    told = fanout(incident("1").id, officers)
    await say(store, told)
    count = sum((await store.figures(NOW)).owed.values())
    assert count == 3
    stored = StoredOnDevice("o1", "phone", DeviceCursor(store.epoch, 1), (1,), NOW)
    reset = StoredOnDevice("o2", "phone", DeviceCursor(store.epoch, 1), (), NOW)
    await store.answer(Answers(stored=(stored, reset)))
    assert sum((await store.figures(NOW)).owed.values()) == 1
    assert (await store.figures(NOW + 3_600 * SECOND)).owed == {}


async def test_jobs_that_nobody_runs(store: SqlStore) -> None:
    await store.schedule([Job(JobKind.UNCONFIRMED, "r", NOW - 5 * SECOND), Job(JobKind.UPKEEP, "", NOW + SECOND)])
    found = await store.figures(NOW)
    assert isinstance(found, StoreFigures)
    assert (found.jobs, found.overdue_us) == (2, 5 * SECOND)
