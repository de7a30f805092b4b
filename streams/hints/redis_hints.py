"""Hints through Redis pub/sub, between the processes of a deployment; Redis may vanish at any moment."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
import time
from collections.abc import Callable

import msgspec
from redis.asyncio.client import PubSub

from streams.accelerator import GONE, WITHIN_S, Accelerator, client_of, reason_of
from streams.errors import AcceleratorAway
from streams.hints.contract import EVERYTHING, About, Hint, HintFigures

log = logging.getLogger("beatline.hints")

CHANNEL = "beatline:hints"
COALESCE_S = 0.1
"""How long hints that are not urgent are put together."""
URGENT_EVERY_S = 0.005
"""How soon after one message the next urgent one may follow: a busy intake would otherwise publish for each record."""
BEAT_S = 2.0
"""Whoever says nothing says at least this often that he is there: his own ear hears it, and knows that it hears."""
DEAF_S = 5.0
"""Not having heard oneself for so long is a connection that is none: drop it, listen anew."""
MOST_WAITING = 10_000
"""More hints than these wait for nobody: one "look everywhere" of their kind replaces them."""
IN_ONE_MESSAGE = 500
_RETRY_S = (0.1, 0.5)


class _Said(msgspec.Struct, array_like=True):
    """One message: who says it, when by his own monotonic clock, and (about, id, urgent) each."""

    speaker: str
    at_s: float
    hints: list[tuple[str, str, bool]]


class RedisHints:
    """One ear and one mouth, each a task. A hint that cannot be said is dropped: the sweep finds what it told."""

    def __init__(self, url: str) -> None:
        self._mouth, self._ear = Accelerator(url), client_of(url)
        self._name = secrets.token_hex(6)
        self._waiting: dict[tuple[About, str], bool] = {}
        self._said_s = -COALESCE_S
        self._soon, self._urgent, self._saying = asyncio.Event(), asyncio.Event(), asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._figures = HintFigures()
        self._listened = self._connected = self._closing = False

    async def open(self, hear: Callable[[Hint], None]) -> None:
        self._tasks = [
            asyncio.create_task(self._listen(hear), name="hints-ear"),
            asyncio.create_task(self._speak(), name="hints-mouth"),
        ]

    def publish(self, hint: Hint) -> None:
        key = (hint.about, hint.id)
        if len(self._waiting) >= MOST_WAITING and key not in self._waiting:
            self._figures.dropped += 1
            key = (hint.about, "")
        self._waiting[key] = hint.urgent or self._waiting.get(key, False)
        self._soon.set()
        if hint.urgent:
            self._urgent.set()

    @property
    def connected(self) -> bool:
        return self._connected

    @property
    def figures(self) -> HintFigures:
        return self._figures

    async def close(self) -> None:
        """Says what still waits, as far as Redis answers within a second.

        A cancellation that meets a time-out may be swallowed on its way (CPython 3.11's ``wait_for`` does it), so the
        loops look at a flag as well: a command that ends must not hang on a hint.
        """
        with contextlib.suppress(AcceleratorAway, TimeoutError):
            async with asyncio.timeout(WITHIN_S):
                await self._say_what_waits()
        self._closing = True
        for task in self._tasks:
            task.cancel()
        self._soon.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2 * WITHIN_S)
        await self._mouth.close()
        with contextlib.suppress(*GONE):
            await self._ear.aclose()
        self._connected = False

    # ------------------------------------------------------------------ the ear
    async def _listen(self, hear: Callable[[Hint], None]) -> None:
        while not self._closing:
            try:
                await self._hear_until_gone(hear)
            except GONE as error:
                if self._connected:
                    log.warning("hints are not heard, the sweep goes on: %s", reason_of(error))
            except Exception:
                log.exception("listening for hints failed; it begins anew")
            self._connected = False
            if not self._closing:
                await asyncio.sleep(random.uniform(*_RETRY_S))

    async def _hear_until_gone(self, hear: Callable[[Hint], None]) -> None:
        async with self._ear.pubsub() as channel:
            async with asyncio.timeout(WITHIN_S):
                await channel.subscribe(CHANNEL)
            async with asyncio.timeout(DEAF_S) as patience:
                while not self._closing and not patience.expired():
                    if await self._hear_one(channel, hear):
                        patience.reschedule(asyncio.get_running_loop().time() + DEAF_S)

    async def _hear_one(self, channel: PubSub, hear: Callable[[Hint], None]) -> bool:
        """Waits for one message; whether it was one of our own, so that what we say is heard."""
        message = await channel.get_message(timeout=None)
        if message is None:
            return False
        if message["type"] == "subscribe":
            self._begun(hear)
            return False
        if message["type"] != "message":
            return False
        try:
            said = msgspec.json.decode(message["data"], type=_Said)
        except msgspec.DecodeError:  # somebody says what we do not understand: then look
            _tell(hear, EVERYTHING)
            return False
        hints = [Hint(About(about), whose, urgent) for about, whose, urgent in said.hints if about in _KNOWN]
        self._figures.heard += len(hints)
        _tell(hear, hints)
        if said.speaker != self._name:
            return False
        self._figures.round_trip_s = time.monotonic() - said.at_s
        return True

    def _begun(self, hear: Callable[[Hint], None]) -> None:
        """What was said while nobody listened here is lost: look once, everywhere."""
        self._connected = True
        self._figures.reconnects += self._listened
        self._listened = True
        _tell(hear, EVERYTHING)

    # ------------------------------------------------------------------ the mouth
    async def _speak(self) -> None:
        while not self._closing:
            await self._occasion()
            try:
                await self._say_what_waits()
            except AcceleratorAway:
                await asyncio.sleep(random.uniform(*_RETRY_S))
            except Exception:
                log.exception("saying hints failed; the sweep finds what they told")
                await asyncio.sleep(_RETRY_S[1])

    async def _occasion(self) -> None:
        """Until something is to be said: the first after a silence at once, what follows together."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S):
                await self._soon.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(self._said_s + COALESCE_S - time.monotonic(), 0.0)):
                await self._urgent.wait()
        await asyncio.sleep(max(self._said_s + URGENT_EVERY_S - time.monotonic(), 0.0))

    async def _say_what_waits(self) -> None:
        """Also when there is nothing to say: then it is a beat. Raises AcceleratorAway."""
        async with self._saying:
            waiting, self._waiting = list(self._waiting.items()), {}
            self._soon.clear()
            self._urgent.clear()
            waiting.sort(key=lambda item: not item[1])
            for start in range(0, max(len(waiting), 1), IN_ONE_MESSAGE):
                try:
                    await self._say(waiting[start : start + IN_ONE_MESSAGE])
                except BaseException:
                    self._unsaid(waiting[start:])
                    raise

    async def _say(self, hints: list[tuple[tuple[About, str], bool]]) -> None:
        words = [(about.value, whose, urgent) for (about, whose), urgent in hints]
        text = msgspec.json.encode(_Said(self._name, time.monotonic(), words))
        self._said_s = time.monotonic()
        await self._mouth.ask(lambda redis: redis.publish(CHANNEL, text))
        self._figures.published += len(hints)

    def _unsaid(self, hints: list[tuple[tuple[About, str], bool]]) -> None:
        """Not kept one by one: who hears us next looks everywhere that they pointed to."""
        self._figures.dropped += len(hints)
        for (about, _), _ in hints:
            self._waiting.setdefault((about, ""), False)


_KNOWN = frozenset(About)


def _tell(hear: Callable[[Hint], None], hints: list[Hint] | tuple[Hint, ...]) -> None:
    """A listener that fails must not make us deaf."""
    for hint in hints:
        try:
            hear(hint)
        except Exception:
            log.exception("whoever was told %s failed", hint.about)
