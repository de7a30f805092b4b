"""Memory is the difference of two readings over the devices in between."""

from __future__ import annotations

import pytest

from app.bench.memory import Idle
from app.bench.server import Server

pytestmark = pytest.mark.slow


class _Grown(Server):
    def __init__(self) -> None:
        self.readings = [100_000, 130_000]

    def rss_kib(self) -> int:
        return self.readings.pop(0)


async def test_the_difference_is_shared_among_the_devices() -> None:
    server = _Grown()
    figure = await Idle.before(server).after(server, devices=1_000, rest_s=0)
    assert (figure.value, figure.unit, figure.met) == (30.0, "KiB", True)
