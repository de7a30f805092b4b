"""A store of each engine, open and empty: what every test of the shared body runs on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from geo.clock import VirtualClock
from geo.store.postgis import PostgisStore
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from tests.geo.store.making import NOW

ENGINES = ["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)]


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOW)


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqlStore]:
    made: SqlStore
    if request.param == "sqlite":
        made = SqliteStore(tmp_path / "beatline.db", clock)
    else:
        made = PostgisStore(request.getfixturevalue("postgres_url"), clock)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def both(postgres_url: str, tmp_path: Path, clock: VirtualClock) -> AsyncIterator[tuple[SqlStore, SqlStore]]:
    """The same twice: for tests that the engines answer alike."""
    stores: tuple[SqlStore, SqlStore] = (SqliteStore(tmp_path / "b.db", clock), PostgisStore(postgres_url, clock))
    for made in stores:
        await made.open()
    yield stores
    for made in stores:
        await made.close()
