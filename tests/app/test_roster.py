"""A roster from a file: each entry by itself, areas of any GeoJSON, the same file again changes nothing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from pathlib import Path

import pytest

from app.errors import CannotStart
from app.roster import import_file, put_roster, read_roster
from geo.store.sqlite import SqliteStore

SQUARE = {"type": "Polygon", "coordinates": [[[0, 51], [1, 51], [1, 52], [0, 52], [0, 51]]]}
ROSTER: dict[str, list[object]] = {
    "officers": [
        {"id": "PC-1", "name": "A. Steel", "skills": ["taser", "taser "], "clearance": "official-sensitive"},
        {"id": "PC-2"},
    ],
    "units": [{"id": "u-17", "callsign": "DB17", "officers": ["PC-1"]}],
    "beats": [{"id": "city-1", "name": "City one", "area": SQUARE}],
    "shifts": [
        {"id": "s-1", "officer": "PC-1", "unit": "u-17", "beat": "city-1"}
        | {"start": "2026-11-22T06:00:00Z", "end": "2026-11-22T14:00:00+00:00"}
    ],
}


def written(tmp_path: Path, document: object) -> Path:
    path = tmp_path / "roster.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


# --------------------------------------------------------------------------- one file
def test_a_whole_roster(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, ROSTER))
    assert roster.errors == []
    assert roster.read == 5
    assert roster.officers[0].skills == ("taser",)
    assert roster.shifts[0].beat == "city-1"


def test_every_bad_entry_is_named_by_its_place(tmp_path: Path) -> None:
    roster = read_roster(
        written(
            tmp_path,
            {
                "officers": [{"id": "a"}, {"id": "a"}, {"name": "x"}, 7, {"id": "b", "clearance": "?", "name": "x"}],
                "beats": [{"id": "b", "area": {"type": "Point", "coordinates": [0, 0]}}, {"id": "c"}],
            },
        )
    )
    assert (roster.read, roster.rejected) == (7, 6)
    assert [error.split(":")[0] for error in roster.errors] == [
        "officers[1].id",
        "officers[2].id",
        "officers[3].",
        "officers[4].clearance",
        "beats[0].area",
        "beats[1].area",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("{", "no JSON"), ("[]", "not one JSON object"), ('{"cars": []}', "cars"), ('{"units": {}}', "units is a list")],
)
def test_files_that_are_no_roster(tmp_path: Path, content: str, sentence: str) -> None:
    with pytest.raises(CannotStart, match=sentence):
        read_roster(written(tmp_path, content))


def test_a_folder_and_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="folder"):
        read_roster(tmp_path)
    with pytest.raises(CannotStart, match="No such file"):
        read_roster(tmp_path / "none.json")


@pytest.mark.data
def test_real_districts_are_beats_by_the_names_that_calls_use(data_dir: Path) -> None:
    roster = read_roster(data_dir / "sf" / "sfpd_districts.geojson")
    assert roster.errors == []
    assert {"TENDERLOIN", "MISSION", "PARK"} <= {beat.id for beat in roster.beats}
    assert len(roster.beats) == 10
    assert all(beat.area.is_valid for beat in roster.beats)


@pytest.mark.data
def test_real_wards_are_beats_by_code_with_their_names(data_dir: Path) -> None:
    roster = read_roster(data_dir / "london" / "wards_E09000007.geojson")
    assert ("E05000129", "Bloomsbury") in {(beat.id, beat.name) for beat in roster.beats}


# --------------------------------------------------------------------------- into the store
async def test_the_same_roster_again_changes_nothing(tmp_path: Path) -> None:
    roster = read_roster(written(tmp_path, ROSTER))
    store = SqliteStore(tmp_path / "b.sqlite")
    await store.open()
    try:
        assert asdict(await put_roster(store, roster)) == {"read": 5, "accepted": 5, "unchanged": 0, "rejected": 0}
        assert asdict(await put_roster(store, roster)) == {"read": 5, "accepted": 0, "unchanged": 5, "rejected": 0}
        assert [unit.callsign for unit in await store.units()] == ["DB17"]
    finally:
        await store.close()


def test_good_entries_are_taken_and_bad_ones_end_in_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, ROSTER | {"units": [*ROSTER["units"], {"id": "bad"}]})
    with pytest.raises(CannotStart, match="1 of 6 entries"):
        import_file(file, tmp_path / "data")
    said = capsys.readouterr()
    assert json.loads(said.out) == {"read": 6, "accepted": 5, "unchanged": 0, "rejected": 1}
    assert "units[1].callsign" in said.err


def test_an_empty_roster_is_one(tmp_path: Path) -> None:
    assert import_file(written(tmp_path, {}), tmp_path / "data").read == 0


def test_a_map_of_beats_may_name_their_districts(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"beat": "C1", "district": "Central"}, "geometry": SQUARE}
    alone = {"type": "Feature", "properties": {"district": "Central"}, "geometry": SQUARE}
    roster = read_roster(written(tmp_path, {"type": "FeatureCollection", "features": [feature, alone]}))
    assert [(beat.id, beat.district) for beat in roster.beats] == [("C1", "Central"), ("Central", "")]


async def test_a_partners_roster_is_the_partners(tmp_path: Path) -> None:
    file = written(tmp_path, {"officers": [{"id": "p-1"}]})
    await asyncio.to_thread(import_file, file, tmp_path / "data", "partner")
    store = SqliteStore(tmp_path / "data" / "beatline.sqlite")
    await store.open()
    assert [officer.force for officer in await store.officers()] == ["partner"]
    await store.close()
