"""The embedded store: one SQLite file, one writer thread that runs whole transactions, a few readers beside it."""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import create_engine, event, func, select, text
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from geo.clock import Clock, Instant
from geo.errors import BadCursor, StoreForeign, StoreUnavailable
from geo.store import functions, identity, schema
from geo.store.rows import Change, ChangeKind, Changes
from geo.store.store import SqlStore, Urgency
from geo.store.tables import MOST_URGENT, SCHEMA, change

T = TypeVar("T")

READERS = 2
BULK_SECONDS = 0.020
"""A transaction of an import takes at most about this long: others wait no longer for their turn."""
FIRST_PORTION, LEAST_PORTION, MOST_PORTION = 256, 64, 1_024

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "cache_size = -32768",
    "temp_store = MEMORY",
    # The writer has its log folded into the file from beside, once a second; this is the backstop: 32 MB.
    "wal_autocheckpoint = 8192",
)
CHECKPOINT_SECONDS = 1.0


@dataclass(order=True, slots=True)
class _Job:
    urgency: int
    number: int
    body: Callable[[Connection], Any] | None = field(compare=False)
    done: Future[Any] = field(compare=False)


class SqliteStore(SqlStore):
    """The store in the file ``path``, made if it is not there. Several processes may have it open.

    ``patience_s``: how long to wait for another process's transaction before StoreUnavailable.
    """

    def __init__(self, path: Path, clock: Clock | None = None, patience_s: float = 5.0) -> None:
        super().__init__(clock)
        self._path, self._patience_s = path, patience_s
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        self._number = 0
        self._engine: Engine | None = None
        self._writer: threading.Thread | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._next_portion = FIRST_PORTION

    async def open(self) -> None:
        self._start()
        try:
            self._epoch = await self._write(self._look)
        except BaseException:
            await self.close()
            raise

    def _start(self) -> None:
        _make_private(self._path)
        self._engine = _engine(self._path, self._patience_s, self._clock)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._writer = threading.Thread(target=self._write_on, name="store-writer", daemon=True)
        self._writer.start()

    def _look(self, connection: Connection) -> str:
        if schema.version_of(connection) is None:
            schema.make(connection)
        schema.check(connection, f"beatline migrate --data {self._path.parent}")
        return self._standing(connection).epoch

    async def migrate(self, restored: bool = False) -> list[str]:
        self._start()
        try:
            return await self._write(partial(_migrate, restored=restored))
        finally:
            await self.close()

    async def upkeep(self, now: Instant) -> list[str]:
        """One file needs no room made beforehand."""
        return []

    async def close(self) -> None:
        writer, readers, engine = self._writer, self._readers, self._engine
        self._writer = self._readers = self._engine = None
        if writer is not None:
            self._queue(None, Urgency.BULK)
            await asyncio.to_thread(writer.join)
        if readers is not None:
            readers.shutdown()
        if engine is not None:
            engine.dispose()

    # ------------------------------------------------------------------------------------------- running bodies
    async def _read(self, body: Callable[[Connection], T]) -> T:
        if self._readers is None:
            raise StoreUnavailable("the store is closed")
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run_read, body)

    def _run_read(self, body: Callable[[Connection], T]) -> T:
        if self._engine is None:
            raise StoreUnavailable("the store is closed")
        with _explained(self._path), self._engine.connect() as connection, connection.begin():
            return body(connection)

    async def _write(self, body: Callable[[Connection], T], urgency: Urgency = Urgency.ONE) -> T:
        if self._writer is None:
            raise StoreUnavailable("the store is closed")
        answer: T = await asyncio.wrap_future(self._queue(body, urgency))
        return answer

    def _queue(self, body: Callable[[Connection], Any] | None, urgency: Urgency) -> Future[Any]:
        done: Future[Any] = Future()
        self._number += 1
        self._jobs.put(_Job(urgency if body else len(Urgency), self._number, body, done))
        return done

    def _write_on(self) -> None:
        """The writer thread: whole transactions, the most urgent first, until the job without a body."""
        engine = self._engine
        assert engine is not None
        connection: Connection | None = None
        folded = time.monotonic()
        while (job := self._jobs.get()).body is not None:
            if not job.done.set_running_or_notify_cancel():
                continue
            try:
                with _explained(self._path):
                    if connection is None:
                        connection = _writing(engine)
                    with connection.begin():
                        answer = job.body(connection)
                job.done.set_result(answer)
            except BaseException as error:
                job.done.set_exception(error)
            if time.monotonic() - folded > CHECKPOINT_SECONDS:
                folded = time.monotonic()
                self._fold(engine)
        if connection is not None:
            connection.close()

    def _fold(self, engine: Engine) -> None:
        """Moves the write-ahead log into the file on a reader's thread: a passive checkpoint holds no writer up, and
        the commit that would otherwise have to do it was 20 ms late."""

        def passive() -> None:
            with suppress(DBAPIError), engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

        readers = self._readers
        if readers is not None:
            with suppress(RuntimeError):  # shut down in between
                readers.submit(passive)

    # ------------------------------------------------------------------------------------------- bulk work
    def _portion(self) -> int:
        return 1 << self._next_portion.bit_length() - 1  # a power of two goes in as one statement: see vocabulary

    def _took(self, count: int, seconds: float) -> None:
        if count < LEAST_PORTION:
            return
        fitting = int(count * BULK_SECONDS / max(seconds, 1e-6))
        wanted = (self._next_portion + min(fitting, 2 * self._next_portion)) // 2
        self._next_portion = max(LEAST_PORTION, min(MOST_PORTION, wanted))

    # ------------------------------------------------------------------------------------------- changes
    def _cursor(self, connection: Connection) -> str:
        last = connection.execute(select(func.max(change.c.n))).scalar_one()
        return self._cursor_at(last or 0)

    def _cursor_at(self, n: int) -> str:
        return f"s.{self._epoch}.{n}"

    def _changes(self, connection: Connection, cursor: str, limit: int) -> Changes:
        """One writer at a time: numbers are committed in their order, so an id is a whole cursor here."""
        number = self._parse(cursor)
        statement = select(change).where(change.c.n > number).order_by(change.c.n).limit(limit + 1)
        rows = connection.execute(statement).all()
        kept = rows[:limit]
        last = kept[-1].n if kept else number
        found = tuple(Change(ChangeKind(row.kind), row.id, row.version, row.rank) for row in kept)
        return Changes(found, self._cursor_at(last), more=len(rows) > limit)

    def _urgent(self, connection: Connection, cursor: str, rank: int, limit: int) -> list[Change]:
        ranks = (change.c.rank > text("0"), change.c.rank.in_(range(rank, MOST_URGENT + 1)))
        statement = select(change).where(change.c.n > self._parse(cursor), *ranks).order_by(change.c.n).limit(limit)
        return [Change(ChangeKind(row.kind), row.id, row.version, row.rank) for row in connection.execute(statement)]

    def _parse(self, cursor: str) -> int:
        kind, _, rest = cursor.partition(".")
        epoch, _, number = rest.partition(".")
        if kind != "s" or epoch != self._epoch or not (number.isascii() and number.isdigit() and len(number) < 19):
            raise BadCursor("the change cursor is not one of this store: start from a snapshot")
        return int(number)


def _migrate(connection: Connection, restored: bool) -> list[str]:
    """Everything that ``beatline migrate`` does, in one transaction -> what was done, in lines."""
    done = []
    if schema.version_of(connection) is None:
        schema.make(connection)
        done.append("schema: made")
    if schema.version_of(connection) != SCHEMA:
        from geo.store.migrations.upgrade import upgrade

        done += upgrade(connection)
    if restored:
        done.append(f"epoch drawn anew: {identity.draw(connection, None)}; every device is sent everything again")
    return done


def _make_private(path: Path) -> None:
    """Police records: the file (and WAL beside it, which takes its mode) is its owner's alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the store {path} cannot be opened: {error.strerror}") from error


def _engine(path: Path, patience_s: float, clock: Clock) -> Engine:
    # Statements over rows_of differ by their number of rows: room for many prepared ones.
    arguments = {"timeout": patience_s, "check_same_thread": False, "cached_statements": 512}
    url = URL.create("sqlite+pysqlite", database=str(path))
    engine = create_engine(url, connect_args=arguments, pool_size=READERS + 1)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, and which
        functions.register(connection)
        connection.create_function("beatline_now", 0, clock.now)
        for pragma in _PRAGMAS:
            _patiently(connection, f"PRAGMA {pragma}", patience_s)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        if connection.get_execution_options().get("writes", False):
            _begin_writing(raw, patience_s)
        else:
            raw.execute("BEGIN")

    return engine


def _writing(engine: Engine) -> Connection:
    connection = engine.connect().execution_options(writes=True)
    raw = connection.connection.driver_connection
    assert isinstance(raw, sqlite3.Connection)
    raw.execute("PRAGMA busy_timeout = 0")  # it waits in its own way, below
    return connection


def _begin_writing(connection: sqlite3.Connection, patience_s: float) -> None:
    """BEGIN IMMEDIATE: a deferred transaction that reads and then writes fails at once when another one wrote.

    While another process writes we ask every millisecond; SQLite's own waiting asks ever less often, down to ten times
    a second, and lets an import in short transactions starve everybody else.
    """
    _patiently(connection, "BEGIN IMMEDIATE", patience_s)


def _patiently(connection: sqlite3.Connection, statement: str, patience_s: float) -> None:
    """Runs what SQLite may refuse as busy without ever asking its own busy handler: BEGIN IMMEDIATE here, and turning
    a new file to WAL while another process does the same."""
    deadline = time.monotonic() + patience_s
    while True:
        try:
            connection.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.001)
        else:
            return


_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "is held by another process",
    sqlite3.SQLITE_LOCKED: "is held by another process",
    sqlite3.SQLITE_FULL: "has no room left on its disk",
    sqlite3.SQLITE_IOERR: "cannot be read or written: its disk reports an error",
    sqlite3.SQLITE_READONLY: "may not be written",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_PERM: "may not be opened",
    sqlite3.SQLITE_NOMEM: "got no memory",
}
_FOREIGN = {
    sqlite3.SQLITE_NOTADB: "is not a SQLite file",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a backup",
}


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """SQLite's errors as the contract's, in a sentence."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in _UNAVAILABLE:
            raise StoreUnavailable(f"the store {path} {_UNAVAILABLE[code]}; nothing was written") from error
        if code in _FOREIGN:
            raise StoreForeign(f"the store {path} {_FOREIGN[code]}") from error
        raise
