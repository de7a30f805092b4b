"""A sheet of the earth: its middle in the middle, north upwards, metres as long as they are, a round scale bar."""

from __future__ import annotations

import numpy as np
import pytest

from app.ground import Ground
from geo.place import moved_by

MIDDLE = (-0.1276, 51.5074)


@pytest.mark.parametrize(("east_m", "north_m"), [(0, 0), (500, 0), (0, 500), (-800, 300)])
def test_metres_are_units(east_m: float, north_m: float) -> None:
    ground = Ground(*MIDDLE, 10.0, 360, 200)
    lon, lat = moved_by(*MIDDLE, east_m, north_m)
    x, y = ground.xy(np.array([lon]), np.array([lat]))
    assert x[0] == pytest.approx(180 + east_m / 10, abs=0.2)
    assert y[0] == pytest.approx(100 - north_m / 10, abs=0.2)
    assert ground.holds(float(x[0]), float(y[0]))


def test_across_the_antimeridian_and_off_the_sheet() -> None:
    ground = Ground(179.999, 0.0, 10.0, 360, 200)
    x, y = ground.xy(np.array([-179.999]), np.array([0.0]))
    assert ground.holds(float(x[0]), float(y[0]))
    assert not ground.holds(-1.0, 5.0)


@pytest.mark.parametrize(("metres", "says"), [(0.1, "50 m"), (1.0, "50 m"), (6.0, "500 m"), (30.0, "2 km")])
def test_the_bar_is_round_and_a_quarter_of_the_sheet_at_most(metres: float, says: str) -> None:
    length, words = Ground(*MIDDLE, metres, 360, 200).scale()
    assert words == says
    assert length <= 90 or says == "50 m"
