"""Server processes killed, stopped and replaced while alerts go out."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time

from tests.drills.cluster import Shape
from tests.drills.scale import Scale
from tests.drills.table import Row
from tests.drills.world import World


async def sigkill(scale: Scale) -> Row:
    """One process after the other is killed every few seconds and started again."""
    row = Row("sigkill", "SIGKILL of a random process every few seconds", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        until = time.monotonic() + scale.seconds
        kills = 0

        async def kill() -> None:
            nonlocal kills
            kills += 1
            await world.kill_and_restart(world.rng.randrange(len(world.cluster.nodes)))

        await world.under_traffic(scale.seconds, scale.per_s, world.every(scale.pick(4.0, 3.0), until, kill))
        await world.settle()
        row.notes["kills"] = kills
    return row


async def sigkill_alone(scale: Scale) -> Row:
    """A single process without Redis: nobody adopts, the devices wait for it."""
    row = Row("sigkill alone", "SIGKILL of the only process, no Redis", scale.seed)
    async with World(row, Shape(processes=1, redis=False), scale.devices) as world:
        until = time.monotonic() + scale.seconds
        await world.under_traffic(
            scale.seconds, scale.per_s, world.every(scale.pick(6.0, 12.0), until, lambda: world.kill_and_restart(0))
        )
        await world.settle()
    return row


async def sigstop(scale: Scale) -> Row:
    """A process is stopped for longer than its lease, and goes on afterwards as if nothing had been."""
    row = Row("sigstop", f"SIGSTOP of one process for {scale.pick(12, 60)} s, then SIGCONT", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        stops = scale.pick(1, 2)

        async def stop() -> None:
            for number in range(stops):
                await asyncio.sleep(3)
                await world.pause(number % 2, float(scale.pick(12, 60)))
                await asyncio.sleep(8)

        await world.under_traffic(scale.seconds, scale.per_s, stop(), life_s=120)
        await world.settle()
    return row


async def rolling(scale: Scale) -> Row:
    """Each process in turn is told to end, drains, and is replaced."""
    row = Row("rolling deploy", "SIGTERM to each process in turn under load, started again", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        exits: list[float] = []

        async def deploy() -> None:
            for node in world.cluster.nodes * scale.pick(1, 3):
                await asyncio.sleep(2)
                node.send(signal.SIGTERM)
                exits.append(await node.ended(95))
                node.spawn()
                await node.ready()

        await world.under_traffic(scale.seconds, scale.per_s, deploy())
        await world.settle()
        row.notes |= {"exit max s": round(max(exits), 1)}
        row.require(max(exits) <= 90, f"a process took {max(exits):.0f} s to end")
    return row


async def before_hint(scale: Scale) -> Row:
    """A process dies after the commit and before anybody is told of it, again and again."""
    row = Row("before hint", "one process dies between commit and hint, and comes back", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        until = time.monotonic() + scale.seconds
        node, deaths = world.cluster.nodes[0], 0
        node.kill()
        node.module = ["tests.drills.mutants", "dies-before-hint"]

        async def revive() -> None:
            nonlocal deaths
            while time.monotonic() < until:
                node.spawn()
                with contextlib.suppress(RuntimeError):  # it died before anybody could ask: that counts
                    await node.ready()
                while node.runs and time.monotonic() < until:
                    await asyncio.sleep(0.05)
                deaths += not node.runs
            if node.runs:
                node.kill()
            node.module = ["app"]
            node.spawn()
            await node.ready()

        await world.under_traffic(scale.seconds, scale.per_s, revive())
        await world.settle()
        row.notes["deaths"] = deaths
        row.require(deaths > 0, "it never died there")
    return row
