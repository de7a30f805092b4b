"""The map: what is on it, that numbers can be told apart, and that it says what it leaves out."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
import shapely

from app.pages.area_map import WIDE, AreaMap, area_map, outline
from geo.place import wrapped
from streams.patrol.document import Part, PatrolBriefing, Section
from tests.app.pages.scene import briefing, empty, fullest, item


def drawn(one: PatrolBriefing) -> AreaMap:
    found = area_map(one)
    assert found is not None
    return found


def numbers(svg: str) -> dict[int, tuple[float, float]]:
    found = re.findall(r'<text x="(-?\d+)" y="(-?\d+)" class="number \w+">(\d+)</text>', svg)
    return {int(number): (float(x), float(y) - 4) for x, y, number in found}


def with_places(*places: shapely.Geometry, area: shapely.Geometry | None = None) -> PatrolBriefing:
    items = tuple(item(n, Section.LIVE, "x", place=place) for n, place in enumerate(places, 1))
    return briefing(parts=(Part(section=Section.LIVE, items=items),), beat_area=area, hotspots=())


def test_it_shows_outline_items_problem_places_scale_and_north() -> None:
    svg = drawn(briefing()).svg
    assert set(numbers(svg)) == {1, 2, 4, 5, 6, 7, 8, 9, 10, 11}
    assert all(f'class="{look}"' in svg for look in ("beat", "hotspot", "scale", "north"))
    assert "500 m" in svg
    assert 'role="img"' in svg
    assert "10 numbered items; 1 problem place" in svg


def test_marks_keep_apart_even_where_all_happened_at_one_place() -> None:
    found = list(numbers(drawn(fullest()).svg).values())
    assert len(found) == 40
    nearest = min(math.dist(one, other) for n, one in enumerate(found) for other in found[:n])
    assert nearest >= 19


def test_all_marks_are_on_the_drawing() -> None:
    svg = drawn(fullest()).svg
    tall = float(re.findall(r'viewBox="0 0 \d+ (\d+)"', svg)[0])
    assert all(10 <= x <= WIDE - 10 and 10 <= y <= tall - 10 for x, y in numbers(svg).values())


def test_what_is_moved_has_a_line_to_its_place() -> None:
    here = shapely.Point(-0.12, 51.505)
    assert drawn(with_places(here, here)).svg.count('class="lead"') == 1


def test_what_lies_far_beside_the_beat_is_named_and_does_not_shrink_it() -> None:
    area = shapely.box(-0.13, 51.50, -0.11, 51.51)
    found = drawn(
        with_places(shapely.Point(-0.12, 51.505), shapely.Point(-0.132, 51.505), shapely.Point(-0.5, 51.6), area=area)
    )
    assert found.beyond == (3,)
    assert set(numbers(found.svg)) == {1, 2}


def test_north_is_up_and_east_is_right() -> None:
    south_west, north_east = (
        numbers(drawn(with_places(shapely.Point(0, 51), shapely.Point(0.01, 51.01))).svg)[n] for n in (1, 2)
    )
    assert north_east[0] > south_west[0]
    assert north_east[1] < south_west[1]


def test_across_the_antimeridian_it_is_one_map() -> None:
    svg = drawn(with_places(shapely.Point(179.99, -17), shapely.Point(-179.99, -17))).svg
    (west, _), (east, _) = (numbers(svg)[n] for n in (1, 2))
    assert 0 < east - west < WIDE
    assert wrapped(np.array([-359.98]))[0] == pytest.approx(0.02)


def test_one_place_alone_is_a_map_of_its_street() -> None:
    assert (
        "100 m" in drawn(with_places(shapely.Point(-0.12, 51.5))).svg
        or "50 m" in drawn(with_places(shapely.Point(-0.12, 51.5))).svg
    )


def test_nothing_to_draw_is_no_map() -> None:
    assert area_map(empty()) is None
    assert area_map(with_places(shapely.Point())) is None


def test_lines_areas_holes_and_many_parts_are_drawn() -> None:
    ring = shapely.box(-0.14, 51.50, -0.10, 51.52).difference(shapely.box(-0.13, 51.505, -0.12, 51.51))
    area = shapely.union_all([ring, shapely.box(-0.09, 51.50, -0.08, 51.51)])
    svg = drawn(with_places(shapely.LineString([(-0.13, 51.50), (-0.12, 51.51)]), ring, area=area)).svg
    assert svg.count('class="place"') == 2
    assert re.findall(r'class="beat" d="([^"]*)"', svg)[0].count("M") == 3


def test_streets_lie_under_it_where_they_are_given_and_no_more_than_a_handset_takes() -> None:
    street = shapely.LineString([(-0.13, 51.50), (-0.12, 51.51)])
    far = shapely.LineString([(1, 50), (1.1, 50)])
    one = area_map(briefing(), [street, far])
    assert one is not None
    assert re.findall(r'class="street" d="([^"]*)"', one.svg)[0].count("M") == 1
    many = area_map(briefing(), [street] * 20_000)
    assert many is not None
    assert len(many.svg) < 250_000


def test_shapes_differ_without_colour() -> None:
    shapes = {look: re.sub(r'class="[^"]*"', "", outline(look, 14, 14)) for look in ("safety", "must", "live")}
    assert len(set(shapes.values())) == 3
