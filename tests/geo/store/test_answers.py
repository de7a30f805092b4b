"""What came back from devices, and what the dispatcher reads of it, on both engines."""

from __future__ import annotations

import dataclasses

import numpy as np

from geo.clock import DAY, SECOND
from geo.model import Disposition, Status, UnitStatus, Verdict
from geo.store.answers import FORGET_OFFICERS
from geo.store.rows import (
    Act,
    Answered,
    Answers,
    ChangeKind,
    Delivery,
    DeviceCursor,
    SeenOnScreen,
    StatusChanged,
    StoredOnDevice,
)
from geo.store.store import SqlStore
from tests.geo.store.making import NOW, fanout, incident, say

ANSWER = Answered("k1", "a", "d", "r1", 1, Disposition.ATTENDING, "two minutes", NOW + 3)


async def test_the_dispatcher_sees_owed_stored_seen_and_answered(store: SqlStore) -> None:
    await say(store, fanout("r1", ["b", "a"]))
    waiting = Delivery("b", 1, Verdict.NOTIFY, 2, Act.ALERT, NOW, None, None, None, "", None, seq=1)
    assert await store.deliveries("r1") == [dataclasses.replace(waiting, officer="a"), waiting]
    cursor = DeviceCursor(store.epoch, 1)
    given = Answers(
        stored=(StoredOnDevice("a", "d", cursor, (1,), NOW + 1), StoredOnDevice("a", "e", cursor, (1,), NOW + 9)),
        seen=(SeenOnScreen("a", "d", "r1", 1, NOW + 2), SeenOnScreen("b", "d", "r1", 7, NOW + 2)),
        answered=(ANSWER,),
    )
    await store.answer(given)
    await store.answer(given)
    first, second = await store.deliveries("r1")
    assert (first.stored_at, first.seen_at, first.answered_at) == (NOW + 1, NOW + 2, NOW + 3)
    assert (first.answer, first.answer_text) == (Disposition.ATTENDING, "two minutes")
    assert second == waiting
    assert await store.deliveries("nothing") == []


async def test_a_new_word_is_not_stored_or_seen_because_the_old_one_was(store: SqlStore) -> None:
    await say(store, fanout("r1", ["a"]))
    stored = StoredOnDevice("a", "d", DeviceCursor(store.epoch, 1), (1,), NOW + 1)
    await store.answer(Answers(stored=(stored,), seen=(SeenOnScreen("a", "d", "r1", 1, NOW + 2),), answered=(ANSWER,)))
    await say(store, fanout("r1", ["a"], rev=2, act=Act.CANCEL))
    (row,) = await store.deliveries("r1")
    assert (row.rev, row.act, row.stored_at, row.seen_at) == (2, Act.CANCEL, None, None)
    assert row.answer is Disposition.ATTENDING


async def test_an_answer_is_idempotent_by_key_and_the_newest_stands(store: SqlStore) -> None:
    await say(store, fanout("r1", ["a"]))
    await store.answer(Answers(answered=(ANSWER,)))
    await store.answer(Answers(answered=(dataclasses.replace(ANSWER, choice=Disposition.NOT_RELEVANT),)))
    assert (await store.deliveries("r1"))[0].answer is Disposition.ATTENDING
    later = dataclasses.replace(ANSWER, key="k2", choice=Disposition.HANDLED, at=NOW + 10)
    await store.answer(Answers(answered=(later, later)))
    assert (await store.deliveries("r1"))[0].answer is Disposition.HANDLED


async def test_a_status_stays_unless_it_is_older(store: SqlStore) -> None:
    await store.take(["a"], "node-1", NOW)
    available, busy = UnitStatus.AVAILABLE, UnitStatus.BUSY
    given = (StatusChanged("a", available, NOW + 5), StatusChanged("a", busy, NOW + 9), StatusChanged("x", busy, NOW))
    await store.answer(Answers(statuses=given))
    await store.answer(Answers(statuses=(StatusChanged("a", available, NOW + 7),)))
    (state,) = await store.officer_states(0)
    assert (state.status, state.status_at, state.seen_at) == (busy, NOW + 9, NOW + 9)


async def test_nothing_came_back(store: SqlStore) -> None:
    await store.answer(Answers())


async def test_forgetting_goes_through_all_inboxes_and_leaves_the_disclosures(store: SqlStore) -> None:
    officers = [f"o{n:04d}" for n in range(FORGET_OFFICERS + 50)]
    await say(store, fanout("r1", officers, at=NOW - 3 * DAY), fanout("r2", officers[:3]))
    assert await store.forget(NOW - 2 * DAY) == len(officers)
    assert await store.forget(NOW - 2 * DAY) == 0
    assert len(await store.deliveries("r1")) == len(officers)
    back = await store.resumption(officers[0], "d", 0)
    assert [row.seq for row in back.rows] == [1, 2]
    assert not back.whole


async def test_what_was_held_of_a_live_record_is_kept_and_of_one_that_is_over_dropped(store: SqlStore) -> None:
    live, over = incident("live"), incident("over", status=Status.CLOSED)
    await store.put([live, over])
    old = NOW - 3 * DAY
    left = [fanout(record.id, ["a"], act=Act.CANCEL, at=old, inside=0) for record in (live, over)]
    await say(store, *left)
    await store.forget(NOW - 2 * DAY)
    assert [row.record for row in await store.held(["a"])] == [live.id]


async def test_a_p1_that_nobody_has_stored_is_marked_once_and_everybody_hears_of_it(store: SqlStore) -> None:
    urgent = np.full(5, 1, np.uint8)
    officers = ["stored", "late", "gone", "lower", "fresh"]
    urgent[3] = 2
    await say(store, dataclasses.replace(fanout("r1", officers), priority=urgent))
    await store.answer(Answers(stored=(StoredOnDevice("stored", "d", DeviceCursor(store.epoch, 1), (1,), NOW + 1),)))
    await say(store, fanout("r1", ["gone"], act=Act.VERDICT, inside=0))
    again = dataclasses.replace(fanout("r1", ["fresh"], rev=2, at=NOW + 10 * SECOND), priority=urgent[:1])
    await say(store, again)
    cursor = (await store.snapshot(NOW)).cursor
    assert await store.mark_unconfirmed("r1", NOW + SECOND) == ["late"]
    assert await store.mark_unconfirmed("r1", NOW + SECOND) == []
    (change,) = (await store.changes_since(cursor)).rows
    assert (change.kind, change.id) == (ChangeKind.DELIVERY, "r1")
    marked = {row.officer: row.unconfirmed_at for row in await store.deliveries("r1")}
    assert marked == {"stored": None, "late": NOW, "gone": None, "lower": None, "fresh": None}
    await store.answer(Answers(stored=(StoredOnDevice("late", "d", DeviceCursor(store.epoch, 1), (1,), NOW + 20),)))
    (late,) = [row for row in await store.deliveries("r1") if row.officer == "late"]
    assert (late.stored_at, late.unconfirmed_at, late.seq) == (NOW + 20, NOW, 1)
    assert await store.mark_unconfirmed("nothing", NOW) == []
