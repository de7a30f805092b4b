"""Following the change log: history takes no slot, a bad record is set aside, a failure moves nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from geo.clock import DAY, SECOND, Instant
from geo.errors import StoreUnavailable
from geo.model import Grade, Officer, Record, Status, Stored
from geo.store.rows import Change, ChangeKind, Changes
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


async def test_an_emergency_does_not_wait_behind_a_backlog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.following._BATCH", 4)
    async with live(tmp_path) as here:
        await here.tick()
        await here.store.put(
            [*[incident(n, grade=Grade.STANDARD) for n in range(10)], incident(90, grade=Grade.EMERGENCY)]
        )
        following, shape = here.pipeline._following, here.pipeline.policy.lifetime_and_reach
        following.wake()
        slot_of = here.pipeline.picture.slot_of
        counts = []
        while following.is_due(here.clock.now()):
            await following.follow(shape, here.clock.now())
            counts.append(len(slot_of))
        assert (counts[0], counts[-1], len(counts)) == (1, 11, 4)


async def test_history_is_not_even_read(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        live_one = incident(1)
        await here.put(live_one, *[incident(n, status=Status.CLOSED) for n in range(2, 9)])
        read: list[str] = []
        records = here.store.records

        async def spied(ids: Sequence[str]) -> dict[str, Stored]:
            read.extend(ids)
            return await records(ids)

        here.store.records = spied  # type: ignore[method-assign]
        await here.put(incident(1, status=Status.CLOSED), *[incident(n, status=Status.CLOSED) for n in range(9, 20)])
        assert read == [live_one.id]
        assert not here.pipeline.picture.live[here.pipeline.picture.slot_of[live_one.id]]


async def test_the_log_speaks_of_deliveries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with live(tmp_path) as here:
        heard: list[str] = []
        here.pipeline.following.progressed = heard.append
        await here.tick()
        changed = Changes((Change(ChangeKind.DELIVERY, "inc-1", 0),), "", False)
        following, shape = here.pipeline._following, here.pipeline.policy.lifetime_and_reach

        async def changes_since(cursor: str, limit: int) -> Changes:
            return replace(changed, cursor=cursor)

        monkeypatch.setattr(here.store, "changes_since", changes_since)
        read = await following.follow(shape, NOW)
        assert (heard, read.records) == (["inc-1"], [])
