"""The shared body on a real Redis server, and what happens when it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from streams.accelerator import client_of
from streams.hints import redis_hints
from streams.hints.contract import EVERYTHING, About, Hint
from streams.hints.redis_hints import CHANNEL, MOST_WAITING, RedisHints
from tests.redis_server import RedisServer
from tests.streams.hints.shared import (
    counts_what_it_does,
    hears_what_is_published,
    says_nothing_after_close,
    until,
)

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
    await counts_what_it_does(one, other, heard)
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
    heard.clear()
    server.start()
    await until(lambda: set(EVERYTHING) <= set(heard))
    await hears_what_is_published(hints, hints, heard)
    assert hints.figures.reconnects == 1
    assert hints.figures.round_trip_s > 0.0
    await hints.close()


async def test_a_stopped_server_holds_nobody_up_and_is_found_out(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It accepts connections and answers nothing: the connection looks alive, only one's own beat is not heard."""
    monkeypatch.setattr(redis_hints, "BEAT_S", 0.2)
    monkeypatch.setattr(redis_hints, "DEAF_S", 0.8)
    heard: list[Hint] = []
    hints = RedisHints(server.url)
    await hints.open(heard.append)
    await until(lambda: hints.connected)
    before = len(asyncio.all_tasks())
    server.pause()
    for number in range(300):
        hints.publish(Hint(About.OFFICER, f"pc-{number}", urgent=True))
        await asyncio.sleep(0.001)
    await until(lambda: not hints.connected and hints.figures.dropped > 0)
    assert len(asyncio.all_tasks()) <= before + 3
    server.go_on()
    await hears_what_is_published(hints, hints, heard)
    await hints.close()


async def test_closing_does_not_wait_for_a_stopped_server(server: RedisServer) -> None:
    hints = RedisHints(server.url)
    await hints.open(lambda hint: None)
    await until(lambda: hints.connected)
    server.pause()
    hints.publish(Hint(urgent=True))
    async with asyncio.timeout(8):
        await hints.close()
    server.go_on()


async def test_a_flush_costs_nothing_at_all(server: RedisServer) -> None:
    heard: list[Hint] = []
    hints, admin = RedisHints(server.url), client_of(server.url)
    await hints.open(heard.append)
    await until(lambda: hints.connected)
    await admin.flushall()
    await hears_what_is_published(hints, hints, heard)
    assert hints.figures.reconnects == 0
    await admin.aclose()
    await hints.close()


async def test_a_cut_connection_is_made_anew_and_everything_looked_at(server: RedisServer) -> None:
    heard: list[Hint] = []
    hints, admin = RedisHints(server.url), client_of(server.url)
    await hints.open(heard.append)
    await until(lambda: hints.connected)
    heard.clear()
    await admin.client_kill_filter(_type="pubsub")
    await until(lambda: set(EVERYTHING) <= set(heard))
    await hears_what_is_published(hints, hints, heard)
    await admin.aclose()
    await hints.close()


async def test_words_that_nobody_understands_make_everybody_look(server: RedisServer) -> None:
    heard: list[Hint] = []
    hints, other = RedisHints(server.url), client_of(server.url)
    await hints.open(heard.append)
    await until(lambda: hints.connected)
    heard.clear()
    await other.publish(CHANNEL, b"\xff not ours")
    await until(lambda: heard == list(EVERYTHING))
    await other.publish(CHANNEL, b'["newer",1.0,[["weather","x",false],["seat","pc-1",false]]]')
    await until(lambda: heard[-1] == Hint(About.SEAT, "pc-1"))
    await other.aclose()
    await hints.close()


async def test_a_listener_that_fails_does_not_make_us_deaf(server: RedisServer) -> None:
    heard: list[Hint] = []

    def hear(hint: Hint) -> None:
        heard.append(hint)
        raise ValueError("this listener is broken")

    hints = RedisHints(server.url)
    await hints.open(hear)
    await hears_what_is_published(hints, hints, heard)
    await hints.close()


async def test_a_flood_is_a_few_messages_and_nothing_of_it_is_lost(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Hint] = []
    hints, said = RedisHints(server.url), list[int]()
    await hints.open(heard.append)
    await until(lambda: hints.connected)
    say = hints._say

    async def counted(words: list[tuple[tuple[About, str], bool]]) -> None:
        said.append(len(words))
        await say(words)

    monkeypatch.setattr(hints, "_say", counted)
    for number in range(2_000):
        hints.publish(Hint(About.OFFICER, f"pc-{number}"))
    hints.publish(Hint(urgent=True))
    await until(lambda: len({hint.id for hint in heard if hint.about is About.OFFICER and hint.id}) == 2_000)
    assert Hint(urgent=True) in heard
    assert len([size for size in said if size]) <= 6
    assert max(said) <= 500
    await hints.close()


async def test_what_waits_is_bounded() -> None:
    hints = RedisHints("redis://127.0.0.1:1/0")
    for number in range(2 * MOST_WAITING):
        hints.publish(Hint(About.OFFICER, f"pc-{number}"))
    assert len(hints._waiting) == MOST_WAITING + 1
    assert hints.figures.dropped == MOST_WAITING
    await hints.close()
    assert list(hints._waiting) == [(About.OFFICER, "")]


async def test_a_password_that_is_missing_is_no_crash() -> None:
    with RedisServer(password="secret") as locked:
        hints = RedisHints(locked.url.replace(":secret@", ""))
        await hints.open(lambda hint: None)
        hints.publish(Hint(urgent=True))
        await until(lambda: hints.figures.dropped > 0)
        assert not hints.connected
        await hints.close()
        allowed = RedisHints(locked.url)
        await allowed.open(lambda hint: None)
        await until(lambda: allowed.connected)
        await allowed.close()


async def test_what_was_published_just_before_close_is_said(server: RedisServer) -> None:
    heard: list[Hint] = []
    listener, speaker = RedisHints(server.url), RedisHints(server.url)
    await listener.open(heard.append)
    await until(lambda: listener.connected)
    heard.clear()
    await speaker.open(lambda hint: None)
    speaker.publish(Hint(About.OFFICER, "one-command"))
    await speaker.close()
    await until(lambda: Hint(About.OFFICER, "one-command") in heard)
    await listener.close()


async def test_closing_never_hangs_however_it_meets_a_hint_on_its_way(server: RedisServer) -> None:
    """Found in CI: a cancellation that met the end of a time-out was swallowed, and the close waited for ever."""
    for number in range(100):
        hints = RedisHints(server.url)
        await hints.open(lambda hint: None)
        hints.publish(Hint(About.OFFICER, "pc-1", urgent=number % 2 == 0))
        await asyncio.sleep(0.0005 * (number % 7))
        async with asyncio.timeout(5):
            await hints.close()


async def test_no_server_at_all_is_no_error() -> None:
    hints = RedisHints("redis://127.0.0.1:1/0")
    await hints.open(lambda hint: None)
    hints.publish(Hint())
    assert not hints.connected
    await hints.close()
