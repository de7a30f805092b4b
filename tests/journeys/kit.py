"""A real server in a process of its own, and a device that speaks PROTOCOL.md with a plain WebSocket client."""

from __future__ import annotations

import asyncio
import json
import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import httpx
from typer.testing import CliRunner
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from app.cli import app as cli

Message: TypeAlias = dict[str, Any]

PLACE = (-0.1276, 51.5074)
"""Charing Cross, (lon, lat)."""


def metres_from(place: tuple[float, float], east_m: float, north_m: float) -> tuple[float, float]:
    """The place so many metres east and north of another: good to a few per mille over some kilometres."""
    lon, lat = place
    return lon + east_m / (111_320 * math.cos(math.radians(lat))), lat + north_m / 111_320


def iso(offset_s: float = 0.0) -> str:
    """Now, or some seconds from now, as the wire has it."""
    at = datetime.now(UTC) + timedelta(seconds=offset_s)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def beatline(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs the command as a person would."""
    run = [sys.executable, "-m", "app", *words]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"beatline {' '.join(words)} -> {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def free_port() -> int:
    """A port below 32768 that nobody listens on."""
    for port in range(22000 + (os.getpid() * 37) % 8000, 32000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port below 32000")


class Server:
    """``beatline serve`` on a data folder; ``with Server(folder) as server``."""

    def __init__(self, data: Path, *options: str) -> None:
        self.data, self._options, self.port = data, options, free_port()
        self.place, self._scene = PLACE, ""
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self._tokens: dict[tuple[str, ...], str] = {}

    def start(self) -> None:
        if os.environ.get("BEATLINE_STORE"):
            beatline("migrate")
        words = [sys.executable, "-m", "app", "serve", "--data", str(self.data), "--port", str(self.port)]
        log = (self.data.parent / f"{self.data.name}.log").open("ab")
        self._process = subprocess.Popen([*words, *self._options], stdout=log, stderr=log)
        log.close()
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """It answers, and says that it may be used."""
        assert self._process is not None
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise AssertionError(f"the server stopped: {self.log()[-2000:]}")
            try:
                if httpx.get(f"{self.url}/readyz", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(f"the server is not ready: {self.log()[-2000:]}")

    def scene(self, number: int) -> None:
        """Makes room for another test on the same server: a place 44 km further north, and officers of its own."""
        self.place, self._scene = (PLACE[0], PLACE[1] + 0.4 * (number % 60)), f"-{number}"

    def named(self, officer: str) -> str:
        """The officer's id in this scene."""
        return officer + self._scene

    def log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text(errors="replace")

    def kill(self) -> None:
        """kill -9: nothing is said, nothing is tidied."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """SIGSTOP: it is there and does nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(timeout=30)

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def token(self, officer: str, role: str = "officer", *options: str) -> str:
        """A token; an officer's id is the scene's, other roles' ids are taken as they are."""
        name = self.named(officer) if role == "officer" else officer
        key = (name, role, *options)
        if key not in self._tokens:
            words = ["token", "--data", str(self.data), "--officer", name, "--role", role, *options]
            self._tokens[key] = CliRunner().invoke(cli, words).stdout.strip()
        return self._tokens[key]

    def http(self, role: str = "dispatcher", officer: str | None = None, *options: str) -> httpx.Client:
        """A client of the HTTP side, with a token of that role."""
        token = self.token(officer or f"{role}-1", role, *options)
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=20)

    def post(self, **incident: Any) -> str:
        """An incident from a feed; its id. Defaults: an open emergency at the scene's place."""
        lon, lat = incident.pop("at", self.place)
        body = {
            "source": "test-cad",
            "source_id": incident.pop("source_id", f"C-{time.monotonic_ns()}") + self._scene,
            "category": "robbery",
            "title": "Robbery in progress",
            "grade": "emergency",
            "place": {"type": "Point", "coordinates": [lon, lat]},
            **incident,
        }
        with self.http("feed") as feed:
            answer = feed.post("/v1/incidents", json=body)
        assert answer.status_code in (200, 201), answer.text
        return str(answer.json()["id"])


class Device:
    """One handset, written from PROTOCOL.md: it acknowledges, heartbeats, notices gaps and never goes back a rev."""

    def __init__(self, server: Server, officer: str, token: str | None = None, device_id: str | None = None) -> None:
        self._server, self.officer = server, server.named(officer)
        self._token = token or server.token(officer)
        self.device_id = device_id or f"{self.officer}-phone"
        self.inbox: list[Message] = []
        self.held: dict[str, Message] = {}
        self.shown: list[Message] = []
        self.holes: list[Message] = []
        self.epoch: str | None = None
        self.seq = 0
        self.acks = True
        self.closed: int | None = None
        self._previous: int | None = None
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def connect(self, resume: bool = False, **fields: Any) -> Device:
        url = self._server.url.replace("http", "ws") + "/v1/device"
        self._socket = await connect(url, subprotocols=["beatline.v1"], compression=None, max_size=None)  # type: ignore[list-item]
        self.closed, self._previous, self.inbox = None, None, []
        self._reader = asyncio.create_task(self._read())
        await self.expect("hello")
        start: Message = {"type": "identify", "token": self._token, "device_id": self.device_id, "app": "journeys/1"}
        if resume:
            start |= {"type": "resume", "epoch": self.epoch, "seq": self.seq}
        await self.send(start | fields)
        return self

    async def on_patrol(self, place: tuple[float, float], status: str = "available") -> Device:
        """Identifies, goes on duty, says where he is, and hears that he is on duty: a server killed before that has it
        not on record, and a real device would say it again."""
        await self.connect()
        await self.expect("caught_up")
        await self.status(status)
        await self.at(place)
        await self.expect("status", status=status)
        return self

    async def status(self, status: str) -> None:
        await self.send({"type": "status", "status": status, "at": iso()})

    async def at(self, place: tuple[float, float], **fields: Any) -> None:
        fix = {"type": "position", "at": iso(), "lon": place[0], "lat": place[1], "accuracy_m": 8}
        await self.send(fix | fields)

    async def send(self, message: Message) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(message))

    async def send_raw(self, frame: str | bytes) -> None:
        assert self._socket is not None
        await self._socket.send(frame)

    async def cut(self) -> None:
        """The socket dies without a goodbye."""
        assert self._socket is not None
        assert self._reader is not None
        self._socket.transport.abort()
        await asyncio.gather(self._reader, return_exceptions=True)

    async def connect_lost(self) -> None:
        """Returns when the socket has died from the other side."""
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def close(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await asyncio.gather(self._reader, return_exceptions=True)

    async def expect(self, kind: str, patience_s: float = 15.0, **fields: Any) -> Message:
        """The first message of this kind with these fields, received already or within the patience."""
        return await self.until(
            lambda m: m["type"] == kind and all(m.get(k) == v for k, v in fields.items()), patience_s
        )

    async def until(self, wanted: Callable[[Message], bool], patience_s: float = 15.0) -> Message:
        for _ in range(int(patience_s / 0.01)):
            for message in self.inbox:
                if wanted(message):
                    return message
            await asyncio.sleep(0.01)
        seen = [{k: m[k] for k in ("type", "alert_id", "code", "seq", "style") if k in m} for m in self.inbox]
        raise AssertionError(f"{self.officer} waited {patience_s} s in vain (closed {self.closed}); got {seen}")

    async def alert_of(self, alert_id: str, patience_s: float = 15.0) -> Message:
        """The alert about this record, however it came: pushed, or in a reset."""
        for _ in range(int(patience_s / 0.01)):
            if alert_id in self.held:
                return self.held[alert_id]
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.officer} was not alerted to {alert_id} within {patience_s} s")

    async def hears_nothing_of(self, alert_id: str, for_s: float = 1.0) -> None:
        await asyncio.sleep(for_s)
        told = [m for m in self.inbox if m.get("alert_id") == alert_id]
        assert told == [], told
        assert alert_id not in self.held

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for frame in self._socket:
                await self._received(json.loads(frame))
        except ConnectionClosed:
            pass
        self.closed = self._socket.close_code

    async def _received(self, message: Message) -> None:
        self.inbox.append(message)
        kind = message["type"]
        if kind == "ready":
            self.epoch = message["epoch"]
            if message["mode"] == "snapshot":
                self.held = {}
        elif kind == "reset":
            self.seq = message["as_of_seq"]
            self._show(message["alerts"])
        elif kind in ("alert", "cancel", "purge"):
            if message["prev_seq"] != self._previous:
                self.holes.append(message)
            self._previous = message["seq"]
            self.seq = max(self.seq, message["seq"])
            if kind == "alert":
                self._show([message])
            else:
                self.held.pop(message["alert_id"], None)
            if self.acks:
                await self.send({"type": "ack", "seq": message["seq"]})

    def _show(self, alerts: Iterable[Message]) -> None:
        for alert in alerts:
            known = self.held.get(alert["alert_id"])
            if known is None or known["rev"] < alert["rev"]:
                self.held[alert["alert_id"]] = alert
                self.shown.append(alert)
