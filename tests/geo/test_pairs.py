"""Pairs in columns, and the type that refuses every shortcut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from mypy import api

from geo.pairs import CANDIDATE, Released, Via, Witness, candidates, take

ROOT = Path(__file__).resolve().parents[2]
SHORTCUTS = ROOT / "tests" / "geo" / "refused_shortcuts.py"


def test_choosing_rows_keeps_columns_and_state_together() -> None:
    pairs = candidates(
        np.array([1, 2, 3], np.int32),
        np.array([4, 5, 6], np.int32),
        np.array([10, 20, 30], np.float32),
        np.array([0, 90, 180], np.float32),
        np.array([Via.PLACE, Via.BEAT, Via.HELD], np.uint8),
    )
    by_mask, by_index = take(pairs, pairs.distance_m > 15), take(pairs, np.array([2, 1]))
    assert len(pairs) == 3
    assert by_mask.officer.tolist() == [2, 3]
    assert by_index.record.tolist() == [6, 5]
    assert by_index.via.tolist() == [Via.HELD, Via.BEAT]
    assert by_mask.witness is CANDIDATE


def test_ways_of_matching_are_bits_of_their_own() -> None:
    bits = [Via.PLACE, Via.BEAT, Via.TASKED, Via.ADDRESSED, Via.HELD, Via.FORCE]
    assert sum(bits) == 63
    assert all(bit & (bit - 1) == 0 for bit in bits)


def test_a_witness_cannot_be_made_here() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Witness[Released]()  # type: ignore[abstract]


@pytest.mark.slow
def test_mypy_refuses_every_shortcut_and_nothing_else(tmp_path: Path) -> None:
    """The file is right as it stands, and wrong in every line whose ignore is taken away."""
    text = SHORTCUTS.read_text(encoding="utf-8")
    bare = tmp_path / "bare_shortcuts.py"
    bare.write_text(text.replace("# type: ignore", "# refused"), encoding="utf-8")
    options = ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary"]
    report, errors, status = api.run([*options, str(SHORTCUTS), str(bare)])
    assert errors == ""
    lines = report.splitlines()
    assert [line for line in lines if "refused_shortcuts.py" in line] == []
    refused = {int(line.split(":")[1]) for line in lines if "bare_shortcuts.py" in line and ": error:" in line}
    assert refused == {number for number, line in enumerate(text.splitlines(), start=1) if "type: ignore" in line}
    assert status == 1
