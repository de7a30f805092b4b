"""San Francisco's calls: its clock, its priorities, who needs to know, and what a sensitive call keeps."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.feeds.contract import Change, Spoilt
from app.feeds.datasf_cad import COLUMNS, DatasfCad
from geo.clock import format_instant, parse_instant
from geo.model import Grade, Hazard, Record, Status
from geo.normalise import Intake, normalise
from geo.reasons import Reason, Refused

CALL = {
    "id": "1",
    "received_datetime": "2026/01/15 07:18:10 PM",
    "entry_datetime": "2026/01/15 07:20:00 PM",
    "onscene_datetime": "2026/01/15 07:31:00 PM",
    "close_datetime": "2026/01/15 08:00:00 PM",
    "call_type_final": "221",
    "call_type_final_desc": "PERSON W/GUN ",
    "priority_final": "A",
    "agency": "Police",
    "onview_flag": "N",
    "sensitive_call": "false",
    "intersection_name": "HYDE ST \\ TURK ST",
    "intersection_point": "POINT (-122.4157 37.7826)",
    "police_district": "TENDERLOIN",
}
INTAKE = Intake("own", lambda category: Grade.STANDARD, 0, extent=DatasfCad.extent)


def read(tmp_path: Path, **fields: str) -> tuple[Record | Refused, list[Change]]:
    path = tmp_path / "cad.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS.kept)
        writer.writeheader()
        writer.writerow(dict.fromkeys(COLUMNS.kept, "") | CALL | fields)
    (row,) = DatasfCad().rows(path, print)
    assert not isinstance(row, Spoilt)
    made = normalise(row.raw(), INTAKE)
    return made, [] if isinstance(made, Refused) else row.life(made)


def good(tmp_path: Path, **fields: str) -> Record:
    made, _ = read(tmp_path, **fields)
    assert not isinstance(made, Refused), made.message
    return made


def test_a_call(tmp_path: Path) -> None:
    call = good(tmp_path)
    assert (call.source, call.source_id, call.category, call.title) == ("datasf-cad", "1", "firearms", "Person w/gun")
    assert (call.grade, call.status, call.beat) == (Grade.EMERGENCY, Status.CLOSED, "TENDERLOIN")
    assert call.hazards == (Hazard.WEAPON, Hazard.FIREARM)
    assert call.place_text == "HYDE ST / TURK ST"
    assert call.place is not None
    assert call.place.bounds[:2] == (-122.4157, 37.7826)
    assert format_instant(call.reported_at) == "2026-01-16T03:20:00.000Z"


@pytest.mark.parametrize(("priority", "grade"), [("A", "emergency"), ("B", "priority"), ("C", "standard")])
def test_priorities(tmp_path: Path, priority: str, grade: str) -> None:
    assert good(tmp_path, priority_final=priority).grade == Grade(grade)


def test_a_priority_that_nobody_knows_gives_way_to_the_policys_grade_and_is_counted(tmp_path: Path) -> None:
    assert good(tmp_path, priority_final="Q").grade is Grade.STANDARD
    (row,) = (feed := DatasfCad()).rows(tmp_path / "cad.csv", print)
    assert not isinstance(row, Spoilt)
    row.raw()
    assert feed.unknown == {"priority Q": 1}


@pytest.mark.parametrize(
    "fields",
    [
        {"onview_flag": "Y"},
        {"onview_flag": "HSOC"},
        {"agency": "Sheriff"},
        {"call_type_final": "903", "call_type_final_desc": "PASSING CALL"},
        {"call_type_final": "585 ", "call_type_final_desc": "TRAFFIC STOP", "priority_final": "B"},
        {"call_type_final": "NEW1", "call_type_final_desc": "MEET W/CITIZEN  NEW"},
    ],
)
def test_what_nobody_elsewhere_needs_is_routine(tmp_path: Path, fields: dict[str, str]) -> None:
    assert good(tmp_path, **fields).grade is Grade.ROUTINE


def test_an_officers_own_find_is_attended_from_the_start(tmp_path: Path) -> None:
    _, life = read(tmp_path, onview_flag="Y")
    assert [record.status for _, record in life] == [Status.ATTENDED, Status.CLOSED]
    assert good(tmp_path, onview_flag="Y", close_datetime="").status is Status.ATTENDED


def test_the_original_call_stands_in_where_the_final_is_missing(tmp_path: Path) -> None:
    empty = {"call_type_final": "", "call_type_final_desc": "", "priority_final": ""}
    first = {"call_type_original": "459", "call_type_original_desc": "BURGLARY", "priority_original": "B"}
    call = good(tmp_path, **empty, **first)
    assert (call.category, call.title, call.grade) == ("burglary", "Burglary", Grade.PRIORITY)


def test_a_sensitive_call_keeps_no_place(tmp_path: Path) -> None:
    call = good(tmp_path, sensitive_call="true")
    assert (call.sensitive, call.place, call.place_text, call.beat) == (True, None, "", "TENDERLOIN")


def test_its_life(tmp_path: Path) -> None:
    _, life = read(tmp_path)
    assert [(format_instant(at), record.status.value) for at, record in life] == [
        ("2026-01-16T03:20:00.000Z", "open"),
        ("2026-01-16T03:31:00.000Z", "attended"),
        ("2026-01-16T04:00:00.000Z", "closed"),
    ]


def test_received_stands_in_for_entry(tmp_path: Path) -> None:
    _, life = read(tmp_path, entry_datetime="", onscene_datetime="", close_datetime="")
    assert [(format_instant(at), record.status.value) for at, record in life] == [("2026-01-16T03:18:10.000Z", "open")]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026/01/15 12:00:00 AM", "2026-01-15T08:00:00Z"),
        ("2026/01/15 12:00:00 PM", "2026-01-15T20:00:00Z"),
        ("2026/07/15 12:00:00 PM", "2026-07-15T19:00:00Z"),
        ("2026/03/08 01:59:59 AM", "2026-03-08T09:59:59Z"),
        ("2026/03/08 02:30:00 AM", "2026-03-08T10:30:00Z"),
        ("2026/11/01 01:30:00 AM", "2026-11-01T08:30:00Z"),
    ],
)
def test_the_local_clock(tmp_path: Path, text: str, instant: str) -> None:
    call = good(tmp_path, received_datetime="", entry_datetime=text, onscene_datetime="", close_datetime="")
    assert call.reported_at == parse_instant(instant)


def test_in_autumns_double_hour_an_earlier_step_tells_which_it_is(tmp_path: Path) -> None:
    _, life = read(
        tmp_path,
        received_datetime="2026/11/01 01:50:00 AM",
        entry_datetime="2026/11/01 01:52:00 AM",
        onscene_datetime="2026/11/01 01:10:00 AM",
        close_datetime="2026/11/01 02:00:00 AM",
    )
    assert [format_instant(at)[11:16] for at, _ in life] == ["08:52", "09:10", "10:00"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"id": ""}, ("source_id", Reason.NO_SOURCE_ID)),
        ({"entry_datetime": "2026-01-15T19:20:00"}, ("entry_datetime", Reason.BAD_TIME)),
        ({"entry_datetime": "2026/13/15 07:20:00 PM"}, ("entry_datetime", Reason.BAD_TIME)),
        ({"entry_datetime": "2026/01/15 17:20:00 PM"}, ("entry_datetime", Reason.BAD_TIME)),
        ({"entry_datetime": "2026/01/15 07:60:00 PM"}, ("entry_datetime", Reason.BAD_TIME)),
        ({"entry_datetime": "", "received_datetime": ""}, ("entry_datetime", Reason.MISSING)),
        ({"close_datetime": "2026/01/14 07:20:00 PM"}, ("close_datetime", Reason.END_BEFORE_START)),
        ({"intersection_point": "POINT (37.7826 -122.4157)"}, ("place", Reason.SWAPPED)),
        ({"intersection_point": "POINT (0 0)"}, ("place", Reason.NULL_ISLAND)),
        ({"intersection_point": "POINT (-122.4 90)"}, ("place", Reason.BAD_PLACE)),
        ({"intersection_point": "HYDE ST"}, ("intersection_point", Reason.BAD_PLACE)),
        ({"call_type_final_desc": "GUN\0"}, ("title", Reason.NUL_IN_TEXT)),
    ],
)
def test_refusals_name_the_field(tmp_path: Path, fields: dict[str, str], problem: tuple[str, Reason]) -> None:
    made, _ = read(tmp_path, **fields)
    assert isinstance(made, Refused)
    assert problem in [(p.field, p.reason) for p in made.problems]


def test_the_exports_geojson_point_is_understood(tmp_path: Path) -> None:
    call = good(tmp_path, intersection_point='{"type": "Point", "coordinates": [-122.4, 37.7]}')
    assert call.place is not None


def test_no_place_but_a_district(tmp_path: Path) -> None:
    call = good(tmp_path, intersection_point="", intersection_name="")
    assert (call.place, call.beat) == (None, "TENDERLOIN")


@pytest.mark.data
def test_the_real_day(data_dir: Path) -> None:
    feed = DatasfCad()
    calls = []
    for row in feed.rows(data_dir / "sf/sf_cad_2026-01-15.csv", print):
        assert not isinstance(row, Spoilt)
        call = normalise(row.raw(), INTAKE)
        assert not isinstance(call, Refused), call.message
        calls.append(call)
    assert len(calls) == 1_642
    assert sum(call.sensitive for call in calls) == sum(call.place is None for call in calls) - 2 == 520
    assert not feed.unknown
    urgent = [call for call in calls if call.grade is Grade.EMERGENCY]
    assert 100 < len(urgent) < 174
