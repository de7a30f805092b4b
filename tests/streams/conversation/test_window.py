"""How much may be in flight: a count, bytes by measured rate, and a few P1 beyond."""

from __future__ import annotations

from streams.conversation.protocol import SessionLimits
from streams.conversation.window import Window

LIMITS = SessionLimits()


def full(size: int = 100) -> Window:
    window = Window(LIMITS)
    for seq in range(1, LIMITS.max_unacked + 1):
        assert window.open(2)
        window.sent(seq, size, 0.0)
    return window


def test_shuts_at_the_count_and_opens_with_an_acknowledgement() -> None:
    window = full()
    assert not window.open(2)
    assert window.acknowledged(1, 0.1, held_back=True) == [1]
    assert window.open(2)


def test_p1_may_go_eight_beyond() -> None:
    window = full()
    beyond = 0
    while window.open(1):
        window.sent(100 + beyond, 100, 0.0)
        beyond += 1
    assert beyond == LIMITS.beyond_for_p1
    window.acknowledged(64, 0.1, held_back=True)
    assert window.open(1)


def test_an_acknowledgement_covers_what_was_sent_before_it_whatever_its_number() -> None:
    window = Window(LIMITS)
    for seq in (5, 1, 2, 3):
        window.sent(seq, 10, 0.0)
    assert window.lowest() == 1
    assert window.acknowledged(1, 0.1, held_back=False) == [5, 1]
    assert window.lowest() == 2
    assert window.bytes == 20


def test_a_repetition_and_a_number_never_sent_acknowledge_nothing() -> None:
    window = full()
    window.acknowledged(64, 0.1, held_back=False)
    assert window.acknowledged(64, 0.2, held_back=False) == []
    assert window.acknowledged(999, 0.2, held_back=False) == []


def test_a_slow_link_gets_a_small_window_and_a_quick_one_a_large_one() -> None:
    window = Window(LIMITS)
    for seq in range(40):
        window.sent(seq, 1_000, seq * 10.0)
        window.acknowledged(seq, seq * 10.0 + 10.0, held_back=True)
    assert window.limit_bytes == LIMITS.min_window_bytes
    window.sent(100, 60_000, 1_000.0)
    window.acknowledged(100, 1_000.1, held_back=True)
    assert window.limit_bytes == LIMITS.max_window_bytes


def test_a_device_that_is_sent_little_is_not_taken_for_slow() -> None:
    window = Window(LIMITS)
    for seq in range(40):
        window.sent(seq, 300, seq * 60.0)
        window.acknowledged(seq, seq * 60.0 + 1.0, held_back=False)
    assert window.limit_bytes == LIMITS.max_window_bytes


def test_shuts_at_the_bytes() -> None:
    window = Window(LIMITS)
    for seq in range(5):
        window.sent(seq, 60_000, 0.0)
    assert not window.open(2)
