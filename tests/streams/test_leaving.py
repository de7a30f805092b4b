"""Where an area ends for who has been in it: a hundred metres out, in every direction, wherever on earth."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, box

from geo.place import covers, moved_by
from streams.leaving import EDGE_M, about_inside

SOUTH_WEST = [(-0.13, 51.5), (-1.55, 53.8), (18.95, 69.65), (174.7, -36.8), (179.99, 0.0)]


@pytest.mark.parametrize(("lon", "lat"), SOUTH_WEST)
@pytest.mark.parametrize("way", [(-1, 0), (1, 0), (0, -1), (0, 1)])
def test_a_step_outside_is_about_inside_and_further_out_is_not(lon: float, lat: float, way: tuple[int, int]) -> None:
    area = box(lon, lat, *moved_by(lon, lat, 800.0, 800.0))
    middle = moved_by(lon, lat, 400.0, 400.0)
    places = [moved_by(*middle, way[0] * out, way[1] * out) for out in (0, 390, 420, 495, 506, 900)]
    at = np.array(places)
    assert about_inside(area, at[:, 0], at[:, 1]).tolist() == [True, True, True, True, False, False]
    assert covers(area, at[:, 0], at[:, 1]).tolist() == [True, True, False, False, False, False]


def test_nobody_s_place_is_not_near_anything() -> None:
    nowhere = np.full(2, np.nan)
    assert not about_inside(box(0, 0, 1, 1), nowhere, nowhere).any()


def test_between_two_parts_of_an_area_it_is_the_nearer_one_that_counts() -> None:
    area = MultiPolygon([box(0, 0, 0.01, 0.01), box(0.02, 0, 0.03, 0.01)])
    lon = np.array([0.0108, 0.015, 0.0192])
    assert about_inside(area, lon, np.full(3, 0.005)).tolist() == [True, False, True]
    assert EDGE_M == 100.0
