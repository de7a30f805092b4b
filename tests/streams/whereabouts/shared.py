"""The one test body of all whereabouts drivers, and the units it is about."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from geo.clock import MINUTE, SECOND, VirtualClock
from geo.model import UnitStatus
from geo.place import moved_by
from streams.whereabouts.contract import Sighting, Whereabouts

NOW = 1_800_000_000 * SECOND
LEEDS = (-1.5491, 53.8008)


def unit(officer: str, east_m: float = 0.0, node: str = "n1", **changes: Any) -> Sighting:
    """An officer so far east of Leeds."""
    lon, lat = moved_by(*LEEDS, east_m, 0.0)
    one = Sighting(officer, "own", "LX21", "B1", UnitStatus.AVAILABLE, node, lon, lat, 8.0, NOW)
    return replace(one, **changes)


async def until(true: Callable[[], Awaitable[bool]], patience_s: float = 10.0) -> None:
    """Waits until something is so; fails loudly when it never is."""
    for _ in range(int(patience_s / 0.02)):
        if await true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("waited in vain")


async def officers(of: Whereabouts, force: str = "own") -> list[str]:
    return [one.officer for one in (await of.everybody(force)).units]


async def near(of: Whereabouts, radius_m: float) -> list[str]:
    return [one.officer for one in (await of.near("own", *LEEDS, radius_m)).units]


async def the_shared_body(here: Whereabouts, other: Whereabouts, clock: VirtualClock) -> None:
    """``here`` shares, ``other`` asks: the same object, or another process."""
    await _everybody_and_nearest(here, other)
    await _forces_apart(here, other)
    await _newest_wins_and_gone_is_gone(here, other)
    await _stale_is_not_near(here, other, clock)


async def _everybody_and_nearest(here: Whereabouts, other: Whereabouts) -> None:
    shared = [unit("pc-2", 900.0), unit("pc-1", 100.0), unit("pc-3", 20_000.0), unit("ünïcode 7", 500.0)]
    here.share(shared)

    async def all_there() -> bool:
        found = await other.everybody("own")
        return not found.partial and set(found.units) == set(shared)

    await until(all_there)
    assert await officers(other) == ["pc-1", "pc-2", "pc-3", "ünïcode 7"]
    assert await near(other, 1_000.0) == ["pc-1", "ünïcode 7", "pc-2"]
    assert await near(other, 899.0) == ["pc-1", "ünïcode 7"]
    assert await near(other, 100_000.0) == ["pc-1", "ünïcode 7", "pc-2", "pc-3"]
    assert (await other.near("own", 10.0, 10.0, 1_000.0)).units == ()
    assert (await other.near("own", 10.0, 89.0, 1_000.0)).units == ()


async def _forces_apart(here: Whereabouts, other: Whereabouts) -> None:
    here.share([unit("xx-1", 10.0, force="other")])

    async def shows() -> bool:
        return await officers(other, "other") == ["xx-1"]

    await until(shows)
    assert "xx-1" not in await officers(other)
    assert "xx-1" not in await near(other, 1_000.0)
    assert (await other.everybody("")).units == ()


async def _newest_wins_and_gone_is_gone(here: Whereabouts, other: Whereabouts) -> None:
    off_duty = unit("pc-2", status=UnitStatus.OFF_DUTY, lon=None, lat=None, accuracy_m=None, fix_at=0)
    here.share([unit("pc-1", 50.0, fix_at=NOW + SECOND), off_duty], ["pc-3", "never-was"])

    async def told() -> bool:
        units = {one.officer: one for one in (await other.everybody("own")).units}
        moved = units["pc-1"].fix_at == NOW + SECOND
        return moved and "pc-3" not in units and units["pc-2"].status is UnitStatus.OFF_DUTY

    await until(told)
    assert await near(other, 50_000.0) == ["pc-1", "ünïcode 7"]


async def _stale_is_not_near(here: Whereabouts, other: Whereabouts, clock: VirtualClock) -> None:
    """An old fix is still shown with its age, but it does not make a unit the nearest."""
    clock.set(NOW + 3 * MINUTE)
    here.share([unit("pc-1", 400.0), unit("pc-9", 700.0, fix_at=NOW + 2 * MINUTE)])

    async def shown() -> bool:
        return {"pc-1", "pc-9"} <= set(await officers(other))

    await until(shown)
    assert await near(other, 1_000.0) == ["pc-9"]
