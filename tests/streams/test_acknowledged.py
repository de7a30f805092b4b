"""A must-ack on the real path: answered once for all devices, asked anew, said again, taken back; over restarts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from geo.access import refusals_of
from geo.clock import HOUR
from geo.marking import Clearance, Handling, Marking
from geo.model import Audience, Briefing, Disposition, Grade, Interval, Officer, Shift, Status, UnitStatus
from geo.store.briefing_rows import Step
from geo.store.rows import Answered, Answers
from tests.streams.live import Live, live
from tests.streams.scene import NOW


def briefing(**parts: object) -> Briefing:
    given: dict[str, object] = {
        "force": "own", "source": "briefings", "source_id": "B", "category": "administrative", "title": "Stolen van",
        "grade": Grade.PRIORITY, "reported_at": NOW, "must_ack": True, "valid": Interval(NOW, NOW + 12 * HOUR), **parts,
    }  # fmt: skip
    return Briefing(**given)  # type: ignore[arg-type]


ID = briefing().id


async def push(here: Live, item: Briefing) -> list[tuple[object, ...]]:
    stored = (await here.store.records([item.id])).get(item.id)
    assert await here.store.publish(item, refusals_of, over=stored) is not None
    here.pipeline.wake()
    return list(await here.tick())


async def answer(here: Live, officer: str, rev: int = 1) -> None:
    reply = Answered(f"k-{officer}", officer, "phone", ID, rev, Disposition.ACKNOWLEDGED, "", here.clock.now())
    await here.store.answer(Answers(answered=(reply,)))


async def test_answered_on_one_device_the_others_are_told_once_and_silently(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        for name in ("a", "b"):
            await here.on_duty(name, 300)
        assert [item[:3] for item in await push(here, briefing())] == [
            ("a", "interrupt", "must_ack"), ("b", "interrupt", "must_ack"),
        ]  # fmt: skip
        await answer(here, "a")
        here.pipeline.answered("a", ID, Disposition.ACKNOWLEDGED, 1)
        assert await here.tick() == [("a", "map", "answered", 2)]
        assert await here.tick(after_s=5) == []
        longer = briefing(valid=Interval(NOW, NOW + 14 * HOUR))
        assert sorted(await push(here, longer)) == [("a", "map", "answered", 3), ("b", "map", "silent_change", 2)]


async def test_a_change_of_substance_asks_everybody_anew(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        for name in ("a", "b"):
            await here.on_duty(name, 300)
        await push(here, briefing())
        await answer(here, "a")
        here.pipeline.answered("a", ID, Disposition.ACKNOWLEDGED, 1)
        await here.tick()
        said = await push(here, briefing(title="Stolen van, driver armed", ack_version=2))
        assert [item[:2] for item in sorted(said)] == [("a", "interrupt"), ("b", "interrupt")]
        here.pipeline.answered("a", ID, Disposition.ACKNOWLEDGED, 3)
        assert [item[:3] for item in await here.tick()] == [("a", "map", "answered")]


async def test_withdrawn_is_erased_for_who_is_on_duty_and_for_who_comes_back(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        for name in ("a", "b"):
            await here.on_duty(name, 300)
        await push(here, briefing())
        here.pipeline.status("b", UnitStatus.OFF_DUTY, here.clock.now())
        await here.tick()
        gone = briefing(status=Status.CANCELLED, withdrawn=True)
        assert [item[:3] for item in await push(here, gone)] == [("a", "purge", "withdrawn")]
        await here.tick(after_s=40 * 60)
        here.pipeline.status("b", UnitStatus.AVAILABLE, here.clock.now())
        assert [item[:3] for item in await here.tick()] == [("b", "purge", "withdrawn")]


async def test_who_is_overdue_is_told_again_and_who_has_answered_is_not(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        for name in ("a", "b"):
            await here.on_duty(name, 300)
        await push(here, briefing(escalate_after_s=60))
        await answer(here, "a")
        here.pipeline.answered("a", ID, Disposition.ACKNOWLEDGED, 1)
        await here.tick(after_s=60)
        await here.store.step_up(ID, ["a", "b"], Step.SAID_AGAIN)
        said = await settled(here)
        assert [item[:3] for item in said] == [("b", "interrupt", "reminded")]
        assert await settled(here) == []


async def settled(here: Live) -> list[tuple[object, ...]]:
    """Ticks until the receipts have been read, which goes on beside the path."""
    said: list[tuple[object, ...]] = []
    for _ in range(4):
        said += await here.tick(after_s=3)
        await here.pipeline.acknowledged.settled()
    return said


async def test_an_answer_that_a_killed_process_took_is_known_to_the_next(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("a", 300)
        await push(here, briefing())
        await answer(here, "a")
        again = Live(here.store, here.clock)
        await again.pipeline.start()
        await again.on_duty("a", 300)
        assert [item[:3] for item in await settled(again)] == [("a", "map", "answered")]
        third = Live(here.store, here.clock)
        await third.pipeline.start()
        await third.on_duty("a", 300)
        assert await settled(third) == []


async def test_an_answer_that_came_in_at_another_process_is_heard_of(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("a", 300)
        await push(here, briefing())
        await answer(here, "a")
        here.pipeline.acknowledged.progressed("inc-unknown")
        here.pipeline.acknowledged.progressed(ID)
        assert [item[:3] for item in await settled(here)] == [("a", "map", "answered")]


async def test_audiences_by_force_and_operation(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        member = Officer(id="a", force="own", operations=("alpha",))
        await here.store.put_officers([member, Officer(id="b", force="own")])
        await here.tick()
        for name in ("a", "b"):
            await here.on_duty(name, 300, Officer(id=name, force="own", operations=("alpha",)))
        said = await push(here, briefing(audience=Audience(operations=("alpha", "bravo"))))
        assert [item[0] for item in said] == ["a"]
        other = replace(briefing(source_id="C"), audience=Audience(forces=("partner",)))
        assert await push(here, other) == []


async def test_shift_start_makes_him_one_of_the_audience_and_its_end_takes_it_off_his_device(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.store.put_officers([Officer(id="a", force="own")])
        shift = Shift(id="s", officer="a", start=NOW + HOUR, end=NOW + 2 * HOUR, beat="n1")
        await here.store.put_shifts([shift])
        await here.on_duty("a", 300)
        secret = Marking(handling=(Handling.RECIPIENTS_ONLY,))
        assert await push(here, briefing(audience=Audience(beats=("n1",)), marking=secret)) == []
        here.moves("a", 300)
        assert [item[:2] for item in await here.tick(after_s=61 * 60)] == [("a", "interrupt")]
        assert [item[:3] for item in await here.tick(after_s=61 * 60)] == [("a", "purge", "not_entitled")]


async def test_a_marking_that_rises_purges_and_a_role_that_changes_cancels(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.store.put_officers([Officer(id="a", force="own"), Officer(id="b", force="own")])
        await here.tick()
        for name in ("a", "b"):
            await here.on_duty(name, 300)
        await push(here, briefing(audience=Audience(roles=("response",))))
        await here.store.put_officers([Officer(id="b", force="own", role="cid")])
        assert [item[:3] for item in await here.tick(after_s=3)] == [("b", "cancel", "out_of_reach")]
        raised = briefing(audience=Audience(roles=("response",)), marking=Marking(Clearance.OFFICIAL_SENSITIVE))
        assert [item[:3] for item in sorted(await push(here, raised))] == [
            ("a", "purge", "not_entitled"), ("b", "purge", "not_entitled"),
        ]  # fmt: skip


async def test_who_was_off_duty_gets_it_when_he_comes_on(tmp_path: Path) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("a", 300)
        here.pipeline.status("a", UnitStatus.OFF_DUTY, here.clock.now())
        await here.tick()
        assert await push(here, briefing()) == []
        await here.tick(after_s=10 * 60)
        here.pipeline.status("a", UnitStatus.AVAILABLE, here.clock.now())
        assert [item[:3] for item in await here.tick()] == [("a", "interrupt", "must_ack")]


GIVEN = {Grade.EMERGENCY: "interrupt", Grade.PRIORITY: "notify", Grade.STANDARD: "notify", Grade.ROUTINE: "map"}


@pytest.mark.parametrize("grade", list(Grade))
async def test_a_push_is_as_urgent_as_the_dispatcher_says(tmp_path: Path, grade: Grade) -> None:
    async with live(tmp_path) as here:
        await here.on_duty("a", 300)
        said = await push(here, briefing(must_ack=False, grade=grade, audience=Audience(officers=("a",))))
        assert [item[:2] for item in said] == [("a", GIVEN[grade])]
