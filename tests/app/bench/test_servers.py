"""The bench's own servers: there when asked for, gone afterwards, with the durability of a real install."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import redis

from app.bench import servers
from app.bench.servers import Postgres, Redis
from app.errors import CannotStart


@pytest.mark.slow
@pytest.mark.postgis
def test_postgres_starts_durable_and_leaves_nothing() -> None:
    with Postgres() as postgres:
        assert postgres.sql("SHOW fsync", "SHOW synchronous_commit").split() == ["on", "on"]
        assert "postgis" in postgres.sql("SELECT extname FROM pg_extension")
        folder = postgres._folder
        with pytest.raises(CannotStart, match="nowhere"):
            postgres.sql("SELECT * FROM nowhere")
    assert not folder.exists()


@pytest.mark.redis
def test_redis_starts_and_leaves_nothing() -> None:
    with Redis() as server:
        client = redis.Redis.from_url(server.url, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.1), 50))
        assert client.ping()
        client.close()
    assert not Path(server._folder).exists()


def test_what_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "_PLACES", ("no/such/folder",))
    with pytest.raises(CannotStart, match="PostgreSQL with PostGIS"):
        Postgres()
    monkeypatch.setattr(shutil, "which", lambda name: f"/somewhere/{name}")
    assert servers._redis_program() == "/somewhere/redis-server"
