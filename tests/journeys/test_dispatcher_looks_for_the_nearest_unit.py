"""A dispatcher looks for the nearest unit: whichever process it is connected to, and she is told when some may lack."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.kit import Device, Server, metres_from
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.postgis, pytest.mark.redis, pytest.mark.slow]


async def nearest(server: Server, *officers: str, partial: bool = False, **query: str) -> list[dict[str, Any]]:
    """The units that this process lists, once they are these, in this order."""
    place = f"{server.place[0]},{server.place[1]}"
    answer: dict[str, Any] = {}
    with server.http() as dispatcher:
        for _ in range(150):
            answer = dispatcher.get("/v1/units", params={"near": place, **query}).raise_for_status().json()
            if [unit["officer"] for unit in answer["units"]] == list(officers) and answer["partial"] is partial:
                return list(answer["units"])
            await asyncio.sleep(0.1)
    raise AssertionError(f"not {officers}, partial {partial}, but {answer}")


async def test_across_two_processes_and_while_redis_is_away(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEATLINE_STORE", postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    with RedisServer() as redis:
        monkeypatch.setenv("BEATLINE_REDIS", redis.url)
        with Server(tmp_path / "data") as one, Server(tmp_path / "data") as other:
            far = await Device(one, "far").on_patrol(metres_from(one.place, 900, 0))
            near = await Device(other, "near").on_patrol(metres_from(one.place, 300, 0), status="busy")
            away = await Device(other, "away").on_patrol(metres_from(one.place, 9_000, 0))
            for server in (one, other):
                units = await nearest(server, "near", "far")
                assert [unit["distance_m"] for unit in units] == pytest.approx([300, 900], rel=0.01)
            await nearest(one, "near", "far", "away", radius_m="10000")
            await nearest(one, "far", status="available")

            redis.kill()
            await nearest(one, "far", partial=True)
            await nearest(other, "near", partial=True)
            redis.start()
            await nearest(one, "near", "far")

            await near.status("off_duty")
            await nearest(one, "far")
            await far.cut()
            await far.close()
            back = await Device(other, "far").connect()
            await nearest(one, "far")
            for device in (near, away, back):
                await device.close()
