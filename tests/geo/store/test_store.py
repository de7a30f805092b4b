"""What is the store's own, beside its bodies: order of urgency, closing, and a change log that misses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from geo.errors import BadCursor, StoreUnavailable
from geo.store.rows import Change, Outcome
from geo.store.store import PREPARE, SqlStore
from tests.geo.store.making import NOW, city, incident


async def test_ping_and_a_closed_store(store: SqlStore) -> None:
    assert await store.ping() > 0
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.put([incident("1")])
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.ping()
    await store.close()


async def follow(store: SqlStore, cursor: str, limit: int) -> tuple[list[Change], str]:
    """Turns the pages of the log to its end."""
    found: list[Change] = []
    more = True
    while more:
        changes = await store.changes_since(cursor, limit)
        assert len(changes.rows) <= limit
        found += changes.rows
        cursor, more = changes.cursor, changes.more
    return found, cursor


@pytest.mark.parametrize("limit", [1, 7, 1_000])
async def test_the_log_is_whole_page_by_page_while_others_write(store: SqlStore, limit: int) -> None:
    cursor = (await store.snapshot(NOW)).cursor
    found: list[Change] = []
    done = asyncio.Event()

    async def write(names: Sequence[str]) -> None:
        for name in names:
            await store.put([incident(name)])

    async def read() -> None:
        nonlocal cursor
        while not done.is_set():
            more, cursor = await follow(store, cursor, limit)
            found.extend(more)

    reading = asyncio.create_task(read())
    await asyncio.gather(*(write([f"{writer}-{n}" for n in range(10)]) for writer in range(4)))
    done.set()
    await reading
    rest, _ = await follow(store, cursor, limit)
    names = [change.id for change in (*found, *rest)]
    assert len(names) == len(set(names)) == 40


@pytest.mark.parametrize("cursor", ["", "0", "s.x.1", "p.x.1:1:.", "é", "s" * 400])
async def test_a_change_cursor_that_nobody_handed_out_is_refused(store: SqlStore, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await store.changes_since(cursor)


async def test_a_spoilt_change_cursor_is_refused(store: SqlStore) -> None:
    cursor = (await store.snapshot(NOW)).cursor
    parts = cursor.split(".")
    parts[2] = "nonsense"
    with pytest.raises(BadCursor):
        await store.changes_since(".".join(parts))


async def test_a_cancelled_caller_leaves_the_store_whole(store: SqlStore) -> None:
    task = asyncio.create_task(store.put(city(400)))
    await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    puts = await store.put(city(400))
    assert {put.version for put in puts} == {1}


async def test_writers_of_the_same_records_make_each_version_once(store: SqlStore) -> None:
    """Two processes ingest one file: whoever is second finds it there."""
    records = city(PREPARE * 2)
    both = await asyncio.gather(store.put(records), store.put(records))
    for one, other in zip(*both, strict=True):
        assert {one.outcome, other.outcome} == {Outcome.NEW, Outcome.UNCHANGED}
        assert one.version == other.version == 1
