"""What a person reads of a comparison: the sentence, the figures, who would have missed what; and the same as JSON."""

from __future__ import annotations

import json
from dataclasses import replace

from app.policy_diff.told import About, Side, Told, difference
from app.policy_diff.words import Compared, json_of, text_of, verdict
from streams.relevance.policy import load_policy
from tests.app.policy_diff.test_told import told
from tests.streams.scene import NOW

ABOUT = {"r1": About("robbery", "emergency", "cad 417"), "r2": About("theft", "standard", "cad 418")}


def compared(a: list[Told], b: list[Told], *remarks: str) -> Compared:
    sides = Side("uk 1 aaaa", a, 10.0), Side("uk 2 bbbb", b, 10.0)
    return Compared("last night", *sides, difference(*sides), ABOUT, load_policy("uk"), remarks)


def test_the_sentence_says_what_somebody_takes_away() -> None:
    a = [told("interrupt"), told("interrupt", "pc-2"), told("interrupt", "pc-3", rule="must_threat_to_life")]
    assert verdict(compared(a, a)) == "B would have changed nothing."
    assert verdict(compared(a, a[:1])) == (
        "B would have interrupted 1 times instead of 3; 2 would have been missed, 1 of them MUST-DELIVER."
    )
    assert verdict(compared(a[:1], a)) == (
        "B would have interrupted 3 times instead of 1; nothing would have been missed; 2 would have been told newly."
    )


def test_a_person_reads_who_would_have_missed_what_and_where_the_rest_is() -> None:
    a = [told("interrupt", f"pc-{number}", at=NOW + number) for number in range(5)]
    text = text_of(compared(a, [], "only what was kept"), lines=2)
    assert "would have missed (must-deliver first): 5" in text
    assert "pc-0  Robbery (emergency, cad 417), 340 m away" in text
    assert "A interrupt (style, score 0.50)  ->  B nothing: beyond its reach, or below every band" in text
    assert "and 3 more: --lines 5 shows all" in text
    assert "note: only what was kept" in text
    assert "0.50" in text  # interruptions an officer-hour of A


def test_the_reason_is_the_term_that_differs() -> None:
    a, b = replace(told("interrupt"), terms={"reach": 1.4}), replace(told("map"), terms={"reach": 0.7, "beat": 0.1})
    assert "->  B map (style, score 0.50): reach +1.40 -> +0.70" in text_of(compared([a], [b]), lines=1)
    assert json_of(compared([a], [b]))["missed"][0]["term"] == {"name": "reach", "a": 1.4, "b": 0.7}  # type: ignore[index]

    budget = replace(b, rule="budget")
    assert "reach" not in text_of(compared([a], [budget]), lines=1)


def test_categories_and_rules_that_are_as_before_are_summed_up() -> None:
    text = text_of(compared([told("notify"), told("notify", record="r2")], [told("notify")]), lines=5)
    assert "Theft" in text
    assert "all others, as before" in text
    assert "\n  Robbery  " not in text


def test_hours_are_drawn_for_both_sides_and_lines_stay_narrow() -> None:
    text = text_of(compared([told("interrupt")] * 4, [told("interrupt")]), lines=5)
    assert "A ############################ 4" in text
    assert "B ####### 1" in text.replace("        ", " ")
    assert max(map(len, text.splitlines())) <= 110


def test_json_is_whole_and_plain() -> None:
    a = [told("interrupt", f"pc-{number}") for number in range(20)]
    found = json.loads(json.dumps(json_of(compared(a, [told("map", record="gone")], "note"))))
    assert found["a"]["interrupts"] == 20
    assert found["a"]["interrupts_per_officer_hour"] == 2.0
    assert len(found["missed"]) == 20
    assert found["missed"][0]["b"] is None
    assert found["missed"][0]["a"]["verdict"] == "interrupt"
    assert found["notes"] == ["note"]
