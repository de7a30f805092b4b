"""Each term of the score: which way it pulls, and by how much."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import shapely

from geo.clock import SECOND
from geo.marking import Grading
from geo.model import Audience, Briefing, Disposition, Grade, Hazard, IntelReport, Officer, Shift, Status, Unit
from streams.relevance.policy import Policy, policy_text
from streams.relevance.policy_file import PolicyText
from streams.relevance.policy_schema import CERTAINTY
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


def graded(grade: str, policy: Policy | None = None) -> float:
    scene = Scene(policy)
    scene.officer()
    scene.record(
        IntelReport(force="own", source="intel", source_id="1", category="drugs", title="Dealing",
                    grade=Grade.EMERGENCY, reported_at=NOW, place=shapely.Point(*east(0)), grading=Grading.parse(grade))
    )  # fmt: skip
    return scene.term("certainty") if grade.endswith("P") else _of_a_recipient(scene)


def _of_a_recipient(scene: Scene) -> float:
    """C is for who is named: his unit is tasked with it."""
    scene.situations.roster([Unit(id="u1", callsign="AB12", force="own", officers=("pc1",))], [], scene.now)
    item = scene.picture.stored[0]
    assert item is not None
    scene.record(replace(item.record, assigned=("AB12",)))
    return scene.term("certainty")


@pytest.mark.parametrize(("grade", "expected"), [("1-A-P", 0.5), ("2-C-P", 0.0), ("3-E-P", -1.5), ("1-B-C", 0.375)])
def test_certainty_goes_by_the_3x5x2_grade(grade: str, expected: float) -> None:
    assert graded(grade) == pytest.approx(expected)


@pytest.mark.parametrize("evaluation", CERTAINTY)
def test_each_of_the_fifteen_evaluations_has_its_figure_whoever_may_have_it(evaluation: str) -> None:
    figure = 0.5 * float(str(CERTAINTY[evaluation].default))
    assert [graded(f"{'-'.join(evaluation)}-{who}") for who in "PC"] == pytest.approx([figure, figure])


def test_a_force_sets_what_an_evaluation_counts() -> None:
    _, text = policy_text("uk")
    policy = Policy(PolicyText.parse("p.toml", text.replace("2D = -0.5", "2D = -4.0")))
    assert (graded("2-D-P", policy), graded("2-C-P", policy)) == (-2.0, 0.0)


def test_what_is_not_graded_is_neither_believed_nor_doubted() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident())
    assert scene.term("certainty") == 0


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


def test_a_briefing_that_names_him_counts() -> None:
    scene = Scene()
    scene.officer()
    scene.record(
        Briefing(force="own", source="briefing", source_id="1", category="other", title="Shift", grade=Grade.PRIORITY,
                 reported_at=NOW, audience=Audience(officers=("pc1",)))
    )  # fmt: skip
    assert scene.term("tasking") == pytest.approx(2.5)


def test_what_the_unit_brings_counts_as_a_skill() -> None:
    scene = Scene()
    scene.officer()
    scene.record(incident(category="firearms"))
    assert scene.term("role") == 0
    unit = Unit(id="u1", callsign="C1", force="own", officers=("pc1",), equipment=("firearms",))
    scene.situations.roster([unit], [Shift(id="s", officer="pc1", start=0, end=NOW * 2, unit="u1")], scene.now)
    assert scene.term("role") == pytest.approx(0.6)


def test_a_term_costs_one_function_and_one_entry_in_the_schema(tmp_path: Path) -> None:
    """In a process of its own, since terms and schema are put together while they are imported."""
    done = subprocess.run([sys.executable, "-c", ADDED, str(tmp_path)], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["term"] == pytest.approx({"by default": 0.25, "by the file": 0.8, "attended": 0.0})
    assert seen["log-odds more than without"] == pytest.approx(0.8, abs=0.01)
    assert "nobody is there yet" in seen["why"]
    assert seen["why"] == seen["why of the fan-out"]
    assert "terms.waitng is not known here: did you mean waiting?" in seen["misspelt"]
    assert re.match(r".*p\.toml:\d+: terms\.waiting must lie between 0 and 5, and is 9", seen["out of bounds"])
    assert seen["in the printed schema"]


ROOT = Path(__file__).resolve().parents[3]
ADDED = """
import json, sys
from pathlib import Path
import numpy as np
from streams.relevance import policy_schema

# the one entry in the policy's schema ...
policy_schema.TERMS["waiting"] = policy_schema.Key(
    "no unit is there yet", 0, 5, policy_schema.ODDS, 0.25, said="nobody is there yet")

from streams.relevance import terms

# ... and the one function
@terms.term
def waiting(pairs, policy):
    return (pairs.status != terms.ATTENDED) * np.float32(policy.terms["waiting"])

from app.policy_schema import text as schema_text
from geo.model import Status
from streams.errors import PolicyError
from streams.relevance.policy import load_policy, policy_text
from streams.relevance.score import FACT_NAMES, TERM_NAMES
from streams.relevance.reasons import Reasons
from streams.relevance.wording import row_of, why_of
from tests.streams.scene import Scene, incident
from tests.streams.speaking import fanout_of

def written(line):
    file = Path(sys.argv[1], "p.toml")
    file.write_text(policy_text("uk")[1].replace("[terms]", "[terms]\\n" + line, 1))
    return str(file)

def scored(policy, status=Status.OPEN):
    scene = Scene(policy)
    scene.officer()
    record = incident(status=status)
    scene.record(record)
    return scene.one(), record

def refused(line):
    try:
        load_policy(written(line))
    except PolicyError as error:
        return str(error)

def term(scored):
    return float(scored.terms[0, TERM_NAMES.index("waiting")])

def odds(scored):
    return float(np.log(scored.total[0] / (1 - scored.total[0])))

ours = load_policy(written("waiting = 0.8"))
with_it, record = scored(ours)
fanout = fanout_of(["pc1"], terms=with_it.terms, facts=with_it.facts)
print(json.dumps({
    "term": {"by default": term(scored(load_policy("uk"))[0]), "by the file": term(with_it),
             "attended": term(scored(ours, Status.ATTENDED)[0])},
    "log-odds more than without": odds(with_it) - odds(scored(load_policy(written("waiting = 0")))[0]),
    "why": [why.text for why in
            why_of(TERM_NAMES, row_of(with_it.terms, 0), FACT_NAMES, row_of(with_it.facts, 0), record, 10, 1000)],
    "why of the fan-out": [why["text"] for why in json.loads(Reasons(fanout, record, 10, 1000).of(0))],
    "misspelt": refused("waitng = 0.8"),
    "out of bounds": refused("waiting = 9"),
    "in the printed schema": "no unit is there yet" in schema_text(),
}))
"""


def test_every_term_has_a_sentence() -> None:
    from streams.relevance.wording import SENTENCES

    assert set(SENTENCES) == set(TERMS)
