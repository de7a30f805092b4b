"""What waits, in which order it leaves, and how far the device has stored the series."""

from __future__ import annotations

from geo.store.rows import Act
from streams.conversation.owed import Owed, Word
from streams.conversation.protocol import SessionLimits
from streams.delivery.speech import Again

LIMITS = SessionLimits()


def word(seq: int, record: str = "", priority: int = 2, act: Act = Act.ALERT) -> Word:
    return Word(seq, record or f"r{seq}", 1, priority, act, Again(b"}"))


def send_all(owed: Owed) -> list[int]:
    sent = []
    while (next_word := owed.next()) is not None:
        owed.sent(next_word.seq, 100, 0.0)
        sent.append(next_word.seq)
    return sent


def test_priority_first_then_number() -> None:
    owed = Owed(LIMITS)
    for seq, priority in ((1, 3), (2, 2), (3, 1), (4, 2)):
        owed.hold(word(seq, priority=priority), 0.0)
    assert not owed.clear_way(1)
    assert send_all(owed) == [3, 2, 4, 1]
    assert owed.last_seq == 1
    assert owed.clear_way(4)


def test_a_newer_word_replaces_the_older_one_that_waits() -> None:
    owed = Owed(LIMITS)
    owed.hold(word(1, "a"), 0.0)
    owed.hold(word(2, "b"), 0.0)
    owed.hold(word(3, "a", act=Act.CANCEL), 0.0)
    owed.hold(word(1, "a"), 0.0)
    assert owed.waiting == 2
    assert send_all(owed) == [2, 3]


def test_the_floor_stays_below_what_the_device_lacks() -> None:
    owed = Owed(LIMITS)
    owed.continues(10)
    for seq in (11, 13, 12):
        owed.sent(seq, 10, 0.0)
    owed.hold(word(14), 0.0)
    assert owed.acknowledged(13, 0.1) == [11, 13]
    cursor = owed.cursor("e")
    assert (cursor.floor, cursor.above) == (11, frozenset({13}))
    assert owed.receipt() == (11, 13)
    assert owed.receipt() == ()
    owed.acknowledged(12, 0.2)
    assert owed.cursor("e").floor == 13
    assert owed.cursor("e").above == frozenset()
    assert send_all(owed) == [14]
    assert owed.acknowledged(14, 0.3) == [14]
    assert owed.cursor("e").floor == 14


def test_the_floor_stays_below_what_is_still_being_read() -> None:
    owed = Owed(LIMITS)
    owed.continues(131)
    owed.lacks(131)
    for seq in (149, 150):
        owed.sent(seq, 100, 0.0)
    owed.acknowledged(150, 0.0)
    cursor = owed.cursor("e")
    assert (cursor.floor, cursor.above) == (131, frozenset({149, 150}))
    owed.hold(word(132), 0.0)
    owed.complete(131)
    assert send_all(owed) == [132]
    owed.acknowledged(132, 0.0)
    assert owed.cursor("e").floor == 150


def test_off_duty_only_what_takes_something_back_still_leaves() -> None:
    owed = Owed(LIMITS)
    owed.hold(word(1), 0.0)
    owed.hold(word(2, act=Act.PURGE), 0.0)
    owed.drop_alerts()
    assert send_all(owed) == [2]


def test_what_a_reset_told_does_not_wait_any_more() -> None:
    owed = Owed(LIMITS)
    for seq in (1, 2, 3):
        owed.hold(word(seq), 0.0)
    owed.settled_up_to(2)
    assert send_all(owed) == [3]


def test_stalls_only_while_something_waits_and_nothing_is_acknowledged() -> None:
    owed = Owed(LIMITS)
    for seq in range(1, 65):
        owed.sent(seq, 100, 0.0)
    assert not owed.stalled(100.0, 15.0)
    owed.hold(word(65), 100.0)
    assert owed.next() is None
    assert not owed.stalled(114.9, 15.0)
    assert owed.stalled(115.0, 15.0)
    owed.acknowledged(1, 116.0)
    assert send_all(owed) == [65]
    assert not owed.stalled(200.0, 15.0)


def test_what_was_dropped_does_not_count_as_stalled_later() -> None:
    owed = Owed(LIMITS)
    for seq in range(1, 65):
        owed.sent(seq, 100, 0.0)
    owed.hold(word(65), 0.0)
    owed.drop_alerts()
    owed.hold(word(66), 50.0)
    assert not owed.stalled(60.0, 15.0)


def test_what_still_waits_was_not_handed_over_whatever_overtook_it() -> None:
    owed = Owed(LIMITS)
    assert owed.handed == 0
    owed.sent(4, 100, 0.0)
    assert owed.handed == 4
    owed.hold(word(6), 0.0)
    owed.hold(word(5), 0.0)
    owed.sent(7, 100, 0.0)
    assert owed.handed == 4
    assert send_all(owed) == [5, 6]
    assert owed.handed == 7


def test_what_was_handed_over_about_one_record_whatever_waits_about_others() -> None:
    owed = Owed(LIMITS)
    owed.sent(3, 10, 0.0)
    owed.hold(word(4, "slow"), 0.0)
    owed.sent(5, 10, 0.0)
    assert (owed.handed_up_to("slow"), owed.handed_up_to("urgent")) == (3, 5)
    send_all(owed)
    assert owed.handed_up_to("slow") == 5
