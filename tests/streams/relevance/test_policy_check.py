"""Every mistake of a policy file, with its line: what cannot be read, and what contradicts itself."""

from __future__ import annotations

import pytest

from streams.errors import PolicyError
from streams.relevance.in_force import draft_of
from streams.relevance.policy import SHIPPED, policy_text
from streams.relevance.policy_check import Finding, check, grave

_, UK = policy_text("uk")
STOPS = 'label = "Stop and search"\ngrade = "routine"'
ENGAGED_HOLD = '[styles.engaged]\np1 = "hold"'


def changed(*changes: tuple[str, str]) -> str:
    text = UK
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after, 1)
    return text


def found(*changes: tuple[str, str]) -> list[Finding]:
    return check("mine.toml", changed(*changes))


def line_of(text: str, part: str) -> int:
    """The last one that has it."""
    return max(number for number, line in enumerate(text.splitlines(), 1) if part in line)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_is_shipped_is_without_a_finding(name: str) -> None:
    assert check(*policy_text(name)) == []


def test_all_mistakes_are_named_and_not_only_the_first() -> None:
    text = changed(
        ("reach_m = 2100", "reach_m = 0"),
        ("freshness = 1.0", "freshnes = 1.0"),
        ('"burglary", "missing_person"', '"burglery", "missing_person"'),
        ('p1 = "interrupt"', 'p1 = "shout"'),
    )
    findings = check("mine.toml", text)
    assert [(one.line, one.grave) for one in findings] == [
        (line_of(text, "reach_m = 0"), True),
        (line_of(text, "[terms]"), True),
        (line_of(text, "freshnes = "), True),
        (line_of(text, "burglery"), True),
        (line_of(text, '"shout"'), True),
    ]
    assert "did you mean freshness?" in findings[2].text
    assert "did you mean burglary?" in findings[3].text
    assert str(findings[0]).startswith(f"mine.toml:{findings[0].line}: grades.emergency.reach_m ")


def test_what_is_no_toml_has_its_line() -> None:
    (one,) = check("mine.toml", "schema = 1\nname = \n")
    assert one.line == 2
    assert one.grave


@pytest.mark.parametrize(
    ("change", "where", "word"),
    [
        # a must-deliver category that a threshold hides
        (("severity = 3.0", "severity = -9.0"), "severity = -9.0", "must-deliver"),
        (("[grades.emergency]\nreach_m = 2100", "[grades.emergency]\nreach_m = 400"), "threat_reach_x", "own_safety_m"),
        # or a style
        (
            ('[styles.engaged]      # at scene or busy; own safety interrupts\np1 = "notify"', ENGAGED_HOLD),
            ENGAGED_HOLD.splitlines()[1],
            "engaged",
        ),
        # a reach of nearly nothing
        ((STOPS, f"{STOPS}\nreach_x = 0.04"), "reach_x = 0.04", "nobody is ever found to be inside"),
        (("reach_x = 1.4 ", "reach_x = 0.05 "), "reach_x = 0.05", "officer's emergency a reach of 105 m"),
        # what nobody is ever shown
        (("severity = -3.5 ", "severity = -19.0 "), "severity = -19.0", "nobody is ever shown it"),
        (("flood_ends = 5", "flood_ends = 12"), "flood_ends = 12", "flood_starts"),
        (("notify_s = 2012", "notify_s = 100"), "notify_s = 100", "shorter than interrupt_s"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_forbids_its_use(change: tuple[str, str], where: str, word: str) -> None:
    text = changed(change)
    findings = grave(check("mine.toml", text))
    assert [one.line for one in findings if word in one.text] == [line_of(text, where)], findings
    with pytest.raises(PolicyError, match=f"mine.toml:{findings[0].line}: "):
        draft_of("mine.toml", text)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (("budget_per_10min = 1.0", "budget_per_10min = 0.0"), "nothing but must-deliver interrupts"),
        (("budget_burst = 2.0", "budget_burst = 5.0"), "EEMUA"),
        (("half_life_s = 503", "half_life_s = 90000"), "ends before it fades"),
        (("weapon = 0.7", "weapon = 1.7"), "at_most"),
    ],
)
def test_what_is_odd_is_a_warning_and_can_be_used(change: tuple[str, str], word: str) -> None:
    findings = found(change)
    assert [one.grave for one in findings if word in one.text] == [False]
    assert grave(findings) == []
    assert "warning" in str(findings[0])
    assert draft_of("mine.toml", changed(change)).name == "uk"
