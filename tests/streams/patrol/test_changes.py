"""What a newer version changed, in words."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from shapely.geometry import Point

from geo.clock import HOUR
from geo.marking import Grading
from geo.model import Grade, Hazard, Interval, Record, Status
from streams.patrol.changes import changes
from tests.streams.patrol import town

BEFORE = town.incident("a", text="door open", valid=Interval(None, town.NOW + HOUR))


def said(after: Record, before: Record = BEFORE) -> tuple[str, ...]:
    return changes(before, after, town.NOW, ZoneInfo("Europe/London"))


def test_the_same_again_is_no_change() -> None:
    assert said(BEFORE) == ()
    assert said(replace(BEFORE, provenance=(("cad", "2"),))) == ()


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (replace(BEFORE, grade=Grade.EMERGENCY), "graded up to emergency, was priority"),
        (replace(BEFORE, grade=Grade.ROUTINE), "graded down to routine, was priority"),
        (replace(BEFORE, status=Status.ATTENDED), "a unit is there"),
        (replace(BEFORE, status=Status.CLOSED), "closed"),
        (replace(BEFORE, status=Status.CANCELLED), "cancelled"),
        (replace(BEFORE, hazards=(Hazard.WEAPON, Hazard.DOG)), "new: weapon, dangerous dog"),
        (replace(BEFORE, place=Point(-0.085, 51.512), place_text="High St"), "moved 220 m, now High St"),
        (replace(BEFORE, place=None), "its place is withheld now"),
        (replace(BEFORE, title="Robbery"), "now said to be: Robbery"),
        (replace(BEFORE, valid=Interval(None, town.NOW + 2 * HOUR)), "ends 16:00"),
        (replace(BEFORE, valid=Interval()), "has no end any more"),
        (replace(BEFORE, text="door open, dog inside"), "more is known"),
        (replace(BEFORE, text="door"), "text corrected"),
    ],
)
def test_one_change_is_one_sentence(after: Record, words: str) -> None:
    assert said(after) == (words,)


def test_the_gravest_comes_first() -> None:
    after = replace(BEFORE, text="", status=Status.CLOSED, grade=Grade.EMERGENCY, hazards=town.WEAPON)
    found = said(after)
    assert [text.split(":")[0].split(",")[0] for text in found] == [
        "graded up to emergency", "new", "closed", "text corrected",
    ]  # fmt: skip


def test_lives_that_go_backwards_and_places_that_come_to_light() -> None:
    attended = replace(BEFORE, status=Status.ATTENDED)
    assert said(BEFORE, attended) == ("nobody is there any more",)
    assert said(BEFORE, replace(BEFORE, status=Status.CLOSED)) == ("opened again",)
    assert said(BEFORE, replace(BEFORE, place=None)) == ("its place is known: Mill Lane",)
    assert said(BEFORE, replace(BEFORE, hazards=town.DOG)) == ("no longer: dangerous dog",)


def test_a_grading_and_what_the_dispatcher_said_of_a_briefing() -> None:
    report = town.intel("a")
    assert said(replace(report, grading=Grading.parse("1-A-P")), report) == ("graded 1-A-P, was 2-B-P",)
    briefing = town.pushed("a")
    later = replace(briefing, text="new", title="New", changed=("the road is open again",))
    assert said(later, briefing) == ("the road is open again",)
