"""History, in small, on a server of the bench's own."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.bench.force import migrate
from app.bench.history import START, _kinds, measure
from app.bench.servers import Postgres
from geo.clock import DAY


def test_each_kind_asks_within_the_year() -> None:
    for query in _kinds(random.Random(1)).values():
        made = query()
        assert made.bbox is not None or made.near is not None
        assert made.time_from is None or START <= made.time_from < START + 365 * DAY


@pytest.mark.slow
@pytest.mark.postgis
async def test_in_small(tmp_path: Path) -> None:
    with Postgres() as postgres:
        migrate(tmp_path, postgres.url)
        p50, p99 = await measure(postgres, records=1_000, queries=1)
        assert 0 < p50.value <= p99.value
        assert "nearest, 1 d" in p99.note
        assert postgres.sql("SELECT count(*) FROM record").strip() == "1001"
