"""The bulk figures, in small: what they say was written is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bench import bulk
from app.drivers import store_of
from app.settings import settings_of

pytestmark = [pytest.mark.postgis, pytest.mark.slow]


@pytest.fixture
def url(postgres_url: str) -> str:
    return postgres_url.replace("postgresql://", "postgresql+asyncpg://")


async def test_recording_in_small(url: str) -> None:
    (figure,) = await bulk.recording(url, recipients=20, ticks=3)
    assert 0 < figure.value < 5_000
    store = store_of(settings_of(data=Path(), store=url))
    await store.open()
    assert len(await store.deliveries("record-6")) == 20
    await store.close()


async def test_importing_in_small(url: str) -> None:
    (figure,) = await bulk.importing(url, rows=300)
    assert figure.value > 0
    store = store_of(settings_of(data=Path(), store=url))
    await store.open()
    records = bulk.street_records(300, "import")
    assert len(await store.records([record.id for record in records])) == 300
    await store.close()


def test_a_street_file_in_small(url: str, tmp_path: Path) -> None:
    (figure,) = bulk.street_file(tmp_path, url, rows=60)
    assert figure.value > 0
