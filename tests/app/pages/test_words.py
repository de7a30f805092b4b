"""Words: a line is one line, times are the reader's, gradings are said, and secrets are not for the air."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.pages import words
from geo.clock import HOUR, parse_instant
from geo.marking import Clearance, Handling, Marking
from geo.model import Hazard, Status
from streams.patrol.document import Section
from tests.app.pages.scene import item

AT = parse_instant("2026-07-15T21:52:00Z")


@given(st.text(max_size=200), st.integers(1, 60))
def test_a_tidy_text_is_one_short_line_that_steers_nothing(text: str, most: int) -> None:
    line = words.tidy(text, most)
    assert len(line) <= most
    assert line == " ".join(line.split())
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in line)
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")


def test_scripts_keep_the_joiners_that_they_are_written_with() -> None:
    assert words.tidy("می\u200cخواهم") == "می\u200cخواهم"


def test_what_is_cut_says_so() -> None:
    assert words.tidy("one, two", 6) == "one…"


def test_times_are_of_the_readers_zone() -> None:
    london = ZoneInfo("Europe/London")
    assert words.clock(AT, london) == "22:52"
    assert words.day(AT, london) == "Wednesday 15 July 2026"
    assert words.day_and_clock(AT, london) == "Wed 15 Jul 22:52"
    assert words.span(AT, AT + HOUR, UTC) == "21:52 to 22:52"
    assert words.span(AT, AT + HOUR, london) == "22:52 to 23:52"
    assert words.span(AT, AT + 2 * HOUR, london) == "22:52 to Thu 16 Jul 00:52"


@pytest.mark.parametrize("name", ["", "Nowhere", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b", "x" * 300])
def test_a_zone_that_nobody_knows_is_utc(name: str) -> None:
    assert words.clock(AT, words.zone_of(name)) == "21:52"


def test_every_hazard_and_every_state_has_its_word() -> None:
    assert {hazard.value for hazard in Hazard} == set(words.HAZARDS)
    assert {status.value for status in Status} == set(words.STATUSES)
    assert words.hazard("loose_cattle") == "Loose cattle"


@pytest.mark.parametrize(
    ("grading", "said"),
    [
        ("1-A-P", "reliable source; known to the source directly; may be shared lawfully"),
        ("3-E-C", "source not reliable; suspected to be false; may be shared under its conditions only"),
        ("4-A-P", ""),
        ("", ""),
        ("B2", ""),
    ],
)
def test_a_grading_is_said_in_words(grading: str, said: str) -> None:
    assert words.grading_in_words(grading) == said


@pytest.mark.parametrize(
    ("age", "said"),
    [("2 h old", "2 hours old"), ("1 min old", "1 minute old"), ("1 d 3 h old", "1 day 3 hours old"), ("", "")],
)
def test_an_age_is_said_in_full(age: str, said: str) -> None:
    assert words.said_age(age) == said


def test_a_list_is_said_as_people_say_it() -> None:
    assert [words.listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert words.counted(1, "item") == "1 item"
    assert words.counted(2, "person", "people") == "2 people"
    assert words.sentence("Go") == "Go."
    assert words.sentence("Go!") == "Go!"


def test_only_what_is_dispatched_to_has_a_standing() -> None:
    one = item(1, Section.LIVE, "x")
    assert words.standing(one) == "Priority grade, open"
    assert words.standing(replace(one, kind="intel")) == ""
    assert words.standing(replace(one, why=("graded priority",), status="closed")) == "Closed"
    assert words.standing(replace(one, detail="Nobody there yet. Two men")) == "Priority grade"


def test_what_is_for_named_recipients_or_one_operation_is_not_for_the_air() -> None:
    one = item(1, Section.LIVE, "x")
    assert not words.not_for_the_air(one)
    assert not words.not_for_the_air(replace(one, marking=Marking(Clearance.OFFICIAL_SENSITIVE)))
    assert words.not_for_the_air(replace(one, marking=Marking(handling=(Handling.RECIPIENTS_ONLY,))))
    assert words.not_for_the_air(replace(one, marking=Marking(operations=("ALPHA",))))
    assert words.not_for_the_air(replace(one, grading="1-A-C"))


def test_official_alone_is_no_word_worth() -> None:
    assert not words.above_official(Marking(shared_with=("other",)))
    assert words.above_official(Marking(caveats=("X",)))
