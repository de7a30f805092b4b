"""Revision 3: what was there stays, a policy can be put, and decisions are found by their time."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from geo.clock import VirtualClock
from geo.store.postgis import PostgisStore
from geo.store.rows import PolicyDraft
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from tests.geo.store.making import NOW
from tests.geo.store.migrations.past import as_it_reads, lived_in, make_database, make_file

DRAFT = PolicyDraft("uk", "uk 1 aaaa", "aaaa", "text", "admin", "the first")


async def _takes_a_policy(store: SqlStore) -> None:
    await store.migrate()
    await store.open()
    assert await store.policy() is None
    assert await store.put_policy(DRAFT, 0) is not None
    assert await store.put_policy(DRAFT, 0) is None


async def test_a_file_of_before_takes_a_policy(tmp_path: Path) -> None:
    source = await lived_in(tmp_path / "today.db")
    make_file(tmp_path / "old.db", tmp_path / "today.db")
    store = SqliteStore(tmp_path / "old.db", VirtualClock(NOW))
    await _takes_a_policy(store)
    assert (await as_it_reads(store))[:-1] == (await as_it_reads(source))[:-1]
    await source.close()

    def plan(connection: Connection) -> str:
        return str(connection.exec_driver_sql("EXPLAIN QUERY PLAN SELECT n FROM fanout WHERE at > 5").all())

    assert "fanout_at" in await store._read(plan)
    await store.close()


@pytest.mark.postgis
async def test_a_database_of_before_takes_a_policy(empty_postgres_url: str, tmp_path: Path) -> None:
    source = await lived_in(tmp_path / "today.db")
    await source.close()
    await make_database(empty_postgres_url, tmp_path / "today.db")
    store = PostgisStore(empty_postgres_url, VirtualClock(NOW))
    await _takes_a_policy(store)

    def parts_without(connection: Connection) -> int:
        """Each part of the divided table has the index."""
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'fanout'::regclass AND inhrelid NOT IN"
            " (SELECT indrelid FROM pg_index JOIN pg_inherits i ON i.inhrelid = indexrelid"
            " WHERE i.inhparent = 'fanout_at'::regclass)"
        )
        return int(found.scalar_one())

    assert await store._read(parts_without) == 0
    await store.close()
