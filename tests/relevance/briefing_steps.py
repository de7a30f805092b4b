"""The vocabulary about patrol briefings: what he was given when his shift began."""

from __future__ import annotations

from geo.clock import HOUR
from geo.store.briefing_rows import PatrolItem, PatrolRow
from tests.relevance.phrases import phrase
from tests.relevance.world import FORCE, World


@phrase("{who} is given a briefing with {it}")
async def is_given(world: World, who: str, it: str) -> None:
    """For the next 8 hours; {it} is its item 1, in the version that there is now."""
    record, now = world.id_of(it), world.now
    found = await world.store.records([record])
    items = (PatrolItem(record, found[record].version, "live", 1),)
    await world.store.disclose(
        PatrolRow(id=f"pat-{who}-{now}", officer=who, actor=who, force=FORCE, beat="B", start=now,
                  until=now + 8 * HOUR, since=now - 24 * HOUR, at=now, policy="", digest="", items=items)
    )  # fmt: skip
    world.pipeline.wake()
    await world.tick()
