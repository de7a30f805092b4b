"""Latency, in small: everybody in reach is told of every incident, and the figures say how fast."""

from __future__ import annotations

import pytest

from app.bench.latency import measure
from app.bench.server import Server

pytestmark = pytest.mark.slow


async def test_in_small(server: Server) -> None:
    p50, p99 = await measure(server, devices=12, in_reach=4, rounds=2)
    assert 0 <= p50.value <= p99.value
    assert "MISSING" not in p99.note
    assert "the POST itself" in p50.limit
