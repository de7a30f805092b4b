"""What a feed says in codes of its own: mapped where the policy knows them, else fallen back for and counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from geo.body import raw_of
from geo.model import Grade, Hazard
from geo.normalise import RawRecord
from streams.relevance.foreign import understood
from streams.relevance.policy import Policy, load_policy, policy_text
from streams.relevance.policy_file import PolicyText

MINE = """
[sources.steel-cad.codes]
fire = "alarm"
B1 = { category = "burglary", hazards = ["dog"] }
R9 = { category = "traffic", routine = true }
[sources.steel-cad.grades]
I = "emergency"
[sources.steel-cad.hazards]
knife = ["weapon"]
"""
POLICY = Policy(PolicyText.parse("mine.toml", policy_text("uk")[1] + MINE))


def said(**fields: object) -> tuple[RawRecord, Counter[str]]:
    body = {"source": "steel-cad", "source_id": "1", "category": "burglary", "title": "Burglary", **fields}
    unknown = Counter[str]()
    raw = raw_of(body, foreign=True)
    assert not raw.problems
    return understood(raw, POLICY, unknown), unknown


def test_our_own_codes_are_left_alone() -> None:
    raw = raw_of({"source": "steel-cad", "source_id": "1", "category": "Burglary", "title": "x", "grade": "priority"})
    assert understood(raw, POLICY, Counter()) is raw


def test_the_sources_codes_are_mapped_and_kept() -> None:
    raw, unknown = said(category="b1", grade="i", hazards=["knife", "violence"])
    assert (raw.category, raw.grade) == ("burglary", Grade.EMERGENCY)
    assert raw.hazards == (Hazard.WEAPON, Hazard.VIOLENCE, Hazard.DOG)
    assert dict(raw.provenance) == {"source_category": "b1", "source_grade": "i", "source_hazards": "knife"}
    assert (raw.unread, unknown) == ((), {})


def test_what_nobody_elsewhere_needs_is_routine_whatever_its_grade() -> None:
    assert said(category="R9", grade="emergency")[0].grade is Grade.ROUTINE


def test_what_the_policy_lists_for_the_source_goes_before_a_category_of_that_name() -> None:
    once, _ = said(category="Fire", source=" steel-cad ")
    assert once.category == "alarm"
    assert said(source="other-cad", category="Fire")[0].category == "Fire"


def test_what_was_read_once_is_not_read_again() -> None:
    once, unknown = said(category="R9"), Counter[str]()
    again = understood(replace(once[0], category="fire"), POLICY, unknown)
    assert (again.category, unknown) == ("fire", {})


def test_unknown_ones_fall_back_and_are_counted() -> None:
    raw, unknown = said(category="zeppelin", grade="urgent", hazards=["lions", "tigers", "weapon"])
    assert (raw.category, raw.grade, raw.hazards) == ("zeppelin", None, (Hazard.WEAPON,))
    assert dict(raw.provenance) == {"source_grade": "urgent", "source_hazards": "lions, tigers"}
    assert unknown == {"category 'zeppelin'": 1, "grade 'urgent'": 1, "hazard 'lions'": 1, "hazard 'tigers'": 1}


def test_a_source_that_the_policy_does_not_map_falls_back_too() -> None:
    raw, unknown = said(source="other-cad", category="B1", grade="I")
    assert (raw.category, raw.grade) == ("b1", None)
    assert unknown == {"category 'b1'": 1, "grade 'I'": 1}


def test_what_the_sender_keeps_under_that_name_stays_his() -> None:
    raw, _ = said(grade="urgent", provenance={"source_grade": "mine"})
    assert dict(raw.provenance) == {"source_grade": "mine"}


def test_each_is_said_once_and_their_number_is_bounded(caplog) -> None:  # type: ignore[no-untyped-def]
    policy = load_policy("uk")
    for _ in range(3):
        policy.met_unknown({"grade 'urgent'": 2})
    assert policy.unknown_codes == {"grade 'urgent'": 6}
    assert [entry.message for entry in caplog.records] == ["policy uk does not know grade 'urgent', and falls back"]
    policy.met_unknown({f"hazard '{n}'": 1 for n in range(2_000)})
    assert len(policy.unknown_codes) == len(caplog.records) == 1_000
