"""A policy file by its schema: values with their defaults, and all that it does not know."""

from __future__ import annotations

import pytest

from geo.model import Grade, Hazard, Verdict
from streams.errors import PolicyError
from streams.relevance.policy import policy_text
from streams.relevance.policy_file import PolicyText
from streams.relevance.policy_reading import unknown, values

_, UK = policy_text("uk")


def parsed(old: str = "", new: str = "") -> PolicyText:
    assert old in UK
    return PolicyText.parse("p.toml", UK.replace(old, new, 1))


def test_values_are_what_the_file_says_or_the_default() -> None:
    source = parsed()
    other = values(source, "categories.other")
    assert (other["label"], other["grade"], other["reach_x"], other["requires"]) == (
        "Incident",
        Grade.STANDARD,
        1.0,
        (),
    )
    assert values(source, "styles.available")["p1"] is Verdict.INTERRUPT
    assert Hazard.WEAPON in values(source, "must_deliver")["threat_hazards"]
    assert values(source, "roles")["dog"] == ("burglary", "missing_person")
    assert values(parsed("dog = 0.3\n", ""), "hazards")["dog"] == 0.0
    assert values(source, "")["name"] == "uk"


def test_an_optional_table_that_is_not_there_has_its_defaults() -> None:
    assert values(parsed("3E = -3.0", "3E = -9.0"), "certainty")["3E"] == -9.0
    head, tail = UK.split("[certainty]")
    without = PolicyText.parse("p.toml", head + tail[tail.index("[roles]") :])
    assert not without.has("certainty")
    assert values(without, "certainty")["3E"] == -3.0


@pytest.mark.parametrize(
    ("old", "new", "path", "reason"),
    [
        ("reach = 1.4", "reach = 50", "terms", r"p\.toml:\d+: terms\.reach must lie between 0 and 20, and is 50"),
        ("reach = 1.4", "", "terms", r"p\.toml:\d+: terms\.reach is missing"),
        ("reach = 1.4", "reach.x = 1", "terms", r"terms\.reach must be a number"),
        ("[replay]", "[played]", "replay", "replay is missing: the policy needs this table"),
    ],
)
def test_the_first_wrong_value_is_refused(old: str, new: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyError, match=reason):
        values(parsed(old, new), path)


def test_the_shipped_text_has_nothing_unknown() -> None:
    assert list(unknown(parsed())) == []


def test_all_that_is_unknown_is_found_each_with_its_line_and_the_nearest_name() -> None:
    text = UK.replace("novelty =", "novelti =").replace("[grades.routine]", "[grades.rutine]")
    text = text.replace("schema = 1", "schema = 1\nsound = true").replace("[must_deliver]", "[must_delivery]")
    found = list(unknown(PolicyText.parse("p.toml", text)))
    lines = text.splitlines()
    assert [(problem.reason.split(";")[0], lines[problem.line - 1].split("=")[0].strip()) for problem in found] == [
        ("sound is not a key that a policy has", "sound"),
        ("grades.rutine is not known here: did you mean routine?", "[grades.rutine]"),
        ("terms.novelti is not known here: did you mean novelty?", "novelti"),
        (
            "must_delivery is not a table that a policy has: did you mean must_deliver?",
            text_of(lines, "[must_delivery]"),
        ),
    ]


def text_of(lines: list[str], start: str) -> str:
    return next(line for line in lines if line.startswith(start)).split("=")[0].strip()
