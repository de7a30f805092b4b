"""What was passed between two fixes: exact, the same from both sides, and nothing where the way is not known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.clock import SECOND
from geo.geofence import nearest_to_point
from geo.model import Emergency, Grade, Hazard, Watch, WatchOn
from geo.pairs import Via
from geo.place import local_shape, moved_by, offsets_m
from geo.position import Fix
from streams import matching, passing
from tests.streams.scene import CORNER, NOW, Scene, incident


def at(east_m: float, north_m: float = 0.0) -> tuple[float, float]:
    return moved_by(*CORNER, east_m, north_m)


def moving(scene: Scene, name: str, start: tuple[float, float], end: tuple[float, float], **how: Any) -> int:
    """Two trusted fixes, 60 s apart unless said otherwise."""
    slot = scene.officer(name, at_m=None)
    seconds = how.get("seconds", 60)
    for place, when in ((start, scene.now - seconds * SECOND), (end, scene.now)):
        scene.situations.moved([(name, Fix(when, *at(*place), how.get("accuracy_m", 5.0)))], scene.now)
    return slot


def passed(scene: Scene) -> set[tuple[int, int]]:
    """From the officers' side and from the records', which must agree."""
    officers = np.array(sorted(scene.situations.slot_of.values()), np.int32)
    records = np.array(sorted(scene.picture.slot_of.values()), np.int32)
    asked, now = (scene.picture, scene.situations), scene.now
    sides = [
        passing.with_passed(matching.of_officers(*asked, officers, now), *asked, officers, scene.policy, now),
        passing.with_passers(matching.of_records(*asked, records, now), *asked, records, scene.policy, now),
    ]
    every = [set(zip(side.officer.tolist(), side.record.tolist(), side.via.tolist(), strict=True)) for side in sides]
    assert every[0] == every[1]
    assert len(every[0]) == len(sides[0])
    return {(officer, record) for officer, record, via in every[0] if via & Via.PASSED}


def test_what_lies_on_the_way_and_at_neither_end_is_passed() -> None:
    scene = Scene()
    help_needed = incident(category="officer_emergency", grade=Grade.EMERGENCY)
    reach_m = float(scene.picture.reach_m[scene.record(help_needed)])
    moving(scene, "through", (-3_500, reach_m - 5), (3_500, reach_m - 5), seconds=115)
    moving(scene, "past", (-3_500, reach_m + 20), (3_500, reach_m + 20), seconds=115)
    moving(scene, "into", (-2_000, 0), (0, 0))
    assert passed(scene) == {(scene.situations.slot_of["through"], 0)}


def test_a_threat_to_life_is_passed_where_he_came_within_the_reach_of_the_rule() -> None:
    scene = Scene()
    reach_m = float(scene.picture.reach_m[scene.record(incident(hazards=(Hazard.WEAPON,)))])
    rule_m = reach_m * scene.policy.must_deliver.threat_reach_x
    moving(scene, "near", (-2_000, rule_m - 10), (2_000, rule_m - 10))
    moving(scene, "far", (-2_000, rule_m + 20), (2_000, rule_m + 20))
    assert passed(scene) == {(scene.situations.slot_of["near"], 0)}


@pytest.mark.parametrize("how", [{"seconds": 121}, {"seconds": 20}, {"accuracy_m": 51.0}], ids=["gap", "jump", "poor"])
def test_a_gap_a_jump_and_a_poor_fix_make_no_way(how: dict[str, Any]) -> None:
    scene = Scene()
    scene.record(incident(hazards=(Hazard.WEAPON,)))
    moving(scene, "pc1", (-2_000, 0), (2_000, 0), **how)
    assert passed(scene) == set()


def test_a_step_is_looked_at_until_it_is_decided_on() -> None:
    scene = Scene()
    scene.record(incident(hazards=(Hazard.WEAPON,)))
    slot = moving(scene, "pc1", (-2_000, 0), (2_000, 0))
    scene.situations.moved([("pc1", Fix(scene.now + SECOND, *at(2_010), 5.0))], scene.now)
    assert passed(scene) == {(slot, 0)}
    scene.situations.steps_taken([slot])
    assert passed(scene) == set()


def test_what_nobody_is_told_of_for_having_passed_is_not_looked_for() -> None:
    scene = Scene()
    scene.record(incident(category="theft", grade=Grade.STANDARD))
    moving(scene, "pc1", (-2_000, 0), (2_000, 0))
    assert passed(scene) == set()


def test_a_short_step_is_a_walk_along_the_street() -> None:
    scene = Scene()
    scene.record(incident(watch=Watch((WatchOn.CROSS,)), place=shapely.LineString([at(0, -50), at(0, 50)])))
    moving(scene, "pc1", (-20, 0), (20, 0))
    assert passed(scene) == set()
    moving(scene, "pc2", (-40, 0), (40, 0))
    assert passed(scene) == {(scene.situations.slot_of["pc2"], 0)}


def test_his_own_call_for_help_is_not_passed() -> None:
    scene = Scene()
    scene.record(
        Emergency(force="own", source="device", source_id="k", category="officer_emergency", title="Help",
                  grade=Grade.EMERGENCY, reported_at=NOW, place=shapely.Point(*at(0)), officer="pc1")
    )  # fmt: skip
    moving(scene, "pc1", (-4_000, 0), (4_000, 0), seconds=118)
    assert passed(scene) == set()


def test_who_is_matched_already_gets_the_bit() -> None:
    scene = Scene()
    slot = scene.record(incident(category="theft", grade=Grade.STANDARD))
    reach_m = float(scene.picture.reach_m[slot])
    who = moving(scene, "pc1", (-2_000, 0), (reach_m * 1.1, 0))
    officers = np.array([who], np.int32)
    pairs = matching.of_officers(scene.picture, scene.situations, officers, scene.now)
    assert pairs.via.tolist() == [Via.PLACE]
    pairs = passing.with_passed(pairs, scene.picture, scene.situations, officers, scene.policy, scene.now)
    assert pairs.via.tolist() == [Via.PLACE | Via.PASSED]


spots = st.tuples(st.integers(-4_000, 4_000), st.integers(-4_000, 4_000))
kinds = st.sampled_from(["theft", "weapon", "line", "area", "watched", "help"])


@given(st.lists(st.tuples(spots, kinds), min_size=1, max_size=6), st.lists(st.tuples(spots, spots), max_size=6))
def test_both_sides_are_exact(records: list[tuple[tuple[int, int], str]], steps: list[tuple[Any, Any]]) -> None:
    """Held against every pair, one by one."""
    scene = Scene()
    for number, (spot, kind) in enumerate(records):
        x, y = spot
        shapes = {
            "line": shapely.LineString([at(x, y), at(x + 300, y + 500)]),
            "area": shapely.Polygon([at(x, y), at(x + 300, y), at(x, y + 300)]),
        }
        place = shapes.get("area" if kind == "watched" else kind, shapely.Point(*at(x, y)))
        watch = Watch((WatchOn.CROSS,)) if kind == "watched" else None
        hazards = (Hazard.WEAPON,) if kind in ("weapon", "area") else ()
        category = "officer_emergency" if kind == "help" else "theft"
        what: dict[str, Any] = {"category": category, "grade": Grade.STANDARD, "hazards": hazards}
        scene.record(incident(number, place=place, watch=watch, **what))
    for number, (start, end) in enumerate(steps):
        moving(scene, f"pc{number}", start, end, seconds=119)
    assert passed(scene) == _one_by_one(scene)


def _one_by_one(scene: Scene) -> set[tuple[int, int]]:
    situations, picture, found = scene.situations, scene.picture, set()
    code = picture.categories.code("officer_emergency")
    helps = set(np.flatnonzero(picture.category == code).tolist())
    for officer in situations.slot_of.values():
        columns = (situations.from_lon, situations.from_lat, situations.lon, situations.lat)
        ways = tuple(column[officer : officer + 1] for column in columns)
        if np.isnan(ways[0]).any() or np.hypot(*_offset(ways)) < scene.policy.noise.pass_step_m:
            continue
        for slot in picture.slot_of.values():
            reach_m = exit_m = float(picture.reach_m[slot]) + 5.0
            if picture.hazards[slot]:
                reach_m *= scene.policy.must_deliver.threat_reach_x
            east, north = picture.measure(np.array([slot], np.int32), ways[2], ways[3])
            now_m, shape = float(np.hypot(east, north)[0]), picture.shapes[slot]
            if picture.areal[slot]:
                assert shape is not None
                way = shapely.LineString(_local(shape, ways))
                planar = local_shape(shape).planar
                passes = way.distance(planar) <= reach_m < now_m
                if picture.watch[slot]:
                    passes = way.intersection(planar).length > 5.0 and now_m > 0
            else:
                point = (picture.lon[slot : slot + 1], picture.lat[slot : slot + 1])
                passes = float(nearest_to_point(ways, *point)[0]) <= reach_m < now_m  # type: ignore[arg-type]
            remarkable = picture.hazards[slot] or picture.watch[slot] or slot in helps
            if passes and (remarkable or now_m <= 1.2 * exit_m):
                found.add((officer, slot))
    return found


def _offset(ways: Any) -> tuple[float, float]:
    east, north = offsets_m(*ways)
    return float(east[0]), float(north[0])


def _local(shape: Any, ways: Any) -> list[tuple[float, float]]:
    local = local_shape(shape)
    lon, lat, to_lon, to_lat = (float(column[0]) for column in ways)
    return [
        ((lon - local.lon) * local.per_lon, (lat - local.lat) * local.per_lat),
        ((to_lon - local.lon) * local.per_lon, (to_lat - local.lat) * local.per_lat),
    ]
