"""A long piece of work that leaves the loop to others every few milliseconds."""

from __future__ import annotations

import asyncio
import time

LOOP_TIME_S = 0.002
"""Loop time at a stretch (DESIGN section 8: at most 4 ms, and a step may end beyond): longer, and acknowledgements and
heartbeats wait."""


class Breath:
    """``await breath.taken()`` between two pieces: gives way when the stretch is over, else costs a clock reading."""

    def __init__(self, loop_time_s: float = LOOP_TIME_S) -> None:
        self._loop_time_s = loop_time_s
        self._since = time.perf_counter()

    async def taken(self) -> None:
        """Lets the others run, if it is time."""
        if time.perf_counter() - self._since > self._loop_time_s:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
