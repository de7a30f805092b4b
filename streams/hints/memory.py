"""Hints inside one process: the embedded default."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.hints.contract import Hint, HintFigures


class MemoryHints:
    """Heard on the next turn of the loop, so that the publisher's own work is done first."""

    def __init__(self) -> None:
        self._hear: Callable[[Hint], None] | None = None
        self._figures = HintFigures()

    async def open(self, hear: Callable[[Hint], None]) -> None:
        self._hear = hear

    def publish(self, hint: Hint) -> None:
        if self._hear is None:
            self._figures.dropped += 1
            return
        self._figures.published += 1
        self._figures.heard += 1
        asyncio.get_running_loop().call_soon(self._say, hint)

    def _say(self, hint: Hint) -> None:
        if self._hear is not None:
            self._hear(hint)

    @property
    def connected(self) -> bool:
        return self._hear is not None

    @property
    def figures(self) -> HintFigures:
        return self._figures

    async def close(self) -> None:
        self._hear = None
