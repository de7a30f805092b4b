"""What was given, beside what is held: it grows with it, is forgotten with it, and lasts as long as the briefing."""

from __future__ import annotations

import numpy as np

from geo.pairs import Int32
from streams.briefed import Briefed
from streams.held import Held, nothing_of


def rows(*numbers: int) -> Int32:
    return np.array(numbers, np.int32)


def test_it_lasts_until_the_end_of_the_briefing() -> None:
    briefed = Briefed(4)
    briefed.until[rows(1, 2)] = 100
    assert briefed.lasting(rows(0, 1, 2), 99).tolist() == [False, True, True]
    assert not briefed.lasting(rows(0, 1, 2), 100).any()
    briefed.forget(rows(1))
    assert briefed.lasting(rows(1, 2), 0).tolist() == [False, True]


def test_what_he_knows_is_what_he_was_told_last() -> None:
    briefed = Briefed(2)
    briefed.knows(rows(1), rows(7), np.array([2], np.uint8), np.array([True]))
    assert (briefed.version[1], briefed.status[1], briefed.live[1]) == (7, 2, True)
    assert not briefed.live[0]


def test_it_grows_and_is_dropped_with_the_rows_that_are_held() -> None:
    held = Held()
    many = np.arange(1_000, dtype=np.int32)
    held.put(nothing_of(np.zeros(1_000, np.int32), many))
    row = held.lookup(np.zeros(1_000, np.int32), many)
    held.briefed.until[row] = 5
    assert len(held.briefed.until) == len(held.officer)
    held.drop(row[:10])
    held.put(nothing_of(np.ones(10, np.int32), many[:10]))
    fresh = held.lookup(np.ones(10, np.int32), many[:10])
    assert not held.briefed.lasting(fresh, 0).any()
    assert held.briefed.lasting(row[10:], 0).all()


def test_what_only_stands_for_a_briefing_is_no_matter_to_who_moves() -> None:
    held = Held()
    held.put(nothing_of(rows(0, 0), rows(1, 2)))
    he = rows(0)
    assert len(held.of_officers(he, moved=True)) == 2
    held.briefed.ever = True
    held.briefed.until[held.lookup(rows(0), rows(1))] = 100
    assert held.record[held.of_officers(he, moved=True)].tolist() == [2]
    assert len(held.of_officers(he)) == 2
