"""The server under measurement is started, watched from outside, and gone at the end."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from app.bench.server import Server, free_port
from app.errors import CannotStart
from app.identity import Issuer

pytestmark = pytest.mark.slow


def test_it_runs_is_watched_and_is_gone(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        assert server.rss_kib() > 10_000
        assert server.cpu_s() >= 0
        assert "beatline_devices" in server.metrics()
        tokens = server.officers(3)
        assert [Issuer.open(server.data).verify(token).id for token in tokens] == ["B-00000", "B-00001", "B-00002"]
        url = server.url
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{url}/healthz", timeout=1)


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="did not start"), Server(tmp_path, policy="no-such-policy"):
        raise AssertionError("it started")


def test_ports_are_below_those_of_outgoing_connections() -> None:
    assert 20_000 <= free_port() < 32_000
