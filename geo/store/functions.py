"""What SQLite calls where PostGIS has functions of its own: shapely and the spheroid behind a few names."""

from __future__ import annotations

import sqlite3
import struct
from functools import lru_cache

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry
from shapely.ops import nearest_points

from geo.pairs import Float64

_GEOD = Geod(ellps="WGS84")
_POINT = struct.Struct("<xIdd")
_POINT_BYTES, _POINT_TYPE = 21, 1


def register(connection: sqlite3.Connection) -> None:
    """Gives one connection the functions that GeoAlchemy2's SQLite dialect and our vocabulary call."""

    def define(name: str, count: int, function: object) -> None:
        connection.create_function(name, count, function, deterministic=True)  # type: ignore[arg-type]

    define("GeomFromEWKT", 1, _from_ewkt)
    define("GeomFromWKB", 2, lambda wkb, srid: wkb)
    define("AsEWKB", 1, _as_ewkb)
    define("beatline_distance_m", 3, distance_m)
    define("beatline_intersects", 2, intersects)
    # Its DDL hooks announce the column; there is nothing to do: boxes and triggers are in geo.store.tables.
    define("RecoverGeometryColumn", -1, lambda *names: 1)
    define("DiscardGeometryColumn", -1, lambda *names: 1)
    define("CheckSpatialIndex", -1, lambda *names: None)


def distance_m(place: bytes | None, lon: float, lat: float) -> float | None:
    """Metres on the WGS84 spheroid from a point to the nearest point of a place (WKB); 0 inside an area.

    The nearest point of a line or area is sought on a plane scaled to local metres around the point, then measured on
    the spheroid: within 0.1 % of PostGIS up to 20 km (tested at the boundary).
    """
    if place is None:
        return None
    point = _point_of(place)
    if point is None:
        found = _nearest(place, lon, lat)
        if found is None:
            return None
        point = found
    return float(_GEOD.inv(lon, lat, point[0], point[1])[2])


def _point_of(wkb: bytes) -> tuple[float, float] | None:
    if len(wkb) != _POINT_BYTES or wkb[0] != 1:
        return None
    kind, lon, lat = _POINT.unpack(wkb)
    return (lon, lat) if kind == _POINT_TYPE else None


def _nearest(wkb: bytes, lon: float, lat: float) -> tuple[float, float] | None:
    shape = _shape(wkb)
    if shape.is_empty:
        return None
    squeeze = max(np.cos(np.radians(lat)), 1e-9)

    def flat(coordinates: Float64) -> Float64:
        east = (coordinates[:, 0] - lon + 180.0) % 360.0 - 180.0 if crossing else coordinates[:, 0] - lon
        return np.column_stack((east * squeeze, coordinates[:, 1] - lat))

    west, _, east, _ = shape.bounds
    crossing = max(abs(west - lon), abs(east - lon)) > 180.0 and east - west < 180.0
    here, _ = nearest_points(shapely.transform(shape, flat), Point(0.0, 0.0))
    return here.x / squeeze + lon, here.y + lat


def intersects(place: bytes | None, area: bytes) -> int | None:
    """1 where the place (WKB) has a point in common with the area (WKB)."""
    if place is None:
        return None
    prepared = _area(area)
    point = _point_of(place)
    if point is not None:
        return int(shapely.intersects_xy(prepared, *point))
    return int(prepared.intersects(_shape(place)))


@lru_cache(maxsize=64)
def _area(wkb: bytes) -> BaseGeometry:
    shape = shapely.from_wkb(wkb)
    shapely.prepare(shape)
    return shape


@lru_cache(maxsize=4_096)
def _shape(wkb: bytes) -> BaseGeometry:
    return shapely.from_wkb(wkb)


def _from_ewkt(text: str | None) -> bytes | None:
    if text is None:
        return None
    wkb: bytes = shapely.to_wkb(shapely.from_wkt(text.split(";", 1)[-1]))
    return wkb


def _as_ewkb(wkb: bytes | None) -> bytes | None:
    if wkb is None:
        return None
    ewkb: bytes = shapely.to_wkb(shapely.set_srid(_shape(wkb), 4326), include_srid=True)
    return ewkb
