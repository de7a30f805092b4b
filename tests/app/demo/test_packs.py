"""The packs: a window that begins with what was going on, officers enough, and honest notes on what is invented."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

import app.demo.packs
from app.demo.pack_data import SHIPPED, PackUnavailable
from app.demo.packs import Pack, open_pack
from geo.clock import MINUTE
from geo.model import Status


def quiet(_: str) -> None: ...


def street_file(folder: Path) -> Path:
    """Forty rows in the middle of Leeds, one far away, one without a point."""
    file = folder / SHIPPED.name
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location",
                         "LSOA code", "LSOA name", "Crime type", "Last outcome category", "Context"])  # fmt: skip
        places = [(f"{-1.55 + n / 2_000:.6f}", f"{53.79 + n % 7 / 1_000:.6f}") for n in range(40)]
        for number, (lon, lat) in enumerate([*places, ("-1.0", "53.9"), ("", "")]):
            writer.writerow([f"{number:064x}", "2017-07", "West Yorkshire Police", "West Yorkshire Police", lon, lat,
                             "On or near The Headrow", "E01033010", "Leeds 111A", "Robbery", "", ""])  # fmt: skip
    return file


@pytest.fixture
def west_yorkshire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pack:
    file = street_file(tmp_path)
    monkeypatch.setattr(app.demo.packs, "west_yorkshire", lambda kept: file)
    monkeypatch.setattr(app.demo.packs, "san_francisco", lambda: None)
    return open_pack(None, tmp_path, quiet)


def test_without_san_francisco_it_is_west_yorkshire_and_says_what_is_invented(west_yorkshire: Pack) -> None:
    assert west_yorkshire.name == "west-yorkshire"
    assert not west_yorkshire.measured
    assert any("INVENTED" in note for note in west_yorkshire.notes)
    assert len({record.source_id for _, record in west_yorkshire.changes}) <= 40


def test_changes_come_in_order_and_end_in_the_window(west_yorkshire: Pack) -> None:
    within = [change for change in west_yorkshire.changes if change[0] >= west_yorkshire.start]
    assert [at for at, _ in within] == sorted(at for at, _ in within)
    before = [record for at, record in west_yorkshire.changes if at < west_yorkshire.start]
    assert all(record.status.live for record in before)
    assert len({record.id for record in before}) == len(before)
    assert {record.status for _, record in within} >= {Status.OPEN, Status.ATTENDED}


def test_the_same_pack_is_the_same_every_time(west_yorkshire: Pack, tmp_path: Path) -> None:
    assert open_pack("west-yorkshire", tmp_path, quiet).changes == west_yorkshire.changes


def test_officers_walk_between_the_files_own_points(west_yorkshire: Pack) -> None:
    ways = west_yorkshire.movers(12)
    assert len(ways) == 12
    for way in ways:
        fix = way.fix(west_yorkshire.start + MINUTE)
        assert fix is not None
        assert -1.6 < fix.lon < -1.5


def test_an_unknown_pack_and_absent_files_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.demo.packs, "san_francisco", lambda: None)
    with pytest.raises(PackUnavailable, match="BEATLINE_TEST_DATA"):
        open_pack("san-francisco", tmp_path, quiet)
    with pytest.raises(PackUnavailable, match="san-francisco and west-yorkshire"):
        open_pack("atlantis", tmp_path, quiet)


@pytest.mark.data
def test_san_francisco_has_real_hours_and_patrols(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.demo.packs, "san_francisco", lambda: data_dir / "sf")
    pack = open_pack(None, data_dir, quiet)
    assert pack.measured
    known = {record.id for at, record in pack.changes if at < pack.start}
    assert 80 < len({record.id for _, record in pack.changes} - known) < 200
    assert len(pack.movers(40)) == 40
    assert all(way.fix(pack.start) is not None for way in pack.movers(40))
    assert len(pack.movers(60)) == 60
