"""How often an officer was asked for his attention, and when that is a flood."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.clock import MINUTE, SECOND
from streams.attention import MOST, Attention

NOW = 1_000 * MINUTE
ONE = np.array([3], np.int32)


def ask(attention: Attention, times: int, at: int = NOW, officer: int = 3, grave: bool = False) -> list[bool]:
    rows, total = np.full(times, officer, np.int32), np.linspace(1, 0.5, times, dtype=np.float32)
    many = attention.asked(rows, total, np.full(times, grave), at, starts=10)
    return [bool(one) for one in many]


def test_the_eleventh_in_ten_minutes_is_one_too_many_and_the_weakest_of_a_batch() -> None:
    attention = Attention()
    assert ask(attention, 10) == [False] * 10
    assert ask(attention, 1, NOW + SECOND) == [True]
    assert attention.since[3] == NOW + SECOND
    assert ask(Attention(), 12) == [False] * 10 + [True] * 2


def test_what_is_older_than_ten_minutes_does_not_count() -> None:
    attention = Attention()
    ask(attention, 10)
    assert ask(attention, 1, NOW + 10 * MINUTE) == [False]
    assert attention.count(ONE, NOW + 10 * MINUTE).tolist() == [1]


def test_in_a_flood_every_further_one_is_too_many() -> None:
    attention = Attention()
    ask(attention, 11)
    assert ask(attention, 1, NOW + 11 * MINUTE) == [True], "it has not been declared over"


def test_one_officers_flood_is_not_anothers() -> None:
    attention = Attention()
    ask(attention, 11, officer=3)
    assert ask(attention, 1, officer=4) == [False]


def test_an_emergency_is_not_hidden_behind_burglaries_but_behind_ten_emergencies() -> None:
    attention = Attention()
    assert ask(attention, 12) == [False] * 10 + [True] * 2
    assert ask(attention, 10, grave=True) == [False] * 10
    assert ask(attention, 1, grave=True) == [True]


def test_it_is_over_below_five() -> None:
    attention = Attention()
    ask(attention, 7, NOW)
    ask(attention, 4, NOW + 5 * MINUTE)
    assert attention.over(NOW + 9 * MINUTE, 5).tolist() == []
    assert attention.over(NOW + 11 * MINUTE, 5).tolist() == [3]
    due = int(attention.next_due(ONE, 5, MINUTE)[0])
    assert attention.over(due - 1, 5).tolist() == []
    assert attention.over(due, 5).tolist() == [3]
    attention.ended(ONE)
    assert attention.since[3] == 0


def test_the_card_is_due_when_it_counts_more_than_it_says_and_not_sooner_than_a_minute_later() -> None:
    attention = Attention()
    ask(attention, 11)
    assert attention.to_say(NOW, MINUTE).tolist() == []
    attention.hide(ONE, np.array([7], np.int32))
    assert attention.to_say(NOW, MINUTE).tolist() == [3]
    attention.said(ONE, NOW)
    attention.hide(ONE, np.array([8], np.int32))
    assert attention.to_say(NOW + 59 * SECOND, MINUTE).tolist() == []
    assert attention.to_say(NOW + 60 * SECOND, MINUTE).tolist() == [3]
    assert [part.tolist() for part in attention.hidden(ONE)] == [[3, 3], [7, 8]]


def test_a_slot_that_is_free_for_another_record_is_not_counted() -> None:
    attention = Attention()
    attention.hide(ONE, np.array([7], np.int32))
    attention.forget(7)
    assert len(attention.hidden(ONE)[0]) == 0


def test_it_is_rebuilt_from_what_the_store_has() -> None:
    attention = Attention()
    ask(attention, 5)
    attention.load(3, [NOW - MINUTE * n for n in range(9)], 0)
    assert attention.count(ONE, NOW).tolist() == [9]
    assert ask(attention, 2) == [False, True]
    attention.load(3, [NOW] * 40, NOW)
    assert attention.count(ONE, NOW).tolist() == [MOST]
    assert attention.over(NOW, 5).tolist() == []
    attention.load(3, [], 0)
    assert ask(attention, 1) == [False]


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(1, 6)), max_size=20))
def test_it_counts_as_a_list_would(steps: list[tuple[int, int]]) -> None:
    attention, now, told = Attention(), NOW, list[int]()
    for seconds, times in steps:
        now += seconds * SECOND
        before = sum(at > now - 10 * MINUTE for at in told)
        many = ask(attention, times, now)
        if not attention.since[3] or attention.since[3] == now:
            assert many == [before + n + 1 > 10 for n in range(times)]
        told += [now] * times
        recent = sum(at > now - 10 * MINUTE for at in told)
        assert attention.count(ONE, now).tolist() == [min(recent, MOST)]
