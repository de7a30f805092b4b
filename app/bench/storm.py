"""The storm: all devices are cut off at once; all come back whole, and what is urgent meanwhile does not wait."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from app.bench.away import Away, Returned
from app.bench.report import Figure, quantile
from app.bench.scene import Control, Posted, around
from app.bench.server import Server

WITHIN_S = 90.0
URGENT_AFTER_S = (2.0, 5.0, 9.0)
"""When, after the cut, something urgent happens to all of them."""
PATIENCE_S = 10.0


async def measure(servers: Sequence[Server], *, devices: int = 10_000, radius_m: float = 300) -> list[Figure]:
    """All devices within reach, so that each must hold every alert in the end: those from before the cut and during."""
    ports = [server.port for server in servers]
    async with Away() as crowd:
        await _connect(crowd, ports, servers[0].officers(devices), around(devices, radius_m))
        control = Control(servers[0])
        posted = [await control.robbery()]
        await crowd.collect(posted[0].id, devices, 30)
        await asyncio.sleep(1.0)
        before = _told_later(servers)
        began = time.monotonic()
        await crowd.drop(ports)
        waits, missed = await _urgent(control, crowd, posted, began)
        returned = await crowd.back(max(1.0, WITHIN_S - (time.monotonic() - began)))
        missing = await _missing(crowd, posted, devices)
        await control.close()
        counted = await crowd.count()
    return _figures(devices, returned, waits, missed, missing, counted.gaps, _told_later(servers) - before)


async def _connect(crowd: Away, ports: list[int], tokens: list[str], places: list[tuple[float, float]]) -> None:
    for number, port in enumerate(ports):
        mine = slice(number, None, len(ports))
        found = await crowd.connect(port, tokens[mine], places[mine])
        if found.connected != len(tokens[mine]):
            raise RuntimeError(f"only {found.connected} of {len(tokens[mine])} devices caught up")


async def _urgent(control: Control, crowd: Away, posted: list[Posted], began: float) -> tuple[list[float], int]:
    """Seconds from 201 to each device that was back by then; and how many of those never had it in time."""
    waits, missed = [], 0
    for after_s in URGENT_AFTER_S:
        await asyncio.sleep(max(0.0, began + after_s - time.monotonic()))
        posted.append(await control.robbery())
        got = await crowd.collect_of_those_here(posted[-1].id, posted[-1].at, PATIENCE_S)
        waits += [max(0.0, at - posted[-1].at) for at in got.at]
        missed += got.expected - len(got.at)
    return waits, missed


async def _missing(crowd: Away, posted: list[Posted], devices: int) -> int:
    """Alerts that a device lacks though all are back."""
    held = [len((await crowd.collect(one.id, devices, 5)).at) for one in posted]
    return sum(devices - count for count in held)


def _told_later(servers: Sequence[Server]) -> float:
    return sum(server.metrics().get("beatline_joins_refused_total", 0.0) for server in servers)


def _figures(
    devices: int, returned: Returned, waits: list[float], missed: int, missing: int, gaps: int, refused: float
) -> list[Figure]:
    back = len(returned.at)
    last_s = max(returned.at, default=float("nan")) if back == devices else float("inf")
    note = f"{back:,} of {devices:,}; half back after {quantile(returned.at, 0.5):.1f} s"
    note += f"; {returned.refused:,} were told when to come ({refused:,.0f} by the server's count)"
    note += f"; {returned.failed:,} failed attempts" if returned.failed else ""
    whole = f"{returned.resets} resets; {gaps} gaps"
    urgent = f"{len(waits):,} pairs" + (f"; {missed} MISSED" if missed else "")
    return [
        Figure("storm, all devices back", last_s, "s", 60.0, note=note),
        Figure("storm, alerts that a device lacks afterwards", float(missing), "", 0.0, note=whole),
        Figure("storm, P1 meanwhile to those connected, p99", quantile(waits, 0.99), "s", 2.0, note=urgent),
        Figure("storm, P1 meanwhile to those connected, last", max(waits, default=float("nan")), "s", 2.0),
    ]
