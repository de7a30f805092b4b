"""Durable jobs: once scheduled, once run, and run again where whoever claimed them died; on both engines."""

from __future__ import annotations

import asyncio

from geo.clock import HOUR, MINUTE
from geo.store.process_rows import Job, JobKind, Lease
from geo.store.store import SqlStore


async def now(store: SqlStore, node: str = "me") -> int:
    return (await store.renew(Lease(node, 5 * MINUTE))).now


def job(subject: str, due_at: int) -> Job:
    return Job(JobKind.UNCONFIRMED, subject, due_at)


async def test_what_is_due_is_claimed_once_the_longest_due_first(store: SqlStore) -> None:
    at = await now(store)
    first, second, later = job("r2", at - 20), job("r1", at - 10), job("r1", at + HOUR)
    await store.schedule([later, second, first, second])
    await store.schedule([first])
    assert await store.claim("me") == [first, second]
    assert await store.claim("me") == []
    await now(store, "other")
    assert await store.claim("other") == []


async def test_what_is_finished_does_not_come_again(store: SqlStore) -> None:
    at = await now(store)
    done, open_ = job("r1", at - 2), job("r2", at - 1)
    await store.schedule([done, open_])
    assert await store.claim("dead") == [done, open_]
    await store.finish([done])
    assert await store.claim("me") == [open_]


async def test_the_jobs_of_the_dead_are_claimed_by_the_living(store: SqlStore) -> None:
    at = await now(store, "mortal")
    await store.schedule([job("r1", at - 1)])
    assert len(await store.claim("mortal")) == 1
    assert await store.claim("me") == []
    await store.retire("mortal")
    assert len(await store.claim("me")) == 1


async def test_two_who_claim_at_once_share(store: SqlStore) -> None:
    at = await now(store, "one")
    await now(store, "two")
    await store.schedule([job(f"r{number}", at - 1) for number in range(40)])

    async def claiming(node: str) -> list[str]:
        return [one.subject for _ in range(10) for one in await store.claim(node, limit=5)]

    one, two = await asyncio.gather(claiming("one"), claiming("two"))
    assert sorted(one + two) == sorted(f"r{number}" for number in range(40))


async def test_nothing_to_schedule_or_to_finish(store: SqlStore) -> None:
    await store.schedule([])
    await store.finish([])
    assert await store.claim("me") == []
