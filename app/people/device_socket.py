"""One WebSocket as a device has it: websockets' protocol without I/O over an asyncio transport, no task of its own."""

from __future__ import annotations

import asyncio
import resource
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from time import time

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

SUBPROTOCOL = Subprotocol("beatline.v1")
MAX_FRAME_BYTES = 1 << 20
"""What a device takes in one frame: a reset's page of alerts may be larger than what it may send itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended. ``status`` is the HTTP status where the handshake was refused; ``retry_after_s`` is what
    the server asked for; code 1006 is a connection that died without a word."""

    code: int
    reason: str
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told. ``ended`` is called exactly once, also when the connection was never made."""

    opened: Callable[[], None]
    text: Callable[[bytes], None]
    ended: Callable[[Ended], None]


class DeviceSocket(asyncio.Protocol):
    """Bytes in and out of one connection to ``ws://`` or ``wss://``; used once, begun with :meth:`dial`."""

    def __init__(self, url: str, listener: Listener) -> None:
        self._listener = listener
        self._where = parse_uri(url)
        self._protocol = ClientProtocol(self._where, subprotocols=[SUBPROTOCOL], max_size=MAX_FRAME_BYTES)
        self._transport: asyncio.Transport | None = None
        self._open, self._said = False, False

    async def dial(self) -> None:
        """Opens the connection. Whatever goes wrong is told to ``listener.ended``, not raised."""
        tls = ssl.create_default_context() if self._where.secure else None
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, self._where.host, self._where.port, ssl=tls)
        except OSError as error:
            self._end(Ended(1006, str(error) or type(error).__name__))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        self._pump()

    def eof_received(self) -> bool:
        self._protocol.receive_eof()
        self._pump()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._protocol.state is not State.CLOSED:
            self._protocol.receive_eof()
        self._transport = None
        self._end(self._how_it_ended(str(exc or "")))

    def send(self, text: bytes) -> None:
        """One text frame; quietly nothing when the connection is not open any more (what is owed is sent again)."""
        if self._transport is not None and self._protocol.state is State.OPEN:
            self._protocol.send_text(text)
            self._flush()

    def close(self, code: int = 1000, reason: str = "") -> None:
        """A polite close; the transport follows when the server has answered. Before it is open: just drops it."""
        if self._transport is not None and self._protocol.state is State.OPEN:
            self._protocol.send_close(code, reason)
            self._flush()
        else:
            self.drop()

    def drop(self) -> None:
        """Cuts the connection as a tunnel does: nothing is said to the other end."""
        if self._transport is not None:
            self._transport.abort()

    def _pump(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._open = self._protocol.handshake_exc is None
                if self._open:
                    self._listener.opened()
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._listener.text(bytes(event.data))
        self._flush()

    def _flush(self) -> None:
        if self._transport is None:
            return
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
        if self._protocol.handshake_exc is not None:
            self._transport.close()

    def _how_it_ended(self, reason: str) -> Ended:
        refused = self._protocol.handshake_exc
        if isinstance(refused, InvalidStatus):
            response = refused.response
            return Ended(1006, f"HTTP {response.status_code}", response.status_code, _retry_after(response))
        if refused is not None:
            return Ended(1006, str(refused))
        return Ended(self._protocol.close_code or 1006, self._protocol.close_reason or reason)

    def _end(self, how: Ended) -> None:
        if not self._said:
            self._said = True
            self._listener.ended(how)


def _retry_after(response: Response) -> float | None:
    """Seconds or a date (RFC 9110, 10.2.3); None where it is absent or not understood."""
    value = response.headers.get("Retry-After")
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except ValueError:
        return None


def socket_url(url: str) -> str:
    """``http://host:port`` (what ``serve`` prints) or a ``ws://`` address -> the device socket's address."""
    base = url.rstrip("/").replace("http://", "ws://", 1).replace("https://", "wss://", 1)
    return base if base.endswith("/v1/device") else f"{base}/v1/device"


def raise_open_files() -> int:
    """Lifts this process's limit of open files as far as it goes; what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
