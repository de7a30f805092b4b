"""Where, in words, and how far from a beat."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import MultiPolygon, Point, box

from geo.place import geodesic_m
from streams.patrol.where import NEXT_TO_M, compass_text, ground, place_text, street, where_text
from tests.streams.patrol import town


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MISSION ST / 05TH ST", "Mission St / 5th St"),
        ("300 BLOCK OF EDDY ST", "300 Block Of Eddy St"),
        ("On or near  Mill Lane", "On or near Mill Lane"),
        ("O'FARRELL ST", "O'farrell St"),
        ("11TH ST", "11th St"),
        ("A40", "A40"),
    ],
)
def test_a_street_as_on_its_sign(text: str, said: str) -> None:
    assert street(text) == said


def test_without_a_street_the_grid_and_elsewhere_coordinates() -> None:
    assert where_text(town.incident("a", place_text="")) == "TQ 329 807"
    assert place_text(-122.41444, 37.77991) == "37.7799, -122.4144"
    assert place_text(-6.26, 53.35) == "53.3500, -6.2600", "Dublin is not on the British grid"
    assert where_text(town.incident("a", place=None, place_text="", beat="N1")) == "no place given, beat N1"
    assert where_text(town.incident("a", place=None, place_text="")) == "no place given"


def test_metres_from_a_beat_are_metres() -> None:
    here = ground(town.BEAT.area)
    lon, lat = np.array([-0.085, -0.067, np.nan, -0.085]), np.array([51.51, 51.51, 51.51, 51.5235])
    metres = here.metres(lon, lat)
    assert metres[0] == 0
    assert np.isnan(metres[2])
    assert metres[1] == pytest.approx(float(geodesic_m(-0.067, 51.51, -0.07, 51.51)), rel=0.002)
    assert metres[3] == pytest.approx(float(geodesic_m(-0.085, 51.5235, -0.085, 51.52)), rel=0.002)
    assert here.holds(lon, lat).tolist() == [True, False, False, False]
    assert here.nears(lon, lat).tolist() == [True, True, False, True]
    assert metres[1] < NEXT_TO_M


def test_a_beat_across_the_date_line_is_one_beat() -> None:
    area = MultiPolygon([box(179.99, -17, 180, -16.99), box(-180, -17, -179.99, -16.99)])
    here = ground(area)
    lon, lat = np.array([179.995, -179.995, 179.985]), np.full(3, -16.995)
    assert here.holds(lon, lat).tolist() == [True, True, False]
    assert here.nears(lon, lat).tolist() == [True, True, False] or here.metres(lon, lat)[2] < 600


def test_which_side_of_the_beat() -> None:
    assert compass_text(town.BEAT.area, -0.085, 51.519) == "north"
    assert compass_text(town.BEAT.area, -0.071, 51.51) == "east"
    assert Point(town.MIDDLE).within(town.BEAT.area)
