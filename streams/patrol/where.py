"""Where something is, as an officer finds it: the street as the source named it, else the grid, else coordinates"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPlace
from geo.model import Record
from geo.pairs import Bool, Float32, Float64
from geo.place import LocalShape, grid_ref, grown_box, local_shape, point_of, wrapped

NEXT_TO_M = 500.0
"""So far from the beat's edge is next to it: seven minutes' walk."""
_BRITAIN = (-8.7, 49.8, 1.8, 60.9)
_ISLES_WEST = -5.4


def street(text: str) -> str:
    """As on a street sign: ``MISSION ST / 05TH ST`` is ``Mission St / 5th St``; what is not all capitals stays."""
    text = " ".join(text.split())
    if text != text.upper():
        return text
    words = re.sub(r"[^\W_]+(?:'[^\W_]+)?", lambda found: _word(found.group()), text)
    return words[:1].upper() + words[1:]


def _word(word: str) -> str:
    if numbered := re.fullmatch(r"0*(\d+)(ST|ND|RD|TH)", word):
        return numbered[1] + numbered[2].lower()
    return word if any(char.isdigit() for char in word) else word.capitalize()


def where_text(record: Record) -> str:
    """The street, else the National Grid in Great Britain, else coordinates to 10 m; without a place "no place given"
    and the beat that it names."""
    if record.place_text:
        return street(record.place_text)[:90]
    if record.place is None or record.place.is_empty:
        return f"no place given, beat {record.beat}" if record.beat else "no place given"
    return place_text(*point_of(record.place))


def place_text(lon: float, lat: float) -> str:
    """``TQ 300 804``, or ``37.7799, -122.4144`` where there is no National Grid."""
    west, south, east, north = _BRITAIN
    if west <= lon <= east and south <= lat <= north and (lat > 55.4 or lon > _ISLES_WEST or lat < 51.3):
        try:
            return grid_ref(lon, lat)
        except BadPlace:
            pass
    return f"{lat:.4f}, {lon:.4f}"


@dataclass(frozen=True, slots=True)
class Ground:
    """A beat as distances are measured from it."""

    area: BaseGeometry
    shape: LocalShape
    round_about: BaseGeometry
    """In the shape's own metres: the beat and what is next to it."""
    bounds: tuple[float, float, float, float]
    """West, south, east, north of that in degrees; beyond 180 where it crosses the antimeridian."""

    def _plane(self, lon: Float64, lat: Float64) -> tuple[Float64, Float64]:
        shape = self.shape
        return np.asarray(wrapped(lon - shape.lon) * shape.per_lon), (lat - shape.lat) * shape.per_lat

    def holds(self, lon: Float64, lat: Float64) -> Bool:
        """Which places lie in the beat; NaN does not."""
        return _inside(self.shape.planar, *self._plane(lon, lat))

    def nears(self, lon: Float64, lat: Float64) -> Bool:
        """Which lie in it or next to it."""
        return _inside(self.round_about, *self._plane(lon, lat))

    def metres(self, lon: Float64, lat: Float64) -> Float32:
        """From the beat, 0 inside; NaN without a place. For hundreds of places, not for tens of thousands."""
        x, y = self._plane(lon, lat)
        found = np.full(len(x), np.nan, np.float32)
        known = np.isfinite(x)
        found[known] = shapely.distance(self.shape.planar, shapely.points(x[known], y[known]))
        return found


def ground(area: BaseGeometry) -> Ground:
    """A beat's area -> what measures from it."""
    shape = local_shape(area)
    round_about = shape.planar.simplify(10.0).buffer(NEXT_TO_M)
    shapely.prepare(round_about)
    west, south, east, north = grown_box([area.bounds], [NEXT_TO_M])[0].tolist()
    return Ground(area, shape, round_about, (west, south, east, north))


def _inside(planar: BaseGeometry, x: Float64, y: Float64) -> Bool:
    inside = np.zeros(len(x), np.bool_)
    known = np.isfinite(x)
    inside[known] = shapely.intersects_xy(planar, x[known], y[known])
    return inside


def compass_text(area: BaseGeometry, lon: float, lat: float) -> str:
    """Which side of the beat a place lies on, as from its middle: ``north-east``."""
    middle = area.centroid
    north, east = lat - middle.y, (lon - middle.x) * np.cos(np.radians(lat))
    return _COMPASS[round(float(np.degrees(np.arctan2(east, north))) / 45) % 8]


_COMPASS = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
