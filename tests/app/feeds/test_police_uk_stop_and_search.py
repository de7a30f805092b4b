"""Stop and search: minutes in UTC, and columns that never get anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.feeds.contract import Spoilt
from app.feeds.police_uk_stop_and_search import PoliceUkStopAndSearch, StopRow
from geo.clock import parse_instant
from geo.model import Grade, Status
from geo.normalise import Intake, normalise
from geo.reasons import Reason, Refused
from geo.special import WITHHELD

HEADER = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,"
    "Self-defined ethnicity,Officer-defined ethnicity,Legislation,Object of search,Outcome,"
    "Outcome linked to object of search,Removal of more than just outer clothing"
)
STOP = (
    "Person search,2023-05-31T23:04:00+00:00,False,,51.57,0.02,Male,over 34,Asian/Asian British - Bangladeshi,Asian,"
    "Misuse of Drugs Act 1971 (section 23),Controlled drugs,Arrest,,"
)
SPECIAL = ("Male", "over 34", "Bangladeshi", "Asian")
INTAKE = Intake("own", lambda category: Grade.ROUTINE, 0, extent=PoliceUkStopAndSearch.extent)


def rows(tmp_path: Path, *lines: str) -> list[StopRow | Spoilt]:
    path = tmp_path / "stops.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return list(PoliceUkStopAndSearch().rows(path, print))


def test_a_search(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, STOP)
    assert isinstance(row, StopRow)
    assert row.own_id == ""
    raw = row.raw()
    raw.source_id = "1"
    record = normalise(raw, INTAKE)
    assert not isinstance(record, Refused)
    assert (record.category, record.title, record.status) == ("stop_search", "Person search", Status.CLOSED)
    assert record.reported_at == parse_instant("2023-05-31T23:04:00Z")
    assert record.text == "Controlled drugs; Misuse of Drugs Act 1971 (section 23); Arrest"
    assert not any(word in repr(record) + row.content + row.kept() for word in SPECIAL)


def test_no_message_repeats_a_value(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, STOP.replace("2023-05-31T23:04:00+00:00", "soon").replace("51.57", "north"))
    assert isinstance(row, StopRow)
    problems = row.raw().problems
    assert [problem.reason for problem in problems] == [Reason.BAD_TIME, Reason.BAD_PLACE]
    assert not any(word in problem.message for problem in problems for word in ("soon", "north"))


def test_a_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, STOP.replace("+00:00", ""))
    assert isinstance(row, StopRow)
    assert [problem.reason for problem in row.raw().problems] == [Reason.NO_ZONE]


@pytest.mark.parametrize(
    "line",
    [
        STOP + ",",
        STOP.replace("False,,", "False,"),
        STOP.replace("False,,", "False,") + ",",
        STOP.replace(",,51.57", ",,,51.57").removesuffix(","),
        STOP.replace(",,51.57", ",,,,51.57").removesuffix(",,"),
        "Person search",
    ],
)
def test_shifted_columns_are_withheld(tmp_path: Path, line: str) -> None:
    (row,) = rows(tmp_path, line)
    if isinstance(row, Spoilt):
        assert (row.refused.reason, row.kept) == (Reason.BAD_ROW, WITHHELD)
        assert not any(word in row.refused.message for word in SPECIAL)
    else:
        assert not any(word in row.content for word in SPECIAL)


@pytest.mark.data
def test_no_real_row_is_taken_for_a_shifted_one(data_dir: Path) -> None:
    for path in sorted((data_dir / "london").glob("*-stop-and-search.csv.gz")):
        assert not any(isinstance(row, Spoilt) for row in PoliceUkStopAndSearch().rows(path, print))
