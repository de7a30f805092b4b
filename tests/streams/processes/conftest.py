"""A small force on a store of each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from geo.clock import DAY, VirtualClock
from geo.store.postgis import PostgisStore
from geo.store.process_rows import Lease
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from tests.geo.store.making import NOW
from tests.streams.processes.force import Force


@pytest.fixture
async def force(tmp_path: Path) -> AsyncIterator[Force]:
    """On the embedded store, whose clock is the test's: jobs come due."""
    clock = VirtualClock(NOW)
    store = SqliteStore(tmp_path / "beatline.sqlite", clock)
    await store.open()
    await store.renew(Lease("me", DAY))
    yield await Force(store, clock).begin()
    await store.close()


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Force]:
    """On either engine: PostgreSQL's jobs go by its own clock, so the test says when."""
    clock = VirtualClock(NOW)
    store: SqlStore
    if request.param == "sqlite":
        store = SqliteStore(tmp_path / "beatline.sqlite", clock)
    else:
        store = PostgisStore(request.getfixturevalue("postgres_url"), clock)
    await store.open()
    yield await Force(store, clock).begin()
    await store.close()
