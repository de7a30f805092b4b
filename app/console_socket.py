"""The control-room socket on the devices' port: the same frames and closes, another protocol and another room."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import Event
from websockets.typing import Subprotocol

from app.websocket import DeviceProtocol, refusal_of, speaks_it
from streams.console.messages import CONSOLE_PROTOCOL
from streams.console.room import Console, Room
from streams.conversation.protocol import Close

CONSOLE_PATH = "/v1/console"


class ConsoleProtocol(DeviceProtocol):
    """One connection of a console: takes over where the device's protocol finds that the request is not for it."""

    __slots__ = ("_console", "_room")

    def __init__(self, before: DeviceProtocol, room: Room) -> None:
        self.transport, self._protocol, self._connections = before.transport, before._protocol, before._connections
        self._connection, self._close_timer, self._code = None, None, 1006
        self._before, self._late, self._whole = b"", b"", False
        self._parts, self._text = None, True
        self._room = room
        self._console: Console | None = None
        self._protocol.available_subprotocols = [Subprotocol(CONSOLE_PROTOCOL)]
        self._connections.discard(before)
        self._connections.add(self)
        asyncio.get_running_loop().call_soon(self.transport.set_protocol, self)  # after uvicorn has set the device's

    def begin(self, request: Request) -> None:
        """Answers the request that asked for the upgrade."""
        refusal = refusal_of(request, CONSOLE_PATH)
        response = self._protocol.reject(*refusal) if refusal else self._protocol.accept(request)
        self._protocol.send_response(response)
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            self._flush()
            self.transport.close()
        elif speaks_it(request.headers, CONSOLE_PROTOCOL):
            self._before = b"".join(self._protocol.data_to_send())
            self._console = self._room.opened(self)
        else:
            self._flush()
            self.close(Close.UNSUPPORTED_PROTOCOL, f"this server speaks {CONSOLE_PROTOCOL}")

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            self._on(event)
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._close_timer is not None:
            self._close_timer.cancel()
        console, self._console = self._console, None
        if console is not None:
            self._room.lost(console)

    def pause_writing(self) -> None:
        if self._console is not None:
            self._room.blocked(self._console)

    def resume_writing(self) -> None:
        if self._console is not None:
            self._room.writable(self._console)

    def shutdown(self) -> None:
        """The server stops: uvicorn says so to every connection."""
        if self._console is not None:
            self._room.goodbye(self._console)
        else:
            self.transport.close()

    def _on(self, event: Event) -> None:
        console = self._console
        if not isinstance(event, Frame) or console is None or console.session.over:
            return
        if event.opcode is Opcode.TEXT or event.opcode is Opcode.BINARY:
            self._text, self._parts = event.opcode is Opcode.TEXT, [bytes(event.data)]
        elif event.opcode is Opcode.CONT and self._parts is not None:
            self._parts.append(bytes(event.data))
        else:
            return
        if event.fin:
            parts, self._parts = self._parts, None
            if self._text:
                self._room.received(console, b"".join(parts))
            else:
                self._room.received_binary(console)


def console_door(room: Room) -> Callable[[DeviceProtocol, Request], None]:
    """What the device's protocol hands such a request to."""

    def open_to(connection: DeviceProtocol, request: Request) -> None:
        ConsoleProtocol(connection, room).begin(request)

    return open_to
