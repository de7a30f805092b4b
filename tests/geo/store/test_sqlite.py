"""The embedded store's own: processes that share a file, kill -9, a full or foreign disk, and whose turn it is."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from geo.errors import StoreForeign, StoreUnavailable
from geo.store.rows import Tick
from geo.store.sqlite import SqliteStore
from geo.store.store import Urgency
from tests.geo.store.making import NOW, city, incident

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import asyncio, sys
from pathlib import Path
from geo.store.sqlite import SqliteStore
from tests.geo.store.making import incident

async def main(path, name, count):
    store = SqliteStore(Path(path), patience_s=30.0)
    await store.open()
    for n in range(int(count)):
        for put in await store.put([incident(f"{name}-{n}-{k}") for k in range(3)]):
            print(put.id, flush=True)
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.mark.slow
async def test_several_processes_write_one_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db", patience_s=30.0)
    await store.open()
    cursor = (await store.snapshot(NOW)).cursor
    others = [writer(tmp_path / "b.db", name, 25) for name in ("x", "y")]
    for n in range(25):
        await store.put([incident(f"here-{n}")])
    said = {line for other in others for line in (await asyncio.to_thread(other.communicate))[0].split()}
    assert [other.returncode for other in others] == [0, 0]
    changes = await store.changes_since(cursor)
    assert len(changes.rows) == len({change.id for change in changes.rows}) == 25 * 7
    assert said <= {change.id for change in changes.rows}
    await store.close()


@pytest.mark.slow
async def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    said: set[str] = set()
    for turn in range(3):
        victim = writer(path, f"t{turn}", 100_000)
        assert victim.stdout is not None
        for _ in range(40 * (turn + 1)):
            said.add(victim.stdout.readline().strip())
        victim.send_signal(signal.SIGKILL)
        rest = victim.stdout.read().splitlines(keepends=True)
        said |= {line.strip() for line in rest if line.endswith("\n")}
        victim.wait()
        victim.stdout.close()
    store = SqliteStore(path)
    await store.open()
    found = await store.records(sorted(said))
    assert set(found) == said
    assert len(said) >= 240
    for stored in found.values():
        assert await store.versions(stored.record.id) == [stored]
    await store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        unmatched = "SELECT count(*) FROM record WHERE id NOT IN (SELECT id FROM change)"
        assert connection.execute(unmatched).fetchone() == (0,)
    connection.close()


async def test_what_is_owed_goes_before_an_import(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db")
    await store.open()
    order: list[str] = []

    def named(name: str) -> None:
        order.append(name)

    gate = threading.Event()
    first = asyncio.create_task(store._write(lambda _: gate.wait(10)))
    await asyncio.sleep(0.05)
    rest = [
        asyncio.create_task(store._write(lambda _, name=name: named(name), urgency))  # type: ignore[misc]
        for name, urgency in (("bulk", Urgency.BULK), ("one", Urgency.ONE), ("owed", Urgency.RECORD))
    ]
    await asyncio.sleep(0.05)
    gate.set()
    await asyncio.gather(first, *rest)
    assert order == ["owed", "one", "bulk"]
    await store.close()


async def test_an_import_is_cut_into_short_transactions(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db")
    await store.open()
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await store.record(Tick(NOW, "node-1", (), {}))
            turns += 1

    beside = asyncio.create_task(others())
    await store.put(city(3_000))
    beside.cancel()
    assert turns >= 3
    await store.close()


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "b.db"
    store = SqliteStore(path)
    await store.open()
    await store.put([incident("1")])
    for file in path.parent.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file
    assert path.parent.stat().st_mode & 0o077 == 0
    await store.close()


async def test_it_is_durable_and_has_one_log(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db")
    await store.open()

    def settings(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    assert await store._write(settings) == ["wal", 2]
    assert await store._read(settings) == ["wal", 2]
    await store.close()


async def test_a_store_held_by_another_is_unavailable_and_comes_back(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db", patience_s=0.05)
    await store.open()
    other = sqlite3.connect(tmp_path / "b.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="held by another process"):
        await store.put([incident("1")])
    assert await store.records([incident("1").id]) == {}
    other.execute("ROLLBACK")
    other.close()
    assert (await store.put([incident("1")]))[0].version == 1
    await store.close()


async def test_a_full_disk_refuses_and_leaves_what_was_there(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db")
    await store.open()
    await store.put([incident("kept")])

    def shrink(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await store._write(shrink)
    with pytest.raises(StoreUnavailable, match="no room left"):
        await store.put(city(2_000))
    assert set(await store.records([incident("kept").id])) == {incident("kept").id}
    await store.close()


async def test_what_cannot_be_a_store_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database at all, whatever its name says\n" * 100)
    with pytest.raises(StoreForeign, match="is not a SQLite file"):
        await SqliteStore(tmp_path / "text.db").open()
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await SqliteStore(tmp_path).open()
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnavailable, match="cannot be opened"):
        await SqliteStore(tmp_path / "file" / "b.db").open()
