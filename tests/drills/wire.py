"""A device's end of a WebSocket: websockets' protocol without I/O over an asyncio transport."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.typing import Subprotocol
from websockets.uri import parse_uri


@dataclass(frozen=True, slots=True)
class Ended:
    """How a connection ended; ``code`` 1006: without a word; ``status`` where the handshake was refused."""

    code: int
    reason: str
    status: int | None = None
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Listener:
    """``arrived`` is called once after all texts of one read; ``ended`` exactly once, whatever happened."""

    text: Callable[[bytes], None]
    arrived: Callable[[], None]
    ended: Callable[[Ended], None]


class Wire(asyncio.Protocol):
    """One connection to one address, used once."""

    def __init__(self, host: str, port: int, path: str, subprotocol: str, listener: Listener) -> None:
        self._host, self._port, self._listener = host, port, listener
        where = parse_uri(f"ws://{host}:{port}{path}")
        self._protocol = ClientProtocol(where, subprotocols=[Subprotocol(subprotocol)], max_size=4 << 20)
        self._transport: asyncio.Transport | None = None
        self._told = False

    async def dial(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, self._host, self._port)
        except OSError as error:
            self._end(Ended(1006, type(error).__name__))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._listener.text(bytes(event.data))
        self._flush()
        if not self._told:
            self._listener.arrived()

    def eof_received(self) -> bool:
        self._protocol.receive_eof()
        self._flush()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._protocol.state is not State.CLOSED:
            self._protocol.receive_eof()
        self._transport = None
        self._end(self._how(str(exc or "")))

    def send(self, text: bytes) -> None:
        if self._transport is not None and self._protocol.state is State.OPEN:
            self._protocol.send_text(text)
            self._flush()

    def close(self, code: int = 1000) -> None:
        """A polite close; before it is open it is just dropped."""
        if self._transport is not None and self._protocol.state is State.OPEN:
            self._protocol.send_close(code)
            self._flush()
        else:
            self.drop()

    def drop(self) -> None:
        """The tunnel: nothing is said."""
        if self._transport is not None:
            self._transport.abort()

    def deaf(self) -> None:
        """From now on nothing is read: the socket's buffers fill, as on a device that hangs."""
        if self._transport is not None:
            self._transport.pause_reading()

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

    def _how(self, reason: str) -> Ended:
        refused = self._protocol.handshake_exc
        if isinstance(refused, InvalidStatus):
            response = refused.response
            after = response.headers.get("Retry-After")
            wait = float(after) if after and after.isdigit() else None
            return Ended(1006, f"HTTP {response.status_code}", response.status_code, wait)
        return Ended(self._protocol.close_code or 1006, self._protocol.close_reason or reason)

    def _end(self, how: Ended) -> None:
        if not self._told:
            self._told = True
            self._listener.ended(how)
