"""What SQLite calls: distances that agree with the spheroid and with PostGIS, intersection, and NULL."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing

import pytest
import shapely
from pyproj import Geod
from shapely.geometry import LineString, Point, Polygon, box

from geo.store.functions import distance_m, intersects, register
from geo.store.query_rows import Order, Query
from geo.store.store import SqlStore
from tests.geo.store.making import incident

_GEOD = Geod(ellps="WGS84")
_LATITUDES = (0.0, 37.7, 53.8, -33.9, 69.0)


@pytest.mark.parametrize("lat", _LATITUDES)
def test_a_point_is_as_far_as_the_spheroid_says(lat: float) -> None:
    for metres in (1.0, 500.0, 20_000.0):
        lon, other, _ = _GEOD.fwd(10.0, lat, 77.0, metres)
        assert distance_m(shapely.to_wkb(Point(lon, other)), 10.0, lat) == pytest.approx(metres, rel=1e-9)


@pytest.mark.parametrize("lat", _LATITUDES)
def test_the_nearest_point_of_a_line_is_found_to_a_thousandth(lat: float) -> None:
    """A line square to the bearing: its middle is the nearest point."""
    for bearing in (0.0, 45.0, 130.0, 270.0):
        for metres in (300.0, 5_000.0, 20_000.0):
            lon, other, back = _GEOD.fwd(10.0, lat, bearing, metres)
            ends = [_GEOD.fwd(lon, other, back + side, 800.0)[:2] for side in (90.0, -90.0)]
            found = distance_m(shapely.to_wkb(LineString(ends)), 10.0, lat)
            assert found == pytest.approx(metres, rel=1e-3)


def test_inside_an_area_is_no_distance_and_outside_is_to_its_edge() -> None:
    area = shapely.to_wkb(box(-1.6, 53.7, -1.5, 53.8))
    assert distance_m(area, -1.55, 53.75) == pytest.approx(0.0, abs=1e-6)
    expected = _GEOD.inv(-1.4, 53.75, -1.5, 53.75)[2]
    assert distance_m(area, -1.4, 53.75) == pytest.approx(expected, rel=1e-3)


def test_across_the_antimeridian() -> None:
    line = shapely.to_wkb(LineString([(-179.99, 10.0), (-179.9, 10.0)]))
    assert distance_m(line, 179.99, 10.0) == pytest.approx(_GEOD.inv(179.99, 10, -179.99, 10)[2], rel=1e-3)


def test_nothing_is_no_distance() -> None:
    assert distance_m(None, 0.0, 0.0) is None
    assert distance_m(shapely.to_wkb(Polygon()), 0.0, 0.0) is None
    assert intersects(None, shapely.to_wkb(box(0, 0, 1, 1))) is None


def test_intersection_of_points_lines_and_edges() -> None:
    area = shapely.to_wkb(box(0, 0, 1, 1))
    for shape, expected in (
        (Point(0.5, 0.5), 1),
        (Point(1.0, 1.0), 1),
        (Point(1.1, 1.0), 0),
        (LineString([(-1, 0.5), (2, 0.5)]), 1),
        (LineString([(2, 2), (3, 3)]), 0),
    ):
        assert intersects(shapely.to_wkb(shape), area) == expected


def test_what_geoalchemy_calls_is_there() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        register(connection)
        text = "SELECT AsEWKB(GeomFromEWKT('SRID=4326;POINT(1 2)')), AsEWKB(NULL), GeomFromEWKT(NULL)"
        ewkb, null, none = connection.execute(text).fetchone()
        assert shapely.from_wkb(ewkb) == Point(1, 2)
        assert shapely.get_srid(shapely.from_wkb(ewkb)) == 4326
        assert null is None
        assert none is None
        assert connection.execute("SELECT RecoverGeometryColumn('t', 'c', 4326, 'POINT', 'XY')").fetchone() == (1,)


@pytest.mark.postgis
async def test_both_engines_measure_alike_up_to_20_km(both: tuple[SqlStore, SqlStore]) -> None:
    """Boundary test: the radius at which each engine lets a place in agrees to 0.1 %, for points, lines and areas."""
    draw = random.Random(3)
    for number in range(24):
        lat, bearing, metres = draw.choice(_LATITUDES), draw.uniform(0, 360), draw.choice((150.0, 2_000.0, 19_990.0))
        lon, other, _ = _GEOD.fwd(5.0, lat, bearing, metres)
        size = draw.uniform(0.0005, 0.004)
        shape = (
            Point(lon, other),
            LineString([(lon, other), (lon + size, other + size), (lon + size, other)]),
            box(lon, other, lon + size, other + size),
        )[number % 3]
        record = incident(f"n{number}", shape)
        for store in both:
            await store.put([record])
        measured = distance_m(shapely.to_wkb(shape), 5.0, lat)
        assert measured is not None
        for store in both:
            for radius, inside in ((measured * 1.001 + 0.01, True), (measured * 0.999 - 0.01, False)):
                query = Query(near=(5.0, lat), radius_m=radius, order=Order.NEAREST, limit=1_000)
                page = await store.search(query)
                assert (record.id in {stored.record.id for stored in page.items}) == inside, (number, store)
