"""One day replayed and judged: the written rule of the yardstick, and how soon what must reach an officer did."""

from __future__ import annotations

import bisect
import csv
import json
import math
import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tests.judging.cities import METRES, ZONE, City, Day, Place

TICK_S = 10.0
"""A replay's step is 5 s: what came with one step is told with it, or with the next."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What one figure of the yardstick must be."""

    name: str
    at_least: float = -math.inf
    at_most: float = math.inf

    def keeps(self, value: float) -> bool:
        return self.at_least <= value <= self.at_most

    @property
    def text(self) -> str:
        return f">= {self.at_least:g}" if self.at_least > -math.inf else f"<= {self.at_most:g}"


LIMITS = (
    Limit("must_reached_pct", at_least=100),
    Limit("should_reached_pct", at_least=95),
    Limit("interrupt_precision_pct", at_least=85),
    Limit("attention_precision_pct", at_least=60),
    Limit("attention_per_10min", at_most=1.5),
    Limit("noise_interrupts", at_most=0),
    Limit("noise_notifies", at_most=0),
    Limit("told_twice", at_most=0),
    Limit("interrupts_per_10min", at_most=1),
    Limit("starts_of_10min_over_2_beside_must", at_most=0),
    Limit("fewer_than_baseline_x", at_least=8),
    Limit("must_late", at_most=0),
)
"""The issue's figures; ``must_late``: pairs of the must set told later than a tick after they came into reach."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A city and its figures."""

    city: str
    figures: dict[str, float]

    def broken(self) -> list[Limit]:
        return [limit for limit in LIMITS if not limit.keeps(self.figures[limit.name])]


def data_folder() -> Path:
    """Where the real data are."""
    beside = Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
    return Path(os.environ.get("BEATLINE_TEST_DATA", beside))


def judge(city: City, folder: Path, seed: int, policy: str = "san_francisco") -> Judged:
    """Makes the day, replays it in a process of its own, and asks the yardstick."""
    data = data_folder()
    calls, traces = Day(city, data / "sf" / "sf_cad_2026-01-15.csv", seed).write(folder)
    return judged(city.name, calls, traces, folder, policy)


def judged(name: str, calls: Path, traces: Path, folder: Path, policy: str) -> Judged:
    """The same for files that are there. Raises CalledProcessError with what the command said."""
    decisions, figures = folder / "decisions.jsonl", folder / "figures.json"
    replay: list[str | Path] = [
        "-m",
        "app",
        "replay",
        "--incidents",
        calls,
        "--format",
        "datasf-cad",
        "--units",
        traces,
    ]
    _run([*replay, "--out", decisions, "--policy", policy])
    yardstick = data_folder().parent / "tools" / "noise_report.py"
    _run([yardstick, "--cad", calls, "--units", traces, "--decisions", decisions, "--json", figures])
    found: dict[str, float] = json.loads(figures.read_text(encoding="utf-8"))
    found["must_late"] = len(late(calls, traces, decisions))
    return Judged(name, found)


def _run(arguments: list[str | Path]) -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{arguments[0]} {arguments[1]}: {done.stderr[-2_000:]}")


# ------------------------------------------------------------------ in time
def late(calls: Path, traces: Path, decisions: Path) -> list[tuple[str, str, float]]:
    """(unit, call, seconds) of priority A calls, told later than a tick after the unit had come within 800 m of them
    in their first ten minutes. Fixes that lie are not among these traces' first within reach more than rarely."""
    first = _first_within(calls, traces)
    told: dict[tuple[str, str], float] = {}
    with decisions.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            key = (row["unit"], str(row["source_id"]))
            if key in first and row["verdict"] in ("interrupt", "notify"):
                told.setdefault(key, _seconds(row["at"]))
    waits = [(*key, told[key] - at) for key, at in first.items() if key in told]
    return [wait for wait in waits if wait[2] > TICK_S]


def _first_within(calls: Path, traces: Path) -> dict[tuple[str, str], float]:
    tracks: dict[str, tuple[list[float], list[Place]]] = defaultdict(lambda: ([], []))
    with traces.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            at, place = _seconds(row["at"]), (float(row["lon"]), float(row["lat"]))
            track = tracks[row["unit"]]
            if _believable(track, at, place):
                track[0].append(at)
                track[1].append(place)
    first: dict[tuple[str, str], float] = {}
    with calls.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["priority_final"] == "A" and row["onview_flag"] == "N" and row["intersection_point"]:
                _walk(row, tracks, first)
    return first


def _believable(track: tuple[list[float], list[Place]], at: float, place: Place) -> bool:
    """In order, and not faster than 60 m/s since the one before: the yardstick's own rule."""
    if not track[0]:
        return True
    passed = at - track[0][-1]
    return passed > 0 and (passed >= 600 or _apart(track[1][-1], place) <= 60 * max(passed, 1))


def _walk(
    row: dict[str, str], tracks: dict[str, tuple[list[float], list[Place]]], first: dict[tuple[str, str], float]
) -> None:
    known, place = _local(row["entry_datetime"] or row["received_datetime"]), _point(row["intersection_point"])
    closed = _local(row["close_datetime"]) if row["close_datetime"] else math.inf
    for unit, (ats, places) in tracks.items():
        stop = bisect.bisect_right(ats, min(known + 600, closed))
        for nth in range(bisect.bisect_left(ats, known), stop):
            if _apart(places[nth], place) <= 800:
                first[unit, row["id"]] = ats[nth]
                break


def _apart(one: Place, other: Place) -> float:
    k = math.cos(math.radians((one[1] + other[1]) / 2))
    return METRES * math.hypot((one[0] - other[0]) * k, one[1] - other[1])


def _point(text: str) -> Place:
    lon, lat = map(float, text[text.index("(") + 1 : -1].split())
    return lon, lat


def _local(text: str) -> float:
    return datetime.strptime(text, "%Y/%m/%d %I:%M:%S %p").replace(tzinfo=ZONE).timestamp()


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
