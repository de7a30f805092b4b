"""Which store this is: the epoch stays over restarts and changes when the store is another one."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy.engine import Connection

from geo.errors import StoreForeign
from geo.store.identity import draw, standing_of
from geo.store.postgis import PostgisStore
from geo.store.process_rows import Lease
from geo.store.store import SqlStore
from tests.geo.store.making import fanout, incident, say
from tests.servers import Postgres


async def test_the_position_grows_with_what_is_written(store: SqlStore) -> None:
    epoch, before = await store.position()
    assert (epoch, before) == (store.epoch, 0)
    await store.put([incident("1"), incident("2")])
    await store.put([incident("1")])
    await say(store, fanout("r1", ["a"]))
    assert await store.position() == (epoch, 3)


async def test_the_epoch_is_drawn_anew_once_however_many_notice(store: SqlStore) -> None:
    epoch = store.epoch
    first = await store.was_restored(epoch)
    assert first != epoch
    assert store.epoch == first
    assert await store.was_restored(epoch) == first
    assert await store._write(lambda connection: draw(connection, None)) != first


async def test_a_running_process_notices_that_the_store_was_put_back(store: SqlStore) -> None:
    await store.put([incident("1")])
    lease = Lease("node-1", 6_000_000)
    assert (await store.renew(lease)).epoch == store.epoch

    def put_back(connection: Connection) -> None:
        connection.exec_driver_sql("DELETE FROM change")

    await store._write(put_back)
    other = (await store.renew(lease)).epoch
    assert other != store.epoch
    assert (await store.renew(lease)).epoch == other


@pytest.mark.postgis
async def test_a_copy_of_the_database_is_another_store(postgres: Postgres, postgres_url: str) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    await store.put([incident("1")])
    await store.close()
    name = postgres_url.rsplit("/", 1)[1]
    copy = PostgisStore(postgres.url(f"{name}_copy"))
    postgres.run_sql("postgres", f"CREATE DATABASE {name}_copy TEMPLATE {name}")
    await copy.open()
    assert copy.epoch != store.epoch
    assert set(await copy.records([incident("1").id])) == {incident("1").id}
    await copy.close()


@pytest.mark.postgis
async def test_any_user_may_ask_which_store_it_is(postgres: Postgres, postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("CREATE USER modest; GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO modest")
    await connection.close()
    store, modest = PostgisStore(postgres_url), PostgisStore(postgres_url.replace("beatline@", "modest@"))
    await store.open()
    await modest.open()
    assert modest.epoch == store.epoch
    assert (await modest._read(standing_of)).epoch == store.epoch
    await modest.close()
    await store.close()


@pytest.mark.postgis
@pytest.mark.slow
async def test_a_replica_is_refused_until_it_is_promoted_and_is_another_store_then(
    postgres: Postgres, postgres_url: str
) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    await store.put([incident("1")])
    await store.close()
    other = postgres.replica()
    try:
        promoted = PostgisStore(other.url(postgres_url.rsplit("/", 1)[1]))
        for refused in (promoted.open(), promoted.migrate()):
            with pytest.raises(StoreForeign, match="give the address of the primary"):
                await refused
        other.promote()
        await promoted.open()
        assert promoted.epoch != store.epoch
        assert set(await promoted.records([incident("1").id])) == {incident("1").id}
        await promoted.close()
    finally:
        other.stop()
