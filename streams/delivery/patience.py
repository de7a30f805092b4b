"""Asking a store that may be away: again and again for a while, each time a little later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from geo.errors import StoreUnavailable

T = TypeVar("T")

PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 2.0, 2.0)
"""Seconds between the attempts: about as long as a store takes to start again."""


async def patiently(ask: Callable[[], Awaitable[T]], pauses_s: tuple[float, ...] = PAUSES_S) -> T:
    """What ``ask`` returns. Raises StoreUnavailable when the last attempt did."""
    for pause_s in pauses_s:
        try:
            return await ask()
        except StoreUnavailable:
            await asyncio.sleep(pause_s)
    return await ask()
