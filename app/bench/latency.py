"""Latency: one incident, 2,000 devices connected, 50 in reach: from the 201 to the alert on the device."""

from __future__ import annotations

import asyncio

from app.bench.away import Away
from app.bench.report import Figure, quantile
from app.bench.scene import Control, around, ring, settled
from app.bench.server import Server


async def measure(server: Server, *, devices: int = 2_000, in_reach: int = 50, rounds: int = 60) -> list[Figure]:
    """Rounds of one incident each, a quarter of a second apart."""
    waits: list[float] = []
    posts: list[float] = []
    missing = 0
    async with Away() as crowd:
        await settled(server, crowd, around(in_reach, 300) + ring(devices - in_reach, 30_000, 60_000))
        control = Control(server)
        await asyncio.sleep(2)
        for number in range(rounds + 3):
            posted = await control.robbery()
            held = await crowd.collect(posted.id, in_reach, 5)
            if number >= 3:  # the first ones warm the server's code paths up
                waits += [max(0.0, at - posted.at) for at in held.at]
                posts.append(posted.took_s)
                missing += in_reach - len(held.at)
            await asyncio.sleep(0.25)
        await control.close()
    note = f"{devices:,} devices, {in_reach} in reach, {rounds} incidents" + (f"; {missing} MISSING" if missing else "")
    post = f"the POST itself: p50 {1e3 * quantile(posts, 0.5):.1f} ms"
    return [
        Figure("latency 201 → device, p50", 1e3 * quantile(waits, 0.5), "ms", 25.0, limit=post, note=note),
        Figure("latency 201 → device, p99", 1e3 * quantile(waits, 0.99), "ms", 100.0, note=note),
    ]
