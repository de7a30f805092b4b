"""Boxes of degrees around a point and across the antimeridian: what an index is asked before the exact question."""

from __future__ import annotations

import math
from typing import TypeAlias

Box: TypeAlias = tuple[float, float, float, float]
"""west, south, east, north in degrees, west <= east."""

_METRES_PER_DEGREE = 110_574.0
"""Length of a degree of latitude at the equator on WGS84, where it is shortest: boxes made with it are never small."""
_SLACK = 1.01


def boxes_around(lon: float, lat: float, radius_m: float) -> tuple[Box, ...]:
    """Boxes of degrees that contain everything within ``radius_m``: two where they cross the antimeridian."""
    dlat = radius_m * _SLACK / _METRES_PER_DEGREE
    south, north = lat - dlat, lat + dlat
    if south <= -89.9 or north >= 89.9:
        return ((-180.0, max(south, -90.0), 180.0, min(north, 90.0)),)
    dlon = dlat / math.cos(math.radians(max(abs(south), abs(north))))
    if dlon >= 180.0:
        return ((-180.0, south, 180.0, north),)
    return wrapped((lon - dlon, south, lon + dlon, north))


def wrapped(bounds: Box) -> tuple[Box, ...]:
    """A box whose west may lie beyond -180, whose east beyond 180 or west of its west -> one or two plain boxes."""
    west, south, east, north = bounds
    if west < -180.0:
        west += 360.0
    if east > 180.0:
        east -= 360.0
    if west <= east:
        return ((west, south, east, north),)
    return ((west, south, 180.0, north), (-180.0, south, east, north))


def touching_postgis(table: str, boxes: tuple[Box, ...]) -> str:
    """The condition that the index of place and time serves. The numbers stand in the text, so that each query is
    planned for them."""
    found = (f"{table}.place && ST_MakeEnvelope({w!r}, {s!r}, {e!r}, {n!r}, 4326)" for w, s, e, n in boxes)
    return f"({' OR '.join(found)})"


def spanning(boxes: tuple[Box, ...]) -> str:
    """The same by the columns of a row's own box, which the index of the newest and the R*Tree hold."""
    return " OR ".join(
        f"(max_lon >= {west!r} AND min_lon <= {east!r} AND max_lat >= {south!r} AND min_lat <= {north!r})"
        for west, south, east, north in boxes
    )
