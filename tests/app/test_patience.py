"""A store that stands still holds up nobody's answer."""

from __future__ import annotations

import asyncio

import pytest

from app.patience import in_time
from geo.errors import StoreUnavailable


async def test_what_comes_in_time_is_the_answer_also_where_it_is_an_error() -> None:
    async def seven() -> int:
        return 7

    async def broken() -> int:
        raise ValueError("no")

    assert await in_time(seven(), 1.0) == 7
    with pytest.raises(ValueError, match="no"):
        await in_time(broken(), 1.0)


async def test_what_does_not_is_left_to_end_by_itself() -> None:
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        await go_on.wait()
        ended.set()
        raise ValueError("nobody waits for this")

    with pytest.raises(StoreUnavailable, match="has not answered within"):
        await in_time(slow(), 0.01)
    go_on.set()
    await asyncio.wait_for(ended.wait(), 1.0)
