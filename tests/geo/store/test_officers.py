"""Ownership, what is told, and what a returning device lacks, on both engines."""

from __future__ import annotations

import math

from geo.clock import DAY, HOUR
from geo.model import UnitStatus, Verdict
from geo.store.rows import Act, Answers, DeviceCursor, OfficerState, StoredOnDevice
from geo.store.store import SqlStore
from tests.geo.store.making import NOW, fanout, say


async def stored(store: SqlStore, officer: str, floor: int, above: tuple[int, ...] = (), device: str = "d") -> None:
    cursor = DeviceCursor(store.epoch, floor, frozenset(above))
    await store.answer(Answers(stored=(StoredOnDevice(officer, device, cursor, (*range(1, floor + 1), *above), NOW),)))


async def test_taking_makes_the_row_and_each_taking_is_a_term(store: SqlStore) -> None:
    (state,) = await store.take(["a"], "node-1", NOW)
    expected = OfficerState("a", store.epoch, 0, "node-1", 1, UnitStatus.OFF_DUTY, 0, 0.0, 0, None, None, NOW)
    assert state == expected
    b, a = await store.take(["b", "a"], "node-2", NOW + 1)
    assert (b.officer, b.term, a.officer, a.term, a.owner, a.seen_at) == ("b", 1, "a", 2, "node-2", NOW + 1)
    assert await store.take([], "node-1", NOW) == []


async def test_those_seen_lately_are_the_ones_to_go_on_with(store: SqlStore) -> None:
    await store.take(["old"], "node-1", NOW - HOUR)
    await store.take(["new"], "node-1", NOW)
    assert [state.officer for state in await store.officer_states(NOW - 60)] == ["new"]


async def test_told_is_what_is_live_and_inside_word_for_word(store: SqlStore) -> None:
    await say(store, fanout("r1", ["x", "a"]), fanout("r2", ["a"]), fanout("r3", ["a"]), fanout("r4", ["a"]))
    await say(store, fanout("r2", ["a"], act=Act.CANCEL, rev=2, reason=1), fanout("r3", ["a"], rev=2, inside=0))
    await say(store, fanout("r4", ["a"], rev=2, version=7, verdict=Verdict.MAP))
    first, last = await store.told("a")
    assert (first.record, first.seq, first.rev, first.version, first.act) == ("r1", 1, 1, 1, Act.ALERT)
    assert (first.verdict, first.priority, first.rule, first.reason) == (Verdict.NOTIFY, 2, "must_deliver", "")
    assert (first.at, first.score) == (NOW, 0.5)
    assert first.facts == {"distance_m": 100.0, "bearing_deg": 1.0}
    assert (first.terms["near"], first.terms["grade"]) == (1.0, 1.25)
    assert math.isnan(first.terms["hazard"])
    assert (last.record, last.rev, last.version, last.verdict) == ("r4", 2, 7, Verdict.MAP)
    assert await store.told("nobody") == []


async def test_an_unknown_device_lacks_the_newest_word_of_everything(store: SqlStore) -> None:
    await say(store, fanout("r1", ["a"]), fanout("r2", ["a"]))
    await say(store, fanout("r1", ["a"], act=Act.CANCEL, rev=2, reason=1))
    back = await store.resumption("a", "d", 0)
    assert (back.cursor, back.head_seq, back.whole, back.oldest_at) == (None, 3, True, NOW)
    assert [(row.record, row.seq, row.act, row.reason) for row in back.rows] == [
        ("r2", 2, Act.ALERT, ""),
        ("r1", 3, Act.CANCEL, "closed"),
    ]


async def test_after_its_number_or_never_acknowledged(store: SqlStore) -> None:
    await say(store, *(fanout(f"r{n}", ["a"]) for n in range(1, 7)))
    await stored(store, "a", 1, (3, 5))
    back = await store.resumption("a", "d", 5)
    assert back.cursor == DeviceCursor(store.epoch, 1, frozenset((3, 5)))
    assert [row.seq for row in back.rows] == [2, 4, 6]
    assert back.whole
    assert [row.seq for row in (await store.resumption("a", "d", 2)).rows] == [2, 3, 4, 5, 6]


async def test_many_at_once_are_told_what_each_alone_would_be(store: SqlStore) -> None:
    await say(store, *(fanout(f"r{n}", ["a", "b"] if n % 2 else ["a", "c"]) for n in range(1, 9)))
    await say(store, fanout("r2", ["a"], act=Act.CANCEL, rev=2))
    await stored(store, "a", 3, (5, 6))
    await stored(store, "a", 8, device="e")
    await stored(store, "b", 4)
    other = StoredOnDevice("c", "d", DeviceCursor("elsewhere", 4), (), NOW)
    await store.answer(Answers(stored=(other,)))
    asked = [
        (who, device, seq) for who in ("a", "b", "c", "nobody") for device in ("d", "e") for seq in (0, 3, 4, 8, 99)
    ]
    together, alone = await store.resumptions(asked), [await store.resumption(*one) for one in asked]
    assert list(map(repr, together)) == list(map(repr, alone))  # a hazard's NaN is not equal to itself
    assert await store.resumptions([("nobody", "e", 0)]) == [await store.resumption("nobody", "e", 0)]


async def test_a_superseded_word_is_not_owed_any_more(store: SqlStore) -> None:
    await say(store, fanout("r1", ["a"]))
    await say(store, fanout("r1", ["a"], rev=2))
    await stored(store, "a", 0, (2,))
    back = await store.resumption("a", "d", 2)
    assert back.rows == ()
    assert back.whole
    assert back.oldest_at is None


async def test_each_device_has_its_own_cursor_and_it_never_goes_back(store: SqlStore) -> None:
    await say(store, *(fanout(f"r{n}", ["a"]) for n in range(1, 4)))
    await stored(store, "a", 3)
    await stored(store, "a", 1)
    await stored(store, "a", 2, device="e")
    assert (await store.resumption("a", "d", 3)).rows == ()
    assert [row.seq for row in (await store.resumption("a", "e", 2)).rows] == [3]


async def test_a_number_beyond_the_series_is_of_another_store(store: SqlStore) -> None:
    await say(store, fanout("r1", ["a"]))
    assert not (await store.resumption("a", "d", 99)).whole
    assert not (await store.resumption("nobody", "d", 1)).whole
    assert (await store.resumption("nobody", "d", 0)).whole


async def test_a_cursor_of_another_epoch_counts_for_nothing(store: SqlStore) -> None:
    await say(store, fanout("r1", ["a"]))
    other = DeviceCursor("elsewhere", 1)
    await store.answer(Answers(stored=(StoredOnDevice("a", "d", other, (1,), NOW),)))
    back = await store.resumption("a", "d", 0)
    assert back.cursor == other
    assert [row.seq for row in back.rows] == [1]


async def test_what_was_forgotten_is_never_half_replayed(store: SqlStore) -> None:
    await say(store, fanout("r1", ["a"], at=NOW - 3 * DAY), fanout("r2", ["a"]))
    await stored(store, "a", 1)
    assert await store.forget(NOW - 2 * DAY) == 1
    assert (await store.resumption("a", "d", 1)).whole
    fresh = await store.resumption("a", "e", 0)
    assert [row.record for row in fresh.rows] == ["r1", "r2"]
    assert not fresh.whole
    assert [row.record for row in await store.told("a")] == ["r1", "r2"]
    await say(store, fanout("r1", ["a"], act=Act.CANCEL, rev=2))
    assert not (await store.resumption("a", "e", 0)).whole
