"""Points, areas, metres: distances and bearings, National Grid and grid references, and geometry that can be trusted.

The only file that converts between coordinate systems. Everything else is WGS84 degrees, longitude before latitude.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

import numpy as np
import shapely
from numpy.typing import ArrayLike
from pyproj import Geod, Transformer
from pyproj.transformer import TransformerGroup
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPlace
from geo.pairs import Bool, Float64
from geo.tangled import see_tangled

LonLat: TypeAlias = tuple[float, float]
Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""

SEMI_MAJOR_M = 6_378_137.0
ECCENTRICITY_2 = 6.694_379_990_14e-3
"""WGS84 (NIMA TR8350.2): semi-major axis and first eccentricity squared."""
SMALLEST_M_PER_DEGREE_LAT = 110_574.0
"""A degree of latitude at the equator, where it is shortest: divides metres into a box that is never too small."""
_DEGREE = math.pi / 180.0


# ------------------------------------------------------------------ metres
def metres_per_degree(lat: ArrayLike) -> tuple[Float64, Float64]:
    """Metres in one degree of longitude and of latitude at these latitudes.

    From the radii of curvature in the prime vertical, ``N = a / w``, and the meridian, ``M = a (1 - e2) / w^3``, with
    ``w = sqrt(1 - e2 sin^2 lat)`` (Torge, Geodesy, 4.1.3).
    """
    cosine = np.cos(np.multiply(lat, _DEGREE))
    w2 = (1.0 - ECCENTRICITY_2) + ECCENTRICITY_2 * (cosine * cosine)
    prime_vertical = (SEMI_MAJOR_M * _DEGREE) / np.sqrt(w2)
    return prime_vertical * cosine, prime_vertical * ((1.0 - ECCENTRICITY_2) / w2)


def wrapped(degrees: ArrayLike) -> Float64:
    """Differences of longitude -> the same difference the short way round, in -180..180."""
    difference = np.asarray(degrees, np.float64)
    return difference - 360.0 * np.rint(difference * (1.0 / 360.0))


def offsets_m(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> tuple[Float64, Float64]:
    """Metres east and north from the first places to the second, by the radii at the middle latitude.

    Agrees with the spheroid to 0.1 % up to 20 km between 80 degrees south and north, across the antimeridian too.
    """
    from_lat, other_lat = np.asarray(lat, np.float64), np.asarray(to_lat, np.float64)
    per_lon, per_lat = metres_per_degree((from_lat + other_lat) * 0.5)
    return wrapped(np.subtract(to_lon, lon)) * per_lon, (other_lat - from_lat) * per_lat


def distance_m(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Float64:
    """Metres between places (see :func:`offsets_m`); shapes broadcast."""
    east, north = offsets_m(lon, lat, to_lon, to_lat)
    return cast("Float64", np.sqrt(east * east + north * north))


def bearing_of(east_m: ArrayLike, north_m: ArrayLike) -> Float64:
    """Degrees from true north, 0..360, of an offset."""
    bearing = np.degrees(np.arctan2(east_m, north_m)) % 360.0
    return np.where(bearing >= 360.0, 0.0, bearing)


def bearing_deg(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Float64:
    """Degrees from true north in which the second places lie from the first."""
    return bearing_of(*offsets_m(lon, lat, to_lon, to_lat))


def moved_by(lon: float, lat: float, east_m: float, north_m: float) -> LonLat:
    """The place so many metres east and north of this one: the inverse of :func:`offsets_m`."""
    _, per_lat = metres_per_degree(lat)
    to_lat = lat + north_m / float(per_lat)
    _, per_lat = metres_per_degree((lat + to_lat) / 2)
    to_lat = lat + north_m / float(per_lat)
    per_lon, _ = metres_per_degree((lat + to_lat) / 2)
    return float(wrapped(lon + east_m / float(per_lon))), to_lat


@lru_cache(maxsize=1)
def _spheroid() -> Geod:
    return Geod(ellps="WGS84")


def geodesic_m(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Float64:
    """Metres along the spheroid (Karney 2013, through pyproj): exact and slow; what the store answers with."""
    parts = np.broadcast_arrays(*(np.asarray(part, np.float64) for part in (lon, lat, to_lon, to_lat)))
    _, _, metres = _spheroid().inv(parts[0], parts[1], parts[2], parts[3])
    return np.asarray(metres, np.float64)


def grown_box(bounds: ArrayLike, by_m: ArrayLike) -> Float64:
    """Boxes [n, 4] (west, south, east, north) grown by metres [n]: nothing within that distance is outside.

    Longitudes may leave -180..180 (wrap them when used); a box that reaches a pole spans all of them.
    """
    box = np.array(bounds, np.float64, ndmin=2)
    metres = np.asarray(by_m, np.float64)
    tall = metres / SMALLEST_M_PER_DEGREE_LAT
    south, north = np.maximum(box[:, 1] - tall, -90.0), np.minimum(box[:, 3] + tall, 90.0)
    per_lon, _ = metres_per_degree(np.maximum(np.abs(south), np.abs(north)))
    with np.errstate(divide="ignore"):
        wide = np.minimum(metres / np.maximum(per_lon, 1e-9), 360.0)
    return np.column_stack([box[:, 0] - wide, south, box[:, 2] + wide, north])


# ------------------------------------------------------------------ lines and areas
@dataclass(frozen=True, slots=True)
class LocalShape:
    """A line or area in metres around its own ``(lon, lat)``, so that shapely measures it as a plane."""

    lon: float
    lat: float
    per_lon: float
    per_lat: float
    planar: BaseGeometry


def local_shape(geometry: BaseGeometry) -> LocalShape:
    """The planar form of a geometry. Parts on both sides of the antimeridian come out beside each other."""
    lon = float(shapely.get_coordinates(geometry)[0, 0])
    lat = (geometry.bounds[1] + geometry.bounds[3]) / 2
    per_lon, per_lat = (float(part) for part in metres_per_degree(lat))

    def plane(points: Float64) -> Float64:
        return np.column_stack([wrapped(points[:, 0] - lon) * per_lon, (points[:, 1] - lat) * per_lat])

    planar = shapely.transform(geometry, plane)
    shapely.prepare(planar)
    return LocalShape(lon, lat, per_lon, per_lat, planar)


def local_bounds(shape: LocalShape) -> Box:
    """West, south, east, north of the shape in degrees; beyond 180 where it crosses the antimeridian."""
    west, south, east, north = shape.planar.bounds
    return (
        shape.lon + west / shape.per_lon,
        shape.lat + south / shape.per_lat,
        shape.lon + east / shape.per_lon,
        shape.lat + north / shape.per_lat,
    )


def nearest_of(shape: LocalShape, lon: Float64, lat: Float64) -> tuple[Float64, Float64]:
    """For places [n]: longitude and latitude of the nearest point of the shape; the place itself when inside."""
    x, y = wrapped(lon - shape.lon) * shape.per_lon, (lat - shape.lat) * shape.per_lat
    points = shapely.points(x, y)
    lines = shapely.shortest_line(points, shape.planar)
    near = shapely.get_coordinates(lines)[1::2]
    outside = shapely.distance(points, shape.planar) > 0.0
    near_lon = wrapped(shape.lon + near[:, 0] / shape.per_lon)
    near_lat = shape.lat + near[:, 1] / shape.per_lat
    return np.where(outside, near_lon, lon), np.where(outside, near_lat, lat)


def covers(geometry: BaseGeometry, lon: Float64, lat: Float64) -> Bool:
    """Which places [n] lie in the area or on its edge; NaN places do not."""
    inside = np.zeros(len(lon), np.bool_)
    known = np.isfinite(lon) & np.isfinite(lat)
    inside[known] = shapely.intersects_xy(geometry, lon[known], lat[known])
    return inside


def point_of(geometry: BaseGeometry) -> LonLat:
    """A place that stands for the geometry: the point itself, or one on its surface."""
    point = geometry if geometry.geom_type == "Point" else geometry.point_on_surface()
    lon, lat = shapely.get_coordinates(point)[0]
    return float(lon), float(lat)


# ------------------------------------------------------------------ is it a place at all
NULL_ISLAND_DEG = 0.001
"""Within 110 m of 0, 0: what a receiver says that knows nothing."""


def in_range(lon: ArrayLike, lat: ArrayLike) -> Bool:
    """Finite, -180..180, and short of the poles: 90 is what defaults and overflows say, never an officer."""
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(lon) <= 180.0) & (np.abs(lat) < 90.0))


def on_null_island(lon: ArrayLike, lat: ArrayLike) -> Bool:
    """Within NULL_ISLAND_DEG of 0, 0 in both."""
    with np.errstate(invalid="ignore"):
        return np.asarray((np.abs(lon) < NULL_ISLAND_DEG) & (np.abs(lat) < NULL_ISLAND_DEG))


def check_lon_lat(lon: float, lat: float, area: Box | None = None) -> None:
    """Raises BadPlace (``reason`` bad_place, null_island, swapped or out_of_area) unless it is a plausible place.

    ``area`` is where the deployment works; with it, swapped coordinates are known even where both are in range.
    """
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise BadPlace(f"coordinates {lon}, {lat} are not numbers", "bad_place")
    if bool(on_null_island(lon, lat)):
        raise BadPlace("coordinates 0, 0 are what a receiver says that knows no place", "null_island")
    if not bool(in_range(lon, lat)):
        if bool(in_range(lat, lon)) and abs(lat) > 90.0:
            raise BadPlace(f"latitude {lat} is out of range: are longitude and latitude swapped?", "swapped")
        raise BadPlace(f"longitude {lon}, latitude {lat} is out of range", "bad_place")
    if area is not None and not _within(lon, lat, area):
        if _within(lat, lon, area):
            raise BadPlace(f"{lon}, {lat} lies in the area only with longitude and latitude swapped", "swapped")
        raise BadPlace(f"{lon}, {lat} is outside the area {area}", "out_of_area")


def _within(lon: float, lat: float, area: Box) -> bool:
    return area[0] <= lon <= area[2] and area[1] <= lat <= area[3]


def mend(geometry: BaseGeometry, area: Box | None = None) -> tuple[BaseGeometry, str]:
    """A geometry that is valid, flat and on Earth, and a note of what was done to it ("" for nothing).

    A ring that crosses itself is mended (make_valid), a third dimension dropped. Raises BadPlace for what is empty,
    not finite, out of range, swapped, on null island, or outside ``area`` with its representative point.
    """
    if geometry.is_empty:
        raise BadPlace("the geometry is empty", "bad_place")
    notes = []
    if geometry.has_z:
        geometry = shapely.force_2d(geometry)
        notes.append("third dimension dropped")
    points = shapely.get_coordinates(geometry)
    suspect = ~in_range(points[:, 0], points[:, 1]) | on_null_island(points[:, 0], points[:, 1])
    if suspect.any():
        at = points[int(np.argmax(suspect))]
        check_lon_lat(float(at[0]), float(at[1]))
    if not geometry.is_valid:
        see_tangled(geometry)
        why = shapely.is_valid_reason(geometry).split("[")[0].strip().lower()
        geometry = shapely.make_valid(geometry)
        notes.append(f"mended: {why}")
        if geometry.is_empty or not geometry.is_valid:
            raise BadPlace(f"the geometry cannot be mended: {why}", "bad_place")
    if area is not None:
        check_lon_lat(*point_of(geometry), area)
    return geometry, "; ".join(notes)


# ------------------------------------------------------------------ GeoJSON
def geometry_of(document: object) -> BaseGeometry:
    """A GeoJSON geometry object (RFC 7946) -> geometry, not yet mended. Raises BadPlace."""
    if not isinstance(document, dict) or not isinstance(document.get("type"), str):
        raise BadPlace("a place is a GeoJSON geometry object", "bad_place")
    if not all_numbers(document.get("coordinates"), document.get("geometries")):
        raise BadPlace("the coordinates of a place are numbers: [longitude, latitude]", "bad_place")
    try:
        geometry = shapely.geometry.shape(document)
    except (shapely.errors.ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise BadPlace(f"not a GeoJSON geometry: {str(error)[:100] or type(error).__name__}", "bad_place") from error
    return geometry


def all_numbers(*values: object) -> bool:
    """Whether nothing but numbers is in these nested lists: shapely would take ``"-0.1"`` and ``true`` for one too."""
    pending = list(values)
    while pending:
        value = pending.pop()
        if isinstance(value, list | tuple):
            pending.extend(value)
        elif isinstance(value, dict):
            pending += [value.get("coordinates"), value.get("geometries")]
        elif value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            return False
    return True


def geojson_of(geometry: BaseGeometry) -> dict[str, object]:
    """Geometry -> GeoJSON geometry object of lists (7 decimals: a centimetre), that JSON can hold."""
    return {"type": geometry.geom_type, **_members(geometry)}


def _members(geometry: BaseGeometry) -> dict[str, object]:
    mapping = shapely.geometry.mapping(geometry)
    if "geometries" in mapping:
        return {"geometries": [geojson_of(part) for part in shapely.get_parts(geometry)]}
    return {"coordinates": _rounded(mapping["coordinates"])}


def _rounded(coordinates: object) -> object:
    if isinstance(coordinates, float | int):
        return round(float(coordinates), 7)
    return [_rounded(part) for part in cast("tuple[object, ...]", coordinates)]


# ------------------------------------------------------------------ British National Grid (EPSG:27700)
DATUM_ACCURACY_M = 5.0
"""OSGB36 by the seven-parameter transformation, which is what there is without OSTN15: 0.6 to 4 m off in 9 towns."""
OSTN15_ACCURACY_M = 1.0
_SQUARES = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_GRID_EAST_M, _GRID_NORTH_M = 700_000, 1_300_000
_GRID_BOX: Box = (-9.01, 49.75, 2.02, 61.02)
"""EPSG's area of use of 27700, with a margin."""


@dataclass(frozen=True, slots=True)
class GridPlace:
    """A place that came as a grid reference: the middle of its square, and how far off that may be, datum included."""

    lon: float
    lat: float
    easting_m: float
    northing_m: float
    accuracy_m: float
    text: str
    """As it was given."""


@lru_cache(maxsize=1)
def _national_grid() -> tuple[Transformer, float]:
    """The best transformation that is installed, one for both directions so that there and back is the same place, and
    its accuracy. Made once: it costs milliseconds and may warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "best transformation is not available": said in the accuracy instead
        group = TransformerGroup("EPSG:4326", "EPSG:27700", always_xy=True)
    return group.transformers[0], OSTN15_ACCURACY_M if group.best_available else DATUM_ACCURACY_M


def to_national_grid(lon: float, lat: float) -> tuple[float, float, float]:
    """Easting, northing and accuracy in metres. Raises BadPlace outside Great Britain's grid."""
    grid, accuracy_m = _national_grid()
    if _within(lon, lat, _GRID_BOX):
        easting, northing = grid.transform(lon, lat)
        if _on_grid(easting, northing):
            return float(easting), float(northing), accuracy_m
    raise BadPlace(f"{lon}, {lat} is not on the British National Grid", "out_of_area")


def from_national_grid(easting_m: float, northing_m: float, square_m: float = 0.0) -> GridPlace:
    """Metres of the grid -> place. ``square_m``: the side of the square that the middle of is meant."""
    grid, datum_m = _national_grid()
    lon, lat = math.inf, math.inf
    if _on_grid(easting_m, northing_m):
        lon, lat = grid.transform(easting_m, northing_m, direction="INVERSE")
    if not math.isfinite(lon + lat):
        raise BadPlace(f"{easting_m}, {northing_m} is not on the British National Grid", "out_of_area")
    accuracy_m = square_m / math.sqrt(2) + datum_m
    return GridPlace(float(lon), float(lat), easting_m, northing_m, accuracy_m, f"{easting_m:.0f} {northing_m:.0f}")


def _on_grid(easting_m: float, northing_m: float) -> bool:
    return 0 <= easting_m < _GRID_EAST_M and 0 <= northing_m < _GRID_NORTH_M


def parse_grid_ref(text: str) -> GridPlace:
    """``TQ 30000 80000``, ``SE2934``, ``TQ`` -> the middle of that square. Raises BadPlace, naming the text.

    A reference names a square by its south-west corner: two letters for 100 km (25 letters, no I), then an even number
    of digits, half of them easting: 2 -> 10 km, 4 -> 1 km, 6 -> 100 m, 8 -> 10 m, 10 -> 1 m.
    """
    letters, digits = (compact := "".join(text.split()).upper())[:2], compact[2:]
    known = len(letters) == 2 and all(letter in _SQUARES for letter in letters)
    if not known or len(digits) % 2 or len(digits) > 10 or not (digits.isascii() and (digits.isdigit() or not digits)):
        raise BadPlace(f"{text[:40]!r} is not a grid reference such as TQ 300 800", "bad_place")
    first, second, half = _SQUARES.index(letters[0]), _SQUARES.index(letters[1]), len(digits) // 2
    side = 10 ** (5 - half)
    easting = ((first - 2) % 5 * 5 + second % 5) * 100_000 + int(digits[:half] or 0) * side
    northing = (19 - first // 5 * 5 - second // 5) * 100_000 + int(digits[half:] or 0) * side
    place = from_national_grid(easting + side / 2, northing + side / 2, side)
    return GridPlace(place.lon, place.lat, place.easting_m, place.northing_m, place.accuracy_m, text)


def grid_ref(lon: float, lat: float, figures: int = 6) -> str:
    """The reference of the square that holds the place: ``TQ 300 804``. ``figures`` is 0, 2, 4, 6, 8 or 10."""
    easting, northing, _ = to_national_grid(lon, lat)
    east, north = int(easting), int(northing)
    column, row = east // 100_000, north // 100_000
    first = (19 - row) // 5 * 5 + (column + 10) // 5
    second = (19 - row) % 5 * 5 + column % 5
    half, side = figures // 2, 10 ** (5 - figures // 2)
    digits = (f"{east % 100_000 // side:0{half}d}", f"{north % 100_000 // side:0{half}d}") if half else ()
    return " ".join((_SQUARES[first] + _SQUARES[second], *digits))
