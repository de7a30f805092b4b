"""The slot of what has ended is free half an hour later, unless a device may still show it."""

from __future__ import annotations

from pathlib import Path

from geo.model import Status
from streams.freeing import give_back
from tests.streams.live import live
from tests.streams.scene import incident


async def test_a_record_that_ended_gives_its_slot_back_with_all_that_was_held(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(incident(1))
        await here.put(incident(1, status=Status.CLOSED))
        pipeline = here.pipeline
        assert len(pipeline.held) == 1
        await here.tick(after_s=31 * 60)
        assert len(pipeline.held) == 0
        assert incident(1).id not in pipeline.picture.slot_of


async def test_what_a_device_still_shows_keeps_its_slot(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("pc1", 200)
        await here.put(incident(1))
        pipeline = here.pipeline
        slot = pipeline.picture.slot_of[incident(1).id]
        parts = (pipeline.picture, pipeline.held, pipeline.feedback, pipeline._due)
        give_back(slot, *parts, here.clock.now())
        assert slot in pipeline.picture.slot_of.values(), "it is live"
        pipeline.picture.live[slot] = False
        give_back(slot, *parts, here.clock.now())
        assert slot in pipeline.picture.slot_of.values(), "his device shows it"
        pipeline.held.drop(pipeline.held.of_records(pipeline.held.record[:1]))
        give_back(slot, *parts, here.clock.now())
        assert slot not in pipeline.picture.slot_of.values()
