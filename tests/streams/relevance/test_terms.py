"""Each term of the score: which way it pulls, and by how much."""

from __future__ import annotations

from dataclasses import replace

import pytest
import shapely

from geo.clock import SECOND
from geo.marking import Grading
from geo.model import Disposition, Grade, Hazard, IntelReport, Officer, Shift, Status
from streams.relevance.terms import TERMS
from tests.streams.scene import NOW, Scene, east, incident


def test_reach_falls_from_plus_to_minus_its_weight_at_the_edge() -> None:
    scene = Scene()
    scene.record(incident())
    values = []
    for distance in (0, 1_050, 2_099):
        scene.officer(at_m=distance)
        values.append(scene.term("reach"))
    assert values == pytest.approx([1.4, 0.0, -1.4], abs=0.02)


def test_what_is_ahead_counts_more_than_what_is_behind() -> None:
    scene = Scene()
    scene.record(incident())
    values = []
    for heading in (270.0, 0.0, 90.0):
        scene.officer(at_m=500, speed=10.0, heading=heading)
        values.append(scene.term("approach"))
    assert values == pytest.approx([0.5, 0.0, -0.5], abs=0.01)


@pytest.mark.parametrize(("speed", "age_s"), [(0.0, 0.0), (10.0, 200.0)], ids=["standing", "stale fix"])
def test_who_stands_or_has_not_been_heard_of_closes_nothing(speed: float, age_s: float) -> None:
    scene = Scene()
    scene.officer(at_m=500, speed=speed, heading=270.0, age_s=age_s)
    scene.record(incident())
    assert scene.term("approach") == 0


def test_severity_is_the_ladder_of_grades_and_the_category() -> None:
    values = []
    for grade in sorted(Grade, key=lambda grade: -grade.rank):
        scene = Scene()
        scene.officer(at_m=10)
        scene.record(incident(grade=grade, category="theft"))
        values.append(scene.term("severity"))
    assert values == pytest.approx([2.8, 1.1, -1.4, -3.0])
    scene = Scene()
    scene.officer()
    scene.record(incident(category="firearms"))
    assert scene.term("severity") == pytest.approx(3.4)


def test_hazards_add_up() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident(hazards=(Hazard.DOG,)))
    assert scene.term("hazard") == pytest.approx(0.3)
    scene.record(incident(hazards=(Hazard.DOG, Hazard.WEAPON)))
    assert scene.term("hazard") == pytest.approx(1.0)


def test_the_odds_halve_each_half_life() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    scene.later(503)
    assert scene.term("freshness") == pytest.approx(-0.693, abs=0.01)
    scene.later(503)
    assert scene.term("freshness") == pytest.approx(-1.386, abs=0.01)


def test_a_record_from_the_future_is_as_fresh_as_one_of_now() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident(reported_at=NOW + 600 * SECOND))
    assert scene.term("freshness") == 0


def test_somebody_is_there_already() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident(status=Status.ATTENDED))
    assert scene.term("attended") == pytest.approx(-0.3)


@pytest.mark.parametrize(("grade", "expected"), [("1-A-P", 0.5), ("2-C-P", 0.0), ("3-E-P", -1.5), ("1-B-C", 0.375)])
def test_certainty_goes_by_the_3x5x2_grade(grade: str, expected: float) -> None:
    scene = Scene()
    scene.officer()
    scene.record(
        IntelReport(force="own", source="intel", source_id="1", category="drugs", title="Dealing",
                    grade=Grade.EMERGENCY, reported_at=NOW, place=shapely.Point(*east(0)), grading=Grading.parse(grade))
    )  # fmt: skip
    assert scene.term("certainty") == pytest.approx(expected)


def test_a_role_or_a_wanted_skill_counts() -> None:
    for profile, expected in (
        (Officer(id="pc1", force="own"), 0.0),
        (Officer(id="pc1", force="own", skills=("firearms",)), 0.6),
        (Officer(id="pc1", force="own", skills=("cycling",)), 0.0),
    ):
        scene = Scene()
        scene.officer(profile=profile)
        scene.record(incident(category="firearms"))
        assert scene.term("role") == pytest.approx(expected)
    scene = Scene()
    scene.officer(profile=Officer(id="pc1", force="own", role="traffic"))
    scene.record(incident(category="burglary"))
    assert scene.term("role") == pytest.approx(-0.6)


def test_the_own_beat_counts() -> None:
    scene = Scene()
    scene.officer()
    scene.situations.roster([], [Shift(id="s", officer="pc1", start=0, end=NOW * 2, beat="B1")], scene.now)
    scene.record(incident(beat="B1"))
    assert scene.term("beat") == pytest.approx(1.2)
    scene.record(incident(beat="B2"))
    assert scene.term("beat") == 0


def test_tasking_counts() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident(assigned=("pc1",)))
    assert scene.term("tasking") == pytest.approx(3.0)


def test_what_he_holds_counts_less_and_what_is_new_in_it_more() -> None:
    scene = Scene()
    scene.officer()
    record = incident()
    scene.record(record)
    assert scene.term("novelty") == 0
    scene.decide()
    assert scene.term("novelty") == pytest.approx(-0.4)
    scene.record(replace(record, hazards=(Hazard.DOG,)))
    assert scene.term("novelty") == pytest.approx(0.4)


def test_feedback_is_bounded() -> None:
    scene = Scene()
    scene.officer()
    slot = scene.record(incident())
    assert scene.term("feedback") == 0
    for _ in range(500):
        scene.feedback.add(slot, Disposition.NOT_RELEVANT)
    assert -0.6 <= scene.term("feedback") < -0.55


def test_every_term_has_a_sentence() -> None:
    from streams.relevance.wording import SENTENCES

    assert set(SENTENCES) == set(TERMS)
