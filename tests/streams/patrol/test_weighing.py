"""The policy with a shift for its moment."""

from __future__ import annotations

import numpy as np

from geo.clock import DAY, HOUR
from geo.codebook import Codebooks
from streams.patrol.weighing import weighing
from tests.streams.patrol.town import POLICY


def test_half_lives_are_at_least_the_shift_and_nothing_else_differs() -> None:
    weighed = weighing(POLICY, 8 * HOUR)
    assert weighed.shift.tables.half_life_s.min() == 8 * 3600
    assert weighed.history.tables.half_life_s.min() > weighed.shift.tables.half_life_s.min()
    assert np.array_equal(weighed.shift.tables.severity, POLICY.tables.severity)
    assert weighed.version == POLICY.version
    assert POLICY.tables.half_life_s.min() < 3600, "the policy that decides alerts is as it was"


def test_what_lasts_longer_by_itself_keeps_its_half_life() -> None:
    weighed = weighing(POLICY, HOUR // 10)
    assert np.array_equal(weighed.shift.tables.half_life_s, np.maximum(POLICY.tables.half_life_s, 360))
    assert DAY > HOUR


def test_the_copies_are_bound_to_books_of_their_own() -> None:
    """Another thread's books must not become those of the path that decides alerts."""
    books, others = Codebooks(), Codebooks()
    books.categories.code("burglary")
    mine = POLICY.bound(books)
    weighed = weighing(POLICY, HOUR)
    weighed.shift.bound(others)
    assert POLICY.bound(books) is mine
