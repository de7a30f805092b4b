"""Whom a briefing is for, on both engines: by every part of an audience, once, again, and when somebody leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from shapely.geometry import box

from geo.access import refusals_of
from geo.clock import DAY, HOUR, MINUTE, VirtualClock
from geo.marking import Clearance, Handling, Marking
from geo.model import Audience, Beat, Briefing, Grade, Officer, Shift, Status, Unit
from geo.store.briefing_rows import Step
from geo.store.process_rows import Job, JobKind
from geo.store.rows import ChangeKind, Outcome, Tick
from geo.store.store import SqlStore
from tests.geo.store.making import NOW


def briefing(name: str = "B-1", **parts: object) -> Briefing:
    given: dict[str, object] = {
        "force": "own", "source": "briefings", "source_id": name, "category": "briefing", "title": "Stolen van",
        "grade": Grade.PRIORITY, "reported_at": NOW, **parts,
    }  # fmt: skip
    return Briefing(**given)  # type: ignore[arg-type]


@pytest.fixture
async def force(store: SqlStore) -> SqlStore:
    """Own: a (response, taser, shift on n1 in u1), b (response, shift on s1, no unit), c (cid, alpha, not on shift),
    d (response, cleared, on n1 by a shift of yesterday, listed in u1). Partner: p."""
    await store.put_officers(
        [
            Officer(id="a", force="own", skills=("taser",)),
            Officer(id="b", force="own"),
            Officer(id="c", force="own", role="cid", operations=("alpha",)),
            Officer(id="d", force="own", clearance=Clearance.OFFICIAL_SENSITIVE),
            Officer(id="p", force="partner"),
        ]
    )
    await store.put_units([Unit(id="u1", callsign="C1", force="own", officers=("d",), equipment=("drone",))])
    await store.put_beats(
        [
            Beat(id="n1", name="North 1", force="own", area=box(0, 52, 1, 53), district="north"),
            Beat(id="s1", name="South 1", force="own", area=box(0, 51, 1, 52), district="south"),
        ]
    )
    await store.put_shifts(
        [
            Shift(id="1", officer="a", start=NOW - HOUR, end=NOW + HOUR, unit="u1", beat="n1"),
            Shift(id="2", officer="b", start=NOW - HOUR, end=NOW + HOUR, beat="s1"),
            Shift(id="3", officer="d", start=NOW - DAY, end=NOW - DAY + HOUR, unit="u1", beat="n1"),
        ]
    )
    return store


async def who(store: SqlStore, audience: Audience, marking: Marking | None = None) -> list[str]:
    found = await store.would_address(briefing(audience=audience, marking=marking or Marking()), refusals_of)
    return [f"{one.officer}:{one.refusal}" if one.refusal else one.officer for one in found]


CASES: Sequence[tuple[Audience, list[str]]] = (
    (Audience(), ["a", "b", "c", "d"]),
    (Audience(forces=("own",)), ["a", "b", "c", "d"]),
    (Audience(forces=("partner",)), []),
    (Audience(roles=("cid",)), ["c"]),
    (Audience(operations=("alpha",)), ["c"]),
    (Audience(officers=("a", "p", "nobody")), ["a"]),
    (Audience(skills=("taser",)), ["a"]),
    (Audience(skills=("drone",)), ["a", "d"]),
    (Audience(units=("u1",)), ["a", "d"]),
    (Audience(units=("C1",)), ["a", "d"]),
    (Audience(beats=("n1",)), ["a"]),
    (Audience(beats=("South 1",)), ["b"]),
    (Audience(beats=("north", "south")), ["a", "b"]),
    (Audience(beats=("n1",), roles=("cid",)), []),
    (Audience(area=box(0.2, 52.2, 0.3, 52.3)), ["a"]),
    (Audience(area=box(5, 5, 6, 6)), []),
)


@pytest.mark.parametrize(("audience", "expected"), CASES, ids=[str(n) for n in range(len(CASES))])
async def test_every_list_that_is_named_must_match(force: SqlStore, audience: Audience, expected: list[str]) -> None:
    assert await who(force, audience) == expected


async def test_the_area_goes_by_the_last_cell_where_it_is_fresh(force: SqlStore) -> None:
    states = await force.take(["a", "b"], "node", NOW)
    terms = {state.officer: state.term for state in states}
    cells = (("a", 0.5, 51.5, NOW - MINUTE), ("b", 0.5, 52.5, NOW - 2 * HOUR))
    await force.record(Tick(NOW, "node", (), terms, cells=cells, number=1))
    assert await who(force, Audience(area=box(0.1, 51.1, 0.9, 51.9))) == ["a", "b"]
    assert await who(force, Audience(area=box(0.1, 52.1, 0.9, 52.9))) == []


async def test_a_partner_is_asked_only_where_the_marking_shares(force: SqlStore) -> None:
    shared = Marking(shared_with=("partner",))
    assert await who(force, Audience(), marking=shared) == ["a", "b", "c", "d", "p"]
    assert await who(force, Audience(forces=("partner",)), marking=shared) == ["p"]
    closed = replace(shared, handling=(Handling.ORGANISATIONAL_USE_ONLY,))
    assert await who(force, Audience(forces=("partner",)), marking=closed) == ["p:handling"]


async def test_who_may_not_have_it_is_said_with_the_reason(force: SqlStore) -> None:
    secret = Marking(Clearance.OFFICIAL_SENSITIVE)
    assert await who(force, Audience(roles=("response",)), marking=secret) == ["a:clearance", "b:clearance", "d"]
    assert await who(force, Audience(), marking=Marking(operations=("alpha",))) == [
        "a:compartment", "b:compartment", "c", "d:compartment",
    ]  # fmt: skip


async def test_publishing_writes_record_addressees_change_and_jobs_at_once(force: SqlStore) -> None:
    cursor = (await force.snapshot(NOW)).cursor
    item = briefing(must_ack=True)
    jobs = [Job(JobKind.ADDRESSING, item.id, 1)]
    done = await force.publish(item, refusals_of, "dispatcher", jobs=jobs)
    assert done is not None
    assert (done.put.outcome, done.put.version) == (Outcome.NEW, 1)
    assert [one.officer for one in done.addressees] == ["a", "b", "c", "d"]
    assert await force.addressees(item.id) == list(done.addressees)
    assert [row.id for row in (await force.changes_since(cursor)).rows] == [item.id]
    assert await force.claim("node") == jobs
    assert await force.publish(item, refusals_of) is None


async def test_of_two_dispatchers_who_edit_one_is_told(force: SqlStore) -> None:
    await force.publish(briefing(), refusals_of)
    first = (await force.records([briefing().id]))[briefing().id]
    ours = await force.publish(briefing(title="Ours", ack_version=2), refusals_of, over=first)
    assert ours is not None
    assert ours.put.version == 2
    assert await force.publish(briefing(title="Theirs"), refusals_of, over=first) is None
    assert (await force.records([briefing().id]))[briefing().id].record.title == "Ours"


async def test_what_is_superseded_is_closed_in_the_same_step(force: SqlStore) -> None:
    old, new = briefing("old"), briefing("new", supersedes=briefing("old").id)
    await force.publish(old, refusals_of)
    done = await force.publish(new, refusals_of)
    assert done is not None
    assert done.closed is not None
    assert (await force.records([old.id]))[old.id].record.status is Status.CLOSED
    stranger = briefing("theirs", force="partner", supersedes=new.id)
    done = await force.publish(stranger, refusals_of)
    assert done is not None
    assert done.closed is None


async def test_it_is_asked_again_when_a_shift_begins_and_marks_who_has_left(
    force: SqlStore, clock: VirtualClock
) -> None:
    item = briefing(audience=Audience(beats=("n1",)))
    await force.publish(item, refusals_of)
    await force.put_shifts([Shift(id="9", officer="c", start=NOW + HOUR, end=NOW + 9 * HOUR, beat="n1")])
    clock.set(NOW + HOUR + MINUTE)
    again = await force.readdress(item.id, refusals_of)
    assert (again.added, again.left) == (("c",), ("a",))
    found = {one.officer: one for one in await force.addressees(item.id)}
    assert found["a"].left_at == NOW + HOUR + MINUTE
    assert (found["c"].left_at, found["c"].at) == (None, NOW + HOUR + MINUTE)
    assert (await force.readdress(item.id, refusals_of)).added == ()
    assert await force.readdress("bri-unknown", refusals_of) == type(again)((), ())


async def test_steps_climb_and_never_fall(force: SqlStore, clock: VirtualClock) -> None:
    item = briefing(must_ack=True)
    await force.publish(item, refusals_of)
    cursor = (await force.snapshot(NOW)).cursor
    clock.set(NOW + MINUTE)
    await force.step_up(item.id, ["a", "unknown-to-the-roster"], Step.SAID_AGAIN)
    rows = (await force.changes_since(cursor)).rows
    assert [(row.kind, row.id) for row in rows] == [(ChangeKind.REMINDER, item.id)]
    await force.step_up(item.id, ["a"], Step.DISPATCHER)
    await force.step_up(item.id, ["a"], Step.SERGEANT)
    found = {one.officer: one for one in await force.addressees(item.id)}
    assert (found["a"].step, found["a"].step_at) == (Step.DISPATCHER, NOW + MINUTE)
    assert found["unknown-to-the-roster"].step is Step.SAID_AGAIN
    assert {name: [one.officer for one in some] for name, some in (await force.climbed(Step.DISPATCHER)).items()} == {
        item.id: ["a"]
    }
    before = (await force.records([item.id]))[item.id]
    await force.publish(replace(item, title="Anew", ack_version=2), refusals_of, over=before)
    assert {one.officer: one.step for one in await force.addressees(item.id)}["a"] is Step.NONE


async def test_how_many_of_the_roster_have_a_value(force: SqlStore) -> None:
    assert await force.having("officer", "role", ["response", "cid", "dog"]) == {"response": 4, "cid": 1}
    assert await force.having("officer", "force", ["own"]) == {"own": 4}
    assert await force.having("unit", "skill", ["drone", "taser"]) == {"drone": 1}
    assert await force.having("officer", "role", []) == {}


async def test_what_is_for_one_officer(force: SqlStore) -> None:
    for name, audience in (("B-1", Audience(roles=("response",))), ("B-2", Audience(officers=("c",)))):
        await force.publish(briefing(name, audience=audience), refusals_of)
    await force.publish(briefing("B-3", marking=Marking(Clearance.OFFICIAL_SENSITIVE)), refusals_of)
    assert await force.addressed_to("a") == [briefing("B-1").id]
    assert await force.addressed_to("c") == [briefing("B-2").id]
    assert set(await force.addressed_to("d")) == {briefing("B-1").id, briefing("B-3").id}
    assert await force.addressed_to("nobody") == []
