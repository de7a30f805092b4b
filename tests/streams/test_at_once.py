"""What is told before it is recorded: decided by the same rules, left alone meanwhile, recorded once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import shapely

from geo.model import Emergency, Grade, Incident, Status
from geo.store.rows import Act
from streams.at_once import Unwritten
from tests.streams.live import Live, live
from tests.streams.scene import NOW, east


def emergency(at_m: float = 0.0, caller: str = "caller") -> Emergency:
    return Emergency(
        force="own",
        source=f"device/{caller}",
        source_id="sos",
        category="officer_emergency",
        title="Officer emergency",
        grade=Grade.EMERGENCY,
        place=shapely.Point(east(at_m)),
        reported_at=NOW,
        officer=caller,
    )


async def recorded(one: Live, record: Emergency, said: list[Unwritten]) -> None:
    stored = (await one.store.records([record.id]))[record.id]
    await one.pipeline.at_once.record(record.id, said, stored, one.pipeline.policy, one.clock.now())


async def test_who_is_in_reach_is_told_once_and_it_is_recorded_as_it_was_said(tmp_path: Path) -> None:
    async with live(tmp_path) as one:
        await one.on_duty("near", 300)
        await one.on_duty("far", 60_000)
        await one.tick()
        at_once, policy, record = one.pipeline.at_once, one.pipeline.policy, emergency()
        said = at_once.say(record, policy, one.clock.now())
        assert said is not None
        assert said.officers == ("near",)
        assert (said.delivered.stored.version < 0, said.delivered.seqs.tolist()) == (True, [0])
        assert at_once.say(record, policy, one.clock.now()) is None, "he knows"
        assert await one.tick(5) == [], "no other entrance decides about it meanwhile"
        one.moves("near", 20_000)
        assert await one.tick(60) == []
        one.moves("near", 300)
        await one.tick(1_000)
        await one.store.put([record])
        await recorded(one, record, [said])
        assert one.news() == [("near", "interrupt", "must_officer_emergency", 1)]
        assert await one.tick() == []
        (row,) = await one.store.held(["near"])
        assert (row.record, row.rev, row.act, row.told_version) == (record.id, 1, Act.ALERT, 1)
        assert at_once.open == {}
        assert at_once.knows(record.id)


async def test_afterwards_it_is_a_record_like_any_other(tmp_path: Path) -> None:
    async with live(tmp_path) as one:
        await one.on_duty("near", 300)
        await one.tick()
        record = emergency()
        said = one.pipeline.at_once.say(record, one.pipeline.policy, one.clock.now())
        assert said is not None
        await one.store.put([record])
        await recorded(one, record, [said])
        one.news()
        await one.on_duty("late", 200)
        assert [word[:2] for word in await one.tick()] == [("late", "interrupt")]
        closed = replace(record, status=Status.CLOSED)
        assert {word[:3] for word in await one.put(closed)} == {
            ("near", "cancel", "closed"),
            ("late", "cancel", "closed"),
        }


async def test_what_the_store_has_is_not_told_so(tmp_path: Path) -> None:
    async with live(tmp_path) as one:
        await one.on_duty("near", 300)
        record = emergency()
        await one.put(record)
        assert one.pipeline.at_once.say(record, one.pipeline.policy, one.clock.now()) is None
        assert one.pipeline.at_once.open == {}


async def test_who_was_taken_by_another_process_is_left_out(tmp_path: Path) -> None:
    async with live(tmp_path) as one:
        await one.on_duty("near", 300)
        await one.on_duty("moved", 250)
        await one.tick()
        record = emergency()
        said = one.pipeline.at_once.say(record, one.pipeline.policy, one.clock.now())
        assert said is not None
        await one.store.take(["moved"], "elsewhere", one.clock.now())
        await one.store.put([record])
        await recorded(one, record, [said])
        assert [word[0] for word in one.news()] == ["near"]


async def test_other_records_go_their_way(tmp_path: Path) -> None:
    async with live(tmp_path) as one:
        await one.on_duty("near", 300)
        await one.tick()
        one.pipeline.at_once.say(emergency(), one.pipeline.policy, one.clock.now())
        other = Incident(
            force="own",
            source="cad",
            source_id="1",
            category="robbery",
            title="Robbery",
            grade=Grade.EMERGENCY,
            place=shapely.Point(east(100)),
            reported_at=one.clock.now(),
        )
        assert [word[0] for word in await one.put(other)] == ["near"]
