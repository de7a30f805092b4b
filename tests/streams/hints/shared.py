"""The one test body of all hint drivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.hints.contract import Hint, Hints


async def until(true: Callable[[], bool], patience_s: float = 10.0) -> None:
    """Waits until something is so; fails loudly when it never is."""
    for _ in range(int(patience_s / 0.01)):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("waited in vain")


async def hears_what_is_published(speaker: Hints, listener: Hints, heard: list[Hint]) -> None:
    await until(lambda: listener.connected)
    heard.clear()
    speaker.publish(Hint())
    await until(lambda: Hint() in heard)
    speaker.publish(Hint("officer-17", urgent=True))
    await until(lambda: any(hint.officer == "officer-17" for hint in heard))


async def says_nothing_after_close(hints: Hints, heard: list[Hint]) -> None:
    await hints.close()
    heard.clear()
    hints.publish(Hint())
    await asyncio.sleep(0.3)
    assert heard == []
    assert not hints.connected
