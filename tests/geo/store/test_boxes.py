"""Boxes that are never too small, and plain ones."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geo.store.boxes import boxes_around, spanning, touching_postgis, wrapped

_GEOD = Geod(ellps="WGS84")


@given(st.floats(-180, 180), st.floats(-89.99, 89.99), st.floats(1, 500_000), st.floats(0, 360))
def test_everything_within_the_radius_is_in_the_boxes(lon: float, lat: float, radius: float, bearing: float) -> None:
    east, north, _ = _GEOD.fwd(lon, lat, bearing, radius)
    assert any(w <= east <= e and s <= north <= n for w, s, e, n in boxes_around(lon, lat, radius))


@given(st.floats(-180, 180), st.floats(-90, 90), st.floats(0, 21_000_000))
def test_boxes_are_plain(lon: float, lat: float, radius: float) -> None:
    for west, south, east, north in boxes_around(lon, lat, radius):
        assert -180 <= west <= east <= 180
        assert south <= north
        assert not math.isnan(west + east)


def test_a_box_over_the_antimeridian_is_two() -> None:
    assert wrapped((170.0, 0.0, -170.0, 1.0)) == ((170.0, 0.0, 180.0, 1.0), (-180.0, 0.0, -170.0, 1.0))
    assert wrapped((-1.0, 0.0, 1.0, 1.0)) == ((-1.0, 0.0, 1.0, 1.0),)


def test_either_box_will_do() -> None:
    two = wrapped((170.0, -1.0, -170.0, 1.0))
    assert (
        touching_postgis("record", two).count("record.place && ST_MakeEnvelope(") == spanning(two).count("AND") / 3 == 2
    )
    assert " OR " in spanning(two)
