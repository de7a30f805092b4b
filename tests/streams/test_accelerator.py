"""A Redis that answers, one that is away, one that is stopped, and one that refuses us."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from streams.accelerator import Accelerator, check_address, client_of, may_be_used, place_of, reason_of
from streams.errors import AcceleratorAway, AcceleratorRefuses
from tests.redis_server import RedisServer


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.mark.redis
async def test_an_answer_and_how_long_it_took(server: RedisServer) -> None:
    redis = Accelerator(server.url)
    assert await redis.ask(lambda client: client.ping())
    assert redis.round_trip_s > 0.0
    assert (redis.failures, redis.away) == (0, False)
    await redis.close()


@pytest.mark.redis
async def test_a_stopped_server_is_given_up_and_its_late_answer_is_never_taken_for_another(server: RedisServer) -> None:
    redis = Accelerator(server.url)
    await redis.ask(lambda client: client.set("one", "1"))
    await redis.ask(lambda client: client.set("two", "2"))
    server.pause()
    with pytest.raises(AcceleratorAway, match="no answer in time"):
        await redis.ask(lambda client: client.get("one"), within_s=0.2)
    server.go_on()
    assert await redis.ask(lambda client: client.get("two")) == b"2"
    await redis.close()


@pytest.mark.redis
async def test_a_cancelled_question_leaves_no_answer_behind(server: RedisServer) -> None:
    redis = Accelerator(server.url)
    await redis.ask(lambda client: client.set("one", "1"))
    await redis.ask(lambda client: client.set("two", "2"))
    for number in range(50):
        asking = asyncio.create_task(redis.ask(lambda client: client.get("one")))
        for _ in range(number % 5):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert await redis.ask(lambda client: client.get("two")) == b"2"
    await redis.close()


@pytest.mark.redis
async def test_a_killed_server_and_the_one_that_follows(server: RedisServer) -> None:
    redis = Accelerator(server.url)
    await redis.ask(lambda client: client.ping())
    server.kill()
    with pytest.raises(AcceleratorAway):
        await redis.ask(lambda client: client.ping())
    server.start()
    assert await redis.ask(lambda client: client.ping())
    await redis.close()


@pytest.mark.redis
async def test_a_password_that_is_missing_or_wrong_is_a_refusal_that_does_not_show_it() -> None:
    with RedisServer(password="secret") as locked:
        for url in (locked.url.replace(":secret@", ""), locked.url.replace("secret", "guess")):
            redis = Accelerator(url)
            with pytest.raises(AcceleratorRefuses, match="BEATLINE_REDIS") as refusal:
                await redis.ask(lambda client: client.ping())
            assert "guess" not in str(refusal.value)
            assert "\n" not in str(refusal.value)
            await redis.close()
        redis = Accelerator(locked.url)
        assert await redis.ask(lambda client: client.ping())
        await redis.close()


@pytest.mark.redis
async def test_a_user_without_the_rights_is_refused_and_a_replica_may_come_back(server: RedisServer) -> None:
    admin = client_of(server.url)
    await admin.acl_setuser("reader", enabled=True, passwords=["+pw"], keys=["*"], commands=["+@read", "+ping"])
    reader = Accelerator(server.url.replace("redis://", "redis://reader:pw@"))
    with pytest.raises(AcceleratorRefuses, match=r"refuses us: .*permission"):
        await reader.ask(may_be_used)
    one = Accelerator(server.url)
    await one.ask(may_be_used)
    assert await admin.dbsize() == 0
    await admin.replicaof("127.0.0.1", 1)
    with pytest.raises(AcceleratorAway) as away:
        await one.ask(may_be_used)
    assert not isinstance(away.value, AcceleratorRefuses)
    for client in (reader, one):
        await client.close()
    await admin.aclose()


def test_an_address_that_can_never_work() -> None:
    check_address("redis://:secret@localhost:6379/0")
    with pytest.raises((ValueError, TypeError)):
        check_address("redis://localhost:port/0")
    with pytest.raises((ValueError, TypeError)):
        check_address("redis://localhost:6379/0?colour=red")


async def test_something_else_that_answers_there_is_a_refusal() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    other = await asyncio.start_server(answer, "127.0.0.1", 0)
    redis = Accelerator(f"redis://127.0.0.1:{other.sockets[0].getsockname()[1]}/0")
    with pytest.raises(AcceleratorRefuses, match="does not speak Redis"):
        await redis.ask(lambda client: client.ping())
    await redis.close()
    other.close()


async def test_nobody_at_all_is_away() -> None:
    redis = Accelerator("redis://127.0.0.1:1/0")
    with pytest.raises(AcceleratorAway, match=r"Redis at 127\.0\.0\.1:1 is away"):
        await redis.ask(lambda client: client.ping())
    assert redis.failures == 1
    await redis.close()


def test_an_address_is_shown_without_its_password() -> None:
    assert place_of("redis://:secret@redis.example:6380/1") == "redis.example:6380"
    assert place_of("redis://localhost") == "localhost:6379"
    assert place_of("unix:///run/redis.sock?db=1") == "/run/redis.sock"


def test_a_reason_is_one_line() -> None:
    assert reason_of(OSError("two\nlines")) == "two lines"
    assert reason_of(TimeoutError()) == "no answer in time"
    assert reason_of(KeyError()) == "KeyError"
