"""The storm, in small: everybody is back, whole, and what is urgent meanwhile arrives."""

from __future__ import annotations

import pytest

from app.bench import storm
from app.bench.server import Server

pytestmark = pytest.mark.slow


async def test_in_small(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storm, "URGENT_AFTER_S", (1.0,))
    figures = {figure.name: figure for figure in await storm.measure([server], devices=12)}
    back = figures["storm, all devices back"]
    assert 0 < back.value < storm.WITHIN_S
    assert back.note.startswith("12 of 12")
    assert figures["storm, alerts that a device lacks afterwards"].value == 0
    assert figures["storm, P1 meanwhile to those connected, p99"].value >= 0
