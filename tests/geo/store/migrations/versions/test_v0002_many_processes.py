"""Revision 2 divides what grows for ever, and keeps what was told to the storage and to the counters."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from geo.clock import VirtualClock
from geo.store.partitions import PARTITIONED
from geo.store.postgis import PostgisStore
from tests.geo.store.making import NOW, fanout, say
from tests.geo.store.migrations.past import RECORD, lived_in, make_database

pytestmark = pytest.mark.postgis


async def test_rows_are_in_their_parts_and_numbers_go_on(empty_postgres_url: str, tmp_path: Path) -> None:
    source = await lived_in(tmp_path / "today.db")
    await source.close()
    await make_database(empty_postgres_url, tmp_path / "today.db")
    connection = await asyncpg.connect(empty_postgres_url)
    before = {item.table: await connection.fetchval(f"SELECT count(*) FROM {item.table}") for item in PARTITIONED}
    highest = await connection.fetchval("SELECT max(n) FROM fanout")
    store = PostgisStore(empty_postgres_url, VirtualClock(NOW))
    await store.migrate()
    await store.open()
    for table, count in before.items():
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == count > 0, table
        assert await connection.fetchval(f"SELECT count(*) FROM ONLY {table}") == 0, table
    assert await connection.fetchval("SELECT count(DISTINCT tableoid) FROM inbox") == 3
    receipted = await say(store, fanout(RECORD, ["a"], rev=3))
    assert receipted.fanouts == (highest + 1,)
    storage = "SELECT DISTINCT attstorage FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid"
    found = await connection.fetch(f"{storage} WHERE attname = 'rows' AND relname LIKE 'fanout%' AND relkind <> 'i'")
    assert [row[0] for row in found] == [b"e"]
    await store.close()
    await connection.close()
