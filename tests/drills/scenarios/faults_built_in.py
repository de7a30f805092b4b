"""The proof of the proof: each drill is run on honest servers, which pass it, and on a mutant, which must be caught."""

from __future__ import annotations

import asyncio

from tests.drills.checker import Findings
from tests.drills.cluster import Shape
from tests.drills.proxy import CLEAR, Weather
from tests.drills.scale import Scale
from tests.drills.table import Row
from tests.drills.world import World

_SLOW_COMMITS = (
    """CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.n % 3 = 0 THEN PERFORM pg_sleep(0.6); END IF; RETURN NULL; END $$""",
    """CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON change
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION slow_commit()""",
)
"""Every third change commits late under the early number that it took."""


async def cut_in_flight(scale: Scale, mutant: str = "") -> Row:
    """Alerts are on their way when the links die: the server has sent what no device ever got."""
    row = Row(_name("in flight", mutant), "links swallow what is sent, then die; devices resume", scale.seed)
    async with World(row, Shape(processes=1, redis=False, mutant=mutant), 20, towns=1) as world:
        for _ in range(3):
            door = world.cluster.doors[0]
            door.set_weather(Weather(hole_down=True))
            for _ in range(5):
                await world.producer.post(world.town)
            await asyncio.sleep(1.5)
            door.reset()
            door.set_weather(CLEAR)
            await world.crowd.settled()
        return await _judged(world, mutant)


async def late_commits(scale: Scale, mutant: str = "") -> Row:
    """Transactions take a number early and commit late, as they do under any load."""
    row = Row(_name("late commits", mutant), "every third change commits 0.6 s after it took its number", scale.seed)
    async with World(row, Shape(mutant=mutant), 20, towns=1) as world:
        world.cluster.postgres.sql(*_SLOW_COMMITS)
        for _ in range(12):
            await asyncio.gather(*(world.producer.post(world.town) for _ in range(4)))
        return await _judged(world, mutant)


async def no_hints(scale: Scale, mutant: str = "") -> Row:
    """Without Redis no process hears of what another one accepted."""
    row = Row(_name("no hints", mutant), "two processes, no Redis, alerts posted to the one", scale.seed)
    async with World(row, Shape(redis=False, mutant=mutant), 20, towns=1) as world:
        for _ in range(10):
            await world.producer.post(world.town, to=world.cluster.nodes[0].url)
            await asyncio.sleep(0.2)
        judged = await _judged(world, mutant)
        if not mutant:
            judged.require(judged.max_s <= 5.0, f"the sweep took {judged.max_s} s")
        return judged


def _name(drill: str, mutant: str) -> str:
    return f"mutant {mutant}" if mutant else drill


async def _judged(world: World, mutant: str) -> Row:
    findings: Findings = await world.settle(8.0 if mutant else 60.0)
    row = world.row
    if mutant:
        caught = bool(findings.lost)
        row.notes |= {"caught": "; ".join(findings.lost[:1])}
        row.verdict, row.why = ("caught", []) if caught else ("FAILED", ["the mutant was not caught"])
    return row


async def acks_ignored(scale: Scale) -> Row:
    return await cut_in_flight(scale, "acks-ignored")


async def cursor_naive(scale: Scale) -> Row:
    return await late_commits(scale, "cursor-naive")


async def sweep_off(scale: Scale) -> Row:
    return await no_hints(scale, "sweep-off")
