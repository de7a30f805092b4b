"""A short day in three other cities holds to the figures; the yardstick itself finds what is late."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.judging.cities import CITIES, Day
from tests.judging.judge import judge, late

NAMED = {city.name: city for city in CITIES}


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.parametrize("name", ["leeds, turned", "bad receivers", "fast roads"])
@pytest.mark.usefixtures("data_dir")
def test_a_short_day_in_another_city_holds_to_the_figures(name: str, tmp_path: Path) -> None:
    judged = judge(replace(NAMED[name], hours=3.0), tmp_path, seed=11)
    assert judged.figures["must_pairs"] > 10
    assert judged.broken() == [], judged.figures


@pytest.mark.data
def test_the_same_seed_is_the_same_day(data_dir: Path, tmp_path: Path) -> None:
    city = replace(NAMED["another day"], hours=0.5, units=3)
    source = data_dir / "sf" / "sf_cad_2026-01-15.csv"
    one, other = (Day(city, source, 5).write(tmp_path / name) for name in ("a", "b"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]
    assert Day(city, source, 6).write(tmp_path / "c")[1].read_bytes() != one[1].read_bytes()


def test_what_was_told_late_is_found(tmp_path: Path) -> None:
    calls, traces, decisions = tmp_path / "c.csv", tmp_path / "t.csv", tmp_path / "d.jsonl"
    with calls.open("w", newline="", encoding="utf-8") as lines:
        columns = ("id", "entry_datetime", "received_datetime", "close_datetime", "priority_final", "onview_flag")
        table = csv.writer(lines)
        table.writerow((*columns, "intersection_point"))
        table.writerow(("7", "2026/01/15 12:00:00 PM", "", "", "A", "N", "POINT (-122.4 37.7)"))
    traces.write_text("unit,at,lon,lat\nU1,2026-01-15T20:01:00Z,-122.4,37.7\n", encoding="utf-8")
    for at, found in (("2026-01-15T20:01:05Z", []), ("2026-01-15T20:02:00Z", [("U1", "7", 60.0)])):
        row = {"unit": "U1", "source_id": "7", "verdict": "notify", "at": at}
        decisions.write_text(json.dumps(row) + "\n", encoding="utf-8")
        assert late(calls, traces, decisions) == found
