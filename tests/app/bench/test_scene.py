"""The bench's ground: who is said to be in reach is, and who is said to be far is far."""

from __future__ import annotations

import pytest

from app.bench.scene import CENTRE, around, incident, ring
from geo.body import raw_of
from geo.place import distance_m


@pytest.mark.parametrize(("inner", "outer"), [(0.0, 300.0), (30_000.0, 60_000.0)])
def test_places_lie_in_their_ring(inner: float, outer: float) -> None:
    for lon, lat in ring(50, inner, outer):
        assert inner * 0.999 <= float(distance_m(*CENTRE, lon, lat)) <= outer * 1.001


def test_the_same_seed_is_the_same_ground() -> None:
    assert around(20, 300) == around(20, 300) != around(20, 300, seed=2)


def test_what_is_posted_is_an_incident() -> None:
    assert raw_of(incident("R-1", CENTRE)).problems == []
