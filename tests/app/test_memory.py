"""The garbage collector: settling freezes what is alive, and is done again when it is quiet."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from app import memory


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def test_settling_freezes_what_is_alive() -> None:
    memory.settle()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == (memory.YOUNG, 20, memory.NEVER)


@pytest.mark.parametrize(("busy_at_s", "settles"), [(0.0, True), (float("inf"), False)])
async def test_it_waits_for_quiet(monkeypatch: pytest.MonkeyPatch, busy_at_s: float, settles: bool) -> None:
    settled: list[int] = []
    monkeypatch.setattr(memory, "EVERY_S", 0.001)
    monkeypatch.setattr(memory, "settle", lambda: settled.append(1))
    tending = asyncio.create_task(memory.tend(lambda: busy_at_s))
    await asyncio.sleep(0.05)
    tending.cancel()
    assert bool(settled) is settles
