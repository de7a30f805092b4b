"""Positions: fixes through the socket, the trust check, the match against 10,000 live records, and presence."""

from __future__ import annotations

import asyncio

from app.bench import lag
from app.bench.away import Away
from app.bench.report import Figure
from app.bench.scene import Control, ring, settled
from app.bench.server import Server

OFFERED = 1.03
"""More is offered than is asked for, so that the target can be missed and can be met."""


async def measure(
    server: Server, *, devices: int = 2_000, records: int = 10_000, rate: float = 10_000.0, seconds: float = 10.0
) -> list[Figure]:
    """``devices`` officers drive among ``records`` live incidents and send ``rate`` fixes a second in all."""
    control = Control(server)
    await control.fill(records, 0, 15_000)
    async with Away() as crowd:
        await settled(server, crowd, ring(devices, 0, 15_000))
        await asyncio.sleep(3)  # what the first fixes brought is told and acknowledged
        before, cpu = server.metrics(), server.cpu_s()
        driven = await crowd.drive(rate * OFFERED, seconds)
        used = server.cpu_s() - cpu
        after = server.metrics()
        counted = await crowd.count()
    await control.close()
    taken = _taken(before, after)
    handled = driven.sent if taken is None else taken
    note = f"{devices:,} devices, {records:,} live records; server used {100 * used / driven.seconds:.0f} % of a core"
    if counted.connected != devices:
        note += f"; {devices - counted.connected} devices LOST {counted.closed}"
    ceiling = f"one core: about {handled / max(used, 1e-9):,.0f} fixes/s"
    return [
        Figure("positions through the socket", handled / driven.seconds, "fixes/s", rate, "more", ceiling, note),
        *lag.figures(before, after, "positions"),
    ]


def _taken(before: dict[str, float], after: dict[str, float]) -> float | None:
    """Fixes that the server says it judged; None where it does not count them."""
    names = [name for name in after if name.startswith("beatline_fixes_total")]
    if not names:
        return None
    return sum(after[name] - before.get(name, 0.0) for name in names)
