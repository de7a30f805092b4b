"""Lists of several processes become one, and the nearest first."""

from __future__ import annotations

import pytest

from geo.clock import SECOND
from streams.whereabouts.here import Here, merged, metres_to, nearest
from tests.streams.whereabouts.shared import LEEDS, NOW, unit


def test_gone_and_back_in_one_word_is_here() -> None:
    here = Here()
    here.share([unit("pc-1")], [])
    here.share([unit("pc-1", 5.0)], ["pc-1", "pc-2"])
    assert here.of("own") == [unit("pc-1", 5.0)]
    assert here.of("other") == []


def test_an_officer_in_two_processes_is_where_his_newest_fix_is() -> None:
    old, new = unit("pc-1", node="a"), unit("pc-1", 9.0, node="b", fix_at=NOW + SECOND)
    assert merged("own", [old], [new]) == merged("own", [new], [old]) == (new,)
    assert merged("own", [unit("pc-2"), unit("xx", force="other")], [old]) == (old, unit("pc-2"))


def test_nearest_first_ties_by_officer_and_only_with_a_fresh_fix() -> None:
    nowhere = unit("pc-0", lon=None, lat=None, fix_at=0)
    old = unit("pc-6", 1.0, fix_at=NOW - 121 * SECOND)
    units = [nowhere, old, unit("pc-2", 300.0), unit("pc-3"), unit("pc-1"), unit("pc-4", 301.0)]
    assert [one.officer for one in nearest(units, *LEEDS, 300.5, NOW)] == ["pc-1", "pc-3", "pc-2"]
    assert nearest([nowhere], *LEEDS, 300.5, NOW) == ()


def test_across_the_antimeridian() -> None:
    assert metres_to([unit("pc-1", lon=179.9995, lat=0.0)], -179.9995, 0.0) == [pytest.approx(111.3, abs=0.5)]
