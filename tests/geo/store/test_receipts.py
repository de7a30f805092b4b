"""What came back since a version of a record, over all its words, on both engines."""

from __future__ import annotations

from geo.clock import SECOND
from geo.model import Disposition
from geo.store.receipt_rows import Reply
from geo.store.rows import Act, Answered, Answers, DeviceCursor, SeenOnScreen, StoredOnDevice
from geo.store.store import SqlStore
from tests.geo.store.making import NOW, fanout, say


def stored(store: SqlStore, officer: str, device: str, *seqs: int, at: int) -> StoredOnDevice:
    return StoredOnDevice(officer, device, DeviceCursor(store.epoch, max(seqs)), seqs, at)


def answered(officer: str, rev: int, at: int, choice: Disposition = Disposition.ACKNOWLEDGED) -> Answered:
    return Answered(f"{officer}-{rev}-{at}", officer, f"{officer}-phone", "b1", rev, choice, "", at)


async def test_the_first_of_each_counts_whatever_was_said_again(store: SqlStore) -> None:
    await say(store, fanout("b1", ["a", "b"]))
    await store.answer(
        Answers(
            stored=(stored(store, "a", "phone", 1, at=NOW + 3), stored(store, "a", "tablet", 1, at=NOW + 5)),
            seen=(SeenOnScreen("a", "phone", "b1", 1, NOW + 7),),
        )
    )
    await say(store, fanout("b1", ["a", "b"], rev=2, at=NOW + SECOND))
    await store.answer(Answers(stored=(stored(store, "a", "phone", 2, at=NOW + 2 * SECOND),)))
    a, b = await store.progress("b1")
    assert (a.officer, a.words, a.first_rev, a.owed_at, a.last_at) == ("a", 2, 1, NOW, NOW + SECOND)
    assert (a.stored_at, a.stored_on, a.seen_at, a.seen_on) == (NOW + 3, "phone", NOW + 7, "phone")
    assert (b.words, b.stored_at, b.seen_at, b.reply, b.act) == (2, None, None, None, Act.ALERT)


async def test_what_was_answered_before_the_version_does_not_answer_it(store: SqlStore) -> None:
    await say(store, fanout("b1", ["a", "b"]))
    await store.answer(Answers(answered=(answered("a", 1, NOW + 1), answered("b", 1, NOW + 1))))
    await say(store, fanout("b1", ["a"], rev=2, version=3, at=NOW + 9))
    old, new = await store.progress("b1", 1), await store.progress("b1", 3)
    assert [one.reply.at for one in old if one.reply] == [NOW + 1, NOW + 1]
    assert [(one.officer, one.words, one.owed_at, one.reply) for one in new] == [
        ("a", 1, NOW + 9, None),
        ("b", 0, None, None),
    ]
    await store.answer(Answers(answered=(answered("a", 2, NOW + 20, Disposition.ATTENDING),)))
    (a, _) = await store.progress("b1", 3)
    assert a.reply == Reply("a", 2, Disposition.ATTENDING, "", "a-phone", NOW + 20)
    assert [(one.officer, one.rev) for one in await store.replies("b1")] == [("a", 1), ("b", 1), ("a", 2)]


async def test_the_newest_answer_stands_and_all_are_kept(store: SqlStore) -> None:
    await say(store, fanout("b1", ["a"]))
    later, sooner = answered("a", 1, NOW + 8, Disposition.HANDLED), answered("a", 1, NOW + 4)
    await store.answer(Answers(answered=(later, sooner)))
    (a,) = await store.progress("b1")
    assert [reply.choice for reply in a.replies] == [Disposition.ACKNOWLEDGED, Disposition.HANDLED]
    assert a.reply is a.replies[-1]


async def test_a_withdrawal_is_the_newest_word_and_no_alert(store: SqlStore) -> None:
    await say(store, fanout("b1", ["a"]))
    await say(store, fanout("b1", ["a"], rev=2, act=Act.PURGE, reason=2, version=2, at=NOW + 5))
    (a,) = await store.progress("b1")
    assert (a.act, a.reason, a.words, a.owed_at, a.last_at) == (Act.PURGE, "not_entitled", 1, NOW, NOW + 5)


async def test_a_verdict_that_was_only_kept_tells_nobody_anything(store: SqlStore) -> None:
    await say(store, fanout("b1", ["a", "b"], act=[Act.VERDICT, Act.ALERT]))
    assert [one.officer for one in await store.progress("b1")] == ["b"]
    assert await store.progress("unknown") == []
    assert await store.replies("unknown") == []
