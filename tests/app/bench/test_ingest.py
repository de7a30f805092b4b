"""The ingest figure counts rows that were really taken in."""

from __future__ import annotations

import csv
from pathlib import Path

from app.bench.ingest import measure, write_street_file


def test_the_made_up_file_has_the_columns_of_the_police(tmp_path: Path) -> None:
    file = tmp_path / "street.csv"
    write_street_file(file, 20)
    with file.open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert len({row["Crime ID"] for row in rows}) == 20
    assert rows[0]["Month"] == "2026-01"


def test_it_measures_ingest_beside_a_bare_insert(tmp_path: Path) -> None:
    (figure,) = measure(tmp_path, rows=200)
    assert figure.value > 0
    assert "bare SQLite" in figure.limit
