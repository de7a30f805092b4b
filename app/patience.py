"""An answer within a bounded time, whatever the store does: what is cut off is tried again by whoever asked."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from geo.errors import StoreUnavailable

T = TypeVar("T")

_left: set[asyncio.Task[Any]] = set()
"""What nobody waits for any more; it ends by the store's own time-outs."""


async def in_time(asked: Coroutine[Any, Any, T], limit_s: float) -> T:
    """What ``asked`` returns. Raises StoreUnavailable when it takes longer.

    What was asked is left to end by itself: a driver that is cancelled while its server stands still would first wait
    for that server. It may yet be written: put again, it is unchanged.
    """
    task = asyncio.get_running_loop().create_task(asked)
    try:
        await asyncio.wait({task}, timeout=limit_s)
    finally:
        if not task.done():
            _left.add(task)
            task.add_done_callback(_forgotten)
    if task.done():
        return task.result()
    raise StoreUnavailable(f"the store has not answered within {limit_s:g} s: try again")


def _forgotten(task: asyncio.Task[Any]) -> None:
    _left.discard(task)
    if not task.cancelled():
        task.exception()
