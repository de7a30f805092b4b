"""The tables of briefings are among all the others, and their questions have an index on both engines."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Connection

from geo.store import briefing_tables
from geo.store.store import SqlStore
from geo.store.tables import metadata

INDEXES = (
    "trait_value",
    "duty_ends",
    "duty_officer",
    "addressee_officer",
    "addressee_step",
    "patrol_officer",
    "patrol_at",
    "patrol_item_record",
)


@pytest.mark.parametrize("name", ["trait", "duty", "addressee", "patrol", "patrol_item"])
def test_whoever_makes_all_tables_makes_these(name: str) -> None:
    assert metadata.tables[name] is getattr(briefing_tables, name)


async def test_the_indexes_are_there(store: SqlStore) -> None:
    def body(connection: Connection) -> set[str]:
        if connection.dialect.name == "postgresql":
            return set(connection.exec_driver_sql("SELECT indexname FROM pg_indexes").scalars())
        return set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'index'").scalars())

    assert set(INDEXES) <= await store._read(body)


async def test_what_has_climbed_is_found_without_reading_every_addressee(store: SqlStore) -> None:
    def body(connection: Connection) -> str:
        question = "SELECT record FROM addressee WHERE step >= 3 AND step > 0"
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            return str(connection.exec_driver_sql(f"EXPLAIN {question}").scalars().all())
        return str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}").all())

    assert "addressee_step" in await store._write(body)
