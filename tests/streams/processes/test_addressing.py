"""Every minute, one job a briefing, for as long as it is live: who has come to be of its audience, who has left."""

from __future__ import annotations

from dataclasses import replace

from geo.clock import HOUR, MINUTE
from geo.model import Audience, Briefing, Interval, Shift, Status
from geo.store.process_rows import Job, JobKind
from streams.processes.escalation import asked_next, told_id
from tests.geo.store.making import NOW
from tests.streams.processes.force import Force, must_ack


async def waiting(force: Force) -> int:
    return (await force.store.figures(force.clock.now())).jobs


async def test_who_comes_on_shift_is_added_and_who_goes_off_has_left(force: Force) -> None:
    stored = await force.publish(must_ack(audience=Audience(beats=("N1",)), must_ack=False))
    name = stored.record.id
    assert sorted(await force.steps(name)) == ["a", "sgt-n"]
    await force.store.put_shifts(
        [
            Shift(id="s-a", officer="a", start=NOW - HOUR, end=NOW + MINUTE, beat="N1"),
            Shift(id="s-off", officer="off", start=NOW + MINUTE, end=NOW + HOUR, beat="N1"),
        ]
    )
    await force.pass_time(3)
    found = {one.officer: one.left_at is None for one in await force.store.addressees(name)}
    assert found == {"a": False, "sgt-n": True, "off": True}
    assert force.looked == [name]


async def test_there_is_one_job_and_none_once_it_is_over(force: Force) -> None:
    stored = await force.publish(must_ack(must_ack=False, valid=Interval(NOW, NOW + 10 * MINUTE)))
    for _ in range(5):
        await force.pass_time(1)
        assert await waiting(force) == 1
    await force.publish(replace(must_ack(must_ack=False), text="news", valid=Interval(NOW, NOW + HOUR)), stored)
    await force.pass_time(2)
    assert await waiting(force) == 1, "a change schedules it again: still one"
    await force.pass_time(60)
    assert await waiting(force) == 0


async def test_it_goes_on_after_a_process_was_killed_over_it(force: Force) -> None:
    stored = await force.publish(must_ack(must_ack=False))
    due = asked_next(stored.record.id, NOW)
    force.clock.set(due)
    (job,) = await force.store.claim("me")
    await force.addressing(job)  # and dies before the job is finished
    assert await waiting(force) == 2
    await force.pass_time(3, node="other")
    assert await waiting(force) == 1


async def test_the_policy_ends_what_nobody_ended(force: Force) -> None:
    stored = await force.publish(must_ack(must_ack=False, valid=Interval(NOW, None)))
    force.clock.set(NOW + 24 * HOUR)
    await force.addressing(Job(JobKind.ADDRESSING, stored.record.id, force.clock.now()))
    assert await waiting(force) == 1, "the one from the beginning, and no next one"


async def test_a_closed_one_stands_the_sergeant_down_and_what_is_no_briefing_is_nothing(force: Force) -> None:
    stored = await force.publish(must_ack())
    briefing = stored.record
    assert isinstance(briefing, Briefing)
    await force.pass_time(21)
    note = told_id(briefing, "sgt-n")
    assert (await force.store.records([note]))[note].record.status is Status.OPEN
    await force.publish(replace(briefing, status=Status.CLOSED), stored)
    await force.pass_time(2)
    assert (await force.store.records([note]))[note].record.status is Status.CLOSED
    await force.addressing(Job(JobKind.ADDRESSING, "bri-unknown", NOW))


async def test_nobody_is_doubled_on_either_engine(either: Force) -> None:
    stored = await either.publish(must_ack())
    job = Job(JobKind.ADDRESSING, stored.record.id, NOW + MINUTE)
    either.clock.set(NOW + MINUTE)
    await either.addressing(job)
    await either.addressing(job)
    assert sorted(await either.steps(stored.record.id)) == ["a", "b", "off"]
