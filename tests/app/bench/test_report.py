"""A missed target is shown as missed, and a number that was not measured as none."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from app.bench.report import Figure, amount, machine, quantile, table, write_json

FIGURES = [
    Figure("latency p99", 81.0, "ms", 100.0),
    Figure("pairs", 1_500_000.0, "pairs/s", 2_000_000.0, "more", "24 M/s", "one core"),
    Figure("lag", float("nan"), "ms", 10.0),
    Figure("connect", 3.2, "s"),
]


def test_met_is_judged_in_the_right_direction() -> None:
    assert [figure.met for figure in FIGURES] == [True, False, False, None]


def test_the_table_says_what_was_missed() -> None:
    paper = io.StringIO()
    Console(width=200, file=paper).print(table(FIGURES, quick=True))
    text = paper.getvalue()
    assert "MISSED" in text
    assert "1,500,000 pairs/s" in text
    assert "not measured" in text
    assert "quick" in text


def test_the_file_holds_the_same_and_the_machine(tmp_path: Path) -> None:
    file = tmp_path / "made" / "bench.json"
    write_json(FIGURES, file, quick=False)
    document = json.loads(file.read_text())
    assert document["machine"]["cores"] == machine()["cores"]
    assert [row["met"] for row in document["figures"]] == [True, False, False, None]
    assert document["figures"][2]["value"] is None


@pytest.mark.parametrize(("share", "value"), [(0.5, 5), (0.99, 10), (0.0, 1), (1.0, 10)])
def test_quantiles(share: float, value: float) -> None:
    assert quantile([float(n) for n in range(10, 0, -1)], share) == value


def test_amounts_are_readable() -> None:
    assert [amount(n, "ms") for n in (1234.5, 12.34, 1.234)] == ["1,234 ms", "12.3 ms", "1.23 ms"]
