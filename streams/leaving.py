"""The edge of an area that a briefing is for: who has it and is a step outside has not left yet

A receiver is some metres wrong and a street may be the border: without this an officer who patrols it is told, has it
cancelled, and is told again all day. So it goes from his device once he is further out than that. What only recipients
may have goes at once: the door is not asked about edges.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from shapely.geometry.base import BaseGeometry

from geo.pairs import Bool, Float64
from geo.place import LocalShape, distance_m, grown_box, local_shape, nearest_of

EDGE_M = 100.0
"""As large as a place is kept coarse in the store, which therefore cannot tell either."""


def about_inside(area: BaseGeometry, lon: Float64, lat: Float64) -> Bool:
    """Which places [n] are in the area, or less than ``EDGE_M`` from it; NaN places are not."""
    west, south, east, north = grown_box(np.array([area.bounds]), np.array([EDGE_M]))[0]
    near = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    if near.any():
        here = lon[near], lat[near]
        near[near] = distance_m(*here, *nearest_of(_local(area), *here)) <= EDGE_M
    return np.asarray(near)


@lru_cache(maxsize=128)
def _local(area: BaseGeometry) -> LocalShape:
    return local_shape(area)
