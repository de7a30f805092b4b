"""The store on PostgreSQL with PostGIS: the same bodies through asyncpg, and a change cursor that misses nothing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from functools import partial
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from geo.clock import DAY, Clock, Instant
from geo.errors import BadCursor, StoreForeign, StoreUnavailable, StoreUncertain
from geo.store import answers, copying, identity, one_trip, partitions, schema
from geo.store.postgres_words import AGAIN, explained, lacks_part, lost, sentence_of, state_of
from geo.store.records import Collided
from geo.store.rows import Change, ChangeKind, Changes, OfficerState, Receipted, Tick
from geo.store.store import SqlStore, Urgency
from geo.store.tables import EXTENSIONS, MOST_URGENT
from geo.store.vocabulary import Row

T = TypeVar("T")

POOL = 8
IMPORTS = 2
"""So many imports write at a time: connections are left for what is urgent."""
PORTION = 1_000
ATTEMPTS = 5
CONNECT_S = 5.0
LIMIT_S = {Urgency.RECORD: 10.0, Urgency.ONE: 10.0, Urgency.BULK: 60.0}
"""How long a transaction may take, the wait for a connection included, before the store counts as away."""
_TCP = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3), ("TCP_USER_TIMEOUT", 15_000))
_SESSION = {
    "jit": "off",
    # PostGIS prices its exact tests a hundred times too high for places of a few points, and to start workers takes
    # longer than our longest query: both made the newest hundred of a city a scan of the whole city.
    "cpu_operator_cost": "0.00005",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    "application_name": "beatline",
    # Accepted is durable, whatever the server's default is.
    "synchronous_commit": "on",
    # A process that was stopped in the middle of a transaction holds its officers' rows: it keeps nobody from taking
    # them for longer than its lease lasts (seen: SIGSTOP between two statements of RECORD, a join waited 10 s).
    "idle_in_transaction_session_timeout": "4000",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


class PostgisStore(SqlStore):
    """The store in the database that ``url`` names: ``postgresql://user:password@host:port/name``.

    ``pool``: how many connections this process keeps at most.
    """

    def __init__(self, url: str, clock: Clock | None = None, pool: int = POOL) -> None:
        super().__init__(clock)
        self._url, self._pool = make_url(url).set(drivername="postgresql+asyncpg"), pool
        self._engine: AsyncEngine | None = None
        self._imports = asyncio.Semaphore(IMPORTS)
        self._heads = one_trip.Heads()

    async def open(self) -> None:
        self._connect()
        try:
            self._epoch = await self._write(self._look)
        except BaseException:
            await self.close()
            raise

    def _connect(self) -> None:
        self._engine = create_async_engine(
            self._url,
            pool_size=self._pool,
            max_overflow=0,
            connect_args={"server_settings": _SESSION, "timeout": CONNECT_S},
        )
        event.listen(self._engine.sync_engine, "connect", _keep_alive)

    def _look(self, connection: Connection) -> str:
        _refuse_replica(connection)
        schema.check(connection, "beatline migrate")
        return self._standing(connection).epoch

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()

    async def migrate(self, restored: bool = False) -> list[str]:
        self._connect()
        try:
            return await self._run(partial(_migrate, now=self._clock.now(), restored=restored), True, None)
        finally:
            await self.close()

    # ------------------------------------------------------------------------------------------- running bodies
    async def _read(self, body: Callable[[Connection], T]) -> T:
        """One snapshot for all that a body reads: REPEATABLE READ."""
        return await self._run(body, False, LIMIT_S[Urgency.ONE])

    async def _write(self, body: Callable[[Connection], T], urgency: Urgency = Urgency.ONE) -> T:
        turn: AbstractAsyncContextManager[object] = self._imports if urgency is Urgency.BULK else nullcontext()
        async with turn:
            return await self._run(body, True, LIMIT_S[urgency])

    async def _run(self, body: Callable[[Connection], T], writes: bool, limit_s: float | None) -> T:
        attempt, made = 1, set[Instant]()
        while True:
            try:
                with explained(self._url):
                    return await self._once(body, writes, limit_s)
            except _LacksPart as lacking:
                if lacking.at in made:
                    raise StoreForeign("a table cannot be divided further; run: beatline migrate") from lacking
                made.add(lacking.at)
                await self._run(partial(partitions.make_all, at=lacking.at), True, limit_s)
            except (Collided, _Again):
                if attempt == ATTEMPTS:
                    raise StoreUnavailable("the store is too busy: others changed the same rows each time") from None
                attempt += 1

    def _live(self) -> AsyncEngine:
        if self._engine is None:
            raise StoreUnavailable("the store is closed")
        return self._engine

    async def _once(self, body: Callable[[Connection], T], writes: bool, limit_s: float | None) -> T:
        committing = False
        try:
            async with asyncio.timeout(limit_s), self._live().connect() as connection:
                if not writes:
                    await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                answer = await self._ran(connection, body)
                committing = writes
                await connection.commit()
                return answer
        except Exception as error:
            if committing and lost(error):
                raise StoreUncertain(
                    "the database went away as it was told to commit: nobody knows whether that was written"
                ) from error
            raise

    async def _ran(self, connection: AsyncConnection, body: Callable[[Connection], T]) -> T:
        """The body's answer. Until COMMIT is sent, whatever goes wrong has written nothing: it may be run again."""
        try:
            return await connection.run_sync(body)
        except (DBAPIError, asyncpg.PostgresError) as error:
            if (at := lacks_part(error)) is not None:
                raise _LacksPart(at) from error
            invalid = isinstance(error, DBAPIError) and error.connection_invalidated
            if invalid or state_of(error) in AGAIN:
                raise _Again from error  # the pool makes fresh connections
            raise

    # ------------------------------------------------------------------------------------------- RECORD in one trip
    async def record(self, tick: Tick) -> Receipted:
        """In one statement where the store agrees with what this process remembers of its officers, else the long way.
        Raises StoreUncertain where the connection was lost in between: try again with ``again``."""
        trip = one_trip.trip_of(tick, self._heads, self._legends)
        numbers = None if trip is None else await self._at_once(trip)
        if trip is None or numbers is None:
            receipted = await super().record(tick)
        else:
            receipted = Receipted(numbers, trip.seqs)
        self._heads.move(tick, receipted)
        return receipted

    async def _at_once(self, trip: one_trip.Trip) -> tuple[int, ...] | None:
        sent = False
        try:
            with explained(self._url):
                async with asyncio.timeout(LIMIT_S[Urgency.RECORD]), self._live().connect() as connection:
                    driver = (await connection.get_raw_connection()).driver_connection
                    if driver is None or driver.is_closed():
                        await connection.invalidate()
                        return None
                    try:
                        sent = True
                        return await one_trip.written(driver, trip)
                    except BaseException:
                        await connection.invalidate()  # past SQLAlchemy's own eyes: it may be in any state
                        raise
        except StoreUnavailable as error:
            if sent and error.__cause__ is not None and lost(error.__cause__):
                raise StoreUncertain("the database went away: nobody knows whether that was written") from error
            raise

    def _took_over(self, states: list[OfficerState]) -> list[OfficerState]:
        self._heads.learn(states)
        return states

    # ------------------------------------------------------------------------------------------- upkeep
    async def upkeep(self, now: Instant) -> list[str]:
        """A table at a time: attaching a part keeps out only whoever attaches another."""
        made: list[str] = []
        for table in partitions.PARTITIONED:
            made += await self._write(partial(partitions.make_ahead, now=now, tables=(table,)))
        return [f"made {name}" for name in made]

    async def forget(self, before: Instant) -> int:
        """Whole days of the inbox, dropped; a day that somebody is reading just now stays for the next time."""
        await super().forget(before - before % DAY)
        dropped = 0
        for part in await self._read(partial(partitions.over, table=partitions.INBOX, before=before)):
            with suppress(StoreUnavailable):
                dropped += await self._write(partial(partitions.drop, part=part), Urgency.BULK)
        return dropped

    def _forget(self, connection: Connection, before: Instant, after: str) -> tuple[int, str | None]:
        return answers.forget(connection, before, after, drops=False)

    # ------------------------------------------------------------------------------------------- bulk work
    def _portion(self) -> int:
        return PORTION

    def _add(self, connection: Connection, rows: Sequence[Row]) -> int:
        return copying.add(connection, rows)

    def _took(self, count: int, seconds: float) -> None:
        """Other writers do not wait for ours here: the portion stays."""

    # ------------------------------------------------------------------------------------------- changes
    def _cursor(self, connection: Connection) -> str:
        return self._cursor_at(connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar_one())

    def _cursor_at(self, since: str, until: str = "", n: int = 0) -> str:
        return f"p.{self._epoch}.{since}.{until}.{n}"

    def _changes(self, connection: Connection, cursor: str, limit: int) -> Changes:
        """What is visible now and was not in the cursor's snapshot.

        The cursor is "since", or, where the limit cut a list, "since, until, n": of what became visible between the two
        snapshots, go on after number n. So a page never loses what commits while pages are turned.
        """
        since, until, n = self._parse(cursor)
        rows = _since(connection, _CHANGES, (since, until or None, n, limit + 1))
        now = until or rows[0][0]
        found = [row for row in rows if row[1] is not None]
        kept = found[:limit]
        changes = tuple(Change(ChangeKind(kind), id_, version, rank) for _, _, kind, id_, version, rank in kept)
        if len(found) > limit:
            return Changes(changes, self._cursor_at(since, now, kept[-1][1]), more=True)
        return Changes(changes, self._cursor_at(now))

    def _urgent(self, connection: Connection, cursor: str, rank: int, limit: int) -> list[Change]:
        since, until, n = self._parse(cursor)
        ranks = list(range(rank, MOST_URGENT + 1))
        rows = _since(connection, _URGENT, (since, until or None, n, ranks, limit))
        return [Change(ChangeKind(kind), id_, version, rank) for kind, id_, version, rank in rows]

    def _parse(self, cursor: str) -> tuple[str, str, int]:
        parts = cursor.split(".")
        if len(parts) != 5 or parts[:2] != ["p", self._epoch] or not parts[4].isdigit():
            raise BadCursor("the change cursor is not one of this store: start from a snapshot")
        return parts[2], parts[3], int(parts[4])


_CHANGES = """
WITH now AS (SELECT pg_current_snapshot() AS snapshot),
c AS (SELECT CAST($1::text AS pg_snapshot) AS since, CAST($2::text AS pg_snapshot) AS until),
fresh AS (
    SELECT n, kind, id, version, rank, xid FROM change, c WHERE xid >= pg_snapshot_xmax(c.since)
    UNION ALL
    SELECT n, kind, id, version, rank, xid FROM change, c
    WHERE xid IN (SELECT pg_snapshot_xip(c.since)) AND xid < pg_snapshot_xmax(c.since)
),
page AS (
    SELECT n, kind, id, version, rank FROM fresh, c
    WHERE n > $3::int8 AND (c.until IS NULL OR pg_visible_in_snapshot(xid, c.until))
    ORDER BY n LIMIT $4::int8
)
SELECT now.snapshot::text, page.n, page.kind, page.id, page.version, page.rank
FROM now LEFT JOIN page ON true ORDER BY page.n
"""
"""The usual fences fail: "n > last" skips a slow transaction that took its number early, and "xid < snapshot_xmin"
freezes behind any open transaction in the cluster (both reproduced)."""

_URGENT = """
WITH c AS (SELECT CAST($1::text AS pg_snapshot) AS since, CAST($2::text AS pg_snapshot) AS until),
fresh AS (
    SELECT n, kind, id, version, rank, xid FROM change, c
    WHERE rank > 0 AND rank = ANY($4::int2[]) AND xid >= pg_snapshot_xmax(c.since)
    UNION ALL
    SELECT n, kind, id, version, rank, xid FROM change, c
    WHERE rank > 0 AND rank = ANY($4::int2[])
    AND xid IN (SELECT pg_snapshot_xip(c.since)) AND xid < pg_snapshot_xmax(c.since)
)
SELECT kind, id, version, rank FROM fresh, c
WHERE c.until IS NULL OR n > $3::int8 OR NOT pg_visible_in_snapshot(xid, c.until)
ORDER BY n LIMIT $5::int8
"""
"""As above, of a few ranks: one short range of the index (rank, xid) each, however long the backlog. "> 0" lets the
partial index serve a plan that does not know the ranks."""


def _since(connection: Connection, statement: str, values: tuple[object, ...]) -> Sequence[Any]:
    try:
        return connection.exec_driver_sql(statement, values).all()
    except DBAPIError as error:
        if state_of(error)[:2] == "22":
            raise BadCursor("the change cursor is not one of this store: start from a snapshot") from error
        raise


class _Again(Exception):
    """A deadlock, a lost race or a lost connection before anything was committed: run the body again."""


class _LacksPart(Exception):
    """A divided table has no part for this instant yet."""

    def __init__(self, at: Instant) -> None:
        super().__init__(at)
        self.at = at


def _refuse_replica(connection: Connection) -> None:
    question = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only')"
    recovering, read_only = connection.exec_driver_sql(question).one()
    if recovering or read_only == "on":
        raise StoreForeign("the database is a replica or may only be read: give the address of the primary")


def _migrate(connection: Connection, now: Instant, restored: bool) -> list[str]:
    """Everything that ``beatline migrate`` does, in one transaction -> what was done, in lines."""
    from geo.store.migrations.upgrade import upgrade

    _refuse_replica(connection)
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock($1::int8)", (partitions.LOCK,))
    done = [*_extend(connection), *upgrade(connection)]
    if made := partitions.make_ahead(connection, now):
        done.append(f"partitions: made {', '.join(made)}")
    if restored:
        done.append(f"epoch drawn anew: {identity.draw(connection, None)}; every device is sent everything again")
    return done


_NOT_INSTALLED = {"0A000", "58P01"}
"""PostgreSQL's words for "no such extension on this machine"."""


def _extend(connection: Connection) -> list[str]:
    """Creates the extensions that are wanting -> what was done."""
    there = {row[0] for row in connection.exec_driver_sql("SELECT extname FROM pg_extension")}
    done = []
    for name in EXTENSIONS:
        if name in there:
            continue
        try:
            connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except DBAPIError as error:
            if state_of(error) in _NOT_INSTALLED:
                raise StoreForeign(
                    f"the database's machine has no {name} ({sentence_of(error)}): install it there, on Debian with"
                    " apt-get install postgresql-postgis, and run beatline migrate again"
                ) from error
            missing = " ".join(f"CREATE EXTENSION {name};" for name in EXTENSIONS if name not in there)
            raise StoreForeign(
                f"the database lacks the extension {name} and this user cannot create it ({sentence_of(error)}):"
                f" have an administrator run, in this database: {missing}"
            ) from error
        done.append(f"extension {name}: created")
    return done


_KEEP_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *((socket.IPPROTO_TCP, int(getattr(socket, name)), value) for name, value in _TCP if hasattr(socket, name)),
)


def _keep_alive(connection: Any, _: object) -> None:
    """A server that is gone without a word is noticed while nothing is asked of it, too."""
    transport = getattr(connection.driver_connection, "_transport", None)
    raw = transport.get_extra_info("socket") if transport is not None else None
    if raw is not None and raw.family != socket.AF_UNIX:
        for level, option, value in _KEEP_ALIVE:
            raw.setsockopt(level, option, value)
