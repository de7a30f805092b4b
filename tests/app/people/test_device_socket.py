"""A device's socket against a real WebSocket server: what it says, what it hears, and how it says that it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from app.people.device_socket import DeviceSocket, Ended, Listener, raise_open_files, socket_url


class Heard:
    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self.texts: asyncio.Queue[bytes] = asyncio.Queue()
        self.ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()

    def listener(self) -> Listener:
        return Listener(self.opened.set, self.texts.put_nowait, self.ended.set_result)


async def _dial(server: Server) -> tuple[DeviceSocket, Heard]:
    heard = Heard()
    port = next(iter(server.sockets)).getsockname()[1]
    device = DeviceSocket(f"ws://127.0.0.1:{port}/v1/device", heard.listener())
    await device.dial()
    return device, heard


def _serve(talk: Callable[[ServerConnection], Awaitable[None]]) -> AbstractAsyncContextManager[Server]:
    return serve(talk, "127.0.0.1", 0, subprotocols=["beatline.v1"], compression=None)  # type: ignore[list-item]


async def _echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_text_goes_out_and_comes_back() -> None:
    async with _serve(_echo) as server:
        device, heard = await _dial(server)
        await asyncio.wait_for(heard.opened.wait(), 5)
        device.send(b'{"type":"heartbeat"}')
        assert await asyncio.wait_for(heard.texts.get(), 5) == b'{"type":"heartbeat"}'
        device.close()
        assert (await asyncio.wait_for(heard.ended, 5)).code == 1000


async def test_a_close_code_of_the_server_is_told_with_its_reason() -> None:
    async def refuse(connection: ServerConnection) -> None:
        await connection.close(4401, "not authenticated")

    async with _serve(refuse) as server:
        _, heard = await _dial(server)
        ended = await asyncio.wait_for(heard.ended, 5)
    assert (ended.code, ended.reason) == (4401, "not authenticated")


async def test_a_connection_that_dies_without_a_word_is_1006() -> None:
    async def die(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with _serve(die) as server:
        _, heard = await _dial(server)
        assert (await asyncio.wait_for(heard.ended, 5)).code == 1006


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7.0), ("soon", None), (None, None), ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0)]
)
async def test_a_refused_handshake_says_its_status_and_when_to_come_back(
    value: str | None, seconds: float | None
) -> None:
    def busy(connection: ServerConnection, request: Request) -> Response:
        response = connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "busy\n")
        if value is not None:
            response.headers["Retry-After"] = value
        return response

    async with serve(_echo, "127.0.0.1", 0, process_request=busy) as server:
        _, heard = await _dial(server)
        ended = await asyncio.wait_for(heard.ended, 5)
    assert (ended.status, ended.retry_after_s) == (503, seconds)


async def test_nobody_listening_is_told_and_not_raised() -> None:
    heard = Heard()
    await DeviceSocket("ws://127.0.0.1:9/v1/device", heard.listener()).dial()
    assert (await asyncio.wait_for(heard.ended, 5)).code == 1006


async def test_dropping_it_says_nothing_to_the_other_end() -> None:
    codes: asyncio.Queue[int] = asyncio.Queue()

    async def wait(connection: ServerConnection) -> None:
        await connection.wait_closed()
        codes.put_nowait(connection.close_code or 0)

    async with _serve(wait) as server:
        device, heard = await _dial(server)
        await asyncio.wait_for(heard.opened.wait(), 5)
        device.drop()
        device.send(b"lost, and that is no error")
        assert (await asyncio.wait_for(heard.ended, 5)).code == 1006
        assert await asyncio.wait_for(codes.get(), 5) == 1006


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8640", "ws://127.0.0.1:8640/v1/device"),
        ("https://beatline.example/", "wss://beatline.example/v1/device"),
        ("ws://127.0.0.1:8640/v1/device", "ws://127.0.0.1:8640/v1/device"),
    ],
)
def test_the_address_that_serve_prints_is_enough(url: str, address: str) -> None:
    assert socket_url(url) == address


def test_open_files_are_raised_to_the_hard_limit() -> None:
    assert raise_open_files() >= 256
