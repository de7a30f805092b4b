"""A must-ack that is not answered climbs, once, whichever process is alive; one that is answered does not."""

from __future__ import annotations

from dataclasses import replace

from geo.clock import HOUR, MINUTE, SECOND
from geo.marking import Clearance, Marking
from geo.model import Briefing, Interval, Status
from geo.store.briefing_rows import Step
from geo.store.process_rows import JobKind
from geo.store.rows import ChangeKind
from streams.processes.escalation import asked_next, due_step, jobs_of, told_id
from tests.geo.store.making import NOW
from tests.streams.processes.force import Force, must_ack


async def test_said_again_then_the_sergeant_then_the_dispatchers_list(force: Force) -> None:
    stored = await force.publish(must_ack())
    name = stored.record.id
    await force.tell(name, "a")
    await force.pass_time(9)
    assert set((await force.steps(name)).values()) == {Step.NONE}
    cursor = (await force.store.snapshot(NOW)).cursor
    await force.pass_time(2)
    assert await force.steps(name) == {"a": Step.SAID_AGAIN, "b": Step.SAID_AGAIN, "off": Step.NONE}
    said = await force.store.changes_since(cursor)
    assert [(row.kind, row.id) for row in said.rows] == [(ChangeKind.REMINDER, name)]
    await force.pass_time(10)
    assert (await force.steps(name))["a"] is Step.SERGEANT
    await force.pass_time(10)
    assert await force.steps(name) == {"a": Step.DISPATCHER, "b": Step.DISPATCHER, "off": Step.NONE}
    climbed = await force.store.climbed(Step.DISPATCHER)
    assert [one.officer for one in climbed[name]] == ["a", "b"]


async def test_who_answers_is_left_alone(force: Force) -> None:
    stored = await force.publish(must_ack())
    name = stored.record.id
    await force.tell(name, "a", "b")
    await force.answer(name, "a")
    await force.pass_time(31)
    assert await force.steps(name) == {"a": Step.NONE, "b": Step.DISPATCHER, "off": Step.NONE}


async def test_the_sergeant_of_the_beat_is_told_who_and_else_those_of_the_force(force: Force) -> None:
    stored = await force.publish(must_ack(marking=Marking(level=Clearance.OFFICIAL)))
    briefing = stored.record
    assert isinstance(briefing, Briefing)
    await force.pass_time(21)
    told = await force.store.records([told_id(briefing, who) for who in ("sgt-n", "sgt-s", "sgt-off")])
    north, south = (told.get(told_id(briefing, who)) for who in ("sgt-n", "sgt-s"))
    assert north is not None
    assert south is not None
    assert len(told) == 2
    assert north.record.title == "Not answered by 2: Stolen *van*"
    assert north.record.text.splitlines()[2:] == ["- Ann Smith (a)", "- b"]
    assert south.record.text.splitlines()[2:] == ["- b"], "nobody on b's beat: every sergeant on shift"
    (row,) = await force.store.addressees(north.record.id)
    assert (row.officer, row.refusal) == ("sgt-n", "")
    assert force.looked.count("all") >= 2


async def test_a_sergeant_who_may_not_see_it_is_not_told(force: Force) -> None:
    stored = await force.publish(must_ack(marking=Marking(level=Clearance.OFFICIAL_SENSITIVE)))
    briefing = stored.record
    assert isinstance(briefing, Briefing)
    assert {one.refusal for one in await force.store.addressees(briefing.id)} == {"clearance"}
    await force.pass_time(31)
    assert set((await force.steps(briefing.id)).values()) == {Step.NONE}, "nobody may have it, so nobody is asked"


async def test_the_sergeants_note_shrinks_and_goes_as_they_answer(force: Force) -> None:
    stored = await force.publish(must_ack())
    briefing = stored.record
    assert isinstance(briefing, Briefing)
    await force.tell(briefing.id, "a", "b")
    await force.pass_time(21)
    note = told_id(briefing, "sgt-n")
    await force.answer(briefing.id, "a")
    await force.pass_time(2)
    assert (await force.store.records([note]))[note].record.title.startswith("Not answered by 1:")
    await force.answer(briefing.id, "b")
    await force.pass_time(2)
    assert (await force.store.records([note]))[note].record.status is Status.CLOSED
    versions = len(await force.store.versions(note))
    await force.pass_time(5)
    assert len(await force.store.versions(note)) == versions, "said once, not every minute"


async def test_who_is_told_late_has_his_own_time(force: Force) -> None:
    stored = await force.publish(must_ack())
    name = stored.record.id
    await force.tell(name, "a")
    await force.pass_time(15)
    await force.tell(name, "b")
    await force.pass_time(6)
    assert await force.steps(name) == {"a": Step.SERGEANT, "b": Step.SAID_AGAIN, "off": Step.NONE}
    await force.pass_time(5)
    assert (await force.steps(name))["b"] is Step.SAID_AGAIN


async def test_a_material_version_asks_everybody_anew(force: Force) -> None:
    stored = await force.publish(must_ack())
    name = stored.record.id
    await force.tell(name, "a")
    await force.answer(name, "a")
    await force.pass_time(12)
    assert (await force.steps(name))["b"] is Step.SAID_AGAIN
    await force.publish(must_ack(text="It is armed", ack_version=2), stored)
    await force.tell(name, "a", "b", rev=2, version=2)
    assert set((await force.steps(name)).values()) == {Step.NONE}
    await force.pass_time(9)
    assert set((await force.steps(name)).values()) == {Step.NONE}, "the old version's jobs mean nothing any more"
    await force.pass_time(2)
    assert await force.steps(name) == {"a": Step.SAID_AGAIN, "b": Step.SAID_AGAIN, "off": Step.NONE}


async def test_a_process_killed_over_it_leaves_it_to_another(force: Force) -> None:
    stored = await force.publish(must_ack())
    name = stored.record.id
    force.clock.set(NOW + 10 * MINUTE + SECOND)
    assert await force.store.claim("me")
    # it is killed here: nothing was done, and its claim lapses
    await force.pass_time(2, node="other")
    assert (await force.steps(name))["a"] is Step.SAID_AGAIN


async def test_done_twice_it_is_done_once(either: Force) -> None:
    stored = await either.publish(must_ack())
    name = stored.record.id
    await either.tell(name, "a", "b")
    await either.answer(name, "b")
    either.clock.set(NOW + 21 * MINUTE)
    await either.escalation.climb(stored, either.clock.now())
    assert await either.steps(name) == {"a": Step.SERGEANT, "b": Step.NONE, "off": Step.NONE}
    cursor = (await either.store.snapshot(NOW)).cursor
    await either.escalation.climb(stored, either.clock.now())
    assert list((await either.store.changes_since(cursor)).rows) == []
    either.clock.set(NOW + 30 * MINUTE)
    await either.escalation.climb(stored, either.clock.now())
    assert [one.officer for one in (await either.store.climbed(Step.DISPATCHER))[name]] == ["a"]


async def test_what_is_over_climbs_no_further_and_the_sergeant_is_rid_of_it(force: Force) -> None:
    stored = await force.publish(must_ack())
    briefing = stored.record
    assert isinstance(briefing, Briefing)
    await force.pass_time(21)
    await force.publish(replace(briefing, status=Status.CANCELLED, withdrawn=True), stored)
    await force.pass_time(12)
    assert (await force.steps(briefing.id))["a"] is Step.SERGEANT
    note = told_id(briefing, "sgt-n")
    assert (await force.store.records([note]))[note].record.status is Status.CLOSED


def test_jobs_are_the_steps_and_the_next_asking() -> None:
    briefing = must_ack()
    jobs = jobs_of(briefing, NOW)
    assert [(job.kind, job.due_at - NOW) for job in jobs[1:]] == [
        (JobKind.ESCALATION, minutes * MINUTE) for minutes in (10, 20, 30)
    ]
    assert [job.kind for job in jobs_of(replace(briefing, must_ack=False), NOW)] == [JobKind.ADDRESSING]
    later = jobs_of(must_ack(valid=Interval(NOW + HOUR, None)), NOW)
    assert later[1].due_at == NOW + HOUR + 10 * MINUTE


def test_the_next_asking_is_the_same_whoever_works_it_out() -> None:
    first = asked_next("bri-1", NOW)
    assert NOW < first <= NOW + MINUTE
    assert asked_next("bri-1", first - 1) == first
    assert asked_next("bri-1", first) == first + MINUTE
    assert {asked_next(f"bri-{number}", NOW) for number in range(40)} != {first}


def test_how_far_it_has_to_have_climbed() -> None:
    every = 10 * MINUTE
    assert [due_step(NOW, every, NOW + minutes * MINUTE) for minutes in (-5, 0, 9, 10, 20, 30, 900)] == [
        Step.NONE, Step.NONE, Step.NONE, Step.SAID_AGAIN, Step.SERGEANT, Step.DISPATCHER, Step.DISPATCHER,
    ]  # fmt: skip
