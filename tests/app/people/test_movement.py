"""Officers move plausibly: along a trace between its fixes, and between street points never faster than they may."""

from __future__ import annotations

import gzip
import random
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.people.movement import DRIVING_MPS, BadTrace, Shifted, Standing, StreetPoints, Trace, Walk, read_traces
from geo.clock import MINUTE, SECOND, format_instant, parse_instant
from geo.place import LonLat, distance_m, moved_by

START = parse_instant("2026-01-15T16:00:00Z")
HEADER = "unit,at,lon,lat,speed_mps,heading_deg,accuracy_m\n"
TWO = HEADER + "U1,2026-01-15T16:00:20Z,-1.50,53.80,5.5,90,4\nU1,2026-01-15T16:00:00Z,-1.52,53.80,,,\n"


def _trace(tmp_path: Path, text: str = TWO) -> Trace:
    file = tmp_path / "traces.csv"
    file.write_text(text)
    return read_traces(file)["U1"]


def test_between_two_fixes_he_is_on_the_line(tmp_path: Path) -> None:
    trace = _trace(tmp_path)
    middle = trace.fix(START + 10 * SECOND)
    assert middle is not None
    assert [middle.lon, middle.lat] == pytest.approx([-1.51, 53.80])
    assert (middle.speed_mps, middle.accuracy_m) == (None, None)
    last = trace.fix(trace.end)
    assert last is not None
    assert (last.lon, last.heading_deg) == (-1.50, 90.0)


def test_before_and_after_his_trace_he_is_nowhere(tmp_path: Path) -> None:
    trace = _trace(tmp_path)
    assert trace.fix(trace.start - 1) is None
    assert trace.fix(trace.end + 1) is None


@pytest.mark.parametrize(("every_s", "minutes"), [(300, 10), (301, 0)])
def test_a_long_silence_is_no_time_on_duty(tmp_path: Path, every_s: int, minutes: int) -> None:
    rows = "".join(f"U1,{format_instant(START + n * every_s * SECOND)},-1.5,53.8,,,\n" for n in range(3))
    assert _trace(tmp_path, HEADER + rows).on_duty == minutes * MINUTE


def test_a_packed_file_reads_the_same(tmp_path: Path) -> None:
    file = tmp_path / "traces.csv.gz"
    file.write_bytes(gzip.compress(b"\xef\xbb\xbf" + TWO.encode()))
    assert np.array_equal(read_traces(file)["U1"].at, _trace(tmp_path).at)


def test_the_last_three_columns_may_be_missing_and_others_are_not_read(tmp_path: Path) -> None:
    fix = _trace(tmp_path, "colour,unit,at,lon,lat\nred,U1,2026-01-15T16:00:00Z,-1.5,53.8\n").fix(START)
    assert fix is not None
    assert (fix.lon, fix.speed_mps, fix.heading_deg, fix.accuracy_m) == (-1.5, None, None, None)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("unit,at,lon\nU1,2026-01-15T16:00:00Z,1\n", "no column 'lat'"),
        (HEADER + "U1,16:00,-1.5,53.8,,,\n", "traces.csv:2"),
        (HEADER + "U1,2026-01-15T16:00:00Z,west,53.8,,,\n", "traces.csv:2"),
        (HEADER + "U1,2026-01-15T16:00:00Z\n", "traces.csv:2"),
        ("", "no column 'unit'"),
    ],
)
def test_what_is_no_traces_file_is_refused_by_line(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(BadTrace, match=word):
        _trace(tmp_path, text)


def _grid() -> list[LonLat]:
    return [moved_by(-1.5437, 53.7974, east, north) for east in range(0, 2000, 200) for north in range(0, 2000, 200)]


@pytest.mark.parametrize(("on_foot", "fastest"), [(False, DRIVING_MPS[1]), (True, 1.4)])
def test_a_walk_goes_on_for_ever_and_never_too_fast(on_foot: bool, fastest: float) -> None:
    walk = Walk(StreetPoints(_grid()), START, seed=5, on_foot=on_foot)
    fixes = [walk.fix(START + n * 15 * SECOND) for n in range(400)]
    steps = [float(distance_m(a.lon, a.lat, b.lon, b.lat)) for a, b in pairwise(fixes)]
    assert max(steps) <= fastest * 15 * 1.01
    assert sum(steps) > 1_000
    assert any(fix.speed_mps == 0 and fix.heading_deg is None for fix in fixes)


def test_the_same_seed_walks_the_same_way() -> None:
    streets = StreetPoints(_grid())
    ways = [[Walk(streets, START, seed).fix(START + 5 * MINUTE) for _ in range(1)] for seed in (1, 1, 2)]
    assert ways[0] == ways[1] != ways[2]


def test_a_lone_point_is_no_prison() -> None:
    streets = StreetPoints([(-1.5, 53.8), (-1.6, 53.9)])
    chance = random.Random(1)
    assert {streets.near((-1.5, 53.8), chance) for _ in range(50)} == set(streets.points)
    with pytest.raises(ValueError, match="no street points"):
        StreetPoints([])


def test_standing_and_shifted(tmp_path: Path) -> None:
    assert Standing(-1.5, 53.8).fix(START).lon == -1.5
    later = Shifted(_trace(tmp_path), by=-MINUTE)
    fix = later.fix(START + MINUTE)
    assert fix is not None
    assert (fix.at, fix.lon) == (START + MINUTE, -1.52)
    assert later.fix(START) is None


@pytest.mark.data
def test_the_real_patrols_are_read_whole(data_dir: Path) -> None:
    traces = read_traces(data_dir / "sf" / "patrols_simulated_2026-01-15.csv.gz")
    assert len(traces) == 40
    assert sum(len(trace.at) for trace in traces.values()) == 180_000
