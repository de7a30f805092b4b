"""The demo's server runs on the replay's clock, and never outlives the demo."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from app.bench.server import free_port
from app.identity import Issuer, Role
from geo.clock import HOUR, ScaledClock, parse_instant

pytestmark = pytest.mark.slow

START = parse_instant("2026-01-16T00:00:00Z")


def test_it_keeps_the_replays_time_and_ends_when_its_parent_is_gone(tmp_path: Path) -> None:
    port, zero = free_port(), time.monotonic_ns()
    words = [str(tmp_path / "data"), str(port), "san_francisco", str(START), "30.0", str(zero)]
    token = Issuer.open(tmp_path / "data").issue("cad", Role.FEED)
    with subprocess.Popen([sys.executable, "-m", "app.demo.server", *words], stdin=subprocess.PIPE) as process:
        url, until = f"http://127.0.0.1:{port}", time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if httpx.get(f"{url}/readyz", timeout=1).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        body = {"source": "cad", "source_id": "1", "category": "robbery", "title": "Robbery"}
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.post(f"{url}/v1/incidents", json=body, headers=headers).status_code == 201
        reader = Issuer.open(tmp_path / "data").issue("analyst", Role.ANALYST)
        found = httpx.get(f"{url}/v1/incidents", headers={"Authorization": f"Bearer {reader}"}).json()["features"]
        reported = parse_instant(found[0]["properties"]["reported_at"])
        assert START <= reported <= ScaledClock(START, 30.0, zero).now() < START + HOUR
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
