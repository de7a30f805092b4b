"""A past shift from its files: which is which, and the two replays of it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from app.policy_diff.shift import compared, shift_of
from app.policy_diff.sides import changed, source_named
from streams.errors import PolicyError

TRACES = "unit,at,lon,lat,speed_mps,heading_deg,accuracy_m\n"


def traces(folder: Path, name: str = "units.csv.gz", unit: str = "U1") -> Path:
    file = folder / name
    with gzip.open(file, "wt") as rows:
        rows.write(TRACES)
        for minute in range(10):
            rows.write(f"{unit},2026-01-15T10:{minute:02d}:00Z,-122.42,37.77,0,,5\n")
    return file


def calls(folder: Path) -> Path:
    """A robbery beside the unit, and one on the other side of the street's reach."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [lon, 37.77]},
            "properties": {"source": "cad", "source_id": str(number), "category": "robbery", "title": "Robbery",
                           "grade": "emergency", "reported_at": "2026-01-15T10:02:00Z"},
        }
        for number, lon in enumerate((-122.4201, -122.44))
    ]  # fmt: skip
    file = folder / "calls.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


def test_files_are_told_apart_by_their_headers_in_any_order(tmp_path: Path) -> None:
    where, what = traces(tmp_path), calls(tmp_path)
    for files in ([where, what], [what, where]):
        shift = shift_of(files, None)
        assert (shift.incidents, shift.format, shift.traces) == (what, "geojson", (where,))
    assert shift_of([where, what], "datasf-cad").format == "datasf-cad"


@pytest.mark.parametrize(
    ("header", "format"),
    [
        ("id,received_datetime,call_type_original", "datasf-cad"),
        ("Crime ID,Month,Longitude,Latitude,Location,Crime type", "police-uk-street"),
        ("Type,Date,Legislation,Object of search", "police-uk-stop-and-search"),
    ],
)
def test_a_table_is_known_by_its_columns(tmp_path: Path, header: str, format: str) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(header + "\n")
    assert shift_of([file, traces(tmp_path)], None).format == format


def test_what_is_missing_or_unknown_is_said(tmp_path: Path) -> None:
    for files in ([calls(tmp_path)], [traces(tmp_path)], [calls(tmp_path), calls(tmp_path), traces(tmp_path)]):
        with pytest.raises(ValueError, match="one file of incidents"):
            shift_of(files, None)
    odd = tmp_path / "odd.csv"
    odd.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="--format"):
        shift_of([odd, traces(tmp_path)], None)


def test_both_sides_replay_the_same_shift(tmp_path: Path) -> None:
    shift = shift_of([calls(tmp_path), traces(tmp_path), traces(tmp_path, "more.csv.gz", "U2")], None)
    uk = source_named("uk")
    quiet = changed(uk, ["bands.p1=0.9999", "bands.p2=0.9998", "bands.p3=0.9997"])
    a, b, about = compared(shift, uk, quiet)
    assert (a.policy, b.policy) == (uk.policy().version, quiet.policy().version)
    assert a.hours == b.hours == pytest.approx(0.3)
    assert {told.officer for told in a.told} == {"U1", "U2"}
    assert a.count("interrupt") > b.count("interrupt") == 0
    assert {some.name for some in about.values()} == {"cad 0", "cad 1"}


def test_a_unit_in_two_files_is_refused(tmp_path: Path) -> None:
    shift = shift_of([calls(tmp_path), traces(tmp_path), traces(tmp_path, "more.csv.gz")], None)
    with pytest.raises(ValueError, match="'U1'"):
        compared(shift, source_named("uk"), source_named("uk"))


def test_a_policy_that_cannot_be_used_is_refused_before_anything_is_replayed(tmp_path: Path) -> None:
    shift = shift_of([calls(tmp_path), traces(tmp_path)], None)
    with pytest.raises(PolicyError):
        compared(shift, source_named("uk"), changed(source_named("uk"), ["terms.reach=-1"]))
