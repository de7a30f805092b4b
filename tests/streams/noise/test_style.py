"""The style matrix: activity and priority, and what is different for own safety and for an old fix."""

from __future__ import annotations

import pytest

from geo.clock import SECOND
from geo.model import Grade, Hazard, UnitStatus
from streams.noise.rules import Cause
from streams.noise.style import style_table
from streams.relevance.policy import load_policy
from streams.relevance.score import OFF_DUTY
from tests.streams.scene import NOW, Scene, incident

AVAILABLE, EN_ROUTE = UnitStatus.AVAILABLE, UnitStatus.EN_ROUTE
AT_SCENE, BUSY, BREAK = UnitStatus.AT_SCENE, UnitStatus.BUSY, UnitStatus.BREAK
NEAR = (Grade.EMERGENCY, 300.0)
FAR = (Grade.EMERGENCY, 1_800.0)
QUIET = (Grade.STANDARD, 450.0)


@pytest.mark.parametrize(
    ("status", "what", "expected"),
    [
        (AVAILABLE, NEAR, "interrupt"), (AVAILABLE, FAR, "notify"), (AVAILABLE, QUIET, "map"),
        (EN_ROUTE, NEAR, "interrupt"), (EN_ROUTE, FAR, "notify"), (EN_ROUTE, QUIET, "hold"),
        (AT_SCENE, NEAR, "notify"), (AT_SCENE, FAR, "hold"), (AT_SCENE, QUIET, "hold"),
        (BUSY, NEAR, "notify"), (BUSY, FAR, "hold"), (BUSY, QUIET, "hold"),
        (BREAK, NEAR, "drop"), (BREAK, FAR, "drop"), (BREAK, QUIET, "drop"),
    ],
)  # fmt: skip
def test_the_matrix(status: UnitStatus, what: tuple[Grade, float], expected: str) -> None:
    scene = Scene()
    scene.officer(at_m=what[1], status=status)
    scene.record(incident(grade=what[0], category="theft"))
    assert scene.only().brief == (expected, "style")


def test_faster_than_walking_is_on_the_move() -> None:
    scene = Scene()
    scene.officer(at_m=450, speed=5.0, heading=0.0)
    scene.record(incident(grade=Grade.STANDARD, category="theft"))
    assert scene.only().brief == ("hold", "style")


def test_off_duty_has_nothing_in_the_table() -> None:
    table = style_table(load_policy("uk"))
    assert not table[OFF_DUTY * 6 + 1 : OFF_DUTY * 6 + 5].any()


@pytest.mark.parametrize(("status", "expected"), [(BUSY, "interrupt"), (BREAK, "notify")])
def test_what_can_hurt_him_where_he_stands(status: UnitStatus, expected: str) -> None:
    scene = Scene()
    scene.officer(at_m=150, status=status)
    scene.record(incident(hazards=(Hazard.WEAPON,)))
    assert scene.only().brief == (expected, "own_safety")
    scene = Scene()
    scene.officer(at_m=600, status=status)
    scene.record(incident(hazards=(Hazard.WEAPON,)))
    assert scene.only().brief == ("notify", "must_threat_to_life")


def test_an_old_fix_interrupts_nobody_by_itself() -> None:
    scene = Scene()
    scene.officer(at_m=300, age_s=150)
    scene.record(incident())
    assert scene.only().brief == ("notify", "uncertain_place")


def test_what_only_the_widened_reach_takes_in_is_on_the_map() -> None:
    scene = Scene()
    scene.officer(at_m=2_500, age_s=180)
    scene.record(incident())
    assert scene.only().brief[0] in ("map", "hold", "drop")


def test_growing_old_wakes_nobody() -> None:
    scene = Scene()
    scene.officer(at_m=2_500)
    scene.record(incident())
    assert scene.decide() == []
    scene.later(300)
    assert [said.brief[0] for said in scene.decide(Cause.TIME)] in ([], ["map"])


def test_old_news_is_told_on_the_map_and_tasking_all_the_same() -> None:
    scene = Scene()
    scene.officer(at_m=20)
    scene.record(incident(reported_at=NOW - 3_000 * SECOND))
    assert scene.only().brief == ("map", "old_news")
    scene = Scene()
    scene.officer(at_m=20)
    scene.record(incident(reported_at=NOW - 3_000 * SECOND, assigned=("pc1",)))
    assert scene.only().brief == ("interrupt", "must_own_tasking")
