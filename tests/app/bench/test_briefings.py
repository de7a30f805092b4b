"""The briefing bench, in small: everybody is told, the answer is in the receipts, nobody is refused his briefing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.bench import briefings
from app.bench.briefing_scene import a_force

pytestmark = pytest.mark.slow


def test_in_small(tmp_path: Path) -> None:
    with a_force(tmp_path, 12, 400) as server:
        pushed = {figure.name: figure for figure in asyncio.run(briefings.push(server, devices=12, rounds=1))}
        first, last = (pushed[f"briefing pushed, 201 → {name} device"] for name in ("first", "last"))
        assert "MISSING" not in last.note
        assert 0 <= first.value <= last.value
        assert pushed["answer on a device → in the receipts, p99"].value < 5_000
        compiled = asyncio.run(briefings.compiling(server, 400, 800.0, repeats=1))
        assert compiled[0].value > 0
        asked = briefings.shift_change(server, briefings=6, seconds=2.0, devices=10, in_reach=4)
        changed = asyncio.run(asked)
        assert "REFUSED" not in changed[0].note
        assert changed[2].value > 0
