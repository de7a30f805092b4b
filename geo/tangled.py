"""An outline that crosses itself so often that it is none: found out before it is mended, which could take minutes."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPlace

MOST_CROSSINGS = 100
"""Mending costs more than in proportion: 951 crossings took 0.27 s, the 22,000 of 300 random points 22 s. Whoever draws
an area by hand crosses himself once."""
_AT_ONCE = 16


def see_tangled(geometry: BaseGeometry) -> None:
    """Raises BadPlace where the rings of the geometry meet themselves or each other more often. A few sides at a time
    are held against all of them, so that the worst are found out soonest; 10,000 sides with one crossing take 55 ms."""
    sides: list[BaseGeometry] = []
    for ring in shapely.get_rings(geometry):
        points = shapely.get_coordinates(ring)
        sides += np.asarray(shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1))).tolist()
    tree, meetings = shapely.STRtree(sides), 0
    for start in range(0, len(sides), _AT_ONCE):
        some = sides[start : start + _AT_ONCE]
        meetings += len(tree.query(some, predicate="intersects")[0]) - 3 * len(some)  # itself and two neighbours
        if meetings > 2 * MOST_CROSSINGS:
            at = shapely.is_valid_reason(geometry).partition("[")[2].rstrip("]").replace(" ", ", ")
            raise BadPlace(f"the outline crosses itself more than {MOST_CROSSINGS} times, first at {at}", "bad_place")
