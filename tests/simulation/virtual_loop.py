"""An event loop whose time is virtual: nothing waits, and a run is the same whenever its seed is."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import random
import selectors
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class _NoWaiting(selectors.BaseSelector):
    """Nothing is ever ready; waiting means that time passes."""

    def __init__(self) -> None:
        self.passed: Callable[[float], None] = lambda seconds: None
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("everybody waits for something that never comes")
        self.passed(timeout)
        return []

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next thing that is due."""

    def __init__(self) -> None:
        selector = _NoWaiting()
        self._virtual = 1_000.0
        super().__init__(selector)
        selector.passed = self._pass

        self.held_back: Callable[[contextvars.Context | None, Callable[[], None]], bool] = lambda context, act: False
        """Asked before anything happens: whoever says True has it happen later, or never."""

    def time(self) -> float:
        return self._virtual

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        return super().call_soon(self._guarded(callback, context), *args, context=context)

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return super().call_at(when, self._guarded(callback, context), *args, context=context)

    def _guarded(self, callback: Callable[..., object], context: contextvars.Context | None) -> Callable[..., object]:
        def guarded(*args: object) -> None:
            if not self.held_back(None, lambda: guarded(*args)):
                callback(*args)

        return guarded

    def _pass(self, seconds: float) -> None:
        self._virtual += max(seconds, 0.0)


@contextlib.contextmanager
def virtual_time(loop: VirtualLoop, rng: random.Random) -> Iterator[None]:
    """Every clock that the code under test reads is the loop's. What measures its own stretch of work sees it take a
    random moment, so that long pieces are cut in different places."""
    crept = 0.0

    def monotonic() -> float:
        return loop.time()

    def perf_counter() -> float:
        nonlocal crept
        crept += rng.random() * 0.0004
        return loop.time() + crept

    real = {"monotonic": time.monotonic, "perf_counter": time.perf_counter}
    ours = {"monotonic": monotonic, "perf_counter": perf_counter}
    places = [
        (module, name)
        for module in [module for key, module in sys.modules.items() if key.startswith(("streams.", "geo."))]
        for name, function in real.items()
        if getattr(module, name, None) is function
    ]
    for module, name in places:
        setattr(module, name, ours[name])
    time.monotonic, time.perf_counter = monotonic, perf_counter
    try:
        yield
    finally:
        time.monotonic, time.perf_counter = real["monotonic"], real["perf_counter"]
        for module, name in places:
            setattr(module, name, real[name])
