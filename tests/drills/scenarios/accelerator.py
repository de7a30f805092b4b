"""Redis taken away in every way: nothing may be lost, and nothing may become slower than the sweep."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from tests.drills.cluster import Shape
from tests.drills.proxy import BLACK_HOLE, CLEAR
from tests.drills.redis import DrillRedis
from tests.drills.scale import Scale
from tests.drills.table import Row
from tests.drills.world import World

P99_S = 3.0


async def _without(row: Row, scale: Scale, shape: Shape, fault: Callable[[World], Awaitable[None]]) -> Row:
    async with World(row, shape, scale.devices) as world:
        await world.under_traffic(scale.seconds, scale.per_s, fault(world))
        await world.settle()
    row.require(row.p99_s <= P99_S, f"p99 was {row.p99_s} s")
    return row


async def killed(scale: Scale) -> Row:
    """Redis is killed and comes back empty, twice."""

    async def fault(world: World) -> None:
        assert world.cluster.redis is not None
        for _ in range(2):
            await asyncio.sleep(2)
            world.cluster.redis.kill()
            await asyncio.sleep(scale.pick(3, 20))
            world.cluster.redis.start()
            await asyncio.sleep(scale.pick(2, 10))

    return await _without(Row("redis killed", "SIGKILL of Redis, back empty, twice", scale.seed), scale, Shape(), fault)


async def flushed(scale: Scale) -> Row:
    """FLUSHALL every second."""

    async def fault(world: World) -> None:
        assert world.cluster.redis is not None
        for _ in range(int(scale.seconds)):
            await asyncio.sleep(1)
            await asyncio.to_thread(world.cluster.redis.flush)

    return await _without(Row("redis flushed", "FLUSHALL every second", scale.seed), scale, Shape(), fault)


async def stopped(scale: Scale) -> Row:
    """Redis hangs: it takes what is sent and answers nothing."""

    async def fault(world: World) -> None:
        assert world.cluster.redis is not None
        await asyncio.sleep(2)
        world.cluster.redis.pause()
        await asyncio.sleep(scale.pick(8, 45))
        world.cluster.redis.go_on()
        await asyncio.sleep(2)

    return await _without(Row("redis stopped", "SIGSTOP of Redis, then SIGCONT", scale.seed), scale, Shape(), fault)


async def promoted(scale: Scale) -> Row:
    """A partition before the master; its replica is promoted, and everybody is led to that one."""

    async def fault(world: World) -> None:
        cluster = world.cluster
        assert cluster.redis is not None
        assert cluster.redis_proxy is not None
        replica = DrillRedis(replica_of=cluster.redis)
        await asyncio.to_thread(replica.start)
        try:
            await asyncio.sleep(3)
            cluster.redis_proxy.set_weather(BLACK_HOLE)
            await asyncio.sleep(scale.pick(4, 15))
            replica.promote()
            cluster.redis_proxy.target = ("127.0.0.1", replica.port)
            cluster.redis_proxy.reset()
            cluster.redis_proxy.set_weather(CLEAR)
            await asyncio.sleep(scale.pick(4, 30))
            cluster.redis_proxy.target = ("127.0.0.1", cluster.redis.port)
            cluster.redis_proxy.reset()
        finally:
            replica.remove()

    row = Row("redis promoted", "partition before Redis, its replica promoted, and back", scale.seed)
    return await _without(row, scale, Shape(redis_proxy=True), fault)
