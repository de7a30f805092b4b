"""Servers for journeys: one real process for all that can share it, and one of its own for who kills it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.journeys.kit import Server

_SCENES = count(1)


@pytest.fixture(scope="session")
def _shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("journeys") / "data") as running:
        yield running


@pytest.fixture
def server(_shared: Server) -> Server:
    """The shared server, at a place and with officers that no other test has."""
    _shared.scene(next(_SCENES))
    return _shared


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server of this test's own, on an empty data folder."""
    with Server(tmp_path / "data") as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def data(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder on each engine, to be filled before a server is started on it."""
    if request.param == "postgis":
        url = request.getfixturevalue("postgres_url").replace("postgresql://", "postgresql+asyncpg://")
        monkeypatch.setenv("BEATLINE_STORE", url)
    return tmp_path / "data"
