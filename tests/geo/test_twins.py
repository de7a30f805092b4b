"""Which incidents of two sources are most likely one thing."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.clock import MINUTE, SECOND
from geo.place import distance_m, moved_by
from geo.twins import Sighting, Twins

LEEDS = (-1.5491, 53.7997)


def seen(source: int = 1, east_m: float = 0.0, at: int = 1_000 * MINUTE, category: int = 5, force: int = 1) -> Sighting:
    lon, lat = moved_by(*LEEDS, east_m, 0.0)
    return Sighting(force, category, source, at, float(lon), float(lat))


def twins() -> Twins:
    return Twins(metres=150, seconds=600)


def test_two_sources_near_each_other_in_place_and_time_are_twins() -> None:
    found = twins()
    assert found.put(1, seen(source=1)) == set()
    assert found.put(2, seen(source=2, east_m=140, at=1_009 * MINUTE)) == {1}
    assert (found.of(1), found.of(2), len(found)) == ((2,), (1,), 2)


def test_a_source_never_doubles_itself() -> None:
    found = twins()
    found.put(1, seen(source=1))
    assert found.put(2, seen(source=1)) == set()


def test_another_category_force_place_or_time_is_another_thing() -> None:
    found = twins()
    found.put(1, seen())
    for number, other in enumerate(
        (
            seen(source=2, category=6),
            seen(source=2, force=2),
            seen(source=2, east_m=160),
            seen(source=2, at=1_011 * MINUTE),
        ),
        start=2,
    ):
        assert found.put(number, other) == set()


def test_what_ends_leaves_its_twin_alone_and_says_whose_it_was() -> None:
    found = twins()
    found.put(1, seen(source=1))
    found.put(2, seen(source=2))
    assert found.put(1, None) == {2}
    assert (found.of(2), len(found)) == ((), 0)
    assert found.put(2, seen(source=2)) == set(), "nothing new"


def test_what_moves_away_is_no_twin_any_more() -> None:
    found = twins()
    found.put(1, seen(source=1))
    found.put(2, seen(source=2))
    assert found.put(2, seen(source=2, east_m=900)) == {1}
    assert not len(found)


def test_the_one_reported_first_is_named_first() -> None:
    found = twins()
    found.put(3, seen(source=3, at=1_004 * MINUTE))
    found.put(2, seen(source=2, at=1_002 * MINUTE))
    found.put(1, seen(source=1, at=1_003 * MINUTE))
    assert found.of(3) == (2, 1)


def test_other_limits_find_all_anew() -> None:
    found = twins()
    found.put(1, seen(source=1))
    found.put(2, seen(source=2, east_m=300))
    found.within(400, 600)
    assert found.of(1) == (2,)
    found.within(0, 600)
    assert not len(found)
    found.put(3, seen(source=3))
    found.put(3, None)
    found.within(150, 0)
    found.put(3, seen(source=3))
    found.within(150, 600)
    assert found.of(1) == (3,), "switched on again, what came meanwhile is known"


@given(st.lists(st.tuples(st.integers(1, 3), st.floats(0, 400), st.integers(0, 1_500), st.integers(5, 6)), max_size=12))
def test_the_cells_miss_no_pair(rows: list[tuple[int, float, int, int]]) -> None:
    found = twins()
    every = [seen(source, east, 1_000 * MINUTE + after * SECOND, kind) for source, east, after, kind in rows]
    for slot, sighting in enumerate(every):
        found.put(slot, sighting)
    for slot, one in enumerate(every):
        same = {
            other
            for other, two in enumerate(every)
            if one.source != two.source and one.category == two.category and abs(one.at - two.at) <= 600 * SECOND
        }
        apart = {other: float(distance_m(one.lon, one.lat, every[other].lon, every[other].lat)) for other in same}
        sure = {other for other, metres in apart.items() if metres < 149}
        perhaps = {other for other, metres in apart.items() if metres < 151}
        assert sure <= set(found.of(slot)) <= perhaps
    assert np.all([slot in found.of(other) for slot in range(len(every)) for other in found.of(slot)])
