"""A store that is away is asked again; one that stays away is given up on."""

from __future__ import annotations

import pytest

from geo.errors import StoreUnavailable
from streams.delivery.patience import patiently


class Store:
    def __init__(self, away: int) -> None:
        self.away, self.asked = away, 0

    async def ask(self) -> str:
        self.asked += 1
        if self.asked <= self.away:
            raise StoreUnavailable("away")
        return "here"


async def test_asks_again() -> None:
    store = Store(away=2)
    assert await patiently(store.ask, (0.0, 0.0, 0.0)) == "here"
    assert store.asked == 3


async def test_gives_up() -> None:
    store = Store(away=9)
    with pytest.raises(StoreUnavailable):
        await patiently(store.ask, (0.0, 0.0))
    assert store.asked == 3


async def test_other_errors_are_not_waited_out() -> None:
    async def broken() -> None:
        raise ValueError

    with pytest.raises(ValueError):
        await patiently(broken, (0.0,))
