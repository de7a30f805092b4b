"""A storm as the devices make it: all cut off at once, each back by the formula of PROTOCOL.md or the server's word."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

from app.bench.device import BareDevice

FIRST_S, LONGEST_S = 0.5, 30.0
HANG_UP_S = 0.01
"""Until the end of a connection that was cut has been told."""
LATE_S = 30.0
"""A device that has not caught up by then hangs up and tries again."""


class Storm:
    """Begun with the cut. Who is refused comes when he was told to, within that second; else with full jitter."""

    def __init__(self, devices: Sequence[BareDevice], ports: Sequence[int], seed: int = 1) -> None:
        self._rng, self._ports = random.Random(seed), ports
        self._began = time.monotonic()
        self._resets = -sum(device.resets for device in devices)
        self._devices = devices
        self._back_at: list[float] = []
        self._refused = self._failed = 0
        for device in devices:
            device.settled_at = 0.0
            if device.transport is not None:
                device.transport.abort()
        self._returning = [asyncio.create_task(self._return(device)) for device in devices]

    async def over(self, seconds: float) -> dict[str, object]:
        """What came of it, when all are back or time is up."""
        if self._returning:
            _, late = await asyncio.wait(self._returning, timeout=seconds)
            for task in late:
                task.cancel()
        return {
            "at": [round(at, 3) for at in self._back_at],
            "refused": self._refused,
            "failed": self._failed,
            "resets": self._resets + sum(device.resets for device in self._devices),
        }

    async def _return(self, device: BareDevice) -> None:
        tries, wait_s = 0, self._rng.uniform(0.0, FIRST_S)
        while True:
            await asyncio.sleep(max(wait_s, HANG_UP_S))
            device.again()
            if await self._dial(device):
                self._back_at.append(device.settled_at - self._began)
                return
            tries += 1
            if device.retry_after_s is not None:
                self._refused += 1
                wait_s = device.retry_after_s + self._rng.random()
            else:
                self._failed += 1
                wait_s = self._rng.uniform(0.0, min(LONGEST_S, FIRST_S * 2**tries))
            if device.transport is not None:
                device.transport.abort()

    async def _dial(self, device: BareDevice) -> bool:
        try:
            port = self._rng.choice(self._ports)
            await asyncio.get_running_loop().create_connection(lambda: device, "127.0.0.1", port)
            return await asyncio.wait_for(asyncio.shield(device.settled), LATE_S)
        except (OSError, TimeoutError):
            return False
