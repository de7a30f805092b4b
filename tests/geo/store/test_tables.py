"""The tables: compared byte by byte, with an R*Tree that follows the boxes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from shapely.geometry import Point
from sqlalchemy import Text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.schema import CreateTable

from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from geo.store.tables import metadata
from tests.geo.store.making import city, incident

POSTGRESQL, SQLITE = make_url("postgresql+asyncpg://x").get_dialect()(), make_url("sqlite://").get_dialect()()


def test_every_text_on_postgresql_is_collated_by_bytes() -> None:
    for table in metadata.tables.values():
        ddl = str(CreateTable(table).compile(dialect=POSTGRESQL))
        texts = sum(isinstance(column.type, Text) for column in table.columns)
        assert ddl.count('TEXT COLLATE "C"') == texts, table.name


def test_no_engine_keeps_time_or_truth_of_its_own() -> None:
    for dialect in (POSTGRESQL, SQLITE):
        for table in metadata.tables.values():
            ddl = str(CreateTable(table).compile(dialect=dialect)).upper()
            for word in ("TIMESTAMP", "INTERVAL", "BOOLEAN", "NOW()", "JSON"):
                assert word not in ddl, table.name


async def test_the_tree_holds_exactly_the_boxes(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    store = SqliteStore(path)
    await store.open()
    await store.put(city(100))
    await store.put([incident("c1", Point(5, 5)), incident("c2")])
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        tree = dict(connection.execute("SELECT n, round(min_lon, 3) FROM record_tree").fetchall())
        boxes = connection.execute("SELECT n, round(min_lon, 3) FROM record WHERE min_lon IS NOT NULL").fetchall()
        assert tree == pytest.approx(dict(boxes), abs=0.0011)
        connection.execute("DELETE FROM record")
        assert connection.execute("SELECT count(*) FROM record_tree").fetchone() == (0,)


async def test_queries_by_place_and_by_number_use_an_index(store: SqlStore) -> None:
    """Planners choose by size: on SQLite the plan must name the tree, on PostgreSQL the indexes must be there."""

    def body(connection: Connection) -> set[str]:
        if connection.dialect.name == "postgresql":
            return set(connection.exec_driver_sql("SELECT indexname FROM pg_indexes").scalars())
        plan = "EXPLAIN QUERY PLAN SELECT id FROM record WHERE n IN (SELECT n FROM record_tree WHERE max_lon >= 1)"
        return {str(row[3]) for row in connection.exec_driver_sql(plan)}

    found = await store._read(body)
    if isinstance(store, SqliteStore):
        assert any("record_tree VIRTUAL TABLE INDEX" in line for line in found)
        assert any("USING INTEGER PRIMARY KEY" in line for line in found)
    else:
        assert {"record_place", "record_newest", "change_xid", "change_urgent"} <= found
