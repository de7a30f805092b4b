"""Following the change log: history takes no slot, a bad record is set aside, a failure moves nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from geo.clock import DAY, SECOND, Instant
from geo.errors import StoreUnavailable
from geo.model import Grade, Officer, Record, Status
from streams.following import SWEEP
from tests.streams.live import live
from tests.streams.scene import NOW, incident


async def test_history_takes_no_slot(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        old = [incident(number, reported_at=NOW - 300 * DAY) for number in range(20)]
        await here.put(*old, incident(90, status=Status.CLOSED), incident(91))
        assert list(here.pipeline.picture.slot_of) == [incident(91).id]


async def test_a_change_is_read_without_a_hint_at_the_next_sweep(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.tick()
        await here.store.put([incident()])
        await here.tick(after_s=1)
        assert not here.pipeline.picture.slot_of
        await here.tick(after_s=SWEEP / SECOND)
        assert here.pipeline.picture.slot_of


async def test_a_bad_record_is_set_aside_and_the_others_come_in(tmp_path: Path) -> None:
    logging.getLogger("beatline.following").setLevel(logging.CRITICAL)
    async with live(tmp_path) as here:
        policy = here.pipeline.policy
        shape = policy.lifetime_and_reach

        def poisoned(record: Record) -> tuple[Instant, float]:
            if record.source_id == "2":
                raise ZeroDivisionError("poison")
            return shape(record)

        policy.lifetime_and_reach = poisoned  # type: ignore[method-assign]
        await here.put(*[incident(number) for number in range(4)])
        following = here.pipeline._following
        assert len(here.pipeline.picture.slot_of) == 3
        assert following.poisoned == {incident(2).id: "ZeroDivisionError: poison"}


async def test_a_failure_leaves_the_cursor_where_it_was(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.tick()
        await here.store.put([incident()])
        following, shape = here.pipeline._following, here.pipeline.policy.lifetime_and_reach
        records = here.store.records

        async def away(*args: object) -> None:
            raise StoreUnavailable("away")

        here.store.records = away  # type: ignore[method-assign,assignment]
        with pytest.raises(StoreUnavailable):
            await following.follow(shape, NOW)
        assert following.is_due(NOW)
        here.store.records = records  # type: ignore[method-assign]
        changed = await following.follow(shape, NOW)
        assert len(changed.records) == 1
        assert (await following.follow(shape, NOW)).records == []


async def test_the_gravest_come_in_first(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        grades = list(Grade)[::-1]
        await here.put(*[incident(number, grade=grade) for number, grade in enumerate(grades)])
        ranks = here.pipeline.picture.grade[list(here.pipeline.picture.slot_of.values())]
        assert ranks.tolist() == sorted(ranks.tolist(), reverse=True)


async def test_the_roster_is_known_at_the_start_and_followed(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.store.put_officers([Officer(id="pc1", force="own", role="dog")])
        here.pipeline.wake()
        await here.tick()
        assert here.pipeline._following.roster["pc1"].role == "dog"
