"""What a reader may know, and how much it matters to his shift."""

from __future__ import annotations

from dataclasses import replace

from shapely.geometry import Point

from geo.clock import HOUR
from geo.marking import Clearance, Grading, Handling, Marking
from geo.model import Audience, Grade, Interval, Officer, Status
from streams.patrol.judging import Reader
from tests.streams.patrol import town
from tests.streams.patrol.judging_kit import READER, cleared, judge


def ids(found: list[object]) -> set[str]:
    return {one.item.record.source_id for one in found}  # type: ignore[attr-defined]


def test_the_one_door_stands_before_everything() -> None:
    records = (
        town.incident("open"),
        town.secret(town.incident("secret")),
        town.incident("operation", marking=Marking(operations=("ALPHA",))),
        town.incident("foreign", force="other"),
        town.incident("named", marking=Marking(handling=(Handling.RECIPIENTS_ONLY,))),
        town.intel("conditions", grading=Grading.parse("2-B-C")),
    )
    assert ids(judge(*records)) == {"open"}  # type: ignore[arg-type]
    assert ids(judge(*records, reader=cleared(Clearance.OFFICIAL_SENSITIVE))) == {"open", "secret"}  # type: ignore[arg-type]
    inside = Reader(officer=Officer(id="pc-1", force="own", operations=("ALPHA",)), beat="N1")
    assert ids(judge(*records, reader=inside)) == {"open", "operation"}  # type: ignore[arg-type]


def test_distances_are_the_beats_and_the_beat_counts() -> None:
    here, beside, named = judge(
        town.incident("a"), town.incident("b", place=Point(-0.067, 51.51)), town.incident("c", place=None, beat="N1")
    )
    assert (here.metres, here.in_beat) == (0, True)
    assert 190 < beside.metres < 230
    assert not beside.in_beat
    assert named.in_beat
    assert named.metres != named.metres
    assert here.shift.total > beside.shift.total


def test_an_hour_is_nothing_to_a_shift_and_a_grade_is() -> None:
    young, old, grave = judge(
        town.incident("a", minutes=5),
        town.incident("b", minutes=65),
        town.incident("c", minutes=65, grade=Grade.EMERGENCY),
    )
    assert 0 < young.shift.total - old.shift.total < 0.05
    assert grave.shift.total > young.shift.total


def test_what_is_over_can_be_known_and_is_not_live() -> None:
    closed, expired, ahead = judge(
        town.incident("a", status=Status.CLOSED),
        town.incident("b", valid=Interval(None, town.NOW - HOUR)),
        town.incident("c", valid=Interval(town.NOW + HOUR, None)),
    )
    assert [one.live for one in (closed, expired, ahead)] == [False, False, False]


def test_tasked_and_addressed() -> None:
    mine, for_me, listed, not_mine = judge(
        town.incident("a", assigned=("N1-12",)),
        town.pushed("b", audience=Audience(officers=("pc-1",))),
        town.pushed("c", audience=Audience(roles=("traffic",))),
        town.pushed("d", audience=Audience(roles=("traffic",))),
        reader=replace(READER, addressed=frozenset({town.pushed("c").id})),
    )
    assert mine.tasked
    assert (for_me.addressed, listed.addressed, not_mine.addressed) == (True, True, False)


def test_reasons_leave_out_what_the_item_says_by_itself() -> None:
    (one,) = judge(town.incident("a", assigned=("N1-12",), hazards=town.WEAPON))
    assert one.shift.why(one.item) == ("your unit is assigned", "graded priority")
    assert one.moved_to(-3).slot == -3
    assert one.moved_to(-3).item is one.item
