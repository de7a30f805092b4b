"""The shared body between two processes on a real Redis, and what happens when it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from geo.clock import MINUTE, SECOND, VirtualClock
from geo.model import UnitStatus
from streams.accelerator import client_of
from streams.whereabouts import redis_whereabouts
from streams.whereabouts.contract import KEPT
from streams.whereabouts.entries import NODES, places_key, units_key
from streams.whereabouts.redis_whereabouts import RedisWhereabouts
from tests.redis_server import RedisServer
from tests.streams.whereabouts.shared import NOW, near, officers, the_shared_body, unit, until

pytestmark = pytest.mark.redis


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer() as running:
        yield running


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_whereabouts, "WRITE_S", 0.05)
    monkeypatch.setattr(redis_whereabouts, "LOOKED_S", 0.05)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture
async def two(server: RedisServer, clock: VirtualClock) -> AsyncIterator[tuple[RedisWhereabouts, RedisWhereabouts]]:
    one, other = RedisWhereabouts(server.url, "n1", clock), RedisWhereabouts(server.url, "n2", clock)
    await one.open()
    await other.open()
    yield one, other
    server.go_on()
    await one.close()
    await other.close()


Two = tuple[RedisWhereabouts, RedisWhereabouts]


async def test_the_shared_body(two: Two, clock: VirtualClock) -> None:
    await the_shared_body(*two, clock)
    assert two[0].round_trip_s > 0.0


async def test_off_duty_he_is_nowhere_also_where_a_dead_process_had_him(two: Two, server: RedisServer) -> None:
    """The fault: what the dead process had written was newer than "off duty", and stood for two minutes."""
    one, other = two
    one.share([unit("pc-1"), unit("pc-2", 50.0)])
    await whole(other, "pc-1", "pc-2")
    assert one._task is not None
    one._task.cancel()  # killed: its keys stay
    other.share([unit("pc-1", node="n2", status=UnitStatus.OFF_DUTY, lon=None, lat=None, accuracy_m=None, fix_at=0)])

    async def nowhere() -> bool:
        found = {unit.officer: unit for unit in (await other.everybody("own")).units}
        return found["pc-1"].status is UnitStatus.OFF_DUTY and found["pc-1"].lon is None

    await until(nowhere)
    assert await near(other, 1_000.0) == ["pc-2"]
    assert await other.last("pc-1") is None


async def whole(of: RedisWhereabouts, *names: str) -> None:
    """Waits until it says that its list is whole, and these are on it."""

    async def so() -> bool:
        found = await of.everybody("own")
        return not found.partial and sorted(one.officer for one in found.units) == sorted(names)

    await until(so, 20.0)


async def test_both_see_both(two: Two) -> None:
    two[0].share([unit("pc-1")])
    two[1].share([unit("pc-2", 50.0, node="n2")])
    for one in two:
        await whole(one, "pc-1", "pc-2")
        assert await near(one, 1_000.0) == ["pc-1", "pc-2"]


async def test_the_newest_fix_from_elsewhere_or_nothing(two: Two) -> None:
    two[0].share([unit("pc-1"), unit("pc-2", lon=None, lat=None, fix_at=0)])
    await whole(two[1], "pc-1", "pc-2")
    found = await asyncio.gather(*(two[1].last(officer) for officer in ("pc-1", "pc-2", "pc-3", "pc-1")))
    assert found == [unit("pc-1"), None, None, unit("pc-1")]
    assert await two[0].last("pc-1") is None


async def test_where_he_was_when_his_device_left_is_known_to_the_next_process_until_he_goes_off_duty(two: Two) -> None:
    one, other = two
    one.share([unit("pc-1"), unit("pc-2", lon=None, lat=None, fix_at=0)])
    await whole(other, "pc-1", "pc-2")
    one.share([], ["pc-1", "pc-2"])
    await whole(other)
    assert await other.last("pc-1") == unit("pc-1")
    assert await other.last("pc-2") is None
    assert await near(other, 1_000.0) == []
    other.share([unit("pc-1", node="n2", lon=None, lat=None, fix_at=0, status=UnitStatus.OFF_DUTY)])
    await whole(one, "pc-1")
    assert await one.last("pc-1") is None


async def test_a_process_that_leaves_says_where_its_officers_were(
    server: RedisServer, two: Two, clock: VirtualClock
) -> None:
    third = RedisWhereabouts(server.url, "n3", clock)
    await third.open()
    third.share([unit("pc-3", node="n3")])
    await whole(two[0], "pc-3")
    await third.close()
    assert await two[0].last("pc-3") == unit("pc-3", node="n3")


async def test_a_killed_server_leaves_what_is_here_flagged_and_comes_back_whole(server: RedisServer, two: Two) -> None:
    two[0].share([unit("pc-1")])
    two[1].share([unit("pc-2", node="n2")])
    await whole(two[0], "pc-1", "pc-2")
    server.kill()

    async def partial() -> bool:
        found = await two[0].everybody("own")
        return found.partial and [one.officer for one in found.units] == ["pc-1"]

    await until(partial)
    around = await two[0].near("own", 0.0, 53.0, 1_000_000.0)
    assert ([one.officer for one in around.units], around.partial) == (["pc-1"], True)
    assert await two[0].last("pc-2") is None
    server.start()
    await whole(two[0], "pc-1", "pc-2")
    await whole(two[1], "pc-1", "pc-2")


async def test_a_stopped_server_holds_nobody_up(server: RedisServer, two: Two) -> None:
    two[0].share([unit("pc-1")])
    two[1].share([unit("pc-2", node="n2")])
    await whole(two[0], "pc-1", "pc-2")
    tasks = len(asyncio.all_tasks())
    server.pause()
    for number in range(50):
        two[0].share([unit("pc-1", float(number))])
        assert (await two[0].last("pc-2")) is None
    lists = await asyncio.gather(*(two[0].everybody("own") for _ in range(200)))
    assert all([one.officer for one in found.units] == ["pc-1"] and found.partial for found in lists)
    assert len(asyncio.all_tasks()) <= tasks + 3
    server.go_on()
    await whole(two[0], "pc-1", "pc-2")


async def test_a_flush_is_noticed_and_made_good(server: RedisServer, two: Two) -> None:
    two[0].share([unit("pc-1")])
    two[1].share([unit("pc-2", node="n2")])
    await whole(two[0], "pc-1", "pc-2")
    admin = client_of(server.url)
    await admin.flushall()
    await whole(two[0], "pc-1", "pc-2")
    await whole(two[1], "pc-1", "pc-2")
    await admin.aclose()


async def test_a_process_that_fell_silent_makes_lists_partial_until_its_units_are_gone(
    server: RedisServer, clock: VirtualClock
) -> None:
    """It was killed: what it shared stays for 120 s, then nobody believes it."""
    dead, alive = RedisWhereabouts(server.url, "n1", clock), RedisWhereabouts(server.url, "n2", clock)
    await dead.open()
    await alive.open()
    dead.share([unit("pc-1")])
    await whole(alive, "pc-1")
    assert dead._task is not None
    dead._task.cancel()
    clock.set(NOW + 11 * SECOND)

    async def flagged() -> bool:
        found = await alive.everybody("own")
        return found.partial and [one.officer for one in found.units] == ["pc-1"]

    await until(flagged)
    clock.set(NOW + KEPT + SECOND)
    await whole(alive)
    await alive.close()
    await dead.close()


async def test_who_leaves_takes_his_units_along(server: RedisServer, two: Two, clock: VirtualClock) -> None:
    third = RedisWhereabouts(server.url, "n3", clock)
    await third.open()
    third.share([unit("pc-3", node="n3")])
    await whole(two[0], "pc-3")
    await third.close()
    found = await two[0].everybody("own")
    await asyncio.sleep(0.1)
    found = await two[0].everybody("own")
    assert (found.units, found.partial) == ((), True)  # his devices are on their way to the others
    clock.set(NOW + MINUTE)
    await whole(two[0])


async def test_nothing_stays_for_ever_and_an_earlier_life_is_taken_away(
    server: RedisServer, clock: VirtualClock
) -> None:
    admin = client_of(server.url)
    await admin.hset(units_key("n1"), "ghost", "{}")
    one = RedisWhereabouts(server.url, "n1", clock)
    await one.open()
    one.share([unit("pc-1")])

    async def written() -> bool:
        return await admin.hkeys(units_key("n1")) == [b"pc-1"]

    await until(written)
    assert 0 < await admin.ttl(units_key("n1")) <= 120
    assert 0 < await admin.ttl(places_key("n1")) <= 120
    await one.close()
    assert await admin.exists(units_key("n1"), places_key("n1"), NODES) == 0
    await admin.aclose()


async def test_what_does_not_change_is_renewed(
    server: RedisServer, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_whereabouts, "RENEW_S", 0.1)
    one, other = RedisWhereabouts(server.url, "n1", clock), RedisWhereabouts(server.url, "n2", clock)
    await one.open()
    await other.open()
    one.share([unit("pc-1")])
    await whole(other, "pc-1")
    clock.set(NOW + KEPT + SECOND)
    await whole(other, "pc-1")
    assert await near(other, 1_000.0) == []  # his fix is older than that
    await one.close()
    await other.close()


async def test_no_server_at_all_is_a_partial_list(clock: VirtualClock) -> None:
    one = RedisWhereabouts("redis://127.0.0.1:1/0", "n1", clock)
    assert (await one.everybody("own")).partial
    await one.open()
    one.share([unit("pc-1")])
    assert await officers(one) == ["pc-1"]
    assert (await one.everybody("own")).partial
    assert await one.last("pc-1") is None
    await one.close()
