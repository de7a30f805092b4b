"""The files of a pack: found where they are, fetched once where not, and a clear word where they cannot be had."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from app.demo.pack_data import PACKAGE_HASH, SHIPPED, PackUnavailable, real_files, san_francisco, west_yorkshire


def test_the_folder_of_real_files_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BEATLINE_TEST_DATA", str(tmp_path))
    assert real_files() == tmp_path
    assert san_francisco() is None
    (tmp_path / "sf").mkdir()
    (tmp_path / "sf" / "sf_cad_2026-01-15.csv").touch()
    assert san_francisco() == tmp_path / "sf"


def _pip(monkeypatch: pytest.MonkeyPatch, code: int, ships: bool) -> list[list[str]]:
    """pip replaced by one that leaves what the package would, or fails."""
    calls: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        target = Path(command[command.index("--target") + 1])
        assert PACKAGE_HASH in Path(command[-1]).read_text()
        if ships:
            (target / SHIPPED).parent.mkdir(parents=True)
            (target / SHIPPED).write_text("Crime ID,Month\n")
        return subprocess.CompletedProcess(command, code, "", "WARNING: slow\nERROR: no network\n")

    monkeypatch.setattr("app.demo.pack_data.subprocess.run", run)
    return calls


def test_it_is_fetched_once_without_dependencies_and_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    calls = _pip(monkeypatch, 0, ships=True)
    first, second = west_yorkshire(tmp_path / "packs"), west_yorkshire(tmp_path / "packs")
    assert first == second
    assert first.read_text() == "Crime ID,Month\n"
    assert len(calls) == 1
    assert "--no-deps" in calls[0]
    assert "--require-hashes" in calls[0]


@pytest.mark.parametrize(("code", "ships", "word"), [(1, False, "no network"), (0, False, "no longer ships")])
def test_what_cannot_be_had_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, code: int, ships: bool, word: str
) -> None:
    _pip(monkeypatch, code, ships)
    with pytest.raises(PackUnavailable, match=word):
        west_yorkshire(tmp_path)
    assert not list(tmp_path.glob("*.csv"))


def test_a_pip_that_hangs_or_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def run(command: list[str], **_: Any) -> None:
        raise subprocess.TimeoutExpired(command, 180)

    monkeypatch.setattr("app.demo.pack_data.subprocess.run", run)
    with pytest.raises(PackUnavailable, match="could not fetch"):
        west_yorkshire(tmp_path)
