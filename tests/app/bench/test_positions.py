"""Positions, in small: fixes are sent, judged by the server, and nobody is lost."""

from __future__ import annotations

import pytest

from app.bench.positions import measure
from app.bench.server import Server

pytestmark = pytest.mark.slow


async def test_in_small(server: Server) -> None:
    rate, p99, largest = await measure(server, devices=5, records=20, rate=50, seconds=0.5)
    assert rate.value > 0
    assert "LOST" not in rate.note
    assert (p99.target, largest.target) == (10.0, 50.0)
