"""Parts of divided tables: where an instant falls, made ahead, made when wanting, dropped as whole days."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection

from geo.clock import DAY, HOUR, VirtualClock
from geo.store.partitions import INBOX, PARTITIONED, Partitioned, Step, make_ahead, over, part_of, parts
from geo.store.postgis import PostgisStore
from geo.store.rows import Answers, DeviceCursor, StoredOnDevice
from tests.geo.store.making import NOW, fanout, incident, say

MONTHLY = Partitioned("fanout", "at", Step.MONTH)
FAR = NOW + 4_000 * DAY


@given(st.integers(min_value=-(10**16), max_value=10**17))
def test_every_instant_falls_into_one_part_and_parts_touch(at: int) -> None:
    for table in (INBOX, MONTHLY):
        part = part_of(table, at)
        assert part.start <= at < part.end
        assert part_of(table, part.start) == part_of(table, part.end - 1) == part
        assert part_of(table, part.end).start == part.end


def test_parts_are_named_by_their_day_or_month() -> None:
    at = int(datetime(2024, 2, 29, 23, 59, tzinfo=UTC).timestamp()) * 1_000_000
    assert part_of(INBOX, at).name == "inbox_20240229"
    assert part_of(MONTHLY, at).name == "fanout_202402"
    assert part_of(MONTHLY, at).end - part_of(MONTHLY, at).start == 29 * DAY


@pytest.mark.postgis
async def test_upkeep_makes_what_will_be_wanted_once(postgres_url: str) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    made = await store.upkeep(FAR)
    assert len([line for line in made if line.startswith("made inbox_")]) == 3
    assert len(made) == 3 + 2 * 4
    assert await store.upkeep(FAR) == []
    assert await store.upkeep(FAR + DAY) == [f"made {part_of(INBOX, FAR + 3 * DAY).name}"]

    def body(connection: Connection) -> None:
        for table in PARTITIONED:
            found = parts(connection, table)
            assert all(part_of(table, part.start) == part for part in found.values())
        assert make_ahead(connection, FAR) == []

    await store._read(body)
    await store.close()


@pytest.mark.postgis
async def test_a_write_whose_day_has_no_part_makes_it_even_when_all_do_it_at_once(postgres_url: str) -> None:
    stores = [PostgisStore(postgres_url, VirtualClock(FAR)) for _ in range(3)]
    await asyncio.gather(*(store.open() for store in stores))
    await asyncio.gather(
        *(say(store, fanout(f"r{n}", [f"o{n}"], at=FAR)) for n, store in enumerate(stores)),
        *(store.put([incident("same", title=f"{n}")]) for n, store in enumerate(stores)),
    )
    await stores[0].put([incident("same", title="last")])
    assert len(await stores[0].versions(incident("same").id)) == 4
    assert [len(await stores[0].deliveries(f"r{n}")) for n in range(3)] == [1, 1, 1]
    stored = [
        StoredOnDevice("o0", "d", DeviceCursor(stores[0].epoch, 1), (1,), FAR + month * 31 * DAY) for month in range(9)
    ]
    await stores[0].answer(Answers(stored=tuple(stored)))
    assert (await stores[0].deliveries("r0"))[0].stored_at == FAR
    for store in stores:
        await store.close()


@pytest.mark.postgis
async def test_whole_days_are_forgotten_and_one_that_is_read_just_now_is_kept(postgres_url: str) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    await say(store, fanout("r1", ["a", "b"], at=NOW - 3 * DAY), fanout("r2", ["a", "c"], at=NOW - 2 * DAY - HOUR))
    reader = await asyncpg.connect(postgres_url)
    transaction = reader.transaction()
    await transaction.start()
    await reader.fetch("SELECT * FROM inbox")
    assert await store.forget(NOW - 2 * DAY) == 0
    assert not (await store.resumption("a", "d", 0)).whole
    await transaction.commit()
    assert await store.forget(NOW - 2 * DAY) == 2
    assert await reader.fetchval("SELECT count(*) FROM inbox") == 2, "that day is not over for 48 hours"
    assert await store._read(lambda connection: over(connection, INBOX, NOW - 2 * DAY)) == []
    assert (await store.resumption("c", "d", 0)).whole
    assert len(await store.deliveries("r1")) == 2
    await reader.close()
    await store.close()
