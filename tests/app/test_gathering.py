"""The store is asked while the metrics are read, not more often than every 10 s, and held up by nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from app import gathering
from app.gathering import Gathered
from app.metrics import Metrics
from geo.clock import SystemClock
from geo.store.process_rows import StoreFigures
from geo.store.sqlite import SqliteStore


async def test_a_store_that_stands_still_is_down_and_readers_at_once_ask_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PATIENCE_S", 0.5)
    store, asked, go_on = SqliteStore(tmp_path / "beatline.sqlite"), 0, asyncio.Event()
    await store.open()

    async def still(now: int) -> StoreFigures:
        nonlocal asked
        asked += 1
        await go_on.wait()
        return StoreFigures({}, 0, None, 0, 0)

    monkeypatch.setattr(store, "figures", still)
    metrics = Metrics()
    gathered = Gathered(metrics, store, SystemClock())
    await asyncio.gather(*(gathered.fresh() for _ in range(5)))
    assert asked == 1
    assert b"beatline_store_up 0.0\n" in metrics.text()
    assert b"beatline_unconfirmed_now NaN\n" in metrics.text()
    go_on.set()
    gathered.asked_at_s = float("-inf")
    await gathered.fresh()
    assert b"beatline_store_up 1.0\n" in metrics.text()
    assert b'beatline_owed{priority="1"} 0.0\n' in metrics.text()
    await store.close()
