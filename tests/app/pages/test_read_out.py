"""The read-out: two minutes, safety first, nothing over the air that is not for everybody on the channel."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.pages.read_out import MOST_WORDS, read_out
from geo.marking import Handling, Marking
from streams.patrol.document import PatrolBriefing, Section
from tests.app.pages.scene import briefing, empty, fullest, hostile, item


@pytest.mark.parametrize(
    "one",
    [briefing(), empty(), fullest(), fullest("Kurz "), hostile()],
    ids=["ordinary", "empty", "full", "short words", "hostile"],
)
def test_it_takes_two_minutes_at_most(one: PatrolBriefing) -> None:
    assert len(read_out(one).split()) <= MOST_WORDS + 10


def test_safety_is_whole_and_first() -> None:
    text = read_out(fullest())
    assert text.index("Officer safety.") < text.index("Must read.") < text.index("Live now")
    assert all(re.search(rf"^{number}\. ", text, re.M) for number in range(1, 6))


def test_an_ordinary_one_says_everything() -> None:
    text = read_out(briefing())
    assert "1. Large dog loose in the yard at 14 Mill Lane. Two officers bitten; call\n   first. Graded 1-A-P." in text
    assert "4. Robbery, two suspects on foot. Mill Lane / High Street. 7 minutes old." in text
    assert "And 14 more." in text
    assert "Acknowledge on the" in text
    assert "Corrections come until 06:00. End of briefing." in text.replace("\n", " ")
    assert text.endswith("\n")


def test_what_is_known_by_a_named_few_is_not_spoken() -> None:
    text = read_out(briefing())
    assert "Catalytic" not in text
    assert "10. Not for the air: read item 10 on the handset." in text


@pytest.mark.parametrize("section", list(Section))
def test_nothing_of_a_secret_is_said_in_any_section(section: Section) -> None:
    secret = Marking(handling=(Handling.RECIPIENTS_ONLY,))
    one = fullest()
    parts = tuple(
        replace(
            part,
            items=tuple(replace(i, line="Quokka", detail="Quokka", where="Quokka", marking=secret) for i in part.items),
        )
        if part.section is section
        else part
        for part in one.parts
    )
    assert "Quokka" not in read_out(replace(one, parts=parts))


def test_a_place_that_the_line_names_is_not_said_twice() -> None:
    named = item(1, Section.SAFETY, "Dog at 14 Mill Lane", where="Mill Lane", hazards=("dog", "violence"))
    one = briefing(parts=(replace(briefing().parts[0], items=(named,)),))
    text = read_out(one)
    assert text.count("Mill Lane") == 1
    assert "Violence." in text


def test_no_safety_warning_is_said_too() -> None:
    assert "Officer safety: nothing known." in read_out(empty())


def test_no_text_steers_the_terminal() -> None:
    assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e\u2066-\u2069]", read_out(hostile()))
