"""200 devices that never read: they are cut off, they cost little, and the officer beside them notices nothing."""

from __future__ import annotations

import asyncio
import socket
import time
from pathlib import Path

import httpx
import pytest

from app.bench.device import masked
from tests.journeys.kit import Device, Server, iso, metres_from

pytestmark = pytest.mark.slow

DEAD = 200
POSTED = 80
"""More than the 64 and 8 that may be unacknowledged."""
MOST_KIB = 32 * 1024
"""200 windows of 64 messages, the words that wait, and what is known of their officers."""


class _Dead:
    """Comes in as PROTOCOL.md says, and then never reads again. Its kernel keeps little for it."""

    def __init__(self, server: Server, number: int) -> None:
        self._server, self._number = server, number

    async def come(self) -> None:
        server, where = self._server, metres_from(self._server.place, self._number - 100, 0)
        line = socket.socket()
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", server.port))
        self.reader, self.writer = await asyncio.open_connection(sock=line)
        self.writer.write(
            b"GET /v1/device HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: beatline.v1\r\n\r\n"
        )
        await self.reader.readuntil(b'"type":"hello"')
        token = server.token(f"dead-{self._number}")
        self._say(f'{{"type":"identify","token":"{token}","device_id":"d{self._number}","app":"dead"}}')
        self._say(f'{{"type":"status","status":"available","at":"{iso()}"}}')
        self._say(f'{{"type":"position","at":"{iso()}","lon":{where[0]:.6f},"lat":{where[1]:.6f},"accuracy_m":5}}')
        await self.reader.readuntil(b'"position":"ok"')
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def beat(self) -> None:
        """It is not silent: only deaf."""
        self._say('{"type":"heartbeat","t":1}')

    def _say(self, text: str) -> None:
        self.writer.write(masked(text.encode()))


def _rss_kib(server: Server) -> int:
    assert server._process is not None
    status = Path(f"/proc/{server._process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def _cut_off(server: Server) -> float:
    text = httpx.get(f"{server.url}/metrics", timeout=10).text
    lines = [line for line in text.splitlines() if line.startswith("beatline_devices ")]
    return float(lines[0].split()[1])


async def test_they_are_cut_off_and_the_others_are_served(own_server: Server) -> None:
    officer = await Device(own_server, "pc-1").on_patrol(metres_from(own_server.place, 0, 150))
    dead = [_Dead(own_server, number) for number in range(DEAD)]
    for start in range(0, DEAD, 50):
        await asyncio.gather(*(one.come() for one in dead[start : start + 50]))
    before = _rss_kib(own_server)
    most, until = 0, time.monotonic() + 60
    posted, beat_at = 0, time.monotonic() + 10.0
    while _cut_off(own_server) > 1 and time.monotonic() < until:
        if posted < POSTED:
            posted += 1
            alert_id = await asyncio.to_thread(own_server.post, source_id=f"long-{posted}", text="x" * 1_500)
            await officer.alert_of(alert_id, patience_s=5.0)
        else:
            await asyncio.sleep(0.5)
        most = max(most, _rss_kib(own_server))
        if time.monotonic() > beat_at:
            beat_at += 10.0
            for one in dead:
                one.beat()
    assert _cut_off(own_server) == 1
    print(f"resident memory grew by {most - before:,} KiB")
    assert most - before < MOST_KIB
    await officer.alert_of(own_server.post(source_id="after"))
    assert officer.closed is None
    for one in dead:
        one.writer.transport.abort()
    await officer.close()
