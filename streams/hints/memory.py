"""Hints inside one process: the embedded default."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from streams.hints.contract import Hint


class MemoryHints:
    """Heard on the next turn of the loop, so that the publisher's own work is done first."""

    def __init__(self) -> None:
        self._hear: Callable[[Hint], None] | None = None

    async def open(self, hear: Callable[[Hint], None]) -> None:
        self._hear = hear

    def publish(self, hint: Hint) -> None:
        if self._hear is not None:
            asyncio.get_running_loop().call_soon(self._hear, hint)

    @property
    def connected(self) -> bool:
        return self._hear is not None

    async def close(self) -> None:
        self._hear = None
