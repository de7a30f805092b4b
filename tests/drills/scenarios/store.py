"""PostgreSQL killed, hung, full, held up by somebody's transaction, and put back from a backup."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
import time
from pathlib import Path

from tests.drills.cluster import Shape
from tests.drills.ledger import Ending
from tests.drills.proxy import BLACK_HOLE, CLEAR
from tests.drills.scale import Scale
from tests.drills.table import Row
from tests.drills.world import World


async def killed(scale: Scale) -> Row:
    """All processes of PostgreSQL are killed at once, again and again."""
    row = Row("postgres killed", "SIGKILL of all PostgreSQL processes, started again", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        until = time.monotonic() + scale.seconds
        kills = 0

        async def kill() -> None:
            nonlocal kills
            kills += 1
            since = time.monotonic()
            await asyncio.to_thread(world.cluster.postgres.kill)
            # Every other time for longer than a lease: all processes have lapsed when it is back.
            await asyncio.sleep(world.rng.uniform(0, 2) if kills % 2 else world.rng.uniform(7, 10))
            await asyncio.to_thread(world.cluster.postgres.start)
            await asyncio.gather(*(node.ready() for node in world.cluster.nodes))
            world.fault(since)
            row.notes["ready max s"] = round(max(float(row.notes.get("ready max s", 0)), time.monotonic() - since), 1)

        await world.under_traffic(scale.seconds, scale.per_s, world.every(scale.pick(5.0, 9.0), until, kill))
        await world.settle()
        row.notes["kills"] = kills
    return row


async def unreachable(scale: Scale) -> Row:
    """Between the servers and PostgreSQL nothing gets through for a while: no answer, no refusal."""
    row = Row("postgres unreachable", "black hole between servers and PostgreSQL", scale.seed)
    async with World(row, Shape(store_proxy=True), scale.devices) as world:

        async def hole() -> None:
            proxy = world.cluster.store_proxy
            assert proxy is not None
            await asyncio.sleep(3)
            since = time.monotonic()
            proxy.set_weather(BLACK_HOLE)
            await asyncio.sleep(scale.pick(8, 40))
            proxy.set_weather(CLEAR)
            await asyncio.gather(*(node.ready() for node in world.cluster.nodes))
            world.fault(since)
            await asyncio.sleep(3)

        await world.under_traffic(scale.seconds, scale.per_s, hole(), life_s=90)
        await world.settle()
        took = world.producer.answers.took_s
        row.notes["accept max s"] = round(max(took, default=0), 1)
    return row


async def long_transaction(scale: Scale) -> Row:
    """Somebody has written something and gone to lunch with his transaction open."""
    row = Row("long transaction", "a transaction with a write left open elsewhere", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        words = ("CREATE TABLE IF NOT EXISTS lunch (n int)", "INSERT INTO lunch VALUES (1)")
        sitting = world.cluster.postgres.session(*words, seconds=scale.seconds + 30)
        try:
            await asyncio.sleep(1)
            await world.under_traffic(scale.seconds, scale.per_s, asyncio.sleep(0))
            await world.settle()
        finally:
            sitting.kill()
            sitting.wait()
    row.require(row.p99_s <= 2.0, f"p99 was {row.p99_s} s")
    return row


async def disk_full(scale: Scale) -> Row:
    """The file system under PostgreSQL has not a byte left for a while."""
    row = Row("disk full", "PostgreSQL on a small tmpfs that is filled up and freed again", scale.seed)
    place = Path(tempfile.mkdtemp(prefix="beatline-drill-disk-"))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700m", "tmpfs", str(place)], check=False)
    if mounted.returncode:
        row.verdict = "NOT RUN"
        row.why.append("a tmpfs cannot be mounted here")
        return row
    try:
        async with World(row, Shape(postgres_folder=place), scale.devices) as world:
            await world.under_traffic(scale.seconds, scale.per_s, _fill(world, place, scale), life_s=90)
            await world.settle()
    finally:
        subprocess.run(["umount", "-l", str(place)], check=False)
    return row


async def _fill(world: World, place: Path, scale: Scale) -> None:
    ballast, postgres = place / "ballast", world.cluster.postgres
    await asyncio.sleep(3)
    since = time.monotonic()
    quiet = subprocess.DEVNULL
    words = ["dd", "if=/dev/zero", f"of={ballast}", "bs=64k"]
    await asyncio.to_thread(subprocess.run, words, check=False, stdout=quiet, stderr=quiet)
    await asyncio.sleep(scale.pick(8, 30))
    ballast.unlink()
    await asyncio.sleep(1)
    if not postgres.runs:  # it gives up where it cannot write its log: whoever supervises it starts it again
        world.row.notes["postgres"] = "had to be started again"
        await asyncio.to_thread(postgres.start)
    await asyncio.gather(*(node.ready() for node in world.cluster.nodes))
    world.fault(since)
    await asyncio.sleep(3)


async def restored(scale: Scale) -> Row:
    """PostgreSQL is put back from a backup that lacks the last alerts: no seq of before may be trusted."""
    row = Row("restored", "a base backup taken under load put in place of the database", scale.seed)
    async with World(row, Shape(), scale.devices) as world:
        await world.under_traffic(scale.seconds / 3, scale.per_s, asyncio.sleep(0))
        copy = await asyncio.to_thread(world.cluster.postgres.backup)
        forgotten = [await world.producer.post(town) for town in world.towns for _ in range(4)]
        await world.crowd.settled()
        await asyncio.sleep(2)
        since = time.monotonic()
        for live in forgotten:
            world.ledger.ending(live.entry, Ending.CANCELLED, since, since)
        resets = world.crowd.figures.reset
        await asyncio.to_thread(world.cluster.postgres.restore, copy)
        await asyncio.gather(*(node.ready(90) for node in world.cluster.nodes))
        await _all_reset(world, resets)
        world.fault(since)
        for _ in range(10):
            await world.producer.post(world.town)
        await world.settle()
        row.notes["devices reset"] = world.crowd.figures.reset - resets
        row.require(world.crowd.figures.reset - resets >= len(world.crowd.devices), "not every device was reset")
    return row


async def _all_reset(world: World, resets: int, patience_s: float = 60.0) -> None:
    until = time.monotonic() + patience_s
    while world.crowd.figures.reset - resets < len(world.crowd.devices) and time.monotonic() < until:
        await asyncio.sleep(0.2)
