"""The documented JSON: every field is read, every wrong one is named, and a record can be written back."""

from __future__ import annotations

import pytest

from geo.body import INCIDENT_FIELDS, body_of, raw_of
from geo.clock import parse_instant
from geo.marking import Clearance
from geo.model import Grade, Hazard, IntelReport, Interval, Record, RecordKind, Status, SubjectKind, Watch, WatchOn
from geo.normalise import Intake, normalise
from geo.reasons import Reason, Refused

INTAKE = Intake("own", lambda category: Grade.STANDARD, 1_800_000_000_000_000)
LEAST = {"source": "cad", "source_id": "1", "category": "burglary", "title": "Burglary"}
WHOLE = LEAST | {
    "text": "Rear door",
    "grade": "emergency",
    "status": "attended",
    "place": {"type": "Point", "coordinates": [-0.1276, 51.5074]},
    "place_text": "Charing Cross",
    "beat": "city-1",
    "assigned": ["DB17"],
    "occurred_from": "2026-11-22T18:00:00Z",
    "occurred_to": "2026-11-22T18:04:30+01:00",
    "reported_at": "2026-11-22T18:05:00Z",
    "valid_to": "2026-11-22T20:00:00Z",
    "hazards": ["violence", "weapon"],
    "sensitive": True,
    "marking": {"tier": "OFFICIAL", "sensitive": True, "operations": ["ALPHA"]},
    "provenance": {"type": "459"},
}
WHOLE["occurred_to"] = "2026-11-22T19:04:30+01:00"


def good(body: object, kind: RecordKind = RecordKind.INCIDENT) -> Record:
    made = normalise(raw_of(body, kind), INTAKE)
    assert not isinstance(made, Refused), made.message
    return made


def problems(body: object, kind: RecordKind = RecordKind.INCIDENT) -> set[tuple[str, Reason]]:
    made = normalise(raw_of(body, kind), INTAKE)
    assert isinstance(made, Refused)
    return {(problem.field, problem.reason) for problem in made.problems}


def test_every_field_is_read() -> None:
    record = good(WHOLE)
    assert (record.grade, record.status, record.beat) == (Grade.EMERGENCY, Status.ATTENDED, "city-1")
    assert record.hazards == (Hazard.WEAPON, Hazard.VIOLENCE)
    assert record.occurred == Interval(parse_instant("2026-11-22T18:00:00Z"), parse_instant("2026-11-22T18:04:30Z"))
    assert record.marking.level is Clearance.OFFICIAL_SENSITIVE
    assert record.place is not None
    assert (record.place.geom_type, record.assigned, record.sensitive) == ("Point", ("DB17",), True)


@pytest.mark.parametrize("body", [LEAST, WHOLE, LEAST | {"occurred_at": "2026-11-22T18:00:00Z", "place": None}])
def test_a_record_written_back_reads_as_itself(body: dict[str, object]) -> None:
    record = good(body)
    assert good(body_of(record)) == record
    assert set(body_of(record)) <= INCIDENT_FIELDS


def test_all_that_is_wrong_is_said_at_once() -> None:
    body = {
        "source": 7,
        "category": "x",
        "title": "x",
        "colour": "red",
        "grade": "huge",
        "hazards": ["sharks"],
        "reported_at": "2026-11-22T18:00:00",
        "valid_to": "tomorrow",
        "sensitive": "yes",
        "marking": "COSMIC",
        "place": {"type": "Point", "coordinates": ["a"]},
        "assigned": "DB17",
        "provenance": {"a": 1},
    }
    assert problems(body) == {
        ("source", Reason.WRONG_TYPE),
        ("source_id", Reason.NO_SOURCE_ID),
        ("colour", Reason.UNKNOWN_FIELD),
        ("grade", Reason.NOT_ONE_OF),
        ("hazards", Reason.NOT_ONE_OF),
        ("reported_at", Reason.NO_ZONE),
        ("valid_to", Reason.BAD_TIME),
        ("sensitive", Reason.WRONG_TYPE),
        ("marking", Reason.BAD_MARKING),
        ("place", Reason.BAD_PLACE),
        ("assigned", Reason.WRONG_TYPE),
        ("provenance", Reason.WRONG_TYPE),
    }


@pytest.mark.parametrize("body", [[], "x", None, 3])
def test_a_body_that_is_no_object(body: object) -> None:
    assert ("", Reason.WRONG_TYPE) in problems(body)


def test_a_number_is_no_time() -> None:
    assert problems(LEAST | {"reported_at": 1_800_000_000}) == {("reported_at", Reason.WRONG_TYPE)}


def test_at_and_between_exclude_each_other() -> None:
    both = LEAST | {"occurred_at": "2026-11-22T18:00:00Z", "occurred_to": "2026-11-22T18:00:00Z"}
    assert problems(both) == {("occurred_at", Reason.CONTRADICTION)}


def test_a_marking_above_the_ceiling_is_told_apart_from_one_not_understood() -> None:
    assert problems(LEAST | {"marking": "SECRET"}) == {("marking", Reason.ABOVE_CEILING)}


# --------------------------------------------------------------------------- intelligence
INTEL = LEAST | {
    "grading": "1-B-P",
    "subjects": [{"kind": "vehicle", "label": "silver van", "identifiers": {"vrm": "AB12CDE"}}],
    "lookout": True,
    "source_reference": "R-9",
}


def test_an_intelligence_report() -> None:
    record = good(INTEL, RecordKind.INTEL)
    assert isinstance(record, IntelReport)
    assert (str(record.grading), record.lookout, record.source_reference) == ("1-B-P", True, "R-9")
    assert record.subjects[0].kind is SubjectKind.VEHICLE
    assert good(body_of(record), RecordKind.INTEL) == record


def test_a_grading_as_an_object_with_conditions() -> None:
    grading = {"source": 2, "information": "C", "handling": "C", "conditions": ["no action without the owner"]}
    record = good(INTEL | {"grading": grading}, RecordKind.INTEL)
    assert isinstance(record, IntelReport)
    assert record.grading.conditions == ("no action without the owner",)


def test_intelligence_fields_are_unknown_to_incidents() -> None:
    assert problems(INTEL) == {(n, Reason.UNKNOWN_FIELD) for n in INTEL if n not in LEAST}


def test_wrong_gradings_and_subjects_are_named() -> None:
    body = INTEL | {"grading": "B-2-1", "subjects": [{"kind": "ghost"}, {"colour": 1}, {"label": "x"}]}
    assert problems(body, RecordKind.INTEL) == {
        ("grading", Reason.BAD_GRADING),
        ("subjects[0].kind", Reason.NOT_ONE_OF),
        ("subjects[1]", Reason.WRONG_TYPE),
        ("subjects[2].kind", Reason.MISSING),
    }


AREA = {"type": "Polygon", "coordinates": [[[-0.13, 51.5], [-0.12, 51.5], [-0.12, 51.51], [-0.13, 51.5]]]}


def test_a_watched_area_is_read_and_written_back() -> None:
    body = LEAST | {"place": AREA, "watch": {"on": ["exit", "ENTER"], "dwell_s": 60}}
    record = good(body)
    assert record.watch == Watch((WatchOn.ENTER, WatchOn.EXIT), 60)
    assert good(body_of(record)) == record
    assert good(LEAST | {"place": AREA, "watch": {"on": ["dwell"]}}).watch == Watch((WatchOn.DWELL,), 300)
    assert good(LEAST | {"watch": None}).watch is None


@pytest.mark.parametrize(
    ("watch", "named"),
    [
        ("enter", ("watch", Reason.WRONG_TYPE)),
        ({"on": ["enter"], "when": 1}, ("watch", Reason.WRONG_TYPE)),
        ({"on": ["leave"]}, ("watch.on", Reason.NOT_ONE_OF)),
        ({"on": []}, ("watch.on", Reason.MISSING)),
        ({"on": ["dwell"], "dwell_s": "5"}, ("watch.dwell_s", Reason.WRONG_TYPE)),
        ({"on": ["dwell"], "dwell_s": 0}, ("watch.dwell_s", Reason.NOT_ONE_OF)),
    ],
)
def test_what_is_wrong_with_a_watch_is_named(watch: object, named: tuple[str, Reason]) -> None:
    assert problems(LEAST | {"place": AREA, "watch": watch}) == {named}


def test_a_point_has_no_inside_and_a_line_can_only_be_crossed() -> None:
    line = {"type": "LineString", "coordinates": [[-0.13, 51.5], [-0.12, 51.5]]}
    enter, cross = {"watch": {"on": ["enter"]}}, {"watch": {"on": ["cross"]}}
    refused = {("watch", Reason.CONTRADICTION)}
    assert problems(LEAST | enter | {"place": {"type": "Point", "coordinates": [-0.13, 51.5]}}) == refused
    assert problems(LEAST | enter | {"place": None}) == refused
    assert problems(LEAST | enter | {"place": line}) == refused
    assert good(LEAST | cross | {"place": line}).watch == Watch((WatchOn.CROSS,), 300)
