"""`beatline policy check`, as a force's engineer meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.policy_check import main
from streams.relevance.policy import policy_text


def test_what_is_good_says_which_version_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("uk")
    assert capsys.readouterr().out.startswith("uk: good (uk ")


def test_every_mistake_is_a_line_and_they_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    text = policy_text("uk")[1].replace("reach_m = 2100", "reach_m = 0").replace("flood_ends = 5", "flood_end = 5")
    file.write_text(text, encoding="utf-8")
    assert not main(str(file))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert all(line.startswith(f"{file}:") for line in lines)
    assert lines[-1].endswith("cannot be used: 3 mistakes")


def test_a_warning_does_not_forbid_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(policy_text("uk")[1].replace("budget_burst = 2.0", "budget_burst = 4.0"), encoding="utf-8")
    assert main(str(file))
    said = capsys.readouterr()
    assert said.err == ""
    assert "warning: noise.budget_burst" in said.out
    assert "1 warning)" in said.out
