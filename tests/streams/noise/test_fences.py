"""Watched areas, by what is said to whom: entered, left, stayed, driven through, and what was passed at speed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given
from hypothesis import strategies as st

from geo.clock import SECOND
from geo.geofence import STANDS, Event, Fence
from geo.model import Grade, Hazard, Incident, Status, UnitStatus, Verdict, Watch, WatchOn
from geo.place import moved_by
from geo.store.rows import Act
from streams.noise import decide as noise
from streams.noise.rules import Cause, Reason
from streams.relevance.score import EVENT
from tests.streams.scene import CORNER, NOW, Said, Scene, incident

ALL = tuple(WatchOn)


def square(side_m: float = 400.0) -> shapely.Polygon:
    half = side_m / 2
    return shapely.Polygon(
        [moved_by(*CORNER, x, y) for x, y in ((-half, -half), (half, -half), (half, half), (-half, half))]
    )


def cordon(*on: WatchOn, dwell_s: int = 300, **changes: Any) -> Incident:
    """A square of 400 m around the corner: its edge is 200 m east."""
    base: dict[str, Any] = {"category": "other", "grade": Grade.STANDARD, "title": "Cordon", "place": square()}
    return incident(**{**base, "watch": Watch(on, dwell_s), **changes})


class Drive(Scene):
    """One officer, a fix every 20 s, decided as he moves."""

    def fix(self, at_m: float, *, after_s: float = 20.0, accuracy_m: float = 5.0, passed: bool = True) -> list[Said]:
        self.later(after_s)
        slot = self.situations.slot_of.get("pc1")
        before = None if slot is None else (self.situations.lon[slot], self.situations.lat[slot])
        slot = self.officer(at_m=at_m)
        self.situations.accuracy_m[slot] = accuracy_m
        if before is not None and passed:
            self.situations.from_lon[slot], self.situations.from_lat[slot] = before
        said = self.decide(Cause.MOVE)
        self.situations.steps_taken([slot])
        return said

    @property
    def fence(self) -> Fence:
        row = self.held.lookup(np.array([0], np.int32), np.array([0], np.int32))
        return Fence(int(self.held.fence[row[0]])) if row[0] >= 0 else Fence.OUTSIDE


def briefs(said: list[Said]) -> list[tuple[str, str]]:
    return [one.brief for one in said]


def test_near_a_watched_area_is_a_matter_for_the_map_and_entering_it_is_told() -> None:
    drive = Drive()
    drive.record(cordon(*ALL))
    assert briefs(drive.fix(300)) in ([("map", "style")], [])
    assert briefs(drive.fix(150)) == [("notify", "watch_enter")]
    assert drive.fix(100) == []
    assert drive.fix(50) == []


def test_leaving_is_told_and_then_withdrawn() -> None:
    drive = Drive()
    drive.record(cordon(*ALL, valid=incident().valid))
    drive.fix(0)
    assert drive.fix(5_000, passed=False) == []
    assert briefs(drive.fix(5_100, after_s=50)) == [("notify", "watch_exit")]
    assert (drive.fence, drive.decided_later) == (Fence.GONE, [(0, drive.now + STANDS)])
    drive.later(30)
    assert drive.decide() == []
    drive.later(31)
    gone = drive.only()
    assert (gone.act, gone.reason) == (Act.CANCEL, Reason.OUT_OF_REACH)
    assert drive.fence is Fence.OUTSIDE


def test_staying_is_told_once_when_it_is_due() -> None:
    drive = Drive()
    drive.record(cordon(WatchOn.DWELL, dwell_s=120))
    assert briefs(drive.fix(0)) == [("map", "watch_enter")]
    assert drive.decided_later == [(0, drive.now + 120 * SECOND)]
    assert drive.fix(1, after_s=60) == []
    drive.later(60)
    drive.situations.fix_at[0] = drive.now
    assert briefs(drive.decide()) == [("notify", "watch_dwell")]
    assert drive.fix(0, after_s=600) == []


def test_driving_through_between_two_fixes_is_told() -> None:
    drive = Drive()
    drive.record(cordon(WatchOn.CROSS))
    drive.fix(-2_000)
    assert briefs(drive.fix(3_000, after_s=90)) == [("notify", "watch_cross")]
    assert drive.fence is Fence.GONE
    assert drive.fix(3_010) == []
    gone = drive.fix(3_020, after_s=60)
    assert [(one.act, one.reason) for one in gone] == [(Act.CANCEL, Reason.OUT_OF_REACH)]
    assert briefs(drive.fix(-2_000, after_s=90)) == [("notify", "watch_cross")]


def test_driving_past_is_not_driving_through() -> None:
    drive = Drive()
    drive.record(cordon(WatchOn.CROSS, place=shapely.affinity.translate(square(), yoff=0.01)))
    drive.fix(-2_000)
    assert drive.fix(3_000, after_s=90) == []


@given(st.lists(st.tuples(st.integers(-600, 600), st.sampled_from([1.0, 20.0, 60.0, 300.0])), max_size=25))
def test_whatever_way_he_takes_he_enters_before_he_leaves_and_leaves_before_he_enters(
    fixes: list[tuple[int, float]],
) -> None:
    drive, told = Drive(), []
    drive.record(cordon(*ALL, dwell_s=200))
    for at_m, after_s in fixes:
        for cause in (Cause.MOVE, Cause.RECORD, Cause.OFFICER):
            said = drive.fix(at_m, after_s=after_s) if cause is Cause.MOVE else drive.decide(cause)
            told += [one.rule.name for one in said if one.verdict > Verdict.MAP]
    turns = [name for name in told if name in ("WATCH_ENTER", "WATCH_EXIT")]
    assert turns == [("WATCH_ENTER", "WATCH_EXIT")[turn % 2] for turn in range(len(turns))]
    assert all(told[turn - 1] == "WATCH_ENTER" for turn, name in enumerate(told) if name == "WATCH_DWELL")


# ------------------------------------------------------------------ what is no watched area
def test_a_threat_to_life_that_he_drove_past_at_speed_is_told_and_stands_for_a_minute() -> None:
    drive = Drive()
    drive.fix(-7_000)
    drive.record(incident(hazards=(Hazard.WEAPON,)))
    assert drive.decide() == []
    assert briefs(drive.fix(7_000, after_s=115)) == [("interrupt", "must_threat_to_life")]
    assert drive.fix(7_020) == []
    gone = drive.fix(7_040, after_s=41)
    assert [(one.act, one.reason) for one in gone] == [(Act.CANCEL, Reason.OUT_OF_REACH)]


def test_what_is_no_must_is_not_told_because_it_was_passed() -> None:
    drive = Drive()
    drive.fix(-4_000)
    drive.record(incident(category="burglary", grade=Grade.PRIORITY))
    assert drive.fix(4_000, after_s=115) == []


def test_what_is_near_enough_still_is_on_the_map() -> None:
    drive = Drive()
    drive.fix(-2_000)
    drive.record(incident(category="burglary", grade=Grade.PRIORITY))
    reach_m = float(drive.picture.reach_m[0])
    assert briefs(drive.fix(reach_m * 1.1, after_s=60)) == [("map", "passed")]
    assert drive.fix(reach_m * 1.1) == []


def test_what_is_not_asked_for_is_silent() -> None:
    drive = Drive()
    drive.record(cordon(WatchOn.EXIT))
    assert briefs(drive.fix(0)) == [("map", "watch_enter")]
    assert drive.fence is Fence.INSIDE
    only_enter = Drive()
    only_enter.record(cordon(WatchOn.ENTER))
    assert briefs(only_enter.fix(0)) == [("notify", "watch_enter")]
    only_enter.fix(5_000, passed=False)
    left = only_enter.fix(5_000, after_s=60)
    assert [(one.act, one.reason) for one in left] == [(Act.CANCEL, Reason.OUT_OF_REACH)]


@pytest.mark.parametrize(
    ("status", "style"),
    [
        (UnitStatus.AVAILABLE, "notify"),
        (UnitStatus.BUSY, "map"),
        (UnitStatus.AT_SCENE, "map"),
        (UnitStatus.BREAK, "map"),
    ],
)
def test_how_loudly_depends_on_what_he_is_doing(status: UnitStatus, style: str) -> None:
    scene = Scene()
    scene.record(cordon(WatchOn.ENTER))
    scene.officer(at_m=0, status=status)
    assert scene.only(Cause.MOVE).brief == (style, "watch_enter")


def test_what_he_entered_and_holds_is_known_again_after_a_restart() -> None:
    """As the store gives it back: inside since he was told."""
    drive = Drive()
    drive.record(cordon(*ALL, dwell_s=600))
    drive.fix(0)
    row = drive.held.lookup(np.array([0], np.int32), np.array([0], np.int32))
    drive.held.since[row], drive.held.doubt_at[row] = drive.held.told_at[row], 0
    assert drive.fix(0) == []
    assert briefs(drive.fix(0, after_s=600)) == [("notify", "watch_dwell")]


def test_a_restart_outside_of_what_he_was_inside_of_tells_that_he_left() -> None:
    drive = Drive()
    drive.record(cordon(*ALL))
    drive.fix(0)
    drive.later(3_600)
    drive.officer(at_m=6_000)
    drive.decide()
    assert briefs(drive.fix(6_000, after_s=60)) == [("notify", "watch_exit")]


def test_a_poor_or_stale_fix_neither_enters_nor_leaves() -> None:
    drive = Drive()
    drive.record(cordon(*ALL))
    drive.officer(at_m=0, age_s=300)
    assert "watch_enter" not in [one.rule.name.lower() for one in drive.decide()]
    assert drive.fence is Fence.OUTSIDE


def test_parked_at_the_edge_he_hears_of_it_once() -> None:
    drive, rng, said = Drive(), np.random.default_rng(7), []
    drive.record(cordon(*ALL, dwell_s=86_400))
    for _ in range(300):
        said += [one for one in drive.fix(197 + float(rng.normal(0, 8)), accuracy_m=8.0) if one.verdict > 3]
    assert briefs(said) == [("notify", "watch_enter")]


def test_news_about_the_area_that_he_is_in_is_told() -> None:
    drive = Drive()
    drive.record(cordon(WatchOn.ENTER, grade=Grade.PRIORITY, category="public_order"))
    drive.fix(0)
    drive.record(cordon(WatchOn.ENTER, grade=Grade.PRIORITY, category="public_order", hazards=(Hazard.CHEMICAL,)))
    said = drive.only()
    assert said.brief[1] == "material"
    assert said.brief[0] in ("notify", "interrupt")


def test_a_policy_change_enters_nobody() -> None:
    scene = Scene()
    scene.record(cordon(WatchOn.ENTER))
    scene.officer(at_m=0)
    assert all(one.brief[0] == "map" for one in scene.decide(Cause.POLICY))


def test_a_cordon_that_is_lifted_is_withdrawn_and_forgotten() -> None:
    drive = Drive()
    drive.record(cordon(*ALL))
    drive.fix(0)
    drive.record(cordon(*ALL, status=Status.CLOSED))
    assert [(one.act, one.reason) for one in drive.decide()] == [(Act.CANCEL, Reason.CLOSED)]
    assert drive.fix(5_000) == []


def test_an_interruption_for_entering_is_paid_for() -> None:
    drive = Drive()
    drive.officer(at_m=3_000, tokens=0.0)
    drive.record(cordon(WatchOn.ENTER, category="firearms", grade=Grade.EMERGENCY))
    assert {one.brief[0] for one in drive.fix(0)} <= {"notify"}


def test_the_event_is_a_fact_for_the_sentence() -> None:
    scene = Scene()
    scene.record(cordon(WatchOn.ENTER))
    scene.officer(at_m=0)
    scored = scene.scored()
    noise.decide(scored, scene.held, scene.situations, scene.picture, scene.policy, NOW, Cause.MOVE)
    assert scored.facts[0, EVENT] == Event.ENTER
