"""Codes are mapped by data: exactly, by stem and suffix, by words; what is left falls back and is counted."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from geo.model import Grade, Hazard
from streams.errors import PolicyError
from streams.relevance.policy import Policy, load_policy, policy_text
from streams.relevance.policy_file import PolicyText
from streams.relevance.source_codes import Codes, Meaning, folded, read_sources

CAD = load_policy("san_francisco").sources["datasf-cad"]
UK = policy_text("uk")[1]
KNOWN = ("burglary", "firearms", "other")


def meaning(code: str, description: str = "") -> Meaning:
    unknown: Counter[str] = Counter()
    found = CAD.meaning(code, description, unknown)
    assert not unknown
    return found


def read(text: str) -> tuple[dict[str, Codes], list[str]]:
    sources, wrong = read_sources(PolicyText.parse("p.toml", text), KNOWN, "other")
    return sources, [str(problem) for problem in wrong]


def test_the_shipped_policies_map_the_shipped_feeds() -> None:
    assert len(CAD.exact) == 79
    assert (len(CAD.words), len(CAD.suffixes)) == (27, 2)
    assert len(load_policy("uk").sources["police-uk-street"].exact) == 16


def test_exact_codes() -> None:
    assert meaning("459").category == "burglary"
    assert meaning(" 221 ", "PERSON W/GUN  ") == Meaning("firearms", (Hazard.WEAPON, Hazard.FIREARM))
    assert meaning("903").routine


def test_a_suffix_adds_to_its_stem() -> None:
    assert meaning("219DV") == Meaning("domestic", (Hazard.WEAPON, Hazard.VIOLENCE))
    assert meaning("519HR").category == "road_collision"


def test_words_catch_codes_that_the_table_does_not_have() -> None:
    assert meaning("99X9", "PERSON W/ GUN").category == "firearms"
    assert meaning("7777", "TRAFFIC STOP - NEW").routine


def test_an_unknown_code_falls_back_and_is_counted() -> None:
    unknown: Counter[str] = Counter()
    for _ in range(3):
        assert CAD.meaning("8X8", "UNHEARD OF", unknown) == Meaning("other")
    assert unknown == {"8x8 unheard of": 3}
    assert CAD.known("8X8", "UNHEARD OF") is None


def test_the_fallback_is_the_policys() -> None:
    policy = Policy(PolicyText.parse("p.toml", UK.replace('category = "other"', 'category = "alarm"', 1)))
    assert policy.sources["police-uk-street"].meaning("Witchcraft", "", Counter()).category == "alarm"


def test_priorities_and_hazards() -> None:
    assert CAD.grades == {"a": Grade.EMERGENCY, "b": Grade.PRIORITY, "c": Grade.STANDARD}
    sources, wrong = read('[sources.x.hazards]\nKnife = ["weapon", "violence"]\n')
    assert not wrong
    assert sources["x"].hazards == {"knife": (Hazard.WEAPON, Hazard.VIOLENCE)}


def test_folding() -> None:
    assert folded("  PERSON   W/GUN ") == "person w/gun"


def test_an_empty_table_knows_nothing() -> None:
    assert Codes({}).meaning("1", "", Counter()) == Meaning("other")
    assert read("") == ({}, [])


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('[sources.x.codes]\n1 = "burglary"\n2 = "burglarly"', 3, "maps to 'burglarly', .* did you mean burglary"),
        ('[sources.x.codes]\n2 = { category = "other", hazards = ["gun"] }', 2, "hazards 'gun' is not one of"),
        ('[sources.x.codes]\n2 = { category = "other", hazard = "weapon" }', 2, "did you mean hazards"),
        ('[sources.x.codes]\n2 = { hazards = ["weapon"] }', 2, "2 category is missing"),
        ('[sources.x.codes]\n2 = { category = "other", routine = 1 }', 2, "routine must be true or false"),
        ("[sources.x.codes]\n2 = 3", 2, "must be a category, or a table"),
        ('[sources.x.codes]\n"Big Fire" = "other"\n"big  fire" = "other"', 3, "is the same code as Big Fire"),
        ('[sources.x.suffixes]\nDV = { category = "nothing" }', 2, "'nothing', which is not one of"),
        ('[sources.x.grades]\nA = "urgent"', 2, "'urgent' is not one of: emergency"),
        ('[sources.x.hazards]\nknife = ["wepon"]', 2, "did you mean weapon"),
        ('[[sources.x.words]]\nmatch = "a"\ncategory = "other"\n[[sources.x.words]]\nmatch = "("', 5, "is no pattern"),
        ('[[sources.x.words]]\ncategory = "other"', 1, "words.1.match is missing"),
        ('[[sources.x.words]]\nmatch = "a"\ncategory = "burglry"', 3, "did you mean burglary"),
        ('[[sources.x.words]]\nmatch = "a"\ncategory = "other"\nhazard = 1', 1, "did you mean hazards"),
        ("[sources.x]\nwords = 1", 2, "must be tables, each headed"),
        ("[sources]\nx = 1", 2, "must be a table"),
        ('[sources."a.b".codes]\n1 = "other"', 1, "has no dot in it"),
    ],
)
def test_every_mistake_has_its_line(text: str, line: int, told: str) -> None:
    _, (wrong,) = read(text)
    assert wrong.startswith(f"p.toml:{line}: sources."), wrong
    assert re.search(told, wrong), wrong


def test_all_mistakes_are_found_and_a_policy_with_one_is_refused() -> None:
    text = '\n[sources.mine.codes]\n1 = "burglry"\n2 = "burglary"\n3 = 4\n[sources.mine.grades]\nA = "high"\n'
    _, wrong = read(text)
    assert [problem.split()[1] for problem in wrong] == [
        "sources.mine.codes.1", "sources.mine.codes.3", "sources.mine.grades.A",
    ]  # fmt: skip
    with pytest.raises(PolicyError, match=r"sources.mine.codes.1 maps to 'burglry'"):
        Policy(PolicyText.parse("p.toml", UK + text))


def test_a_part_that_is_not_known_is_refused() -> None:
    with pytest.raises(PolicyError, match=r":\d+: sources.mine.code is not known here: did you mean codes"):
        Policy(PolicyText.parse("p.toml", UK + '\n[sources.mine.code]\n1 = "burglary"\n'))
    with pytest.raises(PolicyError, match=r":\d+: sources.mine.wards is not known here: did you mean words"):
        Policy(PolicyText.parse("p.toml", UK + '\n[[sources.mine.wards]]\nmatch = "burglary"\n'))
