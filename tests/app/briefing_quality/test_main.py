"""The two commands, on a small file: tables, JSON, pages; and what they refuse in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.briefing_quality.main import places, shifts
from app.errors import CannotStart


def points(tmp_path: Path, weeks: float, count: int = 600) -> Path:
    chance = np.random.default_rng(2)
    lines = ["time,offense,lon,lat"]
    for _ in range(count):
        at = np.datetime64("2010-01-04T00:00:00") + np.timedelta64(int(chance.uniform(0, weeks * 604_800)), "s")
        east, north = chance.integers(-4, 5, 2) * 0.002
        lines.append(f"{str(at).replace('T', ' ')},theft,{-95.4 + east:.5f},{29.7 + north:.5f}")
    file = tmp_path / "points.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_places_are_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places([points(tmp_path, 12)], "points", 4, "UTC", tmp_path / "page.html", tmp_path / "figures.json")
    out = capsys.readouterr().out
    assert "plain counts" in out
    assert "Told at the start of a shift" in out
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures["held_back"] > 100
    assert [one["hour"] for one in figures["promised"]] == [0, 8, 16]
    assert "<svg" in (tmp_path / "page.html").read_text()


def test_it_can_be_judged_as_after_a_few_weeks_of_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places([points(tmp_path, 12)], "points", 4, history=2)
    assert "events of 2.0 weeks, then" in capsys.readouterr().out


def test_what_is_known_by_the_month_tells_nothing_of_a_shift(data_dir: Path) -> None:
    burglaries = data_dir / "london" / "2020-01-metropolitan-street-burglary-only.csv.gz"
    with pytest.raises(CannotStart, match="by the day or the month"):
        shifts([burglaries], "police-uk-street", None, (None, None), 8, 2_000, 2, None, "UTC", None, None)


def test_a_stray_call_of_last_year_makes_no_year(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = points(tmp_path, 0.4)
    file.write_text(file.read_text() + "2009-01-01 00:00:00,theft,-95.4,29.7\n")
    shifts([file], "points", None, (None, None), 8, 2_000, 1, None, "UTC", None, None)
    assert "7 briefings for 1 beats" in capsys.readouterr().out


def test_too_short_a_past_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="are left to learn"):
        places([points(tmp_path, 5)], "points", 4)


def test_briefings_are_evaluated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    span = ("2010-01-20T00:00:00Z", "2010-01-21T00:00:00Z")
    shifts(
        [points(tmp_path, 3)], "points", None, span, 8, 2_000, 2, None, "UTC", tmp_path / "p.html", tmp_path / "e.json"
    )
    assert "incidents that had a related item" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "e.json").read_text())["shifts"]) == 6
    with pytest.raises(CannotStart, match="shorter than one shift"):
        shifts([points(tmp_path, 3)], "points", None, (span[0], span[0]), 8, 2_000, 2, None, "UTC", None, None)
