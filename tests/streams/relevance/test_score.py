"""The score as a whole: a sum of terms, squashed, banded; facts beside it; the same whatever the pieces."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.clock import SECOND
from geo.model import Grade, Hazard
from streams.relevance.score import AGE, BEARING, BELOW, CLOSING, DISTANCE, FACT_NAMES, OFF_HEADING, TERM_NAMES, Must
from tests.streams.scene import NOW, Scene, incident


def test_the_total_is_the_squashed_sum_of_the_terms() -> None:
    scene = Scene()
    for number in range(6):
        scene.officer(f"pc{number}", at_m=number * 350.0, speed=5.0, heading=200.0)
    for number, grade in enumerate(Grade):
        scene.record(incident(number, at_m=number * 100.0, grade=grade, reported_at=NOW - number * 300 * SECOND))
    scored = scene.scored()
    assert len(scored) > 6
    expected = 1 / (1 + np.exp(-scored.terms.sum(axis=1)))
    assert scored.total == pytest.approx(expected, abs=1e-5)
    assert scored.terms.shape == (len(scored), len(TERM_NAMES))
    assert scored.facts.shape == (len(scored), len(FACT_NAMES))
    assert scored.terms[:, 0].flags.c_contiguous


def test_facts_are_what_the_sentences_need() -> None:
    scene = Scene()
    scene.officer(at_m=400, speed=10.0, heading=315.0)
    scene.record(incident(reported_at=NOW - 120 * SECOND))
    facts = scene.one().facts[0]
    assert facts[DISTANCE] == pytest.approx(400, abs=1)
    assert facts[BEARING] == pytest.approx(270, abs=0.5)
    assert facts[OFF_HEADING] == pytest.approx(-45, abs=0.5)
    assert facts[CLOSING] == pytest.approx(7.07, abs=0.05)
    assert facts[AGE] == pytest.approx(120)


def test_who_has_no_fix_has_no_distance_and_still_a_score() -> None:
    scene = Scene()
    scene.officer(at_m=None)
    scene.record(incident(assigned=("pc1",)))
    scored = scene.one()
    assert np.isnan(scored.facts[0, DISTANCE])
    assert np.isfinite(scored.terms).all()
    assert 0 < scored.total[0] <= 1
    assert scored.must[0] == Must.OWN_TASKING


def test_priority_is_a_band_of_the_score_and_must_deliver_always_the_first() -> None:
    scene = Scene()
    scene.officer(at_m=100)
    bands = {}
    for number, grade in enumerate(Grade):
        scene.record(incident(number, grade=grade, category="theft"))
    scored = scene.scored()
    for row in range(len(scored)):
        rank = int(scene.picture.grade[scored.pairs.record[row]])
        bands[rank] = int(scored.priority[row])
    assert bands == {3: 1, 2: 2, 1: 3, 0: 4} or bands == {3: 1, 2: 2, 1: 4, 0: 4}
    scene.record(incident(9, hazards=(Hazard.FIRE,), reported_at=NOW - 700 * SECOND))
    scored = scene.scored()
    assert scored.priority[scored.must_deliver].tolist() == [1]


def test_what_is_below_every_band_says_so() -> None:
    scene = Scene()
    scene.officer(at_m=240)
    scene.record(incident(grade=Grade.ROUTINE, category="administrative", reported_at=NOW - 7_200 * SECOND))
    assert scene.one().priority[0] == BELOW


def test_a_threat_counts_only_inside_its_reach_and_at_emergency_grade() -> None:
    for distance, grade, expected in (
        (830, Grade.EMERGENCY, Must.THREAT_TO_LIFE),
        (2_300, Grade.EMERGENCY, Must.NOT),
        (500, Grade.PRIORITY, Must.NOT),
    ):
        scene = Scene()
        scene.officer(at_m=distance)
        scene.record(incident(grade=grade, hazards=(Hazard.CHEMICAL,)))
        assert scene.one().must[0] == expected


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(60, 2_000), st.floats(0, 359), st.floats(0, 30)), min_size=1, max_size=8),
    st.floats(0, 7_200),
)
def test_every_score_is_a_number_and_nearer_is_never_less(
    officers: list[tuple[float, float, float]], age_s: float
) -> None:
    """From 30 m on: nearer, nobody knows whether it is ahead or behind, and approach fades out."""
    scene = Scene()
    for number, (distance, heading, speed) in enumerate(officers):
        scene.officer(f"a{number}", distance, speed=speed, heading=heading)
        scene.officer(f"b{number}", distance / 2, speed=speed, heading=heading)
    scene.record(incident(reported_at=NOW - int(age_s * SECOND)))
    scored = scene.scored()
    assert np.isfinite(scored.total).all()
    assert ((scored.total >= 0) & (scored.total <= 1)).all()
    by_name = {scene.situations.officers[slot]: row for row, slot in enumerate(scored.pairs.officer.tolist())}
    for number in range(len(officers)):
        assert scored.total[by_name[f"b{number}"]] >= scored.total[by_name[f"a{number}"]] - 1e-3


def test_one_call_gives_the_same_as_one_by_one() -> None:
    scene = Scene()
    for number in range(5):
        scene.officer(f"pc{number}", at_m=number * 200.0)
    slots = [scene.record(incident(number, at_m=number * 150.0)) for number in range(4)]
    together = scene.scored()
    alone = {}
    for slot in slots:
        some = scene.scored(np.array([slot], np.int32))
        alone.update({(slot, int(o)): float(t) for o, t in zip(some.pairs.officer, some.total, strict=True)})
    for row in range(len(together)):
        key = int(together.pairs.record[row]), int(together.pairs.officer[row])
        assert together.total[row] == pytest.approx(alone[key])
