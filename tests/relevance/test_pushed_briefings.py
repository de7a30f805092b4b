"""A pushed briefing over its whole life on the real path, on both engines: who comes, who leaves, what is undone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from geo.access import refusals_of
from geo.clock import HOUR, SECOND, VirtualClock
from geo.marking import Handling, Marking
from geo.model import Audience, Briefing, Disposition, Grade, Interval, Officer, Shift, Status, UnitStatus
from geo.place import moved_by
from geo.store.briefing_rows import Step
from geo.store.postgis import PostgisStore
from geo.store.rows import Answered, Answers
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from tests.streams.live import Live
from tests.streams.scene import CORNER, NOW

ENGINES = ["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)]
Heard = list[tuple[str, str, str]]


@pytest.fixture(params=ENGINES)
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Live]:
    clock = VirtualClock(NOW)
    store: SqlStore
    if request.param == "sqlite":
        store = SqliteStore(tmp_path / "beatline.db", clock)
    else:
        store = PostgisStore(request.getfixturevalue("postgres_url"), clock)
    await store.open()
    one = Live(store, clock)
    await one.pipeline.start()
    yield one
    await one.pipeline.stop()
    await store.close()


def briefing(**parts: object) -> Briefing:
    given: dict[str, object] = {
        "force": "own", "source": "briefings", "source_id": "B", "category": "administrative", "title": "Stolen van",
        "grade": Grade.PRIORITY, "reported_at": NOW, "must_ack": True, "valid": Interval(NOW, NOW + 12 * HOUR), **parts,
    }  # fmt: skip
    return Briefing(**given)  # type: ignore[arg-type]


ID = briefing().id
AREA = shapely.box(*moved_by(*CORNER, -500.0, -500.0), *moved_by(*CORNER, 500.0, 500.0))


async def push(here: Live, item: Briefing) -> Heard:
    stored = (await here.store.records([item.id])).get(item.id)
    assert await here.store.publish(item, refusals_of, over=stored) is not None
    here.pipeline.wake()
    return brief(await here.tick())


def brief(heard: list[tuple[str, str, str, int]]) -> Heard:
    return sorted(item[:3] for item in heard)


async def answer(here: Live, officer: str, rev: int = 1, key: str = "k") -> None:
    """On a device that is connected here: durable first, then known."""
    reply = Answered(f"{key}-{officer}", officer, "phone", ID, rev, Disposition.ACKNOWLEDGED, "", here.clock.now())
    await here.store.answer(Answers(answered=(reply,)))
    here.pipeline.answered(officer, ID, Disposition.ACKNOWLEDGED, rev)


async def drives(here: Live, officer: str, at_m: float, after_s: float = 60) -> Heard:
    """He is there so much later."""
    here.clock.set(here.clock.now() + int(after_s * SECOND))
    here.moves(officer, at_m)
    return brief(await here.tick())


def says(here: Live, officer: str, status: UnitStatus) -> None:
    here.pipeline.status(officer, status, here.clock.now())


async def settled(here: Live, seconds: float = 3) -> Heard:
    """Ticks until the receipts have been read, which goes on beside the path."""
    said: Heard = []
    for _ in range(4):
        said += brief(await here.tick(after_s=seconds))
        await here.pipeline.acknowledged.settled()
    return said


async def anew(here: Live, *officers: str) -> Live:
    """Another process on the same store, to which they connect, after the first was killed."""
    other = Live(here.store, here.clock, "there")
    await other.pipeline.start()
    for name in officers:
        await other.on_duty(name, 300)
    return other


# ------------------------------------------------------------------ answered
async def test_who_has_answered_is_not_asked_again_after_a_break_off_duty(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing())
    await answer(here, "a")
    assert brief(await here.tick()) == [("a", "map", "answered")]
    says(here, "a", UnitStatus.OFF_DUTY)
    await here.tick(after_s=60)
    says(here, "a", UnitStatus.AVAILABLE)
    assert brief(await here.tick(after_s=600)) in ([], [("a", "map", "answered")])


async def test_who_has_answered_and_comes_back_to_the_area_is_not_asked_again(here: Live) -> None:
    await here.on_duty("a", 300)
    assert await push(here, briefing(audience=Audience(area=AREA))) == [("a", "interrupt", "must_ack")]
    await answer(here, "a")
    await here.tick()
    assert await drives(here, "a", 3_000) == [("a", "cancel", "out_of_reach")]
    assert await drives(here, "a", 100, 600) == [("a", "map", "answered")]


async def test_who_answers_after_he_has_left_is_not_asked_when_he_is_back(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing(audience=Audience(area=AREA)))
    await drives(here, "a", 3_000)
    await answer(here, "a")
    assert await settled(here) == []
    assert await drives(here, "a", 100, 600) == [("a", "map", "answered")]


async def test_an_answer_to_the_former_wording_does_not_count_for_the_new_one(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing())
    assert await push(here, briefing(title="Driver armed", ack_version=2)) == [("a", "interrupt", "material")]
    await answer(here, "a", rev=1)
    assert await settled(here) == []
    await answer(here, "a", rev=2, key="k2")
    assert brief(await here.tick()) == [("a", "map", "answered")]


async def test_an_answer_to_a_word_before_a_silent_change_counts(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing())
    longer = briefing(valid=Interval(NOW, NOW + 14 * HOUR))
    assert await push(here, longer) == [("a", "map", "silent_change")]
    await answer(here, "a", rev=1)
    assert await settled(here) == [("a", "map", "answered")]


async def test_an_answer_elsewhere_is_found_although_no_hint_came(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing())
    reply = Answered("k", "a", "tablet", ID, 1, Disposition.ACKNOWLEDGED, "", here.clock.now())
    await here.store.answer(Answers(answered=(reply,)))
    assert await settled(here, seconds=10) == [("a", "map", "answered")]


# ------------------------------------------------------------------ said again
async def test_a_reminder_is_said_once_to_each_also_when_another_is_reminded_later(here: Live) -> None:
    for name in ("a", "b"):
        await here.on_duty(name, 300)
    await push(here, briefing(escalate_after_s=60))
    here.clock.set(here.clock.now() + 60 * SECOND)
    await here.store.step_up(ID, ["a"], Step.SAID_AGAIN)
    assert await settled(here) == [("a", "interrupt", "reminded")]
    await here.store.step_up(ID, ["b"], Step.SAID_AGAIN)
    assert await settled(here) == [("b", "interrupt", "reminded")]


async def test_a_reminder_that_a_killed_process_did_not_say_is_said_by_the_next_and_once(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing(escalate_after_s=60))
    here.clock.set(here.clock.now() + 60 * SECOND)
    await here.store.step_up(ID, ["a"], Step.SAID_AGAIN)
    other = await anew(here, "a")
    assert await settled(other) == [("a", "interrupt", "reminded")]
    third = await anew(here, "a")
    assert await settled(third) == []


# ------------------------------------------------------------------ taken back, replaced
async def test_withdrawn_while_nobody_decides_for_who_has_it_in_his_history(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing(audience=Audience(area=AREA)))
    assert await drives(here, "a", 3_000) == [("a", "cancel", "out_of_reach")]
    await here.store.publish(briefing(audience=Audience(area=AREA), status=Status.CANCELLED, withdrawn=True),
                             refusals_of, over=(await here.store.records([ID]))[ID])  # fmt: skip
    other = await anew(here)
    await other.on_duty("a", 3_000)
    assert brief(await other.tick()) == [("a", "purge", "withdrawn")]
    assert await settled(other) == []


async def test_withdrawn_long_after_it_has_ended(here: Live) -> None:
    for name in ("a", "b"):
        await here.on_duty(name, 300)
    short = briefing(valid=Interval(NOW, NOW + HOUR))
    await push(here, short)
    await here.tick(after_s=3_601)
    for _ in range(3):
        await here.tick(after_s=3_600)
    assert ID not in here.pipeline.picture.slot_of
    says(here, "b", UnitStatus.OFF_DUTY)
    await here.tick()
    assert await push(here, replace(short, status=Status.CANCELLED, withdrawn=True)) == [("a", "purge", "withdrawn")]
    await here.tick(after_s=2_400)
    says(here, "b", UnitStatus.AVAILABLE)
    assert brief(await here.tick(after_s=60)) == [("b", "purge", "withdrawn")]
    assert await settled(here) == []


async def test_superseded_is_closed_on_the_device_and_the_new_one_is_asked_about(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing())
    other = briefing(source_id="C", supersedes=ID)
    assert await push(here, other) == [("a", "cancel", "closed"), ("a", "interrupt", "must_ack")]
    again = await anew(here, "a")
    assert await settled(again) == []


async def test_only_a_briefing_of_its_own_force_is_superseded(here: Live) -> None:
    await here.on_duty("a", 300)
    await push(here, briefing())
    foreign = briefing(force="partner", source_id="C", supersedes=ID, marking=Marking(shared_with=("own",)))
    assert await push(here, foreign) == [("a", "interrupt", "must_ack")]
    assert await settled(here) == []


# ------------------------------------------------------------------ who comes, who leaves
async def test_on_the_edge_of_the_area_it_does_not_come_and_go(here: Live) -> None:
    await here.on_duty("a", 490)
    await push(here, briefing(must_ack=False, audience=Audience(area=AREA)))
    for at_m in (505, 495, 520, 480, 530):
        assert await drives(here, "a", at_m, 30) == []
    assert await drives(here, "a", 900) == [("a", "cancel", "out_of_reach")]


async def test_on_the_edge_what_is_for_recipients_only_goes_at_once(here: Live) -> None:
    await here.on_duty("a", 490)
    secret = Marking(handling=(Handling.RECIPIENTS_ONLY,))
    await push(here, briefing(must_ack=False, audience=Audience(area=AREA), marking=secret))
    assert await drives(here, "a", 505) == [("a", "purge", "not_entitled")]


async def test_an_officer_who_was_offline_has_it_when_he_connects(here: Live) -> None:
    await here.store.put_officers([Officer(id="a", force="own")])
    shift = Shift(id="s", officer="a", start=NOW - HOUR, end=NOW + 8 * HOUR, beat="n1")
    await here.store.put_shifts([shift])
    await here.tick()
    assert await push(here, briefing(audience=Audience(beats=("n1",)))) == []
    assert [one.officer for one in await here.store.addressees(ID)] == ["a"]
    await here.on_duty("a", None)
    assert brief(await here.tick()) == [("a", "interrupt", "must_ack")]


async def test_a_role_that_changes_brings_it_and_takes_it(here: Live) -> None:
    await here.store.put_officers([Officer(id="a", force="own", role="response")])
    await here.tick()
    await here.on_duty("a", 300)
    secret = Marking(handling=(Handling.RECIPIENTS_ONLY,))
    assert await push(here, briefing(audience=Audience(roles=("cid",)), marking=secret)) == []
    await here.store.put_officers([Officer(id="a", force="own", role="cid")])
    assert brief(await here.tick(after_s=3)) == [("a", "interrupt", "must_ack")]
    await here.store.put_officers([Officer(id="a", force="own", role="response")])
    assert brief(await here.tick(after_s=3)) == [("a", "purge", "not_entitled")]


async def test_what_is_marked_higher_is_erased_even_where_it_was_only_history(here: Live) -> None:
    await here.store.put_officers([Officer(id="a", force="own", operations=())])
    await here.tick()
    await here.on_duty("a", 300)
    await push(here, briefing(audience=Audience(area=AREA)))
    await drives(here, "a", 3_000)
    secret = briefing(audience=Audience(area=AREA), marking=Marking(operations=("alpha",)))
    assert await push(here, secret) == [("a", "purge", "not_entitled")]


async def test_when_its_time_comes_and_not_before(here: Live) -> None:
    await here.on_duty("a", 300)
    assert await push(here, briefing(valid=Interval(NOW + HOUR, NOW + 2 * HOUR))) == []
    assert await drives(here, "a", 300, 3_601) == [("a", "interrupt", "must_ack")]
    assert brief(await here.tick(after_s=3_601)) == [("a", "cancel", "expired")]
