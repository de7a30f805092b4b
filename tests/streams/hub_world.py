"""A hub on a real pipeline and a real store, with sockets that are lists: what the tests of the wire stand on."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from geo.clock import HOUR, SystemClock, format_instant
from geo.codebook import Codebooks
from geo.errors import StoreUnavailable
from geo.model import Incident, Principal
from geo.picture import LivePicture
from geo.store.sqlite import SqliteStore
from streams.delivery.hub import Hub
from streams.delivery.presence import Connection
from streams.errors import NotAuthenticated, Revoked
from streams.hints.contract import Hint
from streams.officers.situations import Situations
from streams.pipeline import Pipeline
from streams.relevance.policy import load_policy
from tests.streams.speaking import incident


class Away(SqliteStore):
    """A store that can be away: while ``failing`` is above 0 every answer, put and take fails and counts it down."""

    failing = 0

    def _fail(self) -> None:
        if self.failing > 0:
            self.failing -= 1
            raise StoreUnavailable("away")

    async def answer(self, given: Any) -> None:
        self._fail()
        await super().answer(given)

    async def put(self, records: Any, actor: str = "") -> Any:
        self._fail()
        return await super().put(records, actor)

    async def put_over(self, stored: Any, record: Any, actor: str = "") -> Any:
        self._fail()
        return await super().put_over(stored, record, actor)

    async def told(self, officer: str) -> Any:
        self._fail()
        return await super().told(officer)


class Line:
    """A socket that is a list. With ``room`` it is full after so many frames."""

    def __init__(self, room: int | None = None) -> None:
        self.frames: list[dict[str, Any]] = []
        self.ended: tuple[int, str] | None = None
        self.room = room
        self.reading = True
        self.connection: Connection | None = None
        self.hub: Hub | None = None

    def send(self, payload: bytes) -> None:
        assert self.ended is None
        self.frames.append(json.loads(payload))
        if self.room is not None and len(self.frames) >= self.room and self.hub and self.connection:
            self.hub.blocked(self.connection)

    def send_all(self, payloads: Sequence[bytes]) -> None:
        for payload in payloads:
            self.send(payload)

    def close(self, code: int, reason: str) -> None:
        assert self.ended is None
        self.ended = (code, reason)

    def read_on(self) -> None:
        self.reading = True

    def types(self) -> list[str]:
        return [frame["type"] for frame in self.frames]

    def of(self, type: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == type]


class World:
    """Everything between a socket and the disk; time and ticks pass when the test says so."""

    def __init__(self, folder: Path, owner: str = "test") -> None:
        self.hints: list[Hint] = []
        books = Codebooks()
        self.clock = SystemClock()
        self.store = Away(folder / "beatline.sqlite")
        self.picture, self.situations = LivePicture(books), Situations(books)
        self.pipeline = Pipeline(
            self.store,
            self.picture,
            self.situations,
            load_policy("uk"),
            self.clock,
            owner,
            lambda b: self.hub.deliver(b),
        )
        self.hub = Hub(self.store, self.pipeline, self.verify, self.clock, "node", tell=self.hints.append)
        self.expires_in = HOUR

    def verify(self, token: str) -> Principal:
        """A token is ``officer`` or ``officer/role``."""
        name, _, role = token.partition("/")
        if role == "revoked":
            raise Revoked("withdrawn")
        if not name:
            raise NotAuthenticated("no token")
        return Principal(id=name, role=role or "officer", force="own", expires_at=self.clock.now() + self.expires_in)

    def now(self) -> str:
        return format_instant(self.clock.now())

    # ------------------------------------------------------------ devices
    def open(self, room: int | None = None) -> Line:
        line = Line(room)
        line.hub = self.hub
        line.connection = self.hub.opened(line)
        return line

    def say(self, line: Line, type: str, **fields: Any) -> None:
        assert line.connection is not None
        self.hub.received(line.connection, json.dumps({"type": type, **fields}).encode())

    async def officer(self, officer: str = "o1", device: str = "d1", lon: float = -1.55, lat: float = 53.8) -> Line:
        """Identified, on duty, in place; what was said so far is in the line."""
        line = self.open()
        self.say(line, "identify", token=officer, device_id=device, app="test")
        self.say(line, "status", status="available", at=self.now())
        self.say(line, "position", at=self.now(), lon=lon, lat=lat, accuracy_m=5)
        await self.until(lambda: any(frame["status"] == "available" for frame in line.of("status")))
        await self.pipeline.tick()
        return line

    def hang_up(self, line: Line) -> None:
        assert line.connection is not None
        self.hub.lost(line.connection, 1006)

    # ------------------------------------------------------------ records
    async def post(self, source_id: str = "1", **changes: Any) -> Incident:
        """A robbery on the officer's doorstep, decided on."""
        record = incident(source_id, **({"reported_at": self.clock.now()} | changes))
        await self.store.put([record])
        self.pipeline.wake()
        await self.pipeline.tick()
        return record

    async def until(self, happened: Any, within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not happened():
                await asyncio.sleep(0.005)

    async def settled(self) -> None:
        """What the devices reported is in the store."""
        await self.hub._receipts.flush()


@contextlib.asynccontextmanager
async def world(folder: Path, owner: str = "test") -> AsyncIterator[World]:
    """Opened and loaded; closed at the end."""
    one = World(folder, owner)
    await one.store.open()
    await one.pipeline.start()
    try:
        yield one
    finally:
        await one.hub.close()
        await one.store.close()
