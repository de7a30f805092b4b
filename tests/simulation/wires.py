"""Sockets that are late, break on one side before the other, or die without a word."""

from __future__ import annotations

import asyncio
import contextvars
import math
import random
from collections.abc import Callable, Sequence

from streams.delivery.hub import Hub
from streams.delivery.presence import Connection

_NOBODYS = contextvars.copy_context()
"""What travels belongs to no process: it arrives whatever becomes of who sent it."""


class Wire:
    """One connection. The server's end is a ``Link``; the device's end gives ``text`` and ``ended``."""

    def __init__(
        self,
        hub: Hub,
        act: Callable[[Callable[[], None]], None],
        rng: random.Random,
        delay_s: float,
        text: Callable[[bytes], None],
        ended: Callable[[int], None],
    ) -> None:
        self._loop, self._rng, self._hub, self._act = asyncio.get_running_loop(), rng, hub, act
        self._delay_s, self._text, self._ended = delay_s, text, ended
        self._down_at = self._up_at = 0.0
        self._server_gone = self._device_gone = self._mute = False
        self._connection: Connection | None = None

    def open(self) -> None:
        self._act(self._accepted)

    def _accepted(self) -> None:
        self._connection = self._hub.opened(self)

    # ------------------------------------------------------------------ the server's end
    def send(self, payload: bytes) -> None:
        if not self._server_gone:
            self._down(lambda: self._text(payload))

    def send_all(self, payloads: Sequence[bytes]) -> None:
        for payload in payloads:
            self.send(payload)

    def close(self, code: int, reason: str) -> None:
        self._server_gone = True
        self._down(lambda: self._hear_end(code))
        self._loop.call_soon(self._lose, code)

    def read_on(self) -> None:
        pass

    # ------------------------------------------------------------------ the device's end
    def say(self, payload: bytes) -> None:
        self._up(lambda: self._act(lambda: self._received(payload)))

    def drop(self) -> None:
        """The device hangs up."""
        self._device_gone = True
        self._up(lambda: self._lose(1006))

    def _received(self, payload: bytes) -> None:
        if self._connection is not None and not self._server_gone:
            self._hub.received(self._connection, payload)

    def _hear_end(self, code: int) -> None:
        if not self._device_gone:
            self._device_gone = True
            self._ended(code)

    def _lose(self, code: int) -> None:
        self._act(lambda: self._lost(code))

    def _lost(self, code: int) -> None:
        self._server_gone = True
        connection, self._connection = self._connection, None
        if connection is not None:
            self._hub.lost(connection, code)

    # ------------------------------------------------------------------ what happens to it
    def cut(self, server_hears_s: float | None, device_hears_s: float | None) -> None:
        """What is under way is lost; each end hears of it after a while, or never (None)."""
        self._mute = True
        if server_hears_s is not None:
            self._loop.call_later(server_hears_s, self._lose, 1006)
        if device_hears_s is not None:
            self._loop.call_later(device_hears_s, self._hear_end, 1006)

    def process_died(self) -> None:
        """Nothing of the server's is left; the device hears of it, mostly at once."""
        self._connection, self._server_gone = None, True
        self.cut(None, self._rng.choice((0.0, 0.01, 0.5, None)))

    def _down(self, act: Callable[[], None]) -> None:
        self._down_at = self._pass(self._down_at, act)

    def _up(self, act: Callable[[], None]) -> None:
        self._up_at = self._pass(self._up_at, act)

    def _pass(self, last_at: float, act: Callable[[], None]) -> float:
        """In order, each a random while later; nothing arrives once the wire is cut. Never two at the same instant: the
        loop's heap gives equals in any order, and a socket does not."""
        at = max(math.nextafter(last_at, math.inf), self._loop.time() + self._rng.expovariate(1 / self._delay_s))
        self._loop.call_at(at, lambda: None if self._mute else act(), context=_NOBODYS.copy())
        return at
