"""The bench of a force, in small: two processes on one store tell everybody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app.bench import force

pytestmark = [pytest.mark.slow, pytest.mark.postgis, pytest.mark.redis]


def test_two_processes_tell_everybody(tmp_path: Path) -> None:
    with force.two_processes(tmp_path) as servers:
        assert servers[0].data == servers[1].data
        p50, p99 = asyncio.run(force.latency(servers, devices=12, rounds=2, in_reach=6))
        assert 0 <= p50.value <= p99.value
        assert "MISSING" not in p99.note


def test_there_is_a_part_for_each_figure() -> None:
    assert list(force.force_parts(quick=True)) == [
        "record",
        "import",
        "history",
        "briefing",
        "latency",
        "fanout",
        "storm",
    ]
