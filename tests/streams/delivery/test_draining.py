"""The polite end: few at once, many spread, each exactly once, and all the rest when there is a hurry."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from streams.delivery import draining
from streams.delivery.draining import AT_ONCE, LONGEST_S, Draining, spread_s, tell_all


def test_the_spread_grows_with_the_number_and_ends() -> None:
    assert [spread_s(n) for n in (0, 1, AT_ONCE)] == [0.0, 0.0, 0.0]
    assert spread_s(4_000) == 10.0
    assert spread_s(1_000_000) == LONGEST_S


@given(st.integers(0, 3_000), st.lists(st.floats(0.0, 5.0), max_size=40))
def test_everybody_is_told_once_and_not_before_his_time(count: int, steps: list[float]) -> None:
    leaving, now, told = Draining(range(count), 50.0, random.Random(1)), 50.0, list[int]()
    for step in steps:
        now += step
        told += leaving.turn(now)
        passed = now - 50.0
        assert len(told) <= count if passed >= spread_s(count) else len(told) <= count * passed / spread_s(count) + 1
    told += leaving.turn(50.0 + LONGEST_S)
    assert leaving.over
    assert sorted(told) == list(range(count))
    assert leaving.turn(1e9) == []


async def test_a_few_are_told_before_anything_else_happens() -> None:
    told: list[int] = []
    await tell_all(range(10), told.append, lambda: 0.0, random.Random(1), lambda: False)
    assert sorted(told) == list(range(10))


async def test_a_hurry_cuts_it_short() -> None:
    told: list[int] = []
    await tell_all(range(5_000), told.append, lambda: 0.0, random.Random(1), lambda: True)
    assert len(told) == 5_000


async def test_with_time_the_rest_comes_by_and_by() -> None:
    told: list[int] = []
    clock = iter(range(0, 10_000, 4))
    before = draining.STEP_S
    draining.STEP_S = 0.0
    try:
        await tell_all(range(2_000), told.append, lambda: float(next(clock)), random.Random(1), lambda: False)
    finally:
        draining.STEP_S = before
    assert sorted(told) == list(range(2_000))
