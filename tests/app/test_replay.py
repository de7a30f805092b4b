"""A past shift on a virtual clock: the same path, the same lines each time, and the real day's judgement."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from app.people.movement import Trace
from app.replay import STEP, main, replay
from geo.clock import SECOND, Instant, parse_instant
from geo.model import Grade, Hazard, Incident, Record, Status
from streams.errors import PolicyError
from streams.relevance.policy import load_policy

START = parse_instant("2026-01-15T10:00:00Z")
PLACE = (-122.42, 37.77)


def call(number: int, at: Instant, status: Status = Status.OPEN, **changes: object) -> tuple[Instant, Record]:
    base: dict[str, object] = {
        "force": "own", "source": "test", "source_id": str(number), "category": "robbery", "title": "Robbery",
        "grade": Grade.EMERGENCY, "reported_at": at, "place": shapely.Point(*PLACE), "status": status,
    }  # fmt: skip
    return at, Incident(**{**base, **changes})  # type: ignore[arg-type]


def trace(lons: list[float], every_s: float = 20.0, late_s: float = 0.0) -> Trace:
    at = START + ((np.arange(len(lons)) * every_s + late_s) * SECOND).astype(np.int64)
    unknown = np.full(len(lons), np.nan, np.float32)
    return Trace(at, np.array(lons), np.full(len(lons), PLACE[1]), unknown, unknown, unknown)


async def lines(changes: list[tuple[Instant, Record]], traces: dict[str, Trace]) -> list[dict[str, object]]:
    out = io.StringIO()
    await replay(changes, traces, load_policy("san_francisco"), out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


async def test_a_unit_drives_up_and_the_call_is_closed() -> None:
    known = START + 400 * SECOND
    driving = trace([PLACE[0] - 0.05 + step * 0.001 for step in range(70)])
    said = await lines(
        [call(1, known), call(1, START + 1_100 * SECOND, Status.CLOSED, reported_at=known)], {"U1": driving}
    )
    assert set(said[0]) == {
        "at", "unit", "record", "source_id", "rev", "verdict", "score", "terms", "rule", "distance_m",
    }  # fmt: skip
    assert [line["verdict"] for line in said] == ["notify", "interrupt", "none"]
    assert [line["rev"] for line in said] == [1, 2, 3]
    assert said[-1]["rule"] == "withdrawn"
    assert said[0]["source_id"] == "1"
    assert isinstance(said[0]["distance_m"], float)
    assert said[0]["distance_m"] < 2_100
    closed = parse_instant(str(said[-1]["at"])) - START
    assert 1_100 * SECOND <= closed < 1_100 * SECOND + STEP


async def test_the_same_input_gives_the_same_lines() -> None:
    changes = [call(number, START + number * 30 * SECOND, place=None if number % 7 == 0 else shapely.Point(
        PLACE[0] + number * 0.002, PLACE[1])) for number in range(30)]  # fmt: skip
    traces = {f"U{n}": trace([PLACE[0] + 0.001 * step * (n - 3) for step in range(40)], late_s=n) for n in range(8)}
    first, second = await lines(changes, traces), await lines(changes, traces)
    assert first == second
    assert len(first) > 50


async def test_must_deliver_is_told_within_a_step_of_coming_into_reach() -> None:
    weapon = call(1, START, hazards=(Hazard.WEAPON,))
    jump = trace([PLACE[0] - 0.03] * 3 + [PLACE[0] - 0.02] * 3)
    said = await lines([weapon], {"U1": jump})
    assert said[0]["verdict"] == "interrupt"
    assert parse_instant(str(said[0]["at"])) - (START + 60 * SECOND) <= STEP


async def test_what_comes_due_in_silence_comes_due() -> None:
    here = trace([PLACE[0]] * 3)
    late = trace([PLACE[0] + 1.0], late_s=90_000)
    said = await lines([call(1, START)], {"U1": here, "U2": late})
    assert [line["verdict"] for line in said] == ["interrupt", "none"]
    assert parse_instant(str(said[1]["at"])) - START <= 240 * 60 * SECOND + STEP


async def test_nothing_at_all_is_no_error() -> None:
    assert await lines([], {}) == []


HEADER = "unit,at,lon,lat,speed_mps,heading_deg,accuracy_m\n"


def _files(folder: Path) -> tuple[Path, Path]:
    calls = folder / "calls.geojson"
    calls.write_text(json.dumps({"type": "FeatureCollection", "features": []}))
    units = folder / "units.csv.gz"
    with gzip.open(units, "wt") as file:
        file.write(HEADER + "U1,2026-01-15T10:00:00Z,-122.4,37.7,,,\n")
    return calls, units


def test_the_command_writes_decisions_and_summary(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calls, units = _files(tmp_path)
    out, summary = tmp_path / "out.jsonl", tmp_path / "summary.json"
    main(incidents=calls, format="geojson", units=units, out=out, policy="uk", summary=summary)
    written = json.loads(summary.read_text())
    assert (written["units"], written["fixes"], written["changes"], out.read_text()) == (1, 1, 0, "")
    assert json.loads(capsys.readouterr().out) == written


def test_a_policy_that_cannot_be_used_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    calls, units = _files(tmp_path)
    with pytest.raises(PolicyError):
        main(incidents=calls, format="geojson", units=units, out=tmp_path / "out.jsonl", policy="none.toml")
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.data
@pytest.mark.slow
def test_a_morning_of_the_real_day_is_judged_well(data_dir: Path, tmp_path: Path) -> None:
    """Three hours of the real day: nobody is told twice, nobody hears of what is far away."""
    units = tmp_path / "units.csv"
    with gzip.open(data_dir / "sf" / "patrols_simulated_2026-01-15.csv.gz", "rt") as rows:
        kept = [
            row
            for row in rows
            if row.startswith("unit,") or "2026-01-15T19:" <= row.split(",")[1][0:14] < "2026-01-15T22:"
        ]
    units.write_text("".join(kept))
    out = tmp_path / "decisions.jsonl"
    main(incidents=data_dir / "sf" / "sf_cad_2026-01-15.csv", format="datasf-cad", units=units, out=out)
    strongest: dict[tuple[str, str], int] = {}
    loud = 0
    for line in map(json.loads, out.read_text().splitlines()):
        style = {"notify": 1, "interrupt": 2}.get(line["verdict"], 0)
        if style:
            loud += 1
            pair = line["unit"], line["source_id"]
            assert strongest.get(pair, 0) < style, line
            strongest[pair] = style
            assert line["distance_m"] is None or line["distance_m"] < 3_000
    assert loud > 100
