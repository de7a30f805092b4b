"""When a P1's deliveries are read again: soon after a hint, every 2 s while open, never so often that it costs."""

from __future__ import annotations

from streams.console.rounds import IDLE_S, MOST, SOON_S, SWEEP_S, Rounds


def test_a_hint_is_followed_soon_and_once() -> None:
    rounds = Rounds()
    rounds.heard("a", 0.0)
    rounds.heard("a", 0.1)
    assert rounds.next(SOON_S - 0.01) is None
    assert rounds.next(SOON_S) == "a"
    assert rounds.next(SOON_S + 5.0) is None, "it is being read"


def test_the_sweep_finds_what_no_hint_told() -> None:
    rounds = Rounds()
    for record, unsettled, again_s in (("open", True, SWEEP_S), ("settled", False, IDLE_S)):
        rounds.heard(record, 0.0)
        assert rounds.next(1.0) == record
        rounds.read(record, 1.0, 0.001, unsettled)
        assert rounds.next(1.0 + again_s - 0.01) is None
        assert rounds.next(1.0 + again_s) == record
        rounds.drop(record)


def test_what_is_heard_while_it_is_read_is_not_lost() -> None:
    rounds = Rounds()
    rounds.heard("a", 0.0)
    assert rounds.next(1.0) == "a"
    rounds.heard("a", 1.1)
    rounds.read("a", 1.2, 0.001, unsettled=False)
    assert rounds.next(1.2 + SOON_S) == "a"


def test_a_long_reading_is_seldom_repeated() -> None:
    rounds = Rounds()
    rounds.heard("a", 0.0)
    rounds.next(1.0)
    rounds.read("a", 1.0, 0.5, unsettled=True)
    rounds.heard("a", 1.1)
    assert rounds.next(10.9) is None
    assert rounds.next(11.0) == "a"


def test_the_one_that_is_overdue_longest_goes_first_and_there_are_not_too_many() -> None:
    rounds = Rounds()
    rounds.heard("late", 0.0)
    rounds.heard("later", 0.1)
    assert (rounds.next(1.0), rounds.next(1.0), rounds.next(1.0)) == ("late", "later", None)
    for number in range(MOST + 5):
        rounds.heard(str(number), 2.0)
    assert len(rounds) == MOST
    assert "late" not in rounds
    rounds.drop("nobody's")


def test_the_answers_alone_are_read_sooner_and_never_by_themselves() -> None:
    quick = Rounds(4.0, float("inf"), float("inf"), 0.05)
    quick.heard("b1", 10.0)
    assert quick.next(10.04) is None
    assert quick.next(10.06) == "b1"
    quick.read("b1", 10.1, took_s=0.1, unsettled=False)
    assert quick.next(1e9) is None
    quick.heard("b1", 10.2)
    assert quick.next(10.49) is None
    assert quick.next(10.51) == "b1"
