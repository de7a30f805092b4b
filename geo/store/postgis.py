"""The store on PostgreSQL with PostGIS: the same bodies through asyncpg, and a change cursor that misses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from geo.clock import Clock
from geo.errors import BadCursor, StoreForeign, StoreUnavailable
from geo.store import schema
from geo.store.records import Collided
from geo.store.rows import Change, ChangeKind, Changes
from geo.store.store import SqlStore, Urgency
from geo.store.tables import EXTENSIONS, MOST_URGENT

T = TypeVar("T")

POOL = 8
IMPORTS = 2
"""So many imports write at a time: connections are left for what is urgent."""
PORTION = 1_000
ATTEMPTS = 5
_LOCK = 0x62656174
"""Advisory lock under which the schema is made: "beat"."""
_AGAIN = {"40001", "40P01"}
_PATIENCE_S = 10


class PostgisStore(SqlStore):
    """The store in the database that ``url`` names: ``postgresql://user:password@host:port/name``."""

    def __init__(self, url: str, clock: Clock | None = None) -> None:
        super().__init__(clock)
        self._url = make_url(url).set(drivername="postgresql+asyncpg")
        self._engine: AsyncEngine | None = None
        self._imports = asyncio.Semaphore(IMPORTS)

    async def open(self) -> None:
        settings = {"jit": "off", "application_name": "beatline"}
        self._engine = create_async_engine(
            self._url,
            pool_size=POOL,
            max_overflow=0,
            connect_args={"server_settings": settings, "timeout": _PATIENCE_S},
        )
        try:
            self._epoch = await self._write(_prepare)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()

    # ------------------------------------------------------------------------------------------- running bodies
    async def _read(self, body: Callable[[Connection], T]) -> T:
        """One snapshot for all that a body reads: REPEATABLE READ."""
        return await self._run(body, writes=False)

    async def _write(self, body: Callable[[Connection], T], urgency: Urgency = Urgency.ONE) -> T:
        turn: AbstractAsyncContextManager[object] = self._imports if urgency is Urgency.BULK else nullcontext()
        async with turn:
            return await self._run(body, writes=True)

    async def _run(self, body: Callable[[Connection], T], writes: bool) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._explained():
                    return await self._once(body, writes)
            except (Collided, _Again):
                if attempt == ATTEMPTS:
                    raise StoreUnavailable("the store is too busy: others changed the same rows each time") from None
        raise AssertionError("unreachable")

    async def _once(self, body: Callable[[Connection], T], writes: bool) -> T:
        if self._engine is None:
            raise StoreUnavailable("the store is closed")
        async with self._engine.connect() as connection:
            if not writes:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            try:
                answer = await connection.run_sync(body)
            except DBAPIError as error:
                if error.connection_invalidated or _state_of(error) in _AGAIN:
                    raise _Again from error  # nothing was committed: the pool makes fresh connections
                raise
            await connection.commit()
            return answer

    @asynccontextmanager
    async def _explained(self) -> AsyncIterator[None]:
        """PostgreSQL's errors as the contract's, in a sentence."""
        try:
            yield
        except (OSError, TimeoutError, PoolTimeout) as error:
            raise StoreUnavailable(f"the database {self._name} cannot be reached: {error}") from error
        except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            state = _state_of(error)
            if state[:2] in ("08", "28", "3D", "53", "57") or isinstance(
                error, OperationalError | asyncpg.InterfaceError
            ):
                raise StoreUnavailable(f"the database {self._name} does not serve us: {_sentence(error)}") from error
            raise

    @property
    def _name(self) -> str:
        return self._url.render_as_string(hide_password=True)

    # ------------------------------------------------------------------------------------------- bulk work
    def _portion(self) -> int:
        return PORTION

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
        if _state_of(error)[:2] == "22":
            raise BadCursor("the change cursor is not one of this store: start from a snapshot") from error
        raise


class _Again(Exception):
    """A deadlock, a lost race or a lost connection before anything was committed: run the body again."""


def _prepare(connection: Connection) -> str:
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock($1::int8)", (_LOCK,))
    there = {row[0] for row in connection.exec_driver_sql("SELECT extname FROM pg_extension")}
    for name in EXTENSIONS:
        if name in there:
            continue
        try:
            connection.exec_driver_sql(f"CREATE EXTENSION IF NOT EXISTS {name}")
        except DBAPIError as error:
            raise StoreForeign(
                f"the database lacks the extension {name} and this user cannot create it ({_sentence(error)}):"
                f" have an administrator run CREATE EXTENSION {name}"
            ) from error
    return schema.prepare(connection)


def _state_of(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(getattr(cause, "sqlstate", None) or "")


def _sentence(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause).split(": ", 1)[-1].splitlines()[0] if str(cause) else type(cause).__name__
