"""Force ICT loads what it has: every row is accounted for, and the same file again changes nothing."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.journeys.kit import Device, Server, beatline

pytestmark = pytest.mark.slow

FILES = [
    ("sf/sf_cad_2026-01-15.csv", "datasf-cad", 1_642),
    ("uk/2017-07-west-yorkshire-street.csv.gz", "police-uk-street", 28_537),
    ("london/2020-01-metropolitan-street-burglary-only.csv.gz", "police-uk-street", 6_889),
    ("london/2023-05-metropolitan-stop-and-search.csv.gz", "police-uk-stop-and-search", 12_423),
]


def _counts(stdout: str) -> dict[str, int]:
    counts: dict[str, int] = json.loads(stdout.strip().splitlines()[-1])
    assert counts["read"] == counts["accepted"] + counts["unchanged"] + counts["rejected"]
    return counts


@pytest.mark.data
@pytest.mark.parametrize(("name", "form", "rows"), FILES)
def test_every_row_is_accounted_for_twice(data_dir: Path, tmp_path: Path, name: str, form: str, rows: int) -> None:
    words = ["ingest", str(data_dir / name), "--format", form, "--data", str(tmp_path / "data")]
    first = _counts(beatline(*words).stdout)
    assert first["read"] == rows
    again = _counts(beatline(*words).stdout)
    assert again == {"read": rows, "accepted": 0, "unchanged": rows - first["rejected"], "rejected": first["rejected"]}


@pytest.mark.data
def test_special_category_data_is_nowhere(data_dir: Path, tmp_path: Path) -> None:
    file = data_dir / "london/2023-05-metropolitan-stop-and-search.csv.gz"
    form = "police-uk-stop-and-search"
    beatline("ingest", str(file), "--format", form, "--data", str(tmp_path / "d"), "--rejects", str(tmp_path / "r"))
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    for word in (b"Bangladeshi", b"18-24", b"over 34", b"Self-defined", b"White - "):
        assert word not in kept


def test_over_http_the_counts_are_the_same(own_server: Server, tmp_path: Path) -> None:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [-0.12, 51.5 + n / 1000] if n else [200, 100]},
            "properties": {"source": "own", "source_id": str(n), "category": "theft", "title": f"Theft {n}"},
        }
        for n in range(10)
    ]
    file = tmp_path / "own.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    words = [
        "ingest",
        str(file),
        "--format",
        "geojson",
        "--url",
        own_server.url,
        "--token",
        own_server.token("f", "feed"),
    ]
    assert _counts(beatline(*words).stdout) == {"read": 10, "accepted": 9, "unchanged": 0, "rejected": 1}
    assert _counts(beatline(*words).stdout) == {"read": 10, "accepted": 0, "unchanged": 9, "rejected": 1}


async def test_what_another_process_wrote_reaches_the_officer(own_server: Server, tmp_path: Path) -> None:
    """A file ingested beside a running server is noticed by its sweep, without Redis and without a restart."""
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": list(own_server.place)},
        "properties": {"source": "own", "source_id": "1", "category": "robbery", "title": "Robbery"},
    }
    file = tmp_path / "own.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    officer = await Device(own_server, "pc").on_patrol(own_server.place)
    words = ["ingest", str(file), "--format", "geojson", "--data", str(own_server.data)]
    await asyncio.to_thread(beatline, *words)
    with own_server.http("dispatcher") as dispatcher:
        (listed,) = dispatcher.get("/v1/incidents").json()["features"]
    await officer.alert_of(listed["id"])
    await officer.close()
