"""What concerns one officer on several processes: two devices, a newer connection elsewhere, off duty in the middle."""

from __future__ import annotations

import asyncio
import time

from tests.drills.cluster import Shape
from tests.drills.producer import Town
from tests.drills.scale import Scale
from tests.drills.table import Row
from tests.drills.world import World


async def two_devices(scale: Scale) -> Row:
    """Each officer has a phone at one process and a car's screen at the other; processes are killed."""
    row = Row("two devices", "a device at each process for every officer, SIGKILL now and then", scale.seed)
    async with World(row, Shape(), scale.devices // 2, strangers=2) as world:
        for number, device in enumerate(list(world.crowd.devices)):
            if device not in world.strangers:
                lon, lat = device.place
                officer = device.screen.officer
                second = world.add(officer, lon, lat, device=f"{officer}-car", door=number % 2)
                second.start()
        await world.crowd.settled()
        until = time.monotonic() + scale.seconds

        async def kill() -> None:
            await world.kill_and_restart(world.rng.randrange(2))

        await world.under_traffic(scale.seconds, scale.per_s, world.every(scale.pick(9.0, 15.0), until, kill))
        await world.settle()
    return row


async def newest_wins(scale: Scale) -> Row:
    """The same device connects at another process: the older connection gets 4103 within 2 s."""
    row = Row("newest wins", "devices connect at another process without leaving the first", scale.seed)
    async with World(row, Shape(), 20, towns=1, strangers=0) as world:
        lon, lat = world.town.lon, world.town.lat
        old = [world.add(f"moving-{number}", lon, lat, door=0) for number in range(20)]
        for device in old:
            device.start()
        await world.crowd.settled()
        begun = time.monotonic()
        new = [world.add(one.screen.officer, lon, lat, device=one.screen.device, door=1) for one in old]
        for device, before in zip(new, old, strict=True):
            before.screen.retired = True
            device.start()
        until = time.monotonic() + 10
        while not all(device.quiet for device in old) and time.monotonic() < until:
            await asyncio.sleep(0.02)
        told = sum(device.quiet for device in old)
        row.notes |= {"told 4103": told, "within s": round(time.monotonic() - begun, 2)}
        row.require(told == len(old), f"only {told} of {len(old)} older connections were closed with 4103")
        row.require(time.monotonic() - begun <= 3.0, "4103 took more than 2 s after the join")
        everybody = frozenset(one.screen.officer for one in new) | world.town.officers
        for _ in range(5):
            await world.producer.post(Town("north", lon, lat, everybody))
        await world.settle()
    return row


async def off_duty(scale: Scale) -> Row:
    """A third of the officers go off duty in the middle, and come back: nothing in between."""
    row = Row("off duty", "a third of the officers off duty for a while, mid-stream", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        leavers = [one for one in world.crowd.devices if one not in world.strangers][::3]
        gone = frozenset(one.screen.officer for one in leavers)
        await world.under_traffic(3, scale.per_s, asyncio.sleep(0), life_s=600)
        since = time.monotonic()
        for device in leavers:
            device.set_status("off_duty")
        await asyncio.sleep(2)
        for town in world.towns:
            for _ in range(scale.pick(5, 30)):
                await world.producer.post(Town(town.name, town.lon, town.lat, town.officers - gone, town.officers))
        await asyncio.sleep(3)
        until = time.monotonic()
        world.ledger.denied += [(officer, since, until) for officer in gone]
        for device in leavers:
            device.set_status("available")
        await asyncio.sleep(3)
        for _ in range(scale.pick(5, 30)):
            await world.producer.post(world.town)
        await world.settle()
    return row
