"""One word for each person and briefing, and the times that it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from geo.clock import HOUR, MINUTE, SECOND
from geo.model import Briefing, Disposition, Grade, Interval, Status, Stored
from geo.store.briefing_rows import Addressee, Step
from geo.store.receipt_rows import Progress, Reply
from geo.store.rows import Act
from streams.receipts import (
    Receipt,
    ReceiptState,
    acked_from,
    counts_of,
    is_over,
    receipts_of,
    unanswered_of,
    waiting_of,
)

NOW = 1_800_000_000_000_000
HIS = Addressee("a", "", 1, NOW - HOUR)
OK = Reply("a", 1, Disposition.ACKNOWLEDGED, "", "phone", NOW - SECOND)


def briefing(**parts: Any) -> Briefing:
    given: dict[str, Any] = {
        "force": "own", "source": "briefings", "source_id": "B-1", "category": "other", "title": "Stolen van",
        "grade": Grade.PRIORITY, "reported_at": NOW - HOUR, "must_ack": True,
        "valid": Interval(NOW - HOUR, NOW + HOUR), **parts,
    }  # fmt: skip
    return Briefing(**given)


def told(**parts: Any) -> Progress:
    given: dict[str, Any] = {
        "officer": "a", "act": Act.ALERT, "reason": "", "priority": 1, "seq": 7, "last_at": NOW - SECOND,
        "words": 1, "first_rev": 1, "owed_at": NOW - SECOND, **parts,
    }  # fmt: skip
    return Progress(**given)


def one(addressee: Addressee | None, word: Progress | None, sent: int = 0, **parts: Any) -> Receipt:
    stored = Stored(briefing(**parts), 2, NOW - MINUTE)
    addressees = [addressee] if addressee else []
    (found,) = receipts_of(stored, addressees, [word] if word else [], lambda _, __: sent, NOW)
    return found


CASES: list[tuple[Addressee | None, Progress | None, int, dict[str, Any], ReceiptState, int]] = [
    (HIS, None, 0, {}, ReceiptState.QUEUED, NOW - HOUR),
    (HIS, told(words=0, owed_at=None), 9, {}, ReceiptState.QUEUED, NOW - HOUR),
    (HIS, told(), 0, {}, ReceiptState.QUEUED, NOW - SECOND),
    (HIS, told(), 7, {}, ReceiptState.PUSHED, NOW - SECOND),
    (HIS, told(), 6, {}, ReceiptState.QUEUED, NOW - SECOND),
    (HIS, told(last_at=NOW - 11 * SECOND), 7, {}, ReceiptState.UNCONFIRMED, NOW - 11 * SECOND),
    (HIS, told(last_at=NOW - 11 * SECOND, priority=3), 7, {}, ReceiptState.PUSHED, NOW - 11 * SECOND),
    (HIS, told(stored_at=NOW - 5), 7, {}, ReceiptState.STORED, NOW - 5),
    (HIS, told(stored_at=NOW - 5, seen_at=NOW - 3), 7, {}, ReceiptState.SEEN, NOW - 3),
    (HIS, told(seen_at=NOW - 3, replies=(OK,)), 7, {}, ReceiptState.ANSWERED, NOW - SECOND),
    (HIS, told(replies=(OK,)), 7, {"status": Status.CANCELLED}, ReceiptState.ANSWERED, NOW - SECOND),
    (HIS, None, 0, {"status": Status.CANCELLED, "withdrawn": True}, ReceiptState.WITHDRAWN, NOW - MINUTE),
    (HIS, told(stored_at=NOW - 5), 7, {"status": Status.CLOSED}, ReceiptState.WITHDRAWN, NOW - MINUTE),
    (HIS, None, 0, {"valid": Interval(NOW - HOUR, NOW - 1)}, ReceiptState.EXPIRED, NOW - 1),
    (replace(HIS, left_at=NOW - 9), told(stored_at=NOW - 5), 7, {}, ReceiptState.LEFT, NOW - 9),
    (replace(HIS, left_at=NOW - 9), told(replies=(OK,)), 7, {}, ReceiptState.ANSWERED, NOW - SECOND),
    (replace(HIS, refusal="clearance"), None, 0, {}, ReceiptState.NOT_ENTITLED, NOW - HOUR),
    (HIS, told(act=Act.PURGE, reason="not_entitled"), 7, {}, ReceiptState.NOT_ENTITLED, NOW - HOUR),
    (HIS, told(act=Act.CANCEL, reason="out_of_reach", stored_at=NOW - 5), 7, {}, ReceiptState.QUEUED, NOW - SECOND),
    (None, told(), 7, {}, ReceiptState.PUSHED, NOW - SECOND),
    (None, told(act=Act.CANCEL, reason="out_of_reach"), 7, {}, ReceiptState.LEFT, NOW - SECOND),
]


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda place: f"{place}-{CASES[place][4]}")
def test_the_strongest_thing_that_is_known_is_said(case: int) -> None:
    addressee, word, sent, parts, state, since = CASES[case]
    found = one(addressee, word, sent, **parts)
    assert (found.state, found.since) == (state, since)


def test_everybody_is_there_once_by_id() -> None:
    stored = Stored(briefing(), 1, NOW)
    found = receipts_of(stored, [replace(HIS, officer="b"), HIS], [told(), told(officer="x")], lambda _, __: 0, NOW)
    assert [receipt.officer for receipt in found] == ["a", "b", "x"]
    assert counts_of(found) == {"queued": 3}


def test_a_reply_counts_from_the_first_word_of_the_version_on() -> None:
    waits = one(HIS, told(first_rev=2))
    assert waits.with_replies([OK]) is waits
    now = waits.with_replies([OK, replace(OK, rev=2, at=NOW, choice=Disposition.HANDLED)])
    assert (now.state, now.since, now.answer) == (ReceiptState.ANSWERED, NOW, Disposition.HANDLED)
    never = one(HIS, None)
    assert never.with_replies([OK]) is never


def test_who_has_waited_longest_comes_first_and_who_was_escalated_before_him() -> None:
    stored = Stored(briefing(), 1, NOW)
    people = [
        replace(HIS, officer="late", at=NOW - MINUTE),
        replace(HIS, officer="early"),
        replace(HIS, officer="high", at=NOW, step=Step.DISPATCHER),
        replace(HIS, officer="gone", left_at=NOW),
    ]
    found = receipts_of(stored, people, [], lambda _, __: 0, NOW)
    assert [receipt.officer for receipt in waiting_of(found)] == ["high", "early", "late"]
    assert [receipt.officer for receipt in unanswered_of(found)] == ["high"]


def test_over_is_closed_or_past_its_end() -> None:
    assert not is_over(briefing(), NOW)
    assert not is_over(briefing(valid=Interval()), NOW)
    assert is_over(briefing(valid=Interval(None, NOW)), NOW)
    assert is_over(briefing(status=Status.CLOSED), NOW)
    assert acked_from(Stored(briefing(ack_version=4), 6, NOW)) == 4
