"""From nothing and from the first release to today's schema, on both engines, with the data."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import inspect
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import SAWarning

from geo.clock import DAY, VirtualClock
from geo.errors import StoreForeign
from geo.store.migrations.upgrade import upgrade
from geo.store.partitions import PARTITIONED
from geo.store.postgis import PostgisStore
from geo.store.schema import REVISION
from geo.store.sqlite import SqliteStore
from geo.store.tables import metadata
from tests.geo.store.making import NOW, fanout, incident, say
from tests.geo.store.migrations.past import RECORD, as_it_reads, lived_in, make_database, make_file

POSTGRESQL = make_url("postgresql+asyncpg://x").get_dialect()()


def described(path: Path) -> dict[str, object]:
    """Columns, keys and indexes of a file, in words that do not depend on how it came to be."""
    with closing(sqlite3.connect(path)) as connection:
        found: dict[str, object] = {}
        master = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        for kind, name, _, sql in master:
            if kind == "table" and not name.startswith(("sqlite_", "record_tree_")):
                columns = connection.execute(f"PRAGMA table_xinfo({name})").fetchall()
                given = {row[1]: (row[2], row[3], (row[4] or "").strip("'"), row[5]) for row in columns}
                found[name] = (given, "WITHOUT ROWID" in sql, "AUTOINCREMENT" in sql)
            elif sql is not None:
                found[name] = " ".join(sql.replace("IF NOT EXISTS ", "").split())
    return found


async def test_an_old_file_is_refused_then_upgraded_and_reads_as_before(tmp_path: Path) -> None:
    source = await lived_in(tmp_path / "today.db")
    old = tmp_path / "old.db"
    make_file(old, tmp_path / "today.db")
    store = SqliteStore(old, VirtualClock(NOW))
    with pytest.raises(
        StoreForeign, match=f"is version 1, this Beatline's is 4; run: beatline migrate --data {tmp_path}"
    ):
        await store.open()
    assert await store.migrate() == [f"schema: brought up to revision {number}" for number in ("0002", "0003", "0004")]
    assert await store.migrate() == []
    await store.open()
    assert store.epoch == "0123456789abcdef"
    assert await as_it_reads(store) == await as_it_reads(source)
    await say(store, fanout(RECORD, ["a"], rev=3))
    await store.close()
    await source.close()
    assert described(old) == described(tmp_path / "today.db")


async def test_revisions_make_of_an_empty_file_what_the_tables_say(tmp_path: Path) -> None:
    made, revised = SqliteStore(tmp_path / "made.db"), SqliteStore(tmp_path / "revised.db")
    await made.open()
    revised._start()
    assert len(await revised._write(upgrade)) == int(REVISION)
    await made.close()
    await revised.close()
    assert described(tmp_path / "revised.db") == described(tmp_path / "made.db")
    await revised.open()
    await revised.close()


@pytest.mark.postgis
async def test_an_old_database_is_refused_then_upgraded_and_reads_as_before(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    source = await lived_in(tmp_path / "today.db")
    await make_database(empty_postgres_url, tmp_path / "today.db")
    store = PostgisStore(empty_postgres_url, VirtualClock(NOW))
    with pytest.raises(StoreForeign, match=r"is version 1, this Beatline's is 4; run: beatline migrate$"):
        await store.open()
    done = await store.migrate()
    assert done[:3] == [f"schema: brought up to revision {number}" for number in ("0002", "0003", "0004")]
    assert done[3].startswith("partitions: made ")
    assert await store.migrate() == []
    await store.open()
    assert await as_it_reads(store) == await as_it_reads(source)
    assert [put.version for put in await store.put([incident("kept", title="Once more")])] == [3]
    await say(store, fanout(RECORD, ["a"], rev=3, at=NOW + 400 * DAY))
    assert len(await store.versions(RECORD)) == 3
    await store.close()
    await source.close()


@pytest.mark.postgis
async def test_revisions_make_of_an_empty_database_what_the_tables_say(empty_postgres_url: str) -> None:
    store = PostgisStore(empty_postgres_url)
    with pytest.raises(StoreForeign, match="the database is empty; run: beatline migrate"):
        await store.open()
    await store.migrate()
    await store.open()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)  # "did not recognize type xid8"
        await store._read(_as_the_tables_say)
    await store.close()


def _as_the_tables_say(connection: Connection) -> None:
    found = inspect(connection)
    divided = {item.table: item.column for item in PARTITIONED}
    for table in metadata.tables.values():
        columns = {column["name"]: column for column in found.get_columns(table.name)}
        assert columns.keys() - {"xid", "lag"} == set(table.c.keys()), table.name
        for column in table.c:
            if column.name != "place":
                kind = column.type.compile(dialect=POSTGRESQL)
                assert columns[column.name]["type"].compile(dialect=POSTGRESQL) == kind, (table.name, column.name)
            assert columns[column.name]["nullable"] == column.nullable, (table.name, column.name)
        key = [column.name for column in table.primary_key]
        extra = [divided[table.name]] if table.name in divided else []
        assert found.get_pk_constraint(table.name)["constrained_columns"] == key + extra, table.name
        wanted = {str(index.name) for index in table.indexes}
        assert wanted <= {str(index["name"]) for index in found.get_indexes(table.name)}, table.name


@pytest.mark.postgis
async def test_nothing_is_done_by_halves(empty_postgres_url: str) -> None:
    """A migration that fails leaves what was there: all of it is one transaction."""
    connection = await asyncpg.connect(empty_postgres_url)
    await connection.execute("CREATE VIEW process AS SELECT 1 AS n")  # in the way of revision 2
    with pytest.raises(Exception, match="process"):
        await PostgisStore(empty_postgres_url).migrate()
    assert await connection.fetchval("SELECT to_regclass('record')") is None
    await connection.execute("DROP VIEW process")
    await connection.close()
    assert len(await PostgisStore(empty_postgres_url).migrate()) == int(REVISION) + 1
