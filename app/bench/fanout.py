"""Fan-out: one alert for 10,000 devices of one process, whole, and its push part beside the bare send loop."""

from __future__ import annotations

import asyncio

from app.bench.away import Away
from app.bench.bare import BareSend
from app.bench.memory import Idle
from app.bench.report import Figure, quantile
from app.bench.scene import Control, around, settled
from app.bench.server import Server


async def measure(server: Server, limit: BareSend, *, devices: int = 10_000, rounds: int = 5) -> list[Figure]:
    """All devices within 300 m. Half of the rounds with acknowledgements put off, for the push part alone."""
    empty = Idle.before(server)
    async with Away() as crowd:
        seconds = await settled(server, crowd, around(devices, 300))
        memory = await empty.after(server, devices)
        control = Control(server)
        whole = await _rounds(control, crowd, devices, rounds)
        await crowd.quiet(True)
        before = server.metrics()
        pushed = await _rounds(control, crowd, devices, rounds)
        push_us = (
            1e6
            * _grown("beatline_push_seconds_total", before, server)
            / _grown("beatline_pushed_total", before, server)
        )
        await control.close()
        counted = await crowd.count()
    waits = [at for arrivals in whole for at in arrivals]
    spread_us = quantile([1e6 * (arrivals[-1] - arrivals[0]) / len(arrivals) for arrivals in pushed if arrivals], 0.5)
    missing = sum(devices - len(arrivals) for arrivals in whole + pushed)
    note = f"{devices:,} devices, {rounds} incidents" + (f"; {missing} MISSING" if missing else "")
    note += f"; {counted.gaps} gaps" if counted.gaps else ""
    bare = f"bare send loop: {limit.send_us:.1f} µs a socket, {limit.received_us:.1f} until read"
    return [
        Figure("fan-out 201 → device, p99", 1e3 * quantile(waits, 0.99), "ms", 1_000.0, note=note),
        Figure("fan-out 201 → last device", 1e3 * max((a[-1] for a in whole if a), default=float("nan")), "ms"),
        Figure("fan-out, push part", push_us, "µs/device", limit=bare, note="the server's loop time, acks put off"),
        Figure("fan-out, push rate over the bare limit", limit.send_us / push_us, "", 0.35, "more", bare),
        Figure(
            "fan-out, first to last arrival", spread_us, "µs/device", limit=bare, note="seen by the devices' process"
        ),
        Figure("connecting and catching up", devices / seconds, "devices/s", note=f"{devices:,} devices"),
        memory,
    ]


def _grown(name: str, before: dict[str, float], server: Server) -> float:
    return server.metrics()[name] - before[name]


async def _rounds(control: Control, crowd: Away, devices: int, rounds: int) -> list[list[float]]:
    """For each incident the seconds from its 201 to each arrival, in order."""
    found = []
    for number in range(rounds + 1):
        posted = await control.robbery()
        held = await crowd.collect(posted.id, devices, 20)
        if number:  # the first one warms the server's code paths up
            found.append(sorted(max(0.0, at - posted.at) for at in held.at))
        await asyncio.sleep(1.5)
    return found
