"""The one store of a simulated deployment: real SQL in memory, with answers that are late, lost or refused."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import create_engine, event, insert
from sqlalchemy.engine import Connection
from sqlalchemy.pool import StaticPool

from geo.clock import Clock
from geo.errors import StoreUnavailable
from geo.store import functions
from geo.store.sqlite import SqliteStore
from geo.store.store import Urgency
from geo.store.tables import SCHEMA, meta, metadata

T = TypeVar("T")


class Disk:
    """What survives every process."""

    def __init__(self, clock: Clock) -> None:
        self.engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"cached_statements": 512})

        @event.listens_for(self.engine, "connect")
        def prepare(connection: sqlite3.Connection, _: object) -> None:
            connection.isolation_level = None
            functions.register(connection)
            connection.create_function("beatline_now", 0, clock.now)
            connection.executescript(
                "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; PRAGMA temp_store = MEMORY"
            )

        @event.listens_for(self.engine, "begin")
        def begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        with self.engine.begin() as connection:
            metadata.create_all(connection)
            rows = [{"key": "schema", "value": SCHEMA}, {"key": "epoch", "value": "simulated"}]
            connection.execute(insert(meta), rows)


class SimulatedStore(SqliteStore):
    """One process's way to the disk. Both halves of the way may fail: before the commit nothing was written, after it
    all was and nobody was told."""

    def __init__(self, disk: Disk, clock: Clock, rng: random.Random) -> None:
        super().__init__(Path("nowhere"), clock)
        self._disk, self._rng = disk, rng
        self.alive = True
        self.away = False
        self.trouble = 0.0
        """The chance that one way fails."""

    async def open(self) -> None:
        self._epoch = "simulated"

    async def close(self) -> None:
        self.alive = False

    async def _read(self, body: Callable[[Connection], T]) -> T:
        return await self._run(body)

    async def _write(self, body: Callable[[Connection], T], urgency: Urgency = Urgency.ONE) -> T:
        return await self._run(body)

    async def _run(self, body: Callable[[Connection], T]) -> T:
        await self._way("nothing was written")
        with self._disk.engine.connect() as connection, connection.begin():
            answer = body(connection)
        await self._way("the answer was lost")
        return answer

    async def _way(self, word: str) -> None:
        await asyncio.sleep(self._rng.expovariate(1 / 0.002))
        if not self.alive:
            await asyncio.get_running_loop().create_future()  # the process is dead: nobody hears of it
        if self.away or self._rng.random() < self.trouble:
            raise StoreUnavailable(word)
