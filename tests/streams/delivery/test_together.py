"""Who asks at about the same time shares an asking, gets his own answer, and a failure only with those beside him."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from geo.errors import StoreUnavailable
from streams.delivery.together import Together


async def test_those_who_come_while_it_is_asked_are_one_group() -> None:
    groups: list[list[int]] = []

    async def double(keys: Sequence[int]) -> list[int]:
        groups.append(list(keys))
        await asyncio.sleep(0)
        return [key * 2 for key in keys]

    together = Together(double, most=4)
    assert await asyncio.gather(*(together.ask(key) for key in range(10))) == [key * 2 for key in range(10)]
    assert groups == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert await together.ask(50) == 100


async def test_a_failure_is_of_one_group_and_a_cancelled_asker_of_nobody() -> None:
    async def fragile(keys: Sequence[str]) -> Sequence[str]:
        await asyncio.sleep(0)
        if "bad" in keys:
            raise StoreUnavailable("away")
        return keys

    together = Together(fragile, most=2)
    tasks = [asyncio.create_task(together.ask(key)) for key in ("a", "bad", "c", "d")]
    await asyncio.sleep(0)
    tasks[3].cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(found[0], StoreUnavailable)
    assert isinstance(found[1], StoreUnavailable)
    assert found[2] == "c"
    assert isinstance(found[3], asyncio.CancelledError)
    with pytest.raises(StoreUnavailable):
        await together.ask("bad")
