"""Street files: months stay months, no place is normal, no id is normal."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.feeds.contract import Spoilt
from app.feeds.police_uk import month
from app.feeds.police_uk_street import COLUMNS, PoliceUkStreet
from geo.model import Grade, Hazard, Record, Status
from geo.normalise import Intake, normalise
from geo.reasons import Reason, Refused

CRIME = {
    "Crime ID": "abc",
    "Month": "2017-07",
    "Longitude": "-1.5",
    "Latitude": "53.8",
    "Location": "On or near Brown'S Edge Road",
    "Crime type": "Burglary",
    "Last outcome category": "Under investigation",
    "LSOA name": "Leeds 111B",
}
INTAKE = Intake("own", lambda category: Grade.PRIORITY, 0, extent=PoliceUkStreet.extent)


def read(tmp_path: Path, **fields: str) -> Record | Refused:
    path = tmp_path / "street.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS.kept)
        writer.writeheader()
        writer.writerow(dict.fromkeys(COLUMNS.kept, "") | CRIME | {k.replace("_", " "): v for k, v in fields.items()})
    (row,) = PoliceUkStreet().rows(path, print)
    assert not isinstance(row, Spoilt)
    return normalise(row.raw(), INTAKE)


def good(tmp_path: Path, **fields: str) -> Record:
    made = read(tmp_path, **fields)
    assert not isinstance(made, Refused), made.message
    return made


def test_a_crime(tmp_path: Path) -> None:
    crime = good(tmp_path)
    assert (crime.source, crime.source_id, crime.category, crime.title) == (
        "data.police.uk",
        "abc",
        "burglary",
        "Burglary",
    )
    assert dict(crime.provenance)["outcome"] == "Under investigation"
    assert crime.place_text.endswith("Edge Road")


def test_a_month_is_an_interval_and_history_is_not_live(tmp_path: Path) -> None:
    crime = good(tmp_path)
    assert crime.occurred == month("2017-07")
    assert crime.reported_at == crime.occurred.start
    assert crime.status is Status.CLOSED
    assert dict(crime.provenance)["time_precision"] == "month"


def test_the_grade_is_the_policys(tmp_path: Path) -> None:
    assert good(tmp_path).grade is Grade.PRIORITY


def test_no_place(tmp_path: Path) -> None:
    crime = good(tmp_path, Longitude="", Latitude="", Location="No Location")
    assert (crime.place, crime.place_text) == (None, "")


def test_weapons_are_a_hazard(tmp_path: Path) -> None:
    assert good(tmp_path, Crime_type="Possession of weapons").hazards == (Hazard.WEAPON,)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"Month": "July 2017"}, ("Month", Reason.BAD_TIME)),
        ({"Longitude": "53.8", "Latitude": "-1.5"}, ("place", Reason.SWAPPED)),
        ({"Longitude": "0", "Latitude": "0"}, ("place", Reason.NULL_ISLAND)),
        ({"Longitude": "0", "Latitude": "90"}, ("place", Reason.BAD_PLACE)),
        ({"Longitude": ""}, ("place", Reason.BAD_PLACE)),
        ({"Crime_type": ""}, ("title", Reason.MISSING)),
    ],
)
def test_refusals(tmp_path: Path, fields: dict[str, str], problem: tuple[str, Reason]) -> None:
    made = read(tmp_path, **fields)
    assert isinstance(made, Refused)
    assert problem in [(p.field, p.reason) for p in made.problems]


@pytest.mark.data
def test_real_crime_types_are_all_known(data_dir: Path) -> None:
    feed = PoliceUkStreet()
    without = 0
    for row in feed.rows(data_dir / "uk/2017-07-west-yorkshire-street.csv.gz", print):
        assert not isinstance(row, Spoilt)
        without += row.raw().place is None
    assert not feed.unknown
    assert without == 1_541
