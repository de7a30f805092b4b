"""The schema: made once, remembered, and refused where it is another's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from geo.errors import StoreForeign
from geo.store.postgis import PostgisStore
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore


async def test_the_epoch_stays_over_a_restart(store: SqlStore) -> None:
    epoch = store.epoch
    assert len(epoch) == 16
    await store.close()
    await store.open()
    assert store.epoch == epoch


async def test_a_schema_of_another_version_is_refused(store: SqlStore) -> None:
    def future(connection: Connection) -> None:
        connection.exec_driver_sql("UPDATE meta SET value = '99' WHERE key = 'schema'")

    await store._write(future)
    await store.close()
    with pytest.raises(StoreForeign, match="version 99"):
        await store.open()


async def test_somebody_elses_tables_are_left_alone(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db")
    await store.open()

    def strange(connection: Connection) -> None:
        connection.exec_driver_sql("DROP TABLE meta")

    await store._write(strange)
    await store.close()
    with pytest.raises(StoreForeign, match="did not make"):
        await store.open()


async def test_several_that_open_a_new_store_at_once_make_one_sqlite(tmp_path: Path) -> None:
    for number in range(10):  # "database is locked" came about once in twenty times, while a file was turned to WAL
        stores = [SqliteStore(tmp_path / f"{number}.db") for _ in range(8)]
        await asyncio.gather(*(store.open() for store in stores))
        assert len({store.epoch for store in stores}) == 1
        for store in stores:
            await store.close()


@pytest.mark.postgis
async def test_two_that_open_a_new_store_at_once_make_one_postgis(postgres_url: str) -> None:
    stores = [PostgisStore(postgres_url) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    assert len({store.epoch for store in stores}) == 1
    for store in stores:
        await store.close()
