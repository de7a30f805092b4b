"""The shared parts at hand."""

from __future__ import annotations

import asyncio

import pytest

from geo.clock import MINUTE, SECOND
from geo.model import Stored
from streams.patrol.gathering import Shared
from streams.patrol.sharing import GOOD_FOR, MOST, STEADY, Shelf
from tests.streams.patrol import town


class Part:
    """Stands for a shared part: which records it may concern."""

    def __init__(self, concerns: bool = True) -> None:
        self._concerns = concerns

    def may_concern(self, item: Stored) -> bool:
        return self._concerns


class Source:
    def __init__(self, concerns: bool = True) -> None:
        self.made, self._concerns = 0, concerns

    async def __call__(self) -> Shared:
        self.made += 1
        await asyncio.sleep(0)
        return Part(self._concerns)  # type: ignore[return-value]


async def test_however_many_ask_at_once_one_gathers() -> None:
    shelf, source = Shelf(), Source()
    parts = await asyncio.gather(*(shelf.get("a", town.NOW, source) for _ in range(50)))
    assert source.made == 1
    assert len({id(part) for part in parts}) == 1


async def test_a_minute_later_and_after_a_drop_it_is_gathered_anew() -> None:
    shelf, source = Shelf(), Source()
    await shelf.get("a", town.NOW, source)
    await shelf.get("a", town.NOW + GOOD_FOR - SECOND, source)
    assert source.made == 1
    await shelf.get("a", town.NOW + GOOD_FOR, source)
    shelf.drop("a")
    await shelf.get("a", town.NOW + MINUTE, source)
    assert source.made == 3


async def test_what_was_written_drops_what_it_may_concern_only_and_not_each_second() -> None:
    shelf, near, far = Shelf(), Source(), Source(concerns=False)
    await shelf.get("near", town.NOW, near)
    await shelf.get("far", town.NOW, far)
    shelf.wrote([Stored(town.incident("a"), 1, town.NOW)])
    for later, made in ((STEADY - 1, 1), (STEADY, 2)):
        await shelf.get("near", town.NOW + later, near)
        await shelf.get("far", town.NOW + later, far)
        assert (near.made, far.made) == (made, 1)


async def test_a_failure_is_not_kept() -> None:
    shelf, source = Shelf(), Source()

    async def fails() -> Shared:
        raise OSError("the store is away")

    with pytest.raises(OSError, match="away"):
        await shelf.get("a", town.NOW, fails)
    await shelf.get("a", town.NOW, source)
    assert source.made == 1


async def test_who_goes_away_takes_nothing_from_the_others() -> None:
    shelf, source = Shelf(), Source()
    leaver = asyncio.ensure_future(shelf.get("a", town.NOW, source))
    stayer = asyncio.ensure_future(shelf.get("a", town.NOW, source))
    await asyncio.sleep(0)
    leaver.cancel()
    assert await stayer is not None
    assert source.made == 1


async def test_there_is_room_for_so_many() -> None:
    shelf, source = Shelf(), Source()
    for number in range(MOST + 10):
        await shelf.get(number, town.NOW, source)
    assert source.made == MOST + 10
    await shelf.get(MOST + 9, town.NOW, source)
    assert source.made == MOST + 10
    await shelf.get(0, town.NOW, source)
    assert source.made == MOST + 11
