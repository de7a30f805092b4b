"""Fixtures that all tests share: the real data, and servers that the tests start themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers

_ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of real files. Absent: the test is not run and says so; in CI that is a failure."""
    folder = Path(os.environ.get("BEATLINE_TEST_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        word = f"NOT RUN: no real data at {folder} (set BEATLINE_TEST_DATA)"
        if os.environ.get("CI") == "true":
            pytest.fail(word)
        pytest.skip(word)
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A private PostgreSQL with PostGIS, for all tests of a run. Absent: not run, and says so; in CI a failure."""
    try:
        server = servers.Postgres()
    except servers.Missing as error:
        servers.missing(error, pytest.skip, pytest.fail)
        raise
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres_url(postgres: servers.Postgres) -> Iterator[str]:
    """A database of one test's own, with today's schema and nothing in it."""
    url = postgres.database()
    yield url
    postgres.drop(url)


@pytest.fixture
def empty_postgres_url(postgres: servers.Postgres) -> Iterator[str]:
    """A database of one test's own, with the extensions and nothing else in it."""
    url = postgres.database("template_beatline")
    yield url
    postgres.drop(url)
