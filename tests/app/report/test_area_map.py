"""The map: true directions and lengths, each street once, nothing outside its frame."""

from __future__ import annotations

import re

import numpy as np
import pytest

from app.people.movement import Trace
from app.report.area_map import TALLEST, WIDE, area_map, ground_of
from geo.place import distance_m
from tests.app.report.scene import LAT, LON, METRE, trace


def square() -> dict[str, Trace]:
    east = trace([0.0, 500.0, 1_000.0, 1_500.0, 2_000.0])
    north = Trace(
        east.at, np.full(5, LON), np.array([LAT + 0.0036 * step for step in range(5)]), *([east.speed_mps] * 3)
    )
    return {"U1": east, "U2": north}


def test_east_is_right_north_is_up_and_a_metre_is_a_metre_both_ways() -> None:
    lon, lat = np.array([LON, LON + 0.02]), np.array([LAT, LAT + 0.02])
    ground = ground_of(lon, lat)
    x, y = ground.xy(np.array([LON, LON + 0.01, LON]), np.array([LAT, LAT, LAT + 0.01]))
    assert x[1] > x[0]
    assert y[2] < y[0]
    assert (x[1] - x[0]) * ground.metres_per_unit == pytest.approx(distance_m(LON, LAT, LON + 0.01, LAT), rel=0.002)
    assert (y[0] - y[2]) * ground.metres_per_unit == pytest.approx(distance_m(LON, LAT, LON, LAT + 0.01), rel=0.002)


def test_all_that_was_driven_is_inside_but_for_a_jump() -> None:
    lon, lat = np.full(5_000, LON), LAT + np.linspace(0, 0.05, 5_000)
    lon[77], lat[77] = 0.0, 0.0
    ground = ground_of(lon, lat)
    x, y = ground.xy(np.delete(lon, 77), np.delete(lat, 77))
    assert (x >= 0).all()
    assert (x <= WIDE).all()
    assert ((y >= 0) & (y <= ground.tall)).mean() > 0.99
    assert ground.tall <= TALLEST


def test_across_the_antimeridian_it_stays_in_one_piece() -> None:
    lon, lat = np.array([179.99, -179.99]), np.array([-17.0, -17.01])
    ground = ground_of(lon, lat)
    x, _ = ground.xy(lon, lat)
    assert 0 <= x[0] < x[1] <= WIDE
    assert ground.metres_per_unit < 10


def test_a_street_driven_often_is_drawn_once() -> None:
    once, often = square(), square()
    often |= {f"V{number}": trace([0.0, 500.0, 1_000.0, 500.0, 0.0]) for number in range(9)}
    for traces in (once, often):
        found = re.search(r'class="way" d="([^"]*)"', area_map(traces, {}, [], ""))
        assert found is not None
        assert found[1].count("M") == 8


def test_dots_by_what_came_of_them_numbers_beside_each_other_scale_and_north() -> None:
    here, away = (LON + 100 * METRE, LAT), (LON + 1.0, LAT)
    svg = area_map(
        square(),
        {"interrupt": [here], "map": [here, away], "nothing": [away]},
        [(1, here), (2, here), (3, away)],
        "told",
    )
    assert '<path class="dot interrupt"' in svg
    assert '<path class="dot hollow"' in svg
    assert svg.count("h.01") == 3
    assert '<path class="dot nothing"' not in svg
    assert ">1, 2</text>" in svg
    assert ">500 m</text>" in svg
    assert ">N</text>" in svg
    assert '<desc id="map-telling">told</desc>' in svg


def test_without_positions_there_is_no_map() -> None:
    assert area_map({}, {}, [], "told") == ""
