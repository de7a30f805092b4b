"""A store as the first release left it, with content: the frozen schema, filled from a store of today."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path

import asyncpg

from geo.clock import DAY, VirtualClock
from geo.model import Disposition
from geo.store.migrations.versions.v0001_records_and_owed import statements
from geo.store.query_rows import Query
from geo.store.rows import Act, Answered, Answers, DeviceCursor, SeenOnScreen, StoredOnDevice
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from tests.geo.store.making import NOW, city, fanout, incident, say

RECORD = incident("kept").id


async def lived_in(path: Path) -> SqliteStore:
    """A store of today, open, in which something of everything that the first release had has happened."""
    clock = VirtualClock(NOW - 40 * DAY)
    store = SqliteStore(path, clock)
    await store.open()
    await store.put([*city(40), incident("kept")])
    clock.set(NOW)
    await store.put([incident("kept", title="Burglary, two men"), incident("over")])
    await say(store, fanout(RECORD, ["a", "b"], at=NOW - 40 * DAY), fanout(incident("over").id, ["a"], at=NOW - DAY))
    await say(store, fanout(RECORD, ["a"], rev=2, act=Act.ALERT))
    stored = StoredOnDevice("a", "d", DeviceCursor(store.epoch, 2), (1, 2), NOW + 1)
    answered = Answered("k1", "a", "d", RECORD, 1, Disposition.ATTENDING, "two minutes", NOW + 3)
    seen = SeenOnScreen("b", "d", RECORD, 1, NOW + 2)
    await store.answer(Answers(stored=(stored,), seen=(seen,), answered=(answered,)))
    return store


async def as_it_reads(store: SqlStore) -> list[str]:
    """What a store answers to everything that was there in the first release; as text, as NaN equals nothing."""
    states = [dataclasses.replace(state, epoch="") for state in await store.officer_states(0)]
    back = await store.resumption("a", "d", 0)
    answers: list[object] = [
        (await store.search(Query(limit=100))).items,
        await store.versions(RECORD),
        states,
        await store.held(["a", "b"]),
        await store.told("a"),
        await store.deliveries(RECORD),
        (back.rows, back.head_seq, back.whole),
        (await store.position())[1],
    ]
    return [repr(answer) for answer in answers]


def rows_of_the_past(path: Path) -> dict[str, tuple[list[str], list[tuple[object, ...]]]]:
    """Table -> columns and rows, as far as the first release had them."""
    with closing(sqlite3.connect(":memory:")) as old, closing(sqlite3.connect(path)) as new:
        for statement in statements("sqlite"):
            old.execute(statement)
        found = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        tables = [name for (name,) in old.execute(found) if not name.startswith("record_tree")]
        content = {}
        for table in tables:
            columns = [str(row[1]) for row in old.execute(f"PRAGMA table_info({table})")]
            names = ", ".join(f'"{column}"' for column in columns)
            content[table] = (columns, new.execute(f"SELECT {names} FROM {table}").fetchall())
    content["meta"] = (["key", "value"], [("schema", "1"), ("epoch", "0123456789abcdef")])
    return content


def make_file(path: Path, source: Path) -> None:
    """The first release's file with the rows of ``source``."""
    with closing(sqlite3.connect(path)) as old, old:
        for statement in statements("sqlite"):
            old.execute(statement)
        for table, (columns, rows) in rows_of_the_past(source).items():
            marks = ", ".join("?" * len(columns))
            names = ", ".join(f'"{column}"' for column in columns)
            old.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


async def make_database(url: str, source: Path) -> None:
    """The same in an empty database of PostgreSQL."""
    connection = await asyncpg.connect(url)
    for statement in statements("postgresql"):
        await connection.execute(statement)
    for table, (columns, rows) in rows_of_the_past(source).items():
        marks = ", ".join(
            f"ST_GeomFromWKB(${n}, 4326)" if name == "place" else f"${n}" for n, name in enumerate(columns, 1)
        )
        names = ", ".join(f'"{column}"' for column in columns)
        await connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)
        if "n" in columns and table != "legend":
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'n'), (SELECT coalesce(max(n), 1) FROM {table}))"
            )
    await connection.close()
