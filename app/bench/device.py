"""The lightest device that there can be: a socket, PROTOCOL.md's handshake, an acknowledgement for each alert.

It stands for thousands of phones on one core, so it does not use the product's own client: what is measured should be
the server, not the measuring.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Callable

import msgspec


class Shown(msgspec.Struct):
    """An alert inside a reset."""

    alert_id: str


class Heard(msgspec.Struct):
    """What the bench looks at in a frame."""

    type: str
    seq: int | None = None
    alert_id: str | None = None
    prev_seq: int | None = None
    epoch: str = ""
    as_of_seq: int = 0
    alerts: tuple[Shown, ...] = ()


_decode = msgspec.json.Decoder(Heard).decode


def masked(text: bytes) -> bytes:
    """A client's text frame with the mask 0, which leaves the bytes as they are (RFC 6455, 5.3 allows any key)."""
    size = len(text)
    if size < 126:
        return bytes((0x81, 0x80 | size)) + b"\0\0\0\0" + text
    return bytes((0x81, 0xFE)) + size.to_bytes(2, "big") + b"\0\0\0\0" + text


def frames(buffer: bytearray) -> list[tuple[int, bytes]]:
    """Takes the whole frames off the front of what a server sent: (opcode, payload)."""
    found, at = [], 0
    while len(buffer) - at >= 2:
        size, head = buffer[at + 1] & 0x7F, 2
        if size >= 126:
            head = 4 if size == 126 else 10
            if len(buffer) - at < head:
                break
            size = int.from_bytes(buffer[at + 2 : at + head], "big")
        if len(buffer) - at < head + size:
            break
        found.append((buffer[at] & 0x0F, bytes(buffer[at + head : at + head + size])))
        at += head + size
    del buffer[:at]
    return found


Told = Callable[[int, str, float], None]
"""(device number, alert id, monotonic seconds when its bytes were read)."""

Read = Callable[["BareDevice", bytes], None]
"""Who is given the bytes that arrived, to hand them to :meth:`BareDevice.take` at once or later."""


class BareDevice(asyncio.Protocol):
    """One device; ``settled`` is done when it has caught up, or failed. ``again`` makes it ready to be dialled anew: it
    resumes where it was."""

    def __init__(self, number: int, token: str, lon: float, lat: float, told: Told, read: Read | None = None) -> None:
        self.number, self.lon, self.lat = number, lon, lat
        self.settled: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self.acked, self.gaps, self.resets = 0, 0, 0
        self.epoch = ""
        self.close_code: int | None = None
        self.retry_after_s: float | None = None
        """What a refusal asked for."""
        self.settled_at = 0.0
        self._token, self._told, self._read, self._buffer, self._open = token, told, read, bytearray(), False
        self._last: int | None = None

    def again(self) -> None:
        """The connection is gone: what is stored stays, the conversation begins anew."""
        self.settled = asyncio.get_running_loop().create_future()
        self.transport, self.close_code, self.retry_after_s = None, None, None
        self._buffer, self._open, self._last = bytearray(), False, None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /v1/device HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: beatline.v1\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if self._read is not None:
            self._read(self, data)
        else:
            self.take(data, time.monotonic())

    def take(self, data: bytes, at: float) -> None:
        """Goes on with bytes that were read at ``at``."""
        self._buffer += data
        if not self._open:
            head, found, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head[:16]:
                self.retry_after_s = retry_after(head)
                self._settle(False)
                return
            self._open, self._buffer = True, bytearray(rest)
        for opcode, payload in frames(self._buffer):
            if opcode == 1:
                self._hear(_decode(payload), at)
            elif opcode == 8:
                self.close_code = int.from_bytes(payload[:2], "big")
            elif opcode == 9 and self.transport is not None:
                self.transport.write(bytes((0x8A, 0x80)) + b"\0\0\0\0")

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self._settle(False)

    def send(self, text: bytes) -> None:
        if self.transport is not None:
            self.transport.write(masked(text))

    def send_position(self, at: str) -> None:
        self.send(
            b'{"type":"position","at":"%b","lon":%.6f,"lat":%.6f,"accuracy_m":5}' % (at.encode(), self.lon, self.lat)
        )

    def send_heartbeat(self) -> None:
        self.send(b'{"type":"heartbeat","t":%d,"acked_seq":%d}' % (int(time.time() * 1000), self.acked))

    def _hear(self, heard: Heard, at: float) -> None:
        if heard.seq is not None and heard.type in ("alert", "cancel", "purge"):
            self.gaps += heard.prev_seq != self._last
            self._last = self.acked = heard.seq
            if heard.type == "alert" and heard.alert_id is not None:
                self._told(self.number, heard.alert_id, at)
            self.send(b'{"type":"ack","seq":%d}' % heard.seq)
        elif heard.type == "hello":
            self._identify()
        elif heard.type == "ready":
            self.epoch = heard.epoch
        elif heard.type == "reset":
            self.resets += 1
            self.acked = heard.as_of_seq
            for alert in heard.alerts:
                self._told(self.number, alert.alert_id, at)
        elif heard.type == "caught_up":
            self.settled_at = at
            self._settle(True)

    def _identify(self) -> None:
        now = instant_text(time.time())
        first = {"type": "resume", "epoch": self.epoch, "seq": self.acked} if self.epoch else {"type": "identify"}
        self.send(
            msgspec.json.encode(
                {
                    **first,
                    "token": self._token,
                    "device_id": f"bench-{self.number}",
                    "app": "beatline-bench",
                    "position": {"at": now, "lon": self.lon, "lat": self.lat, "accuracy_m": 5},
                }
            )
        )
        self.send(b'{"type":"status","status":"available","at":"%b"}' % now.encode())

    def here_since(self, at: float) -> bool:
        """It had caught up before ``at``, and is still connected."""
        return self.transport is not None and 0.0 < self.settled_at <= at and self.settled.done()

    def _settle(self, well: bool) -> None:
        if not self.settled.done():
            self.settled.set_result(well)


def retry_after(head: bytes) -> float | None:
    """The seconds of a refusal's Retry-After, where it has one."""
    _, found, rest = head.lower().partition(b"\r\nretry-after:")
    return float(rest.partition(b"\r\n")[0]) if found else None


def instant_text(seconds: float) -> str:
    """RFC 3339 with milliseconds, as the wire has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{int(seconds * 1000) % 1000:03d}Z"
