"""The briefing part is the contract's; two at once about one briefing lose no word and no answer, on both engines."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import replace

from geo.access import refusals_of
from geo.clock import HOUR, MINUTE, VirtualClock
from geo.model import Audience, Briefing, Grade, Interval, Officer, Shift, Status
from geo.store.briefing_rows import Step
from geo.store.briefing_store import BriefingStore
from geo.store.contract import Store
from geo.store.process_rows import Job, JobKind
from geo.store.rows import ChangeKind, Outcome
from geo.store.store import SqlStore
from tests.geo.store.making import NOW


def briefing(name: str = "B-1", **parts: object) -> Briefing:
    given: dict[str, object] = {
        "force": "own", "source": "briefings", "source_id": name, "category": "briefing", "title": "Stolen van",
        "grade": Grade.PRIORITY, "reported_at": NOW, **parts,
    }  # fmt: skip
    return Briefing(**given)  # type: ignore[arg-type]


async def officers(store: SqlStore, count: int = 4) -> list[str]:
    names = [f"pc-{n}" for n in range(count)]
    await store.put_officers(
        [Officer(id=name, force="own", role=("response", "cid")[n % 2]) for n, name in enumerate(names)]
    )
    return names


async def test_the_same_key_at_once_is_one_briefing(store: SqlStore) -> None:
    await officers(store)
    item = briefing()
    jobs = [Job(JobKind.ADDRESSING, item.id, 1)]
    answers = await asyncio.gather(*(store.publish(item, refusals_of, jobs=jobs) for _ in range(8)))
    assert [one.put.outcome for one in answers if one is not None] == [Outcome.NEW]
    assert len(await store.versions(item.id)) == 1
    assert await store.claim("node") == jobs


async def test_of_many_who_change_it_at_once_one_wins_and_the_audience_is_his(store: SqlStore) -> None:
    names = await officers(store, 8)
    await store.publish(briefing(audience=Audience(officers=tuple(names))), refusals_of)
    first = (await store.records([briefing().id]))[briefing().id]
    changed = [briefing(title=name, audience=Audience(officers=(name,))) for name in names]
    answers = await asyncio.gather(*(store.publish(item, refusals_of, over=first) for item in changed))
    assert sum(one is not None for one in answers) == 1
    winner = (await store.records([briefing().id]))[briefing().id].record.title
    assert [one.officer for one in await store.addressees(briefing().id) if one.left_at is None] == [winner]


async def test_asking_again_never_answers_for_a_version_that_is_no_more(store: SqlStore) -> None:
    names = await officers(store, 12)
    item = briefing(audience=Audience(officers=tuple(names)))
    await store.publish(item, refusals_of)
    for round_ in range(6):
        stored = (await store.records([item.id]))[item.id]
        mine = (names[round_], names[-1])
        changed = replace(item, title=f"{round_}", audience=Audience(officers=mine))
        publishing = asyncio.create_task(store.publish(changed, refusals_of, over=stored))
        await asyncio.gather(*(store.readdress(item.id, refusals_of) for _ in range(4)))
        done = await publishing
        assert done is not None
        live = [one for one in await store.addressees(item.id) if one.left_at is None]
        assert sorted(one.officer for one in live) == sorted(mine)
        assert {one.version for one in live} == {done.put.version}


async def test_superseding_and_withdrawing_at_once_loses_neither(store: SqlStore) -> None:
    """Closed by the newer one, or withdrawn: what is withdrawn must never come back as merely over."""
    await officers(store)
    for number in range(6):
        old, new = briefing(f"old {number}"), briefing(f"new {number}", supersedes=briefing(f"old {number}").id)
        await store.publish(old, refusals_of)
        stored = (await store.records([old.id]))[old.id]
        gone = replace(old, status=Status.CANCELLED, withdrawn=True)
        done, withdrawn = await asyncio.gather(
            store.publish(new, refusals_of), store.publish(gone, refusals_of, over=stored)
        )
        assert done is not None
        last = (await store.records([old.id]))[old.id].record
        assert isinstance(last, Briefing)
        if withdrawn is None:
            assert (last.status, done.closed is not None) == (Status.CLOSED, True)
        else:
            assert (last.withdrawn, done.closed) == (True, None)


async def test_two_that_supersede_each_other_at_once_both_end(store: SqlStore) -> None:
    """Each holds its own and waits for the other's: the database lets one go first."""
    await officers(store)
    a, b = briefing("a"), briefing("b")
    await asyncio.gather(store.publish(a, refusals_of), store.publish(b, refusals_of))
    held = await store.records([a.id, b.id])
    await asyncio.gather(
        store.publish(replace(a, title="a2", supersedes=b.id), refusals_of, over=held[a.id]),
        store.publish(replace(b, title="b2", supersedes=a.id), refusals_of, over=held[b.id]),
    )
    after = await store.records([a.id, b.id])
    assert sorted(one.record.status.value for one in after.values()) == ["closed", "open"]


async def test_steps_of_two_processes_are_said_once(store: SqlStore) -> None:
    names = await officers(store)
    item = briefing(must_ack=True)
    await store.publish(item, refusals_of)
    cursor = (await store.snapshot(NOW)).cursor
    await asyncio.gather(*(store.step_up(item.id, names, Step.SAID_AGAIN) for _ in range(5)))
    rows = (await store.changes_since(cursor)).rows
    assert [(row.kind, row.id) for row in rows] == [(ChangeKind.REMINDER, item.id)]
    assert {one.step for one in await store.addressees(item.id)} == {Step.SAID_AGAIN}


async def test_a_step_beside_a_new_version_that_asks_anew_leaves_one_of_the_two(store: SqlStore) -> None:
    names = await officers(store)
    item = briefing(must_ack=True)
    await store.publish(item, refusals_of)
    stored = (await store.records([item.id]))[item.id]
    anew = replace(item, title="Anew", ack_version=2)
    await asyncio.gather(store.publish(anew, refusals_of, over=stored), store.step_up(item.id, names, Step.DISPATCHER))
    found = await store.addressees(item.id)
    assert {one.version for one in found} == {2}
    assert len({one.step for one in found}) == 1


async def test_what_is_refused_has_written_nothing(store: SqlStore) -> None:
    names = await officers(store)
    await store.publish(briefing("old"), refusals_of)
    await store.publish(briefing(), refusals_of)
    before = await store.addressees(briefing().id)
    cursor = (await store.snapshot(NOW)).cursor
    late = briefing(title="Late", supersedes=briefing("old").id, audience=Audience(officers=(names[0],)))
    assert await store.publish(late, refusals_of, jobs=[Job(JobKind.ADDRESSING, "x", 1)]) is None
    assert await store.addressees(briefing().id) == before
    assert (await store.records([briefing("old").id]))[briefing("old").id].record.status is Status.OPEN
    assert (await store.changes_since(cursor)).rows == ()
    assert await store.claim("node") == []


async def test_a_door_that_fails_leaves_nothing_behind(store: SqlStore) -> None:
    """As a process that is killed half way: the record without its audience would be told to nobody."""
    await officers(store)

    def broken(*_: object) -> list[str]:
        raise RuntimeError("killed")

    for over in (None, "there"):
        stored = (await store.records([briefing().id])).get(briefing().id)
        try:
            await store.publish(briefing(title=str(over)), broken, over=stored)
        except RuntimeError:
            pass
        else:
            raise AssertionError("the door was not asked")
        assert (await store.records([briefing().id])).get(briefing().id) == stored
        if over is None:
            await store.publish(briefing(), refusals_of)


async def test_whom_the_roster_does_not_know_does_not_leave_and_is_asked_anew(
    store: SqlStore, clock: VirtualClock
) -> None:
    await officers(store)
    item = briefing(must_ack=True)
    await store.publish(item, refusals_of)
    await store.step_up(item.id, ["stranger", "pc-1"], Step.SERGEANT)
    clock.set(NOW + MINUTE)
    assert (await store.readdress(item.id, refusals_of)).left == ()
    stranger = next(one for one in await store.addressees(item.id) if one.officer == "stranger")
    assert (stranger.left_at, stranger.step) == (None, Step.SERGEANT)
    stored = (await store.records([item.id]))[item.id]
    await store.publish(replace(item, title="Anew", ack_version=2), refusals_of, over=stored)
    assert {one.step for one in await store.addressees(item.id)} == {Step.NONE}
    await store.step_up(item.id, ["stranger"], Step.SAID_AGAIN)
    assert [one.officer for one in (await store.climbed(Step.SAID_AGAIN))[item.id]] == ["stranger"]


async def test_whoever_comes_back_is_asked_from_then_on(store: SqlStore, clock: VirtualClock) -> None:
    await officers(store, 1)
    await store.put_shifts([Shift(id="1", officer="pc-0", start=NOW, end=NOW + HOUR, beat="n1")])
    item = briefing(audience=Audience(beats=("n1",)))
    await store.publish(item, refusals_of)
    cursor = (await store.snapshot(NOW)).cursor
    for hours, end in ((2, None), (3, NOW + 9 * HOUR)):
        clock.set(NOW + hours * HOUR)
        if end is not None:
            await store.put_shifts([Shift(id="2", officer="pc-0", start=NOW + 3 * HOUR, end=end, beat="n1")])
        await store.readdress(item.id, refusals_of)
    (one,) = await store.addressees(item.id)
    assert (one.at, one.left_at) == (NOW + 3 * HOUR, None)
    heard = [row.id for row in (await store.changes_since(cursor)).rows if row.kind is ChangeKind.DELIVERY]
    assert heard == [item.id, item.id], "that somebody left, and that he came back, is in the change log"
    await store.readdress(item.id, refusals_of)
    assert len([row for row in (await store.changes_since(cursor)).rows if row.kind is ChangeKind.DELIVERY]) == 2


async def test_what_is_over_keeps_whom_it_was_for(store: SqlStore, clock: VirtualClock) -> None:
    await officers(store, 2)
    await store.put_shifts([Shift(id="1", officer="pc-0", start=NOW, end=NOW + HOUR, beat="n1")])
    item = briefing(audience=Audience(beats=("n1",)), valid=Interval(NOW, NOW + HOUR), must_ack=True)
    await store.publish(item, refusals_of)
    await store.step_up(item.id, ["pc-0"], Step.DISPATCHER)
    assert list(await store.climbed(Step.DISPATCHER)) == [item.id]
    clock.set(NOW + 2 * HOUR)
    assert (await store.readdress(item.id, refusals_of)).left == ()
    stored = (await store.records([item.id]))[item.id]
    over = await store.publish(replace(item, status=Status.CANCELLED, withdrawn=True), refusals_of, over=stored)
    assert over is not None
    assert [(one.officer, one.left_at) for one in over.addressees] == [("pc-0", None)]
    assert await store.climbed(Step.SAID_AGAIN) == {}, "who has not answered what is over is waited for no more"


def test_the_contract_promises_what_is_there_with_the_same_parameters() -> None:
    assert issubclass(SqlStore, BriefingStore)
    mine = [name for name in vars(BriefingStore) if not name.startswith("_")]
    assert len(mine) >= 9
    for name in mine:
        promised, kept = getattr(Store, name), getattr(BriefingStore, name)
        assert list(inspect.signature(promised).parameters) == list(inspect.signature(kept).parameters)
