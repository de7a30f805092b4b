"""Markings and grades: what is understood, and what is refused rather than lowered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadMarking
from geo.marking import (
    Clearance,
    Grading,
    Handling,
    Marking,
    handling_mask,
    marking_object,
    marking_text,
    parse_marking,
)

names = st.lists(st.text("ABC xyz", min_size=1).map(str.strip).filter(bool), max_size=3, unique=True).map(
    lambda found: tuple(sorted(found))
)
markings = st.builds(
    Marking,
    st.sampled_from([Clearance.OFFICIAL, Clearance.OFFICIAL_SENSITIVE]),
    st.lists(st.sampled_from(list(Handling)), unique=True).map(lambda found: tuple(sorted(found))),
    names,
    names,
    names,
)


@given(markings)
def test_a_marking_survives_its_object(marking: Marking) -> None:
    assert parse_marking(marking_object(marking)) == marking


def test_texts_and_nothing() -> None:
    assert parse_marking(None) == Marking()
    assert parse_marking("official-sensitive").level is Clearance.OFFICIAL_SENSITIVE
    assert parse_marking({"tier": "OFFICIAL", "sensitive": True}).level is Clearance.OFFICIAL_SENSITIVE
    assert parse_marking({"sensitive": False}) == Marking()


@pytest.mark.parametrize(
    "value",
    [
        "SECRET",
        "TOP SECRET",
        "CONFIDENTIAL",
        "",
        7,
        [],
        {"tier": "SECRET"},
        {"tier": 3},
        {"handling": ["BURN AFTER READING"]},
        {"handling": "EMBARGOED"},
        {"handling": [3]},
        {"sensitive": "yes"},
        {"colour": "red"},
    ],
)
def test_what_is_not_understood_or_above_the_ceiling_is_refused(value: object) -> None:
    with pytest.raises(BadMarking):
        parse_marking(value)


def test_a_deployment_may_have_a_higher_ceiling() -> None:
    assert parse_marking("SECRET", ceiling=Clearance.SECRET).level is Clearance.SECRET


def test_clearances_order_and_speak() -> None:
    assert Clearance.OFFICIAL < Clearance.OFFICIAL_SENSITIVE < Clearance.SECRET < Clearance.TOP_SECRET
    assert [Clearance.parse(level.text) for level in Clearance] == list(Clearance)
    with pytest.raises(BadMarking, match="not one of"):
        Clearance.parse("cosmic")


def test_as_it_is_shown() -> None:
    marking = Marking(Clearance.OFFICIAL_SENSITIVE, (Handling.RECIPIENTS_ONLY,), ("PERSONAL",), ("ALPHA",))
    assert marking_text(marking) == "OFFICIAL-SENSITIVE - RECIPIENTS ONLY - PERSONAL - OP ALPHA"


def test_handling_is_a_bit_each() -> None:
    assert sum(handling_mask((item,)) for item in Handling) == handling_mask(tuple(Handling)) == 31
    assert handling_mask(()) == 0


@pytest.mark.parametrize("text", ["1-B-P", "1bp", " 3-E-C "])
def test_grades_are_read(text: str) -> None:
    assert str(Grading.parse(text)).replace("-", "") == text.strip().upper().replace("-", "")


@pytest.mark.parametrize("text", ["", "B21", "4-A-P", "1-F-P", "1-A-X", "1-A", "A11", "1-A-P-P"])
def test_other_grades_are_refused(text: str) -> None:
    with pytest.raises(BadMarking, match="3x5x2"):
        Grading.parse(text)
