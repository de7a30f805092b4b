"""A short night on a real embedded store, kept as a server keeps it: officers on a street, calls around them."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import shapely

from geo.clock import SECOND, Instant
from geo.model import Grade, Hazard, Record, Status, Watch, WatchOn
from geo.position import Fix
from tests.streams.live import Live, live
from tests.streams.scene import east, incident

CATEGORIES = ("robbery", "burglary", "theft", "assault", "disturbance", "traffic")


async def night(folder: Path, minutes: int = 60, seed: int = 3) -> tuple[list[tuple[str, str, str, int]], Instant]:
    """Plays it -> everything that was said, and when it ended."""
    chance = random.Random(seed)
    async with live(folder) as here:
        names = [f"pc-{number}" for number in range(6)]
        at = {name: chance.uniform(-2_000, 2_000) for name in names}
        speed = {name: chance.choice((0.0, 1.2, 8.0)) * chance.choice((-1, 1)) for name in names}
        for name in names:
            await here.on_duty(name, at[name])
        calls: list[Record] = []
        area = shapely.Point(*east(400)).buffer(0.004)
        watch = Watch((WatchOn.ENTER, WatchOn.EXIT, WatchOn.DWELL, WatchOn.CROSS), 120)
        said = list(await here.put(incident(0, place=area, category="hazard", grade=Grade.PRIORITY, watch=watch)))
        for step in range(minutes * 3):
            here.clock.set(here.clock.now() + 20 * SECOND)
            await _happens(here, chance, calls)
            for name in names:
                at[name] += 20 * speed[name]
                if abs(at[name]) > 2_500:
                    speed[name] = -speed[name]
                await _moves(here, name, at[name], speed[name])
            said += await here.tick()
            if step % 45 == 44:
                here.pipeline.policy_changed(here.pipeline.policy)
        return said, here.clock.now()


async def _moves(here: Live, name: str, at_m: float, mps: float) -> None:
    heading = 90.0 if mps > 0 else 270.0
    here.pipeline.moved(name, Fix(here.clock.now(), *east(at_m), 8.0, abs(mps), heading))


async def _happens(here: Live, chance: random.Random, calls: list[Record]) -> None:
    if chance.random() < 0.25:
        call: Record = incident(
            len(calls) + 1, chance.uniform(-2_500, 2_500), category=chance.choice(CATEGORIES),
            grade=chance.choice(tuple(Grade)), reported_at=here.clock.now(),
            hazards=(Hazard.WEAPON,) if chance.random() < 0.2 else (),
        )  # fmt: skip
        calls.append(call)
    elif calls and chance.random() < 0.4:
        number = chance.randrange(len(calls))
        changed = chance.choice(({"status": Status.CLOSED}, {"status": Status.ATTENDED}, {"grade": Grade.EMERGENCY}))
        calls[number] = replace(calls[number], **changed)
        call = calls[number]
    else:
        return
    await here.store.put([call])
    here.pipeline.wake()
