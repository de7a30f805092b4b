"""The shared body on hints inside one process."""

from streams.hints.contract import Hint
from streams.hints.memory import MemoryHints
from tests.streams.hints.shared import counts_what_it_does, hears_what_is_published, says_nothing_after_close


async def test_the_shared_body() -> None:
    heard: list[Hint] = []
    hints = MemoryHints()
    await hints.open(heard.append)
    await hears_what_is_published(hints, hints, heard)
    await counts_what_it_does(hints, hints, heard)
    await says_nothing_after_close(hints, heard)


async def test_nobody_listens_and_nothing_breaks() -> None:
    hints = MemoryHints()
    hints.publish(Hint())
    assert hints.figures.dropped == 1
