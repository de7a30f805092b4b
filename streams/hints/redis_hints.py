"""Hints through Redis pub/sub, between the processes of a deployment; Redis may vanish at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import RedisError

from streams.hints.contract import Hint

CHANNEL = "beatline:hints"
COALESCE_S = 0.1
"""How long hints that are not urgent are put together."""
_RETRY_S = (0.1, 2.0)
_GONE = (RedisError, OSError, asyncio.TimeoutError)


class RedisHints:
    """One subscriber and one publisher task. A hint that cannot be sent is dropped: the sweep finds what it told."""

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(url, decode_responses=True, socket_connect_timeout=1, socket_timeout=5)
        self._waiting: set[str] = set()
        self._soon = asyncio.Event()
        self._urgent = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._connected = self._closing = False

    async def open(self, hear: Callable[[Hint], None]) -> None:
        self._tasks = [asyncio.create_task(self._listen(hear)), asyncio.create_task(self._send())]

    def publish(self, hint: Hint) -> None:
        self._waiting.add(hint.id)
        self._soon.set()
        if hint.urgent:
            self._urgent.set()

    @property
    def connected(self) -> bool:
        return self._connected

    async def close(self) -> None:
        """Says what still waits, as far as Redis answers within a second.

        A cancellation that meets a time-out may be swallowed on its way (CPython 3.11's ``wait_for`` does it), so the
        loops look at a flag as well: a command that ends must not hang on a hint.
        """
        with contextlib.suppress(*_GONE):
            async with asyncio.timeout(1.0):
                await self._say()
        self._closing = True
        for task in self._tasks:
            task.cancel()
        self._soon.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(*_GONE):
            await self._redis.aclose()
        self._connected = False

    async def _listen(self, hear: Callable[[Hint], None]) -> None:
        while not self._closing:
            try:
                await self._hear_until_gone(hear)
            except _GONE:
                self._connected = False
                await asyncio.sleep(random.uniform(*_RETRY_S))

    async def _hear_until_gone(self, hear: Callable[[Hint], None]) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=False) as channel:
            await channel.subscribe(CHANNEL)
            while not self._closing:
                message = await channel.get_message(timeout=1.0)
                if message is None:
                    continue
                if message["type"] == "subscribe":
                    self._connected = True
                    hear(Hint())  # what was published while nobody listened is lost: look once
                else:
                    for officer in str(message["data"]).split("\n"):
                        hear(Hint(id=officer))

    async def _send(self) -> None:
        while not self._closing:
            await self._soon.wait()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(COALESCE_S):
                    await self._urgent.wait()
            with contextlib.suppress(*_GONE):
                await self._say()

    async def _say(self) -> None:
        hints, self._waiting = self._waiting, set()
        self._soon.clear()
        self._urgent.clear()
        if hints:
            await self._redis.publish(CHANNEL, "\n".join(sorted(hints)))
