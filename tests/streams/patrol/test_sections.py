"""Which item stands where: nothing twice, a screenful each, and how many more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point

from geo.clock import DAY, HOUR, Instant
from geo.marking import Clearance, Marking
from geo.model import Grade, Hazard, Interval, Record, RecordKind, Status, Stored
from streams.patrol.document import A_SCREENFUL, Item, Part, Section
from streams.patrol.items import Hour
from streams.patrol.judging import judged
from streams.patrol.sections import Sorting
from tests.streams.patrol import town
from tests.streams.patrol.judging_kit import READER, shared

SINCE = town.NOW - 18 * HOUR


def sort(
    *records: Record | Stored,
    before: Mapping[str, Stored] | None = None,
    callsign: str = "N1-12",
    answered: Mapping[str, Instant] | None = None,
) -> dict[Section, Part]:
    part = shared(*records)
    found = judged(part.picture, part.distance_m, part.in_beat, READER, part.turn.weighing, town.NOW)
    sorting = Sorting(
        everything=found, before=before or {}, since=SINCE, callsign=callsign, answered=answered or {},
        hour=Hour(town.NOW, ZoneInfo("Europe/London")), twins=part.picture.twins.of,
    )  # fmt: skip
    return {one.section: one for one in sorting.parts(Part(section=Section.PROBLEM_PLACES, note="-"))}


def lines(part: Part) -> list[str]:
    return [item.line for item in part.items]


def test_safety_first_what_goes_on_then_markers_then_what_was_so_before() -> None:
    parts = sort(
        town.incident("over", minutes=600, status=Status.CLOSED, hazards=town.WEAPON, place=Point(-0.09, 51.505)),
        town.intel("marker", days=200, hazards=town.DOG, valid=Interval(None, town.NOW + DAY)),
        town.incident("fight", minutes=5, hazards=town.VIOLENCE),
        town.incident("quiet", minutes=5),
    )
    safety = parts[Section.SAFETY]
    assert lines(safety) == ["Violence: Burglary fight", "Dangerous dog: Dealing marker", "Weapon: Burglary over"]
    assert [item.why[0] for item in safety.items] == ["going on now", "warning marker", "happened here before"]
    assert lines(parts[Section.LIVE]) == ["Burglary quiet"]


def test_of_what_goes_on_two_are_warnings_and_the_others_stay_live() -> None:
    fights = [town.incident(f"f{n}", hazards=town.VIOLENCE, place=Point(-0.085 + n / 500, 51.51)) for n in range(4)]
    parts = sort(*fights)
    assert (len(parts[Section.SAFETY].items), len(parts[Section.LIVE].items)) == (2, 2)
    assert parts[Section.SAFETY].more == 0


def test_a_marker_that_is_over_and_a_wreck_that_is_cleared_away_warn_nobody() -> None:
    parts = sort(
        town.intel("expired", hazards=town.DOG, valid=Interval(None, town.NOW - HOUR)),
        town.intel("closed", hazards=town.DOG, status=Status.CLOSED),
        town.incident("wreck", minutes=300, status=Status.CLOSED, hazards=(Hazard.TRAFFIC,)),
        town.incident("prank", minutes=300, status=Status.CANCELLED, hazards=town.WEAPON),
        town.incident("far", minutes=300, status=Status.CLOSED, hazards=town.WEAPON, place=Point(-0.065, 51.51)),
    )
    assert parts[Section.SAFETY].items == ()
    assert parts[Section.SAFETY].note == "No hazard is known here."


def test_a_fourth_fight_at_a_corner_is_one_line() -> None:
    fights = [
        town.incident(f"f{n}", minutes=60 * n, status=Status.CLOSED, hazards=town.VIOLENCE, category="assault")
        for n in range(1, 5)
    ]
    parts = sort(*fights)
    (item,) = parts[Section.SAFETY].items
    assert item.detail == "The same there 12:00, 11:00 and 1 more"
    assert (parts[Section.SAFETY].more, parts[Section.CHANGED].items) == (0, ())


def test_two_sources_of_one_thing_are_one_item() -> None:
    parts = sort(town.incident("a", minutes=4), town.incident("b", minutes=5, source="alarms"))
    (item,) = parts[Section.LIVE].items
    assert item.also == ("alarms",) if item.source == "cad" else ("cad",)
    assert parts[Section.LIVE].more == 0


def _changed(name: str, **after: object) -> tuple[Stored, Stored]:
    before = town.incident(name, minutes=60 * 24)
    return Stored(before, 1, before.reported_at), Stored(replace(before, **after), 2, town.NOW - HOUR)  # type: ignore[arg-type]


def test_what_changed_since_says_what() -> None:
    was, is_ = _changed("a", status=Status.CLOSED, title="Burglary, two arrested")
    same_was, same = _changed("b", provenance=(("cad", "2"),), status=Status.OPEN)
    parts = sort(is_, same, before={was.record.id: was, same_was.record.id: same_was})
    (item,) = parts[Section.CHANGED].items
    assert item.detail == "Closed. Now said to be: Burglary, two arrested"
    assert item.why[0] == "changed 13:00"
    assert (item.version, parts[Section.CHANGED].note) == (2, "Since yesterday 20:00.")


def test_nothing_is_said_of_a_version_that_was_marked_higher() -> None:
    was, is_ = _changed("a", status=Status.CLOSED)
    high = Stored(replace(was.record, marking=Marking(Clearance.OFFICIAL_SENSITIVE), grade=Grade.EMERGENCY), 1, 0)
    assert sort(is_, before={high.record.id: high})[Section.CHANGED].items == ()


def test_what_came_in_and_is_over_is_news_unless_it_is_dull() -> None:
    parts = sort(
        town.incident("new", minutes=300, status=Status.CLOSED),
        town.incident("before", minutes=60 * 30, status=Status.CLOSED),
        town.incident("search", minutes=300, status=Status.CLOSED, category="stop_search"),
        town.incident("routine", minutes=300, status=Status.CLOSED, grade=Grade.ROUTINE),
        town.incident("beside", minutes=300, status=Status.CLOSED, place=Point(-0.067, 51.51)),
    )
    assert lines(parts[Section.CHANGED]) == ["Burglary new"]


def test_must_read_begins_with_what_waits_for_an_answer() -> None:
    urgent = town.pushed("urgent", grade=Grade.EMERGENCY)
    waits = town.pushed("waits", must_ack=True, grade=Grade.ROUTINE)
    done = town.pushed("done", must_ack=True, grade=Grade.ROUTINE)
    parts = sort(urgent, waits, done, answered={done.id: town.NOW - HOUR})
    assert lines(parts[Section.MUST_READ]) == ["Read waits", "Read urgent", "Read done"]
    assert [item.acknowledged for item in parts[Section.MUST_READ].items] == [False, False, True]


def test_an_answer_of_before_a_material_change_is_none() -> None:
    changed = Stored(town.pushed("a", must_ack=True, ack_version=2), 2, town.NOW - HOUR)
    for answered, known in ((town.NOW - 2 * HOUR, False), (town.NOW - HOUR // 2, True)):
        (item,) = sort(changed, answered={changed.record.id: answered})[Section.MUST_READ].items
        assert item.acknowledged is known


def test_tasking_names_what_stands_above_by_its_number() -> None:
    parts = sort(town.incident("a", assigned=("N1-12",)), town.incident("b"))
    number = next(item.number for item in parts[Section.LIVE].items if item.line == "Burglary a")
    assert parts[Section.TASKING].items == ()
    assert parts[Section.TASKING].note == f"N1-12 is assigned to item {number}."
    assert sort(town.incident("b"))[Section.TASKING].note == "Nothing is assigned to N1-12."
    assert "no unit" in sort(callsign="")[Section.TASKING].note


KINDS = st.sampled_from(["incident", "intel", "lookout", "briefing"])


@st.composite
def worlds(draw: st.DrawFn) -> list[Record]:
    records: list[Record] = []
    for number in range(draw(st.integers(0, 30))):
        kind, hazards = draw(KINDS), draw(st.sampled_from([(), town.WEAPON, town.DOG, (Hazard.TRAFFIC,)]))
        place = draw(st.sampled_from([None, town.MIDDLE, Point(-0.09, 51.505), Point(-0.068, 51.51), Point(0, 52)]))
        status = draw(st.sampled_from(list(Status)))
        minutes = draw(st.sampled_from([1, 100, 1_000, 10_000, 40_000]))
        rest = {"hazards": hazards, "place": place, "status": status, "beat": draw(st.sampled_from([None, "N1"]))}
        grade = draw(st.sampled_from(list(Grade)))
        if kind == "incident":
            source = draw(st.sampled_from(["cad", "alarms"]))
            records.append(town.incident(f"{number}", minutes, source=source, grade=grade, **rest))
        elif kind == "briefing":
            records.append(town.pushed(f"{number}", grade=grade, status=status))
        else:
            records.append(town.intel(f"{number}", minutes / 1_440, lookout=kind == "lookout", grade=grade, **rest))
    return records


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_whatever_there_is_nothing_stands_twice_and_everything_has_its_age(records: Sequence[Record]) -> None:
    parts = sort(*records)
    assert list(parts) == list(Section)
    items: list[Item] = [item for part in parts.values() for item in part.items]
    assert [item.number for item in items] == list(range(1, len(items) + 1))
    names = [item.record for item in items]
    assert len(names) == len(set(names))
    for part in parts.values():
        assert len(part.items) <= A_SCREENFUL
        assert part.items or part.note
        assert part.more == 0 or part.items
    for item in items:
        assert item.line
        assert item.age
        assert item.when
        assert item.why
        assert item.where or item.kind == RecordKind.BRIEFING
        assert bool(item.grading) == (item.kind == RecordKind.INTEL)
    assert sum(part.more for part in parts.values()) + len(items) <= len(records)
