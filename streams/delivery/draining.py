"""The end of a process, politely: its devices are told to come back elsewhere, a few at a time, and hung up on (4100).

Spread by their number, so that the others (or this one, started again) are not met by a storm of its own making. Until
its turn has come a device is served as ever: alerts go out, acknowledgements come in.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")

AT_ONCE = 200
"""So few are told at once: the others take them in without noticing."""
PER_S = 400.0
"""About as many as one process takes in (measured: 400 to 700 joins a second)."""
LONGEST_S = 30.0
AFTER_MS = 2_000
"""``after_ms`` is drawn below this."""
STEP_S = 0.1


def spread_s(devices: int) -> float:
    """Over how many seconds so many are told."""
    return 0.0 if devices <= AT_ONCE else min(LONGEST_S, devices / PER_S)


class Draining(Generic[T]):
    """Whose turn has come, ``now`` in monotonic seconds. The order is drawn: no force's devices go before another's."""

    def __init__(self, devices: Sequence[T], now: float, rng: random.Random) -> None:
        self._left = list(devices)
        rng.shuffle(self._left)
        self._began, self._count, self._told = now, len(devices), 0
        self._spread_s = spread_s(len(devices))

    @property
    def over(self) -> bool:
        return self._told >= self._count

    def turn(self, now: float) -> list[T]:
        """Those to be told now."""
        passed = now - self._began
        due = self._count if passed >= self._spread_s else int(self._count * passed / self._spread_s)
        told, self._told = self._told, max(self._told, due)
        return self._left[told : self._told]


async def tell_all(
    devices: Sequence[T],
    tell: Callable[[T], None],
    time_now: Callable[[], float],
    rng: random.Random,
    cut_short: Callable[[], bool],
) -> None:
    """Tells each at its time; all that are left at once, as soon as ``cut_short`` says so."""
    draining = Draining(devices, time_now(), rng)
    while not draining.over:
        now = time_now() if not cut_short() else float("inf")
        _each(tell, draining.turn(now))
        if not draining.over:
            await asyncio.sleep(STEP_S)


def _each(tell: Callable[[T], None], devices: Iterable[T]) -> None:
    for device in devices:
        tell(device)
