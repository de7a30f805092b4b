"""The drivers that settings name, and hints that reach a running server from a command beside it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import shapely

from app.drivers import announce, area_of, greet_redis, hints_of, store_of, whereabouts_of
from app.errors import CannotStart
from app.settings import settings_of
from geo.clock import SystemClock
from geo.store.postgis import PostgisStore
from geo.store.sqlite import SqliteStore
from streams.hints.contract import Hint
from streams.hints.memory import MemoryHints
from streams.hints.redis_hints import RedisHints
from streams.whereabouts.memory import MemoryWhereabouts
from streams.whereabouts.redis_whereabouts import RedisWhereabouts
from tests.redis_server import RedisServer
from tests.streams.hints.shared import until


def test_the_store_is_the_one_that_the_settings_name(tmp_path: Path) -> None:
    assert isinstance(store_of(settings_of(data=tmp_path)), SqliteStore)
    assert isinstance(store_of(settings_of(data=tmp_path, store="postgresql+asyncpg://localhost/x")), PostgisStore)
    with pytest.raises(CannotStart, match="BEATLINE_STORE"):
        store_of(settings_of(data=tmp_path, store="mysql://localhost/x"))


def test_hints_are_the_ones_that_the_settings_name(tmp_path: Path) -> None:
    assert isinstance(hints_of(settings_of(data=tmp_path)), MemoryHints)
    assert isinstance(hints_of(settings_of(data=tmp_path, redis="redis://127.0.0.1:1/0")), RedisHints)
    with pytest.raises(CannotStart, match="BEATLINE_REDIS"):
        hints_of(settings_of(data=tmp_path, redis="http://127.0.0.1"))


def test_whereabouts_are_the_ones_that_the_settings_name(tmp_path: Path) -> None:
    clock = SystemClock()
    assert isinstance(whereabouts_of(settings_of(data=tmp_path), "n", clock), MemoryWhereabouts)
    shared = settings_of(data=tmp_path, redis="redis://127.0.0.1:1/0")
    assert isinstance(whereabouts_of(shared, "n", clock), RedisWhereabouts)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1", "redis://127.0.0.1:port/0", "redis://127.0.0.1:6379/0?colour=red"]
)
def test_an_address_of_redis_that_can_never_work_is_named(tmp_path: Path, address: str) -> None:
    settings = settings_of(data=tmp_path, redis=address)
    with pytest.raises(CannotStart, match="BEATLINE_REDIS"):
        hints_of(settings)
    with pytest.raises(CannotStart, match="BEATLINE_REDIS"):
        whereabouts_of(settings, "n", SystemClock())


@pytest.mark.redis
async def test_a_redis_that_refuses_us_is_found_out_before_anything_is_served(tmp_path: Path) -> None:
    with RedisServer(password="secret") as locked:
        await greet_redis(settings_of(data=tmp_path, redis=locked.url))
        for address in (locked.url.replace(":secret@", ""), locked.url.replace("secret", "guess")):
            with pytest.raises(CannotStart, match=f"Redis at {locked.place} refuses us") as refusal:
                await greet_redis(settings_of(data=tmp_path, redis=address))
            assert "\n" not in str(refusal.value)
            assert "guess" not in str(refusal.value)


@pytest.mark.redis
@pytest.mark.slow
def test_the_server_says_so_in_one_line_and_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEATLINE_STORE", raising=False)
    words = [sys.executable, "-m", "app", "serve", "--data", str(tmp_path), "--port", "0"]
    with RedisServer(password="secret") as locked:
        monkeypatch.setenv("BEATLINE_REDIS", locked.url.replace("secret", "guess"))
        ended = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "refuses us" in ended.stderr
    assert "BEATLINE_REDIS" in ended.stderr
    assert "guess" not in ended.stderr


@pytest.mark.redis
async def test_a_redis_that_is_away_or_stopped_is_no_reason_not_to_start(tmp_path: Path) -> None:
    await greet_redis(settings_of(data=tmp_path))
    await greet_redis(settings_of(data=tmp_path, redis="redis://127.0.0.1:1/0"))
    with RedisServer() as server:
        server.pause()
        await greet_redis(settings_of(data=tmp_path, redis=server.url))
        server.go_on()


@pytest.mark.redis
async def test_a_command_beside_a_server_wakes_it_through_redis(tmp_path: Path) -> None:
    heard: list[Hint] = []
    with RedisServer() as redis:
        settings = settings_of(data=tmp_path, redis=redis.url)
        server = hints_of(settings)
        await server.open(heard.append)
        await until(lambda: server.connected)
        heard.clear()
        await announce(settings)
        await until(lambda: heard != [])
        await server.close()


SQUARE = {"type": "Polygon", "coordinates": [[[-1, 51], [0, 51], [0, 52], [-1, 52], [-1, 51]]]}


@pytest.mark.parametrize(
    "document",
    [
        SQUARE,
        {"type": "Feature", "properties": {}, "geometry": SQUARE},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": SQUARE}]},
    ],
)
def test_the_forces_area(tmp_path: Path, document: dict[str, Any]) -> None:
    file = tmp_path / "area.geojson"
    file.write_text(json.dumps(document))
    area = area_of(file)
    assert area is not None
    assert area.equals(shapely.box(-1, 51, 0, 52))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"type": "Point", "coordinates": [1, 51]}', '{"features": []}'])
def test_a_file_without_an_area_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "area.geojson"
    file.write_text(text)
    with pytest.raises(CannotStart, match=r"area\.geojson"):
        area_of(file)
