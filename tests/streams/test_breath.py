"""Long work gives way, short work does not."""

from __future__ import annotations

import asyncio

from streams.breath import Breath


async def test_it_gives_way_when_the_stretch_is_over() -> None:
    others: list[int] = []
    asyncio.get_running_loop().call_soon(others.append, 1)
    await Breath(loop_time_s=0.0).taken()
    assert others == [1]


async def test_it_goes_on_while_there_is_time() -> None:
    others: list[int] = []
    asyncio.get_running_loop().call_soon(others.append, 1)
    await Breath(loop_time_s=60.0).taken()
    assert others == []
