"""A whole server on a port of its own, and a plain WebSocket client that knows nothing but PROTOCOL.md."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from app.identity import Role
from app.main import build, running, sockets_of
from app.runtime import Runtime
from app.settings import settings_of

BEATLINE = Subprotocol("beatline.v1")
LEEDS = (-1.55, 53.8)


class _Quiet(uvicorn.Server):
    """Leaves the signals to the tests."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def a_port() -> socket.socket:
    """A listening socket below 32768, where other machines' outgoing connections do not come from."""
    for port in random.sample(range(20_000, 32_000), 200):
        listener = socket.socket()
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError("no port is free")


def moment() -> str:
    """Now, as the wire has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Device:
    """One connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen: list[dict[str, Any]] = []

    async def send(self, type: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def next(self, within_s: float = 5.0) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), within_s))
        self.seen.append(message)
        return message

    async def until(self, type: str, within_s: float = 5.0, **fields: Any) -> dict[str, Any]:
        """The next message of this type with these fields; what comes before is in ``seen``."""
        async with asyncio.timeout(within_s):
            while True:
                message = await self.next(within_s)
                if message["type"] == type and all(message.get(name) == value for name, value in fields.items()):
                    return message

    async def closed(self, within_s: float = 5.0) -> int:
        """The close code."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    await self.next(within_s)
        except ConnectionClosed:
            return self.socket.close_code or 0

    async def quiet(self, for_s: float = 0.4) -> list[dict[str, Any]]:
        """What comes in so long; heartbeat_acks and statuses left out."""
        came = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(for_s):
                while True:
                    came.append(await self.next(for_s + 1))
        return [message for message in came if message["type"] not in ("heartbeat_ack", "status")]


class Serving:
    """The running server, as the tests use it."""

    def __init__(self, runtime: Runtime, port: int) -> None:
        self.runtime, self.port = runtime, port

    @property
    def address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/device"

    def token(self, officer: str, role: Role = Role.OFFICER, **rights: Any) -> str:
        return self.runtime.issuer.issue(officer, role, **rights)

    @contextlib.asynccontextmanager
    async def device(self, **options: Any) -> AsyncIterator[Device]:
        settings: dict[str, Any] = {"subprotocols": [BEATLINE], "open_timeout": 10, "close_timeout": 1}
        async with connect(self.address, **(settings | options)) as socket:
            yield Device(socket)

    @contextlib.asynccontextmanager
    async def officer(
        self, officer: str = "o1", device_id: str = "d1", place: tuple[float, float] = LEEDS, status: str = "available"
    ) -> AsyncIterator[Device]:
        """Identified, on duty, in place."""
        async with self.device() as device:
            await device.send("identify", token=self.token(officer), device_id=device_id, app="test")
            await device.send("status", status=status, at=moment())
            await device.send("position", at=moment(), lon=place[0], lat=place[1], accuracy_m=5)
            await device.until("status", status=status, position="ok")
            yield device

    async def post(self, source_id: str = "1", **fields: Any) -> str:
        """An incident 300 m from LEEDS; its id."""
        body = {
            "source": "test",
            "source_id": source_id,
            "category": "stabbing",
            "title": "Stabbing",
            "grade": "emergency",
            "hazards": ["weapon"],
            "place": {"type": "Point", "coordinates": [LEEDS[0], LEEDS[1] + 0.0027]},
        }
        token = self.token("feed-1", Role.FEED)
        transport = httpx.ASGITransport(self.runtime.api)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.post(
                "/v1/incidents", json=body | fields, headers={"Authorization": f"Bearer {token}"}
            )
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[Serving]:
    """A server on an embedded store in this folder, until the block ends."""
    runtime = build(settings_of(data=folder))
    with a_port() as listener:
        config = uvicorn.Config(
            runtime.api,
            ws=sockets_of(runtime),
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
        )
        server = _Quiet(config)
        async with running(runtime):
            task = asyncio.create_task(server.serve(sockets=[listener]))
            while not server.started:
                await asyncio.sleep(0.01)
            try:
                yield Serving(runtime, listener.getsockname()[1])
            finally:
                await runtime.hub.close()
                server.should_exit = True
                await task
