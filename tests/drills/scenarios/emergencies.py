"""An officer in trouble while the store is away: the one exception to "503", and it must not be told twice for it."""

from __future__ import annotations

import asyncio
import time

from tests.drills.cluster import Shape
from tests.drills.devices import Handheld
from tests.drills.ledger import Entry, Shown, mark
from tests.drills.scale import Scale
from tests.drills.table import Row
from tests.drills.world import World

AT_ONCE_S = 4.0
"""A second of waiting for the store, and what a loaded machine adds."""


async def store_down(scale: Scale) -> Row:
    """PostgreSQL is killed, officers call for help, PostgreSQL comes back."""
    row = Row("emergency", "officers call for help while PostgreSQL is down", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        await world.under_traffic(3, scale.per_s, asyncio.sleep(0), life_s=600)
        since = time.monotonic()
        await asyncio.to_thread(world.cluster.postgres.kill)
        callers = [one for one in world.crowd.devices if one.screen.officer in world.town.officers][: scale.pick(3, 12)]
        calls = [(caller, _call(world, caller)) for caller in callers]
        await asyncio.sleep(scale.pick(8, 20))
        told = [_told_at_once(world, entry, since) for _, entry in calls]
        row.notes |= {"told while down, least": min(told), "of": len(world.town.officers) - 1}
        row.require(min(told) > 0, "an emergency was told to nobody while the store was away")
        await asyncio.to_thread(world.cluster.postgres.start)
        await asyncio.gather(*(node.ready() for node in world.cluster.nodes))
        world.fault(since)
        await _confirmed(world, calls)
        row.notes["confirmed"] = sum(f"sos-{entry.number}" in caller.confirmed for caller, entry in calls)
        row.require(row.notes["confirmed"] == len(calls), "not every emergency was confirmed")
        await world.settle()
    return row


def _call(world: World, caller: Handheld) -> Entry:
    others = world.town.officers - {caller.screen.officer}
    entry = world.ledger.open_entry(others, world.town.officers)
    world.ledger.tried(entry, 1, time.monotonic())
    caller.emergency(f"sos-{entry.number}", f"help {mark(entry.number, 1)}")
    return entry


def _told_at_once(world: World, entry: Entry, since: float) -> int:
    """How many devices showed it within a few seconds of the call."""
    shown = [
        event
        for screen in world.ledger.screens.values()
        for event in screen.events
        if isinstance(event, Shown) and event.number == entry.number and event.t - since <= AT_ONCE_S + 2
    ]
    return len(shown)


async def _confirmed(world: World, calls: list[tuple[Handheld, Entry]], patience_s: float = 60.0) -> None:
    """Waits until each is confirmed, which is when it counts as accepted."""
    until, waiting = time.monotonic() + patience_s, list(calls)
    while waiting and time.monotonic() < until:
        for caller, entry in list(waiting):
            if f"sos-{entry.number}" in caller.confirmed:
                world.ledger.accepted(entry, entry.versions[0], time.monotonic(), "")
                waiting.remove((caller, entry))
        await asyncio.sleep(0.1)
