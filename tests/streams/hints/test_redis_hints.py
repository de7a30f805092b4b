"""The shared body on a real Redis server, and what happens when it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from streams.hints.contract import Hint
from streams.hints.redis_hints import RedisHints
from tests.redis_server import RedisServer
from tests.streams.hints.shared import hears_what_is_published, says_nothing_after_close, until

pytestmark = pytest.mark.redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


async def test_the_shared_body(server: RedisServer) -> None:
    heard: list[Hint] = []
    one, other = RedisHints(server.url), RedisHints(server.url)
    await one.open(lambda hint: None)
    await other.open(heard.append)
    await hears_what_is_published(one, other, heard)
    await says_nothing_after_close(other, heard)
    await one.close()


async def test_a_killed_server_costs_hints_and_nothing_else(server: RedisServer) -> None:
    heard: list[Hint] = []
    hints = RedisHints(server.url)
    await hints.open(heard.append)
    await until(lambda: hints.connected)
    server.kill()
    for _ in range(100):
        hints.publish(Hint(urgent=True))
    await until(lambda: not hints.connected)
    server.start()
    await hears_what_is_published(hints, hints, heard)
    await hints.close()


async def test_what_was_published_just_before_close_is_said(server: RedisServer) -> None:
    heard: list[Hint] = []
    listener, speaker = RedisHints(server.url), RedisHints(server.url)
    await listener.open(heard.append)
    await until(lambda: listener.connected)
    heard.clear()
    await speaker.open(lambda hint: None)
    speaker.publish(Hint("one-command"))
    await speaker.close()
    await until(lambda: Hint("one-command") in heard)
    await listener.close()


async def test_closing_never_hangs_however_it_meets_a_hint_on_its_way(server: RedisServer) -> None:
    """Found in CI: a cancellation that met the end of a time-out was swallowed, and the close waited for ever."""
    for number in range(100):
        hints = RedisHints(server.url)
        await hints.open(lambda hint: None)
        hints.publish(Hint("officer", urgent=number % 2 == 0))
        await asyncio.sleep(0.0005 * (number % 7))
        async with asyncio.timeout(5):
            await hints.close()


async def test_no_server_at_all_is_no_error() -> None:
    hints = RedisHints("redis://127.0.0.1:1/0")
    await hints.open(lambda hint: None)
    hints.publish(Hint())
    assert not hints.connected
    await hints.close()
