"""The one test body of all hint drivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.hints.contract import About, Hint, Hints


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
    for about in About:
        speaker.publish(Hint(about, f"{about}-17 é\n\x00", urgent=about is About.OFFICER))
    said = {Hint(about, f"{about}-17 é\n\x00", about is About.OFFICER) for about in About}
    await until(lambda: said <= set(heard))


async def counts_what_it_does(speaker: Hints, listener: Hints, heard: list[Hint]) -> None:
    said, came = speaker.figures.published, listener.figures.heard
    heard.clear()
    speaker.publish(Hint(About.SEAT, "pc-1"))
    speaker.publish(Hint(About.SEAT, "pc-2", urgent=True))
    await until(lambda: {"pc-1", "pc-2"} <= {hint.id for hint in heard})
    assert speaker.figures.published == said + 2
    assert listener.figures.heard >= came + 2


async def says_nothing_after_close(hints: Hints, heard: list[Hint]) -> None:
    await hints.close()
    heard.clear()
    hints.publish(Hint())
    await asyncio.sleep(0.3)
    assert heard == []
    assert not hints.connected
