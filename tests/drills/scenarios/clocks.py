"""A process whose clock is an hour off: nothing expires too early, no lease is lost, no ended token is taken."""

from __future__ import annotations

import asyncio

import httpx

from tests.drills.cluster import Shape
from tests.drills.scale import Scale
from tests.drills.table import Row
from tests.drills.world import World


async def an_hour_off(scale: Scale) -> Row:
    """One process is an hour ahead, the other an hour behind; the machine and PostgreSQL are right."""
    row = Row("clocks", "one process an hour ahead, one an hour behind", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        for node, off in zip(world.cluster.nodes, ("+3600", "-3600"), strict=True):
            node.kill()
            node.module = ["tests.drills.wrong_clock", off]
            node.spawn()
        await asyncio.gather(*(node.ready() for node in world.cluster.nodes))
        await world.crowd.settled()
        await world.under_traffic(scale.seconds, scale.per_s, asyncio.sleep(0), life_s=30)
        ended = world.cluster.token("late", minutes=1 / 60)
        await asyncio.sleep(3)
        await world.settle()
        async with httpx.AsyncClient(headers={"Authorization": f"Bearer {ended}"}) as client:
            for url in world.cluster.urls:
                status = (await client.get(f"{url}/v1/units")).status_code
                row.require(status == 401, f"a token that has ended was answered {status} at {url}")
    return row
