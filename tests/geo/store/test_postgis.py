"""The PostgreSQL store's own: no slow transaction is lost, no open one holds the log up."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest
from sqlalchemy.engine import Connection

from geo.errors import StoreForeign, StoreUnavailable, StoreUncertain
from geo.store import postgis
from geo.store.postgis import PostgisStore
from geo.store.store import Urgency
from tests.geo.store.making import NOW, fanout, incident, say
from tests.servers import Postgres

pytestmark = pytest.mark.postgis

CHANGE = "INSERT INTO change (kind, id, version) VALUES ('record', $1, 1)"


async def test_a_slow_transaction_that_took_its_number_early_is_not_lost(postgres_url: str) -> None:
    """The trap of "n > last": slow takes number 1 and commits after the reader has passed number 2."""
    store = PostgisStore(postgres_url)
    await store.open()
    slow = await asyncpg.connect(postgres_url)
    cursor = (await store.snapshot(NOW)).cursor
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(CHANGE, "slow")
    await store.put([incident("fast")])
    first = await store.changes_since(cursor)
    assert [change.id for change in first.rows] == [incident("fast").id]
    await transaction.commit()
    second = await store.changes_since(first.cursor)
    assert [change.id for change in second.rows] == ["slow"]
    assert (await store.changes_since(second.cursor)).rows == ()
    await slow.close()
    await store.close()


async def test_an_open_transaction_does_not_hold_the_log_up(postgres_url: str) -> None:
    """The trap of "xid < snapshot_xmin": somebody's idle transaction freezes it."""
    store = PostgisStore(postgres_url)
    await store.open()
    idle = await asyncpg.connect(postgres_url)
    transaction = idle.transaction()
    await transaction.start()
    await idle.execute("CREATE TABLE somebody_elses (n int)")
    cursor = (await store.snapshot(NOW)).cursor
    for n in range(3):
        await store.put([incident(str(n))])
        changes = await store.changes_since(cursor)
        assert [change.id for change in changes.rows] == [incident(str(n)).id]
        cursor = changes.cursor
    await transaction.rollback()
    await idle.close()
    await store.close()


async def test_what_commits_while_pages_are_turned_comes_once(postgres_url: str) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    slow = await asyncpg.connect(postgres_url)
    cursor = (await store.snapshot(NOW)).cursor
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(CHANGE, "slow")
    for name in "abc":
        await store.put([incident(name)])
    first = await store.changes_since(cursor, limit=2)
    assert first.more
    await transaction.commit()
    await store.put([incident("d")])
    found, changes = list(first.rows), first
    for _ in range(10):
        changes = await store.changes_since(changes.cursor, limit=2)
        found += changes.rows
    assert sorted(change.id for change in found) == sorted(["slow", *(incident(name).id for name in "abcd")])
    await slow.close()
    await store.close()


async def test_a_rolled_back_transaction_leaves_no_change(postgres_url: str) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    other = await asyncpg.connect(postgres_url)
    cursor = (await store.snapshot(NOW)).cursor
    transaction = other.transaction()
    await transaction.start()
    await other.execute(CHANGE, "never")
    first = await store.changes_since(cursor)
    await transaction.rollback()
    assert first.rows == (await store.changes_since(first.cursor)).rows == ()
    await other.close()
    await store.close()


async def test_two_processes_record_for_the_same_officers_without_deadlock(postgres_url: str) -> None:
    one, two = PostgisStore(postgres_url), PostgisStore(postgres_url)
    await one.open()
    await two.open()
    officers = [f"o{n}" for n in range(50)]
    await asyncio.gather(
        *(say(store, fanout(f"r{n}", officers[::step])) for n, (store, step) in enumerate([(one, 1), (two, -1)] * 5))
    )
    heads = {state.seq for state in await one.officer_states(0)}
    assert heads <= set(range(11))
    await one.close()
    await two.close()


async def test_lost_connections_are_made_anew(postgres_url: str) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    await store.put([incident("1")])
    other = await asyncpg.connect(postgres_url)
    await other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'beatline'"
        " AND datname = current_database()"
    )
    await other.close()
    assert set(await store.records([incident("1").id])) == {incident("1").id}
    assert (await store.put([incident("2")]))[0].version == 1
    await store.close()


async def test_a_database_that_does_not_answer_is_unavailable(postgres: Postgres) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        await PostgisStore("postgresql://beatline:secret@127.0.0.1:1/none").open()
    with pytest.raises(StoreUnavailable, match="none") as caught:
        await PostgisStore(postgres.url("none")).open()
    assert "secret" not in str(caught.value)


async def test_a_user_who_may_not_create_the_extension_is_told_what_to_ask_for(postgres: Postgres) -> None:
    url = postgres.url("postgres")
    admin = await asyncpg.connect(url)
    await admin.execute("CREATE USER weak")
    await admin.execute("CREATE DATABASE bare OWNER weak")
    await admin.close()
    weak = PostgisStore(url.replace("beatline@", "weak@").replace("/postgres", "/bare"))
    with pytest.raises(StoreForeign, match="CREATE EXTENSION postgis; CREATE EXTENSION btree_gist;"):
        await weak.migrate()
    admin = await asyncpg.connect(url.replace("/postgres", "/bare"))
    await admin.execute("CREATE EXTENSION postgis; CREATE EXTENSION btree_gist;")
    await admin.close()
    assert await weak.migrate()
    await weak.open()
    assert (await weak.put([incident("1")]))[0].version == 1
    await weak.close()


async def test_a_server_that_has_hung_is_unavailable_and_serves_again(
    postgres: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgis, "LIMIT_S", dict.fromkeys(Urgency, 0.3))
    monkeypatch.setattr(postgis, "CONNECT_S", 0.3)
    store = PostgisStore(postgres_url, pool=3)
    await store.open()
    with postgres.paused():
        answers = await asyncio.gather(
            store.put([incident("1")]), *(store.heads(["a"]) for _ in range(8)), return_exceptions=True
        )
        assert [type(answer) for answer in answers] == [StoreUnavailable] * 9
        assert "did not answer in time" in str(answers[0])
    monkeypatch.setattr(postgis, "LIMIT_S", dict.fromkeys(Urgency, 30.0))
    monkeypatch.setattr(postgis, "CONNECT_S", 30.0)
    assert [put.version for put in await store.put([incident("1")])] == [1]
    await store.close()


async def test_a_connection_lost_in_commit_is_uncertain_and_not_run_again(postgres_url: str) -> None:
    admin = await asyncpg.connect(postgres_url)
    await admin.execute("""
        CREATE FUNCTION vanish() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';
        CREATE CONSTRAINT TRIGGER vanish AFTER INSERT ON record DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION vanish()""")
    store = PostgisStore(postgres_url)
    await store.open()
    with pytest.raises(StoreUncertain, match="nobody knows whether"):
        await store.put([incident("1")])
    await admin.execute("DROP TRIGGER vanish ON record")
    assert [put.version for put in await store.put([incident("1")])] == [1]
    assert [put.outcome.value for put in await store.put([incident("1")])] == ["unchanged"]
    await admin.close()
    await store.close()


async def test_what_a_session_is_told(postgres_url: str) -> None:
    """Accepted is durable whatever the server's default; who stops in a transaction does not hold the others up."""
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"ALTER DATABASE {postgres_url.rsplit('/', 1)[1]} SET synchronous_commit = off")
    await admin.close()
    store = PostgisStore(postgres_url, pool=2)
    await store.open()

    def body(connection: Connection) -> list[str]:
        names = ("synchronous_commit", "idle_in_transaction_session_timeout", "jit", "transaction_isolation")
        return [connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]

    patience = f"{int(postgis._SESSION['idle_in_transaction_session_timeout']) // 1000}s"
    assert await store._write(body) == ["on", patience, "off", "read committed"]
    assert await store._read(body) == ["on", patience, "off", "repeatable read"]
    await asyncio.gather(*(store.ping() for _ in range(10)))
    admin = await asyncpg.connect(postgres_url)
    ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'beatline' AND datname = current_database()"
    assert await admin.fetchval(ours) == 2
    await admin.close()
    await store.close()


async def test_a_server_that_became_read_only_is_unavailable(postgres_url: str) -> None:
    store = PostgisStore(postgres_url)
    await store.open()
    admin = await asyncpg.connect(postgres_url)
    name = postgres_url.rsplit("/", 1)[1]
    await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    await admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'beatline'"
        " AND datname = current_database()"
    )
    with pytest.raises(StoreUnavailable, match="give the address of the primary"):
        await store.put([incident("1")])
    await admin.close()
    await store.close()
