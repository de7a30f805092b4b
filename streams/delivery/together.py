"""Questions to the store that come at about the same time, asked as one: a storm's 10,000 are then a few hundred."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

MOST = 64


class Together(Generic[K, V]):
    """While one asking is under way, those who come wait for the next. ``ask_all`` answers in the order of asking; its
    failure is everybody's who was in it."""

    def __init__(self, ask_all: Callable[[Sequence[K]], Awaitable[Sequence[V]]], most: int = MOST) -> None:
        self._ask_all, self._most = ask_all, most
        self._waiting: list[tuple[K, asyncio.Future[V]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, key: K) -> V:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[V] = loop.create_future()
        self._waiting.append((key, answer))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._on())
        return await answer

    async def _on(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            try:
                answers = await self._ask_all([key for key, _ in group])
            except Exception as error:
                for _, future in group:
                    if not future.done():
                        future.set_exception(error)
                continue
            for (_, future), answer in zip(group, answers, strict=True):
                if not future.done():
                    future.set_result(answer)
