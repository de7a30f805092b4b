"""Each rule has its sentence, and a verdict reads as one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.model import Verdict
from geo.store.decisions import Decision
from geo.store.rows import Act
from streams.noise.rules import RULE_NAMES, Rule
from streams.noise.verdict_words import RULE_WORDS, rule_text, sentence_of

HELD = Decision(0, "pc-1", "inc-1", 1, "uk", Act.VERDICT, Verdict.HOLD, 3, 0.21, "style", "", {}, {"activity": 2.0})
TOLD = replace(HELD, act=Act.ALERT, verdict=Verdict.NOTIFY, rule="budget", facts={"distance_m": 343.0, "age_s": 130.0})


def test_no_rule_is_without_its_sentence() -> None:
    assert set(RULE_WORDS) == set(Rule)


@pytest.mark.parametrize("name", RULE_NAMES)
def test_a_sentence_is_one_and_short_and_names_no_figure_of_the_program(name: str) -> None:
    said = sentence_of(replace(TOLD, rule=name))
    assert said.endswith(".")
    assert said.count(". ") == 0
    assert len(said) <= 140
    assert "_" not in said
    assert "nan" not in said
    assert rule_text(name)


def test_the_sentences_of_two_rules_differ() -> None:
    assert len({sentence_of(replace(TOLD, rule=name)) for name in RULE_NAMES}) == len(RULE_NAMES)


@pytest.mark.parametrize(
    ("decision", "sentence"),
    [
        (HELD, "Held back: priority 3, while at a scene or busy."),
        (replace(HELD, facts={}), "Held back: priority 3."),
        (
            TOLD,
            "Notified: the interruptions of the last ten minutes were used up (budget) (340 m away, 2 min old).",
        ),
        (
            replace(HELD, verdict=Verdict.DROP, rule="below_threshold", facts={"distance_m": 3.0}),
            "Not told: its score of 21 % is below what the policy shows anybody (on the spot).",
        ),
        (replace(TOLD, act=Act.CANCEL, rule="withdrawn", reason="closed", facts={}), "Taken back: it was closed."),
        (replace(TOLD, act=Act.CANCEL, rule="exit", facts={"own_reach_m": 80}), "Taken back: left its reach of 80 m."),
        (
            replace(TOLD, act=Act.PURGE, rule="not_entitled", facts={}),
            "Erased from the device: the officer may not see it any more.",
        ),
        (replace(HELD, verdict=Verdict.NONE, rule="off_duty", facts={}), "Not told: off duty."),
        (replace(HELD, verdict=Verdict.NOTIFY, rule="no_repeat", facts={}),
         "Nothing new said: told before, and nothing about it has changed in what matters."),
    ],
)  # fmt: skip
def test_what_a_dispatcher_reads(decision: Decision, sentence: str) -> None:
    assert sentence_of(decision) == sentence


def test_a_rule_of_another_release_is_named_at_least() -> None:
    assert sentence_of(replace(HELD, rule="full_moon")) == "Held back: by the rule full moon."
    assert sentence_of(replace(HELD, rule="")) == "Held back: no rule is on record."
    assert rule_text("full_moon") == "by the rule full moon"
