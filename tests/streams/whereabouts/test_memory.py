"""The shared body inside one process."""

from geo.clock import VirtualClock
from streams.whereabouts.memory import MemoryWhereabouts
from tests.streams.whereabouts.shared import NOW, officers, the_shared_body, unit


async def test_the_shared_body() -> None:
    clock = VirtualClock(NOW)
    one = MemoryWhereabouts(clock)
    await one.open()
    await the_shared_body(one, one, clock)
    assert await one.last("pc-1") is None
    await one.close()


async def test_after_close_nobody_is_known() -> None:
    one = MemoryWhereabouts(VirtualClock(NOW))
    one.share([unit("pc-1")])
    assert await officers(one) == ["pc-1"]
    await one.close()
    assert await officers(one) == []
