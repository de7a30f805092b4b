"""Fan-out, in small: everybody is told, whole and pushed; the limit stands beside it."""

from __future__ import annotations

import pytest

from app.bench.bare import BareSend
from app.bench.fanout import measure
from app.bench.server import Server

pytestmark = pytest.mark.slow


async def test_in_small(server: Server) -> None:
    figures = {figure.name: figure for figure in await measure(server, BareSend(10, 8.0, 9.0), devices=10, rounds=1)}
    whole = figures["fan-out 201 → device, p99"]
    assert "MISSING" not in whole.note
    assert "gaps" not in whole.note
    assert figures["fan-out, push part"].value > 0
    assert "8.0 µs a socket" in figures["fan-out, push rate over the bare limit"].limit
    assert figures["memory per idle device"].target == 48.0
