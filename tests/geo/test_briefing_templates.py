"""The templates: what must be said is asked for by name, and the body is made in the template's order."""

from __future__ import annotations

import pytest

from geo.briefing_templates import (
    IIMARCH,
    LONGEST_FIELD,
    LOOKOUT_VEHICLE,
    MISSING_PERSON,
    TEMPLATES,
    body_from,
    problems_of,
    title_from,
)
from geo.markdown import Heading, parsed, plain_of
from geo.reasons import Reason

MISSING = {
    "name": "Ada Test",
    "age": "12",
    "risk": "High",
    "description": "Red coat",
    "last_seen": "18:40 at the station",
    "action": "Stay with her, call control",
}


def test_the_four_are_there() -> None:
    assert list(TEMPLATES) == ["iimarch", "lookout_vehicle", "lookout_person", "missing_person"]
    for template in TEMPLATES.values():
        names = [field.name for field in template.fields]
        assert len(set(names)) == len(names)
        assert template.required


def test_iimarch_is_in_its_order_and_what_was_not_said_is_left_out() -> None:
    answers = {"risk_assessment": "Ice", "method": "- A north\n- B south", "intent": "Keep it open", "information": "X"}
    assert problems_of(IIMARCH, answers) == []
    blocks = parsed(body_from(IIMARCH, answers))
    headings = [plain_of([block]) for block in blocks if isinstance(block, Heading)]
    assert headings == ["Information", "Intent", "Method", "Risk assessment"]


def test_short_answers_stand_together_at_the_top() -> None:
    body = body_from(MISSING_PERSON, MISSING)
    assert body.startswith(
        "**Name:** Ada Test\n**Age:** 12\n**Risk:** High\n\n## Description\nRed coat\n\n## Last seen"
    )


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"name": " "}, "fields.name", Reason.MISSING),
        ({"colour": "red"}, "fields.colour", Reason.UNKNOWN_FIELD),
        ({"risk": "huge"}, "fields.risk", Reason.NOT_ONE_OF),
        ({"clothing": "x" * (LONGEST_FIELD + 1)}, "fields.clothing", Reason.TOO_LONG),
        ({"age": "12\n## 13"}, "fields.age", Reason.CONTRADICTION),
    ],
)
def test_each_fault_names_its_field(change: dict[str, str], field: str, reason: Reason) -> None:
    (problem,) = problems_of(MISSING_PERSON, MISSING | change)
    assert (problem.field, problem.reason) == (field, reason)


def test_an_answer_makes_no_heading_of_its_own() -> None:
    blocks = parsed(body_from(MISSING_PERSON, MISSING | {"clothing": "# Cancelled\nBlue"}))
    headings = [plain_of([block]) for block in blocks if isinstance(block, Heading)]
    assert headings == ["Description", "Clothing", "Last seen", "If found"]
    assert "# Cancelled" in plain_of(blocks)


@pytest.mark.parametrize(
    ("answers", "title"),
    [
        ({"registration": "AB12 CDE"}, "Lookout: AB12 CDE"),
        ({"registration": "AB12 CDE", "make_and_model": "Ford Transit"}, "Lookout: AB12 CDE, Ford Transit"),
        ({"registration": "{colour}", "colour": "red"}, "Lookout: {colour}, red"),
    ],
)
def test_the_title_of_a_lookout(answers: dict[str, str], title: str) -> None:
    assert title_from(LOOKOUT_VEHICLE, answers) == title


def test_the_title_of_a_missing_person() -> None:
    assert (
        title_from(MISSING_PERSON, MISSING | {"risk": "no apparent risk"}) == "Missing: Ada Test, 12, no apparent risk"
    )
    assert title_from(IIMARCH, {"information": "X"}) == ""
