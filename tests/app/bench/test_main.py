"""The bench as a command: a part that breaks off is said and shown as missed, and the JSON is written all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import app.bench.main
from app.bench.main import FULL, QUICK, Part, Size, attempt, main, parts
from app.bench.report import Figure


def test_all_parts_have_both_sizes() -> None:
    there = {"scoring", "curve", "ingest", "latency", "positions", "fanout", "push", "shift-change", "storm"}
    assert set(parts(FULL)) == set(parts(QUICK)) == there


def test_a_part_that_breaks_off_is_a_missed_figure(tmp_path: Path) -> None:
    def broken(_: Path) -> list[Figure]:
        raise RuntimeError("only 3 of 5 devices caught up")

    (figure,) = attempt("fanout", broken, tmp_path / "x")
    assert figure.met is False
    assert "only 3 of 5" in figure.note


def test_chosen_parts_run_and_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fake(_: Size) -> dict[str, Part]:
        return {"one": lambda folder: [Figure("one", 1.0, "s")], "two": lambda folder: [Figure("two", 2.0, "s")]}

    monkeypatch.setattr(app.bench.main, "parts", fake)
    main(quick=True, json=tmp_path / "out.json", only=["two"])
    assert [row["name"] for row in json.loads((tmp_path / "out.json").read_text())["figures"]] == ["two"]
    assert "two" in capsys.readouterr().out
    with pytest.raises(ValueError, match="one, two"):
        main(only=["three"])
