"""The way between devices and servers: one-way, dead, half open, cut in mid-frame, thin as in a basement, a storm."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tests.drills.cluster import Shape
from tests.drills.proxy import BASEMENT, BLACK_HOLE, CLEAR, Link, Weather
from tests.drills.scale import Scale
from tests.drills.table import Row
from tests.drills.world import World

BY_DEVICE_S, BY_SERVER_S = 28.0, 50.0
"""25 s and 45 s are promised; a tick of either end comes on top."""


async def _hole(row: Row, scale: Scale, weather: Weather, limit_s: float) -> Row:
    async with World(row, Shape(), scale.devices) as world:

        async def partition() -> None:
            for door in world.cluster.doors[: scale.pick(1, 2)]:
                await asyncio.sleep(3)
                door.set_weather(weather)
                await asyncio.sleep(scale.pick(30, 50))
                door.set_weather(CLEAR)
                await asyncio.sleep(3)

        await world.under_traffic(scale.seconds, scale.per_s, partition(), life_s=150)
        await world.settle()
    row.require(row.gap_s <= limit_s, f"a silent link was noticed after {row.gap_s} s")
    return row


async def one_way_down(scale: Scale) -> Row:
    """What servers say does not arrive; what devices say does."""
    row = Row("one-way down", "nothing reaches the devices of one process", scale.seed)
    return await _hole(row, scale, Weather(hole_down=True), BY_DEVICE_S)


async def one_way_up(scale: Scale) -> Row:
    """Alerts arrive and no answer gets back."""
    row = Row("one-way up", "nothing that devices say reaches one process", scale.seed)
    return await _hole(row, scale, Weather(hole_up=True), BY_SERVER_S)


async def two_way(scale: Scale) -> Row:
    """Nothing gets through, and nothing says so."""
    row = Row("two-way", "black hole before one process", scale.seed)
    return await _hole(row, scale, BLACK_HOLE, BY_DEVICE_S)


async def _again_and_again(row: Row, scale: Scale, every_s: float, fault: Callable[[World], None]) -> Row:
    async with World(row, Shape(), scale.devices) as world:
        until = time.monotonic() + scale.seconds

        async def once() -> None:
            fault(world)

        await world.under_traffic(scale.seconds, scale.per_s, world.every(every_s, until, once), life_s=90)
        await world.settle()
    return row


async def cut_mid_frame(scale: Scale) -> Row:
    """Links are reset, or end in the middle of a frame."""

    def fault(world: World) -> None:
        for door in world.cluster.doors:
            door.cut_mid_frame(0.2)
            door.reset(0.1)

    row = Row("cut mid-frame", "links reset, or cut in the middle of a frame", scale.seed)
    return await _again_and_again(row, scale, 3.0, fault)


async def half_open(scale: Scale) -> Row:
    """One end's socket goes, and the other is told nothing."""

    def fault(world: World) -> None:
        for door in world.cluster.doors:
            door.each(0.1, lambda link: link.half_open("server"))
            door.each(0.1, lambda link: link.half_open("device"))

    row = Row("half open", "one end of a link gone, the other not told", scale.seed)
    row = await _again_and_again(row, scale, scale.pick(8.0, 12.0), fault)
    row.require(row.gap_s <= BY_SERVER_S, f"a half-open link was noticed after {row.gap_s} s")
    return row


async def basement(scale: Scale) -> Row:
    """64 kbit/s, 0.4 to 1.2 s late, stalls; small matters in the queue; P1 must overtake them."""
    row = Row("basement", "64 kbit/s, 800 ms jitter, loss, small matters queued", scale.seed)
    async with World(row, Shape(), scale.pick(40, 200)) as world:
        for door in world.cluster.doors:
            door.set_weather(BASEMENT)

        async def small_matters() -> None:
            for _ in range(scale.pick(1, 4)):
                await asyncio.sleep(2)
                await world.producer.filler(world.town, 15)

        await world.under_traffic(scale.seconds, 0.7, small_matters(), life_s=300)
        findings = await world.settle()
        p95 = findings.delay_s(0.95)
        row.notes["p95 s"] = round(p95, 2)
        row.require(p95 <= 5.0, f"P1 p95 was {p95:.1f} s")
    return row


async def not_reading(scale: Scale) -> Row:
    """Devices that keep their socket and never read again; the others must not feel it."""
    deaf = scale.pick(40, 200)
    row = Row("never read", f"{deaf} devices stop reading", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        lon, lat = world.town.lon, world.town.lat
        mute = [world.add(f"mute-{number:03d}", lon, lat) for number in range(deaf)]
        for device in mute:
            device.start()
        await world.crowd.settled()
        may = world.town.officers | {device.screen.officer for device in mute}
        for place, town in enumerate(world.towns):
            if town is world.town:
                world.towns[place] = type(town)(town.name, lon, lat, town.officers, may)
        before = sum(node.rss_kib() for node in world.cluster.nodes)
        for device in mute:
            device.deaf()
        await world.under_traffic(scale.seconds, scale.per_s, asyncio.sleep(scale.pick(10, 60)), life_s=90)
        growth = (sum(node.rss_kib() for node in world.cluster.nodes) - before) / deaf
        await world.settle()
        row.notes["rss KiB per deaf device"] = round(growth)
        row.require(growth <= 64 + 40_960 / deaf, f"memory grew by {growth:.0f} KiB per device that does not read")
    row.require(row.p99_s <= 2.0, f"the others' p99 was {row.p99_s} s")
    return row


async def storm(scale: Scale) -> Row:
    """All devices are dropped at once; a fresh P1 goes out while they come back."""
    devices = scale.pick(200, 1_500)
    row = Row("storm", f"{devices} devices dropped at once, a fresh P1 meanwhile", scale.seed)
    async with World(row, Shape(), devices) as world:
        for _ in range(scale.pick(1, 3)):
            for _ in range(5):
                await world.producer.post(world.town)
            await asyncio.sleep(1)
            for door in world.cluster.doors:
                door.each(1.0, Link.reset)
            begun = time.monotonic()
            await asyncio.sleep(1)
            await world.producer.post(world.town)
            await world.crowd.settled(120)
            back = time.monotonic() - begun
            row.notes["all back s"] = round(max(back, float(row.notes.get("all back s", 0))), 1)
            row.require(back <= 60, f"all were back after {back:.0f} s")
        await world.settle()
    return row
