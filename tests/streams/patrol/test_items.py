"""One record as one or two lines."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from shapely.geometry import Point

from geo.clock import DAY, HOUR
from geo.marking import Grading
from geo.model import Emergency, Grade, Interval, Record, Status, Subject, SubjectKind
from streams.patrol.document import Section
from streams.patrol.items import DETAIL, LINE, Hour, Said, cut, danger_text, item_of, status_text, telling
from tests.streams.patrol import town
from tests.streams.patrol.judging_kit import judge

HOUR_ = Hour(town.NOW, ZoneInfo("Europe/London"), town.BEAT.area)


def test_a_call_says_what_where_when_how_old_and_why() -> None:
    (one,) = judge(town.incident("a", hazards=town.VIOLENCE, text="2 MALES FIGHTING"))
    item = item_of(one, Section.LIVE, Said(details=("Nobody there yet",)), HOUR_, 7)
    assert (item.number, item.line, item.detail) == (7, "Burglary a", "Nobody there yet. 2 MALES FIGHTING")
    assert (item.where, item.when, item.age) == ("Mill Lane", "today 13:50", "10 min old")
    assert item.why[:2] == ("in the beat", "graded priority")
    assert (item.record, item.version, item.hazards) == (one.item.record.id, 1, ("violence",))
    assert item.grading == ""


def test_intelligence_is_graded_and_says_how_to_treat_it() -> None:
    subjects = (Subject(SubjectKind.VEHICLE, "grey Golf AB12 CDE"),)
    grading = Grading.parse("3-E-P")
    (one,) = judge(town.intel("a", subjects=subjects, grading=grading, valid=Interval(None, town.NOW + DAY)))
    item = item_of(one, Section.INTELLIGENCE, Said(), HOUR_)
    assert item.grading == "3-E-P"
    assert item.detail == "Vehicle: grey Golf AB12 CDE. Source not reliable. Suspected to be false"
    assert item.where == "TQ 329 807"
    assert "valid until tomorrow 14:00" in item.why
    assert item.age == "3 days old"


def test_what_lies_next_to_the_beat_says_how_far_and_on_which_side() -> None:
    (one,) = judge(town.incident("a", place=Point(-0.067, 51.51)))
    assert item_of(one, Section.LIVE, Said(), HOUR_).why[0] == "210 m east of the beat"


def test_month_level_data_pretend_no_hour() -> None:
    month = Interval(town.NOW - 70 * DAY - 14 * HOUR, town.NOW - 39 * DAY - 14 * HOUR)
    (one,) = judge(town.incident("a", minutes=60 * 24 * 40, occurred=month, status=Status.CLOSED))
    item = item_of(one, Section.CHANGED, Said(), HOUR_)
    assert (item.when, item.age) == ("Jan 2026", "40 days old")


def test_a_pushed_briefing_keeps_its_body_and_shows_its_beginning() -> None:
    (one,) = judge(town.pushed("a", must_ack=True))
    item = item_of(one, Section.MUST_READ, Said(), HOUR_)
    assert (item.detail, item.where, item.must_ack) == ("Mind the march; Use Mission St", "", True)
    assert item.body.startswith("**Mind**")


def test_lines_are_lines() -> None:
    (one,) = judge(town.incident("a", title="x" * 300, text="words and\n\n" * 100))
    item = item_of(one, Section.LIVE, Said(), HOUR_)
    assert (len(item.line), len(item.detail)) == (LINE, DETAIL)
    assert "\n" not in item.detail
    assert cut("a  b\nc", 90) == "a b c"


@pytest.mark.parametrize(
    ("text", "said"), [("500N", ""), ("7.2.25", ""), ("AGGRESSIVE", "AGGRESSIVE"), ("", ""), ("a b", "")]
)
def test_codes_say_nothing(text: str, said: str) -> None:
    assert telling(text) == said


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (town.incident("a"), "Nobody there yet"),
        (town.incident("a", assigned=("N1-12",)), "N1-12 assigned, not there yet"),
        (town.incident("a", status=Status.ATTENDED, assigned=("N1-12",)), "N1-12 there"),
        (town.incident("a", status=Status.ATTENDED), "A unit is there"),
        (town.incident("a", status=Status.CLOSED), "Closed"),
    ],
)
def test_its_life_in_words(record: Record, said: str) -> None:
    assert status_text(record) == said


def test_an_officer_who_calls_for_help() -> None:
    call = Emergency(
        force="own", source="device", source_id="1", category="officer_emergency", title="Help", officer="pc-2",
        grade=Grade.EMERGENCY, reported_at=town.NOW,
    )  # fmt: skip
    assert status_text(call) == "Officer needs help"
    assert danger_text(town.incident("a", hazards=(*town.DOG, *town.WEAPON))) == "Weapon, dangerous dog: "
