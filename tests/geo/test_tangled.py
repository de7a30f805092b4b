"""Outlines that cross themselves a few times are mended; a tangle is refused before it costs minutes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPlace
from geo.place import mend
from geo.tangled import MOST_CROSSINGS, see_tangled


def zigzag(times: int) -> shapely.Polygon:
    """Crosses its own base line so many times."""
    x = np.linspace(0.0, 1.0, times + 1) * 0.1
    y = 51.5 + 0.01 * np.where(np.arange(times + 1) % 2, 1, -1)
    return shapely.Polygon([*zip(x, y, strict=True), (0.2, 51.5), (-0.1, 51.5)])


def test_a_few_crossings_are_mended() -> None:
    shape = zigzag(MOST_CROSSINGS - 2)
    see_tangled(shape)
    mended, note = mend(shape)
    assert mended.is_valid
    assert note.startswith("mended: self-intersection")


def test_many_are_refused_and_say_where_the_first_is() -> None:
    with pytest.raises(BadPlace, match=r"crosses itself more than 100 times, first at -?0\.\d+, 51\.5") as refused:
        mend(zigzag(MOST_CROSSINGS + 5))
    assert refused.value.reason == "bad_place"


@pytest.mark.parametrize("points", [300, 9_999])
def test_a_tangle_is_refused_at_once(points: int) -> None:
    rng = np.random.default_rng(1)
    with pytest.raises(BadPlace):
        see_tangled(shapely.Polygon(rng.random((points, 2)) * 0.1 + [-0.1, 51.5]))


def test_a_line_gone_over_again_and_again_is_a_tangle() -> None:
    there = [(0.1 * (n % 2), 51.5) for n in range(500)]
    with pytest.raises(BadPlace):
        see_tangled(shapely.Polygon([*there, (0.0, 51.6)]))


def test_a_smooth_ring_of_ten_thousand_sides_is_none() -> None:
    turn = np.linspace(0, 2 * np.pi, 9_999, endpoint=False)
    eight = shapely.Polygon(np.column_stack([0.05 * np.sin(turn), 51.5 + 0.03 * np.sin(2 * turn)]))
    assert not eight.is_valid
    see_tangled(eight)


@pytest.mark.parametrize(
    "geometry",
    [shapely.Point(0, 51), shapely.LineString([(0, 51), (0, 51)]), shapely.Polygon(), shapely.box(0, 51, 1, 52)],
)
def test_what_has_no_rings_or_good_ones_is_none(geometry: BaseGeometry) -> None:
    see_tangled(geometry)
