"""The index over places and reaches, held against every pair."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from geo.nearby import Near, NearbyIndex, exit_reach_m
from geo.pairs import Float32, Float64
from geo.place import distance_m, geodesic_m, moved_by

LEEDS = (-1.5491, 53.7997)


def index_of(places: list[tuple[float, float]], reach_m: list[float]) -> NearbyIndex:
    index = NearbyIndex()
    lon, lat = (np.array(column, np.float64) for column in zip(*places, strict=True))
    shapes: list[BaseGeometry | None] = [None] * len(places)
    on = np.ones(len(places), np.bool_)
    index.put(np.arange(len(places), dtype=np.int32), lon, lat, np.array(reach_m, np.float32), on, shapes)
    return index


def columns(*rows: tuple[float, float, float]) -> tuple[Float64, Float64, Float32]:
    lon, lat, extra = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    return lon, lat, extra.astype(np.float32)


def found(near: Near) -> list[tuple[int, int]]:
    return sorted(zip(near.row.tolist(), near.slot.tolist(), strict=True))


def test_the_edge_is_1_2_times_the_reach() -> None:
    index = index_of([LEEDS], [1_000.0])
    inside, outside = moved_by(*LEEDS, 1_199.9, 0), moved_by(*LEEDS, 0, -1_200.1)
    near = index.near(*columns((*inside, 0.0), (*outside, 0.0), (*outside, 1.0)))
    assert found(near) == [(0, 0), (2, 0)]
    assert near.distance_m[0] == pytest.approx(1_199.9, abs=0.01)
    assert near.bearing_deg.tolist() == pytest.approx([270.0, 0.0], abs=0.01)


@pytest.mark.parametrize("extra_m", [99.0, 100.0, 101.0, 2_999.0, 3_000.0, 3_001.0, 9_000.0])
def test_doubt_widens_the_reach_on_both_sides_of_the_bound(extra_m: float) -> None:
    index = index_of([LEEDS], [500.0])
    edge = 1.2 * (500.0 + extra_m)
    inside, outside = moved_by(*LEEDS, 0, edge - 0.5), moved_by(*LEEDS, 0, edge + 0.5)
    asked = columns((*inside, extra_m), (*outside, extra_m))
    assert found(index.near(*asked)) == [(0, 0)]
    assert found(index.around(np.array([0], np.int32), *asked)) == [(0, 0)]


def test_both_sides_agree_with_every_pair() -> None:
    random = np.random.default_rng(11)
    places = [(float(lon), float(lat)) for lon, lat in random.uniform((-1.8, 53.6), (-1.2, 54.0), (400, 2))]
    reach = random.choice([0.0, 100.0, 900.0, 4_000.0, 40_000.0], 400)
    index = index_of(places, reach.tolist())
    lon, lat = random.uniform(-1.8, -1.2, 500), random.uniform(53.6, 54.0, 500)
    extra = random.choice([0.0, 8.0, 99.0, 101.0, 2_000.0, 4_000.0], 500).astype(np.float32)
    lon[::50] = np.nan
    record_lon, record_lat = np.array(places).T
    metres = distance_m(lon[:, None], lat[:, None], record_lon, record_lat)
    limit = exit_reach_m(reach.astype(np.float32)[None, :], extra[:, None])
    with np.errstate(invalid="ignore"):
        expected = sorted((int(row), int(slot)) for row, slot in np.argwhere(metres <= limit))
    assert found(index.near(lon, lat, extra)) == expected
    assert found(index.around(np.arange(400, dtype=np.int32), lon, lat, extra)) == expected
    few = np.array([3, 77, 200], np.int32)
    assert found(index.around(few, lon, lat, extra)) == [pair for pair in expected if pair[1] in {3, 77, 200}]


def test_an_area_counts_from_its_nearest_point_and_is_here_when_inside() -> None:
    index = NearbyIndex()
    square = shapely.box(-1.56, 53.79, -1.54, 53.81)
    one = np.array([7], np.int32)
    index.put(one, np.array([-1.55]), np.array([53.8]), np.array([200.0], np.float32), np.array([True]), [square])
    asked = columns((-1.55, 53.80, 0.0), (-1.5385, 53.80, 0.0), (-1.53, 53.80, 0.0))
    near = index.near(*asked)
    assert found(near) == [(0, 7), (1, 7)]
    exact = float(geodesic_m(-1.5385, 53.80, -1.54, 53.80))
    assert near.distance_m.tolist() == pytest.approx([0.0, exact], abs=0.5)
    assert near.bearing_deg[1] == pytest.approx(270.0, abs=0.1)
    assert found(index.around(one, *asked)) == [(0, 7), (1, 7)]
    east, north = index.offsets(np.array([7, 7], np.int32), np.array([-1.53, np.nan]), np.array([53.8, np.nan]))
    assert east[0] == pytest.approx(-658.9, abs=2)
    assert np.isnan(east[1])
    assert abs(north[0]) < 1


def test_what_is_off_is_found_by_nobody_and_still_measured() -> None:
    index = index_of([LEEDS], [1_000.0])
    here, slot = columns((*LEEDS, 0.0)), np.array([0], np.int32)
    index.put(slot, np.array([LEEDS[0]]), np.array([LEEDS[1]]), np.array([9.0], np.float32), np.array([False]), [None])
    assert found(index.near(*here)) == []
    assert found(index.around(slot, *here)) == []
    assert index.offsets(slot, here[0], here[1])[0].tolist() == [0.0]


def test_what_moved_is_found_where_it_is_now_and_once() -> None:
    index = index_of([LEEDS], [1_000.0])
    slot = np.array([0], np.int32)
    for metres in (100, 200, 6_000):
        lon, lat = moved_by(*LEEDS, metres, 0)
        index.put(slot, np.array([lon]), np.array([lat]), np.array([1_000.0], np.float32), np.array([True]), [None])
        assert found(index.near(*columns((lon, lat, 0.0)))) == [(0, 0)]
    assert found(index.near(*columns((*LEEDS, 0.0)))) == []


def test_nobody_and_nothing() -> None:
    index = NearbyIndex()
    nothing = np.zeros(0)
    assert len(index.near(nothing, nothing, np.zeros(0, np.float32)).row) == 0
    assert len(index.near(*columns((*LEEDS, 5.0), (*LEEDS, 500.0))).row) == 0
    assert len(index.around(np.zeros(0, np.int32), *columns((*LEEDS, 0.0))).row) == 0
