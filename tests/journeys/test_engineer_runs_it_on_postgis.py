"""Force ICT runs the same server on PostgreSQL with PostGIS: one setting, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.kit import Device, Server, metres_from

pytestmark = [pytest.mark.postgis, pytest.mark.slow]


async def test_told_killed_resumed_and_told_again(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEATLINE_STORE", postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    with Server(tmp_path / "data") as server:
        near = await Device(server, "near").on_patrol(metres_from(server.place, 300, 0))
        far = await Device(server, "far").on_patrol(metres_from(server.place, 20_000, 0))
        first = server.post()
        await near.alert_of(first)
        await far.hears_nothing_of(first, for_s=0.5)
        await near.cut()
        second = server.post(title="accepted just before the kill")
        server.kill()
        await far.close()
        server.start()
        await near.connect(resume=True)
        await near.alert_of(second)
        assert near.holes == []
        assert len({(alert["alert_id"], alert["rev"]) for alert in near.shown}) == len(near.shown)
        await near.close()
        assert server.stop() == 0
    assert not list((tmp_path / "data").glob("*.sqlite"))
