"""Distances against the spheroid, grid references, and geometry that can be trusted."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadPlace
from geo.place import (
    bearing_deg,
    check_lon_lat,
    covers,
    distance_m,
    from_national_grid,
    geodesic_m,
    geojson_of,
    geometry_of,
    grid_ref,
    grown_box,
    local_bounds,
    local_shape,
    mend,
    moved_by,
    nearest_of,
    offsets_m,
    parse_grid_ref,
    point_of,
    to_national_grid,
    wrapped,
)

lons = st.floats(-180, 180, allow_nan=False)
lats = st.floats(-80, 80, allow_nan=False)
metres = st.floats(-14_000, 14_000, allow_nan=False)


@given(lons, lats, metres, metres)
def test_metres_agree_with_the_spheroid_to_a_thousandth_up_to_20_km(
    lon: float, lat: float, east: float, north: float
) -> None:
    to_lon, to_lat = moved_by(lon, lat, east, north)
    planar, exact = float(distance_m(lon, lat, to_lon, to_lat)), float(geodesic_m(lon, lat, to_lon, to_lat))
    assert planar == pytest.approx(exact, rel=1e-3, abs=0.01)
    assert planar == pytest.approx(math.hypot(east, north), rel=1e-3, abs=0.01)


@given(lons, lats, metres, metres)
def test_the_way_back_is_as_long_and_the_other_way(lon: float, lat: float, east: float, north: float) -> None:
    to_lon, to_lat = moved_by(lon, lat, east, north)
    there, back = offsets_m(lon, lat, to_lon, to_lat), offsets_m(to_lon, to_lat, lon, lat)
    assert float(there[0]) == pytest.approx(-float(back[0]), abs=1e-6)
    assert float(there[1]) == pytest.approx(-float(back[1]), abs=1e-6)


def test_bearings_go_clockwise_from_north() -> None:
    bearings = bearing_deg(-1.5, 53.8, [-1.5, -1.4, -1.5, -1.6], [53.9, 53.8, 53.7, 53.8])
    np.testing.assert_allclose(bearings, [0, 90, 180, 270], atol=1e-6)
    assert float(bearing_deg(0, 0, -1e-300, 1.0)) == 0.0


def test_the_antimeridian_is_no_wall() -> None:
    assert float(distance_m(179.999, -16.8, -179.999, -16.8)) == pytest.approx(213.2, abs=0.5)
    assert float(bearing_deg(179.999, 0, -179.999, 0)) == pytest.approx(90.0)
    np.testing.assert_allclose(wrapped([359.0, -359.0, 180.5]), [-1.0, 1.0, -179.5])


@given(lons, lats, metres, metres)
def test_nothing_within_reach_is_outside_the_grown_box(lon: float, lat: float, east: float, north: float) -> None:
    reach = math.hypot(east, north)
    to_lon, to_lat = moved_by(lon, lat, east, north)
    west, south, east_edge, north_edge = grown_box([lon, lat, lon, lat], float(distance_m(lon, lat, to_lon, to_lat)))[0]
    assert south - 1e-9 <= to_lat <= north_edge + 1e-9
    assert west - 1e-9 <= lon + float(wrapped(to_lon - lon)) <= east_edge + 1e-9
    assert reach >= 0


def test_a_box_over_the_pole_spans_all_longitudes() -> None:
    west, _, east, north = grown_box([10.0, 89.999, 10.0, 89.999], 1_000.0)[0]
    assert north == 90.0
    assert east - west >= 360.0


# ------------------------------------------------------------------ lines and areas
def test_the_nearest_point_of_an_area_is_on_its_edge_and_inside_it_is_here() -> None:
    square = local_shape(shapely.box(-1.5, 53.8, -1.4, 53.9))
    lon, lat = np.array([-1.45, -1.6, -1.45]), np.array([53.85, 53.85, 53.95])
    near_lon, near_lat = nearest_of(square, lon, lat)
    np.testing.assert_allclose(near_lon, [-1.45, -1.5, -1.45], atol=1e-9)
    np.testing.assert_allclose(near_lat, [53.85, 53.85, 53.9], atol=1e-9)
    assert float(distance_m(lon[0], lat[0], near_lon[0], near_lat[0])) == 0.0


def test_parts_on_both_sides_of_the_antimeridian_lie_side_by_side() -> None:
    split = shapely.MultiPolygon([shapely.box(179.9, -17, 180, -16.9), shapely.box(-180, -17, -179.9, -16.9)])
    shape = local_shape(split)
    west, south, east, north = local_bounds(shape)
    np.testing.assert_allclose([west, south, east, north], [179.9, -17.0, 180.1, -16.9], atol=1e-9)
    near_lon, _ = nearest_of(shape, np.array([-179.8]), np.array([-16.95]))
    assert near_lon[0] == pytest.approx(-179.9)


def test_places_without_coordinates_are_in_no_area() -> None:
    assert covers(shapely.box(0, 0, 1, 1), np.array([0.5, np.nan, 2.0]), np.array([0.5, 0.5, 0.5])).tolist() == [
        True,
        False,
        False,
    ]


def test_a_geometry_is_stood_for_by_a_point_of_it() -> None:
    assert point_of(shapely.Point(-1.5, 53.8)) == (-1.5, 53.8)
    hollow = shapely.Point(0.5, 51.5).buffer(0.2).difference(shapely.Point(0.5, 51.5).buffer(0.1))
    assert hollow.intersects(shapely.Point(point_of(hollow)))


# ------------------------------------------------------------------ is it a place at all
@pytest.mark.parametrize(
    ("lon", "lat", "reason"),
    [
        (0.0, 0.0, "null_island"),
        (0.0005, -0.0005, "null_island"),
        (53.8, -91.5, "swapped"),
        (51.5, 122.4, "swapped"),
        (-1.5, 90.0, "bad_place"),
        (181.0, 10.0, "bad_place"),
        (float("nan"), 1.0, "bad_place"),
        (float("inf"), 1.0, "bad_place"),
        (999.0, 999.0, "bad_place"),
    ],
)
def test_what_is_no_place_is_refused_by_name(lon: float, lat: float, reason: str) -> None:
    with pytest.raises(BadPlace) as refusal:
        check_lon_lat(lon, lat)
    assert refusal.value.reason == reason


def test_with_an_area_swapped_coordinates_are_known_even_in_range() -> None:
    uk = (-9.0, 49.0, 3.0, 61.0)
    check_lon_lat(-1.5, 53.8, uk)
    with pytest.raises(BadPlace) as swapped:
        check_lon_lat(53.8, -1.5, uk)
    assert swapped.value.reason == "swapped"
    with pytest.raises(BadPlace) as outside:
        check_lon_lat(-122.4, 37.7, uk)
    assert outside.value.reason == "out_of_area"


def test_a_bow_tie_is_mended_and_said_so() -> None:
    bow_tie = shapely.Polygon([(0, 51), (1, 52), (1, 51), (0, 52)])
    mended, note = mend(bow_tie)
    assert mended.is_valid
    assert mended.area == pytest.approx(0.5)
    assert note == "mended: self-intersection"


def test_height_is_dropped_and_a_good_geometry_left_alone() -> None:
    flat, note = mend(shapely.Point(-1.5, 53.8, 120.0))
    assert not flat.has_z
    assert note == "third dimension dropped"
    point = shapely.Point(-1.5, 53.8)
    assert mend(point) == (point, "")


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        (shapely.Point(), "bad_place"),
        (shapely.Point(0, 0), "null_island"),
        (shapely.LineString([(10, 10), (10, 95)]), "swapped"),
        (shapely.Point(float("nan"), 3), "bad_place"),
    ],
)
def test_what_cannot_be_mended_is_refused(geometry: shapely.Point | shapely.LineString, reason: str) -> None:
    with pytest.raises(BadPlace) as refusal:
        mend(geometry)
    assert refusal.value.reason == reason


def test_mending_asks_for_the_area_too() -> None:
    with pytest.raises(BadPlace, match="outside"):
        mend(shapely.Point(-122.4, 37.7), (-9.0, 49.0, 3.0, 61.0))


# ------------------------------------------------------------------ GeoJSON
@pytest.mark.parametrize(
    "geometry",
    [
        shapely.Point(-1.5, 53.8),
        shapely.LineString([(-1.5, 53.8), (-1.4, 53.9)]),
        shapely.box(-1.5, 53.8, -1.4, 53.9),
        shapely.MultiPoint([(-1.5, 53.8), (-1.4, 53.9)]),
        shapely.GeometryCollection([shapely.Point(-1.5, 53.8), shapely.box(0, 51, 1, 52)]),
    ],
)
def test_geojson_there_and_back(geometry: shapely.Point) -> None:
    document = geojson_of(geometry)
    assert json.loads(json.dumps(document)) == document
    assert geometry_of(document).equals_exact(geometry, 1e-7)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "Point",
        {},
        {"type": "Pint", "coordinates": [1, 2]},
        {"type": "Point"},
        {"type": "Point", "coordinates": "here"},
        {"type": "Point", "coordinates": [1]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        {"type": "Polygon", "coordinates": [1, 2]},
        {"type": "LineString", "coordinates": [[None, None], [1, 1]]},
        {"type": "Feature", "geometry": None},
        {"type": 3, "coordinates": [1, 2]},
        {"type": "Point", "coordinates": ["-1.5", "53.8"]},
        {"type": "Point", "coordinates": [True, 53.8]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": ["1", "2"]}]},
    ],
)
def test_what_is_no_geojson_geometry_is_refused(document: object) -> None:
    with pytest.raises(BadPlace):
        mend(geometry_of(document))


# ------------------------------------------------------------------ National Grid
@pytest.mark.parametrize(
    ("text", "lon", "lat", "accuracy_m"),
    [
        ("TQ 30000 80000", -0.128346, 51.503995, 5.7),
        ("SE2934", -1.5531, 53.8060, 712.1),
        ("hu 4765 4138", -1.1468, 60.1551, 12.1),
        ("SV 91 10", -6.3003, 49.9115, 712.1),
    ],
)
def test_a_grid_reference_is_the_middle_of_its_square(text: str, lon: float, lat: float, accuracy_m: float) -> None:
    place = parse_grid_ref(text)
    assert place.text == text
    assert place.accuracy_m == pytest.approx(accuracy_m, abs=0.1)
    assert float(distance_m(place.lon, place.lat, lon, lat)) < 500.0  # the expected ones are off a map


def test_osgb_worked_example() -> None:
    """Ordnance Survey, A guide to coordinate systems, annex C: TG 51409 13177."""
    place = parse_grid_ref("TG 51409 13177")
    assert (place.easting_m, place.northing_m) == (651_409.5, 313_177.5)
    assert grid_ref(place.lon, place.lat, 10) == "TG 51409 13177"
    easting, northing, accuracy_m = to_national_grid(place.lon, place.lat)
    assert math.hypot(easting - 651_409.5, northing - 313_177.5) < 0.01
    assert 1.0 <= accuracy_m <= 5.0


@given(st.integers(50_000, 650_000), st.integers(20_000, 1_200_000), st.sampled_from([2, 4, 6, 8, 10]))
def test_references_there_and_back(easting: int, northing: int, figures: int) -> None:
    place = from_national_grid(easting + 0.5, northing + 0.5)
    try:
        reference = grid_ref(place.lon, place.lat, figures)
    except BadPlace:
        return  # at sea, outside the area of use
    back, side = parse_grid_ref(reference), 10 ** (5 - figures // 2)
    assert abs(back.easting_m - easting - 0.5) <= side / 2 + 0.1
    assert abs(back.northing_m - northing - 0.5) <= side / 2 + 0.1


@pytest.mark.parametrize(
    "text", ["", "T", "TI 30", "TQ 3", "TQ 300 80", "TQ ab", "TQ²²", "WV65", "AA11", "TQ 123456 123456"]
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadPlace):
        parse_grid_ref(text)


def test_san_francisco_is_not_on_the_grid() -> None:
    with pytest.raises(BadPlace, match="National Grid"):
        grid_ref(-122.4, 37.7)
