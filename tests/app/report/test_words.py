"""Every rule has its sentence; numbers and times as people say them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from app.report.words import QUIET, RULES, clock, clock_s, counted, day, lasting, metres, number, rule_text, share
from geo.clock import parse_instant
from geo.model import Verdict
from streams.noise.rules import Rule

AT = parse_instant("2026-01-16T02:05:09Z")


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_has_its_sentence(rule: Rule) -> None:
    said = RULES[rule]
    assert said[0].isupper()
    assert not said.endswith(".")
    assert "_" not in said


def test_no_two_rules_say_the_same() -> None:
    assert len({*RULES.values(), *QUIET.values()}) == len(RULES) + len(QUIET)


def test_a_rule_that_means_different_things_says_which() -> None:
    assert rule_text(Rule.STYLE, Verdict.HOLD) != rule_text(Rule.STYLE, Verdict.MAP) != RULES[Rule.STYLE]
    assert rule_text(Rule.BUDGET, Verdict.NOTIFY) == RULES[Rule.BUDGET]


def test_numbers() -> None:
    assert [number(value) for value in (0, 1083, 0.444, 1.25, 13.2, 2.0, 0.999)] == [
        "0", "1,083", "0.44", "1.2", "13", "2", "1.0",
    ]  # fmt: skip
    assert [counted(1, "unit"), counted(1_200, "unit"), counted(0, "entry", "entries")] == [
        "1 unit", "1,200 units", "0 entries",
    ]  # fmt: skip
    assert [share(0, 5), share(1, 500), share(1, 4), share(499, 500), share(5, 5), share(0, 0)] == [
        "0 %", "under 1 %", "25 %", "over 99 %", "100 %", "–",
    ]  # fmt: skip
    assert [metres(340.2), metres(1_240)] == ["340 m", "1.2 km"]


def test_times() -> None:
    assert [lasting(seconds) for seconds in (0.2, 5, 99, 300, 4_800)] == [
        "under 1 s", "5 s", "99 s", "5 min", "1 h 20 min",
    ]  # fmt: skip
    pacific = ZoneInfo("America/Los_Angeles")
    assert (clock(AT, pacific), clock_s(AT, pacific)) == ("18:05", "18:05:09")
    assert day(AT, pacific) == "Thursday 15 January 2026"
