"""The device socket on uvicorn's port: websockets' protocol without I/O comes in, frames go out as they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import ClassVar, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.frames import Frame, Opcode
from websockets.headers import parse_subprotocol
from websockets.http11 import Request, Response
from websockets.protocol import OPEN, Event
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from app.pressing import pressing
from streams.conversation.protocol import MAX_FRAME_BYTES, PROTOCOL, Close
from streams.delivery.hub import Hub
from streams.delivery.presence import Connection

DEVICE_PATH = "/v1/device"
WRITE_BUFFER_BYTES = 64 * 1024
"""Above this nothing more is pushed; together with the kernel's buffers it is all that a device that never reads can
make the server keep."""
WRITE_LIMIT_BYTES = 1024 * 1024
"""Above this (only answers to its own messages get there) the connection is cut."""
LATE_BYTES = 4 * 1024
"""So much of one device waits for a fan-out to be pushed; with more, it is read at once."""
CLOSE_S = 3.0
"""How long the device may take to answer a close."""
CREDENTIALS = frozenset({"token", "access_token", "ticket", "auth", "authorization", "jwt", "key", "api_key", "secret"})

_ASKS = f"GET {DEVICE_PATH} HTTP/1.1\r\n".encode()
_LATER = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: %d\r\nConnection: close\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 34\r\n\r\ntoo many at once: come back later\n"
)
"""Said without the handshake's reading: in a storm there are more of these than of anything else (0.1 ms, not 0.4)."""
_BUFFER = memoryview(bytearray(64 * 1024))

Refusal = tuple[HTTPStatus, str]
Door: TypeAlias = Callable[["DeviceProtocol", Request], None]


class _Handshake(ServerProtocol):
    """Goes on where another protocol is offered, or none: a close code says more than a refused handshake."""

    def select_subprotocol(self, subprotocols: Sequence[Subprotocol]) -> Subprotocol | None:
        return next((ours for ours in self.available_subprotocols or () if ours in subprotocols), None)


class DeviceProtocol(asyncio.Protocol, asyncio.BufferedProtocol):
    """One connection of a device: made by uvicorn when a request asks for an upgrade. ``hub`` is the subclass's."""

    hub: ClassVar[Hub]
    doors: ClassVar[Mapping[str, Door]] = {}
    """Other sockets of this port, by path: a request for one of them is handed over to it."""

    __slots__ = ("_before", "_close_timer", "_code", "_connection", "_connections", "_late", "_parts", "_protocol",
                 "_text", "_transport", "_whole", "transport")  # fmt: skip

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._connections: set[object] = server_state.connections  # type: ignore[assignment]
        self._protocol = _Handshake(subprotocols=[Subprotocol(PROTOCOL)], max_size=MAX_FRAME_BYTES)
        self._connection: Connection | None = None
        self._close_timer: asyncio.TimerHandle | None = None
        self._code = 1006
        self._before = b""
        """The answer to the handshake: it goes with ``hello``."""
        self._late = b""
        self._whole = True
        """Nothing but whole text frames has come since the handshake: the protocol is not in the middle of one."""
        self._parts: list[bytes] | None = None
        self._text = True

    # ------------------------------------------------------------------ asyncio's side
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES)
        self._connections.add(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """One buffer for all connections, emptied before the next is read: no 256 KiB for a message of 100 bytes."""
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(_BUFFER[:nbytes]))

    def data_received(self, data: bytes) -> None:
        if self._late:
            self._late += data
            if len(self._late) > LATE_BYTES or pressing(self._late):
                self.catch_up()
        elif self._connection is not None and self.hub.puts_off and not pressing(data):
            self._late = data
            self.hub.later(self.catch_up)
        else:
            self._take(data)

    def catch_up(self) -> None:
        """Reads what was put off while a fan-out was pushed."""
        late, self._late = self._late, b""
        if late:
            self._take(late)

    def _take(self, data: bytes) -> None:
        connection = self._connection
        if connection is not None and self._whole and self._parts is None and self._close_timer is None:
            texts = whole_texts(data)
            if texts is not None:
                self._take_texts(connection, texts)
                return
            self._whole = False
        self._take_frames(data)

    def _take_texts(self, connection: Connection, texts: list[bytes]) -> None:
        """The short way, for what nearly all devices send nearly always: 10,000 fixes a second come through here."""
        self.hub.heard(connection)
        for text in texts:
            if not connection.session.over:
                self.hub.received(connection, text)
        if connection.session.congested:
            self.transport.pause_reading()

    def _take_frames(self, data: bytes) -> None:
        if data.startswith(_ASKS) and self._connection is None and (after_s := self.hub.refusal()) is not None:
            self.transport.write(_LATER % after_s)
            self._hang_up()
            return
        self._protocol.receive_data(data)
        if self._connection is not None:
            self.hub.heard(self._connection)
        for event in self._protocol.events_received():
            self._on(event)
        self._flush()
        connection = self._connection
        if connection is not None and connection.session.congested:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        self.catch_up()
        self._protocol.receive_eof()
        self._flush()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        self.catch_up()
        if self._close_timer is not None:
            self._close_timer.cancel()
        connection, self._connection = self._connection, None
        if connection is not None:
            said = self._protocol.close_rcvd or self._protocol.close_sent
            self.hub.lost(connection, self._code if self._code != 1006 or said is None else said.code)

    def pause_writing(self) -> None:
        if self._connection is not None:
            self.hub.blocked(self._connection)

    def resume_writing(self) -> None:
        if self._connection is not None:
            self.hub.writable(self._connection)

    def shutdown(self) -> None:
        """The server stops: uvicorn says so to every connection."""
        if self._connection is not None:
            self.hub.goodbye(self._connection)
        else:
            self.transport.close()

    # ------------------------------------------------------------------ the hub's side
    def send(self, payload: bytes) -> None:
        """One text frame."""
        self._write(framed(payload))

    def send_all(self, payloads: Sequence[bytes]) -> None:
        """Several, in one write: on a socket that is a packet for all of them."""
        self._write(b"".join(map(framed, payloads)))

    def _write(self, data: bytes) -> None:
        if self._close_timer is not None:
            return
        if self._before:
            data, self._before = self._before + data, b""
        self.transport.write(data)
        if self.transport.get_write_buffer_size() > WRITE_LIMIT_BYTES:
            self._code = Close.SLOW
            self.transport.abort()

    def close(self, code: int, reason: str) -> None:
        """The closing handshake; a device that does not answer it is cut off."""
        self._code = code
        if self._protocol.state is OPEN and self._close_timer is None:
            self._protocol.send_close(code, reason.encode()[:120].decode(errors="ignore"))
            self._flush()
        self._cut_soon()
        self.transport.resume_reading()

    def read_on(self) -> None:
        self.transport.resume_reading()

    # ------------------------------------------------------------------ what comes in
    def _on(self, event: Event) -> None:
        if isinstance(event, Request):
            self._handshake(event)
            return
        assert isinstance(event, Frame)
        connection = self._connection
        if connection is None or connection.session.over:
            return
        if event.opcode is Opcode.TEXT or event.opcode is Opcode.BINARY:
            self._text = event.opcode is Opcode.TEXT
            if event.fin:
                self._message(connection, bytes(event.data))
            else:
                self._parts = [bytes(event.data)]
        elif event.opcode is Opcode.CONT and self._parts is not None:
            self._parts.append(bytes(event.data))
            if event.fin:
                parts, self._parts = self._parts, None
                self._message(connection, b"".join(parts))

    def _message(self, connection: Connection, payload: bytes) -> None:
        if self._text:
            self.hub.received(connection, payload)
        else:
            self.hub.received_binary(connection)

    def _handshake(self, request: Request) -> None:
        door = self.doors.get(urlsplit(request.path).path)
        if door is not None:
            door(self, request)
            return
        response = self._answer(request)
        self._protocol.send_response(response)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS and speaks_it(request.headers):
            self._before = b"".join(self._protocol.data_to_send())
            self._connection = self.hub.opened(self)
            return
        self._flush()
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self.transport.close()
            return
        self.close(Close.UNSUPPORTED_PROTOCOL, f"this server speaks {PROTOCOL}")

    def _answer(self, request: Request) -> Response:
        """The socket; or why not; or when: before anything is asked of the store."""
        refusal = refusal_of(request)
        if refusal is not None:
            return self._protocol.reject(*refusal)
        response = self._protocol.accept(request)
        if response.status_code == HTTPStatus.SWITCHING_PROTOCOLS and (after_s := self.hub.refusal()) is not None:
            response = self._protocol.reject(HTTPStatus.SERVICE_UNAVAILABLE, "too many at once: come back later\n")
            response.headers["Retry-After"] = str(after_s)
        return response

    def _flush(self) -> None:
        """What the protocol has to say: the handshake, pongs, closes; the end of the stream as an empty piece."""
        for data in self._protocol.data_to_send():
            if data:
                self.transport.write(data)
            else:
                self._hang_up()
        if self._protocol.close_expected():
            self._cut_soon()

    def _hang_up(self) -> None:
        """Half a close: what the device is still sending must not turn the close frame into a reset."""
        self._cut_soon()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _cut_soon(self) -> None:
        if self._close_timer is None:
            self._close_timer = asyncio.get_running_loop().call_later(CLOSE_S, self.transport.abort)


def framed(payload: bytes) -> bytes:
    """One text frame, unmasked (RFC 6455, 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65_536:
        return bytes((0x81, 126, size >> 8, size & 255)) + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def whole_texts(data: bytes) -> list[bytes] | None:
    """The messages in ``data``, where it is nothing but whole, masked text frames under 64 KiB; else None."""
    found, at, end = [], 0, len(data)
    while at < end:
        if end - at < 6 or data[at] != 0x81 or data[at + 1] < 0x80:
            return None
        size, head = data[at + 1] & 0x7F, 6
        if size == 126:
            size, head = int.from_bytes(data[at + 2 : at + 4], "big"), 8
        if (size == 127 and head == 6) or end - at < head + size or (head == 8 and size < 126):
            return None
        mask, payload = data[at + head - 4 : at + head], data[at + head : at + head + size]
        found.append(_unmasked(payload, mask))
        at += head + size
    return found


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


def refusal_of(request: Request, path: str = DEVICE_PATH) -> Refusal | None:
    """Why this request gets no socket, as a status and a sentence; the rest is the handshake's business."""
    address = urlsplit(request.path)
    if address.path != path:
        return HTTPStatus.NOT_FOUND, f"there is no WebSocket here: devices connect to {DEVICE_PATH}\n"
    names = {name.lower() for name, _ in parse_qsl(address.query, keep_blank_values=True)}
    if names & CREDENTIALS:
        return HTTPStatus.BAD_REQUEST, "no credential in a URL: proxies and histories keep it; send it in a message\n"
    origins = request.headers.get_all("Origin")
    hosts = request.headers.get_all("Host")
    if any(urlsplit(origin).netloc not in hosts for origin in origins):
        return HTTPStatus.FORBIDDEN, "this is not for other sites' pages\n"
    return None


def speaks_it(headers: Headers, protocol: str = PROTOCOL) -> bool:
    """It offers this protocol, or names none: then `hello` says which it is."""
    offered = headers.get_all("Sec-WebSocket-Protocol")
    return not offered or protocol in _names(offered)


def _names(offered: list[str]) -> list[str]:
    return [name for header in offered for name in parse_subprotocol(header)]


def device_protocol(hub: Hub, doors: Mapping[str, Door] | None = None) -> type[asyncio.Protocol]:
    """The class for uvicorn's ``ws`` setting, bound to this hub, with the other sockets of this port."""
    return type("BoundDeviceProtocol", (DeviceProtocol,), {"hub": hub, "doors": doors or {}, "__slots__": ()})
