"""Metrics: one registry each, gauges read on demand, the loop and the collector watched."""

from __future__ import annotations

import asyncio
import contextlib
import gc

from app.metrics import Metrics


def test_two_runtimes_do_not_share_numbers() -> None:
    one, other = Metrics(), Metrics()
    one.rejected.labels("bad_time").inc()
    assert b'beatline_rejected_total{reason="bad_time"} 1.0' in one.text()
    assert b'reason="bad_time"' not in other.text()


def test_a_gauge_is_read_when_somebody_asks() -> None:
    metrics = Metrics()
    devices = [1, 2]
    metrics.watch("devices", "Devices connected", lambda: len(devices))
    devices.append(3)
    assert b"beatline_devices 3.0" in metrics.text()


def test_collections_are_timed_until_told_to_stop() -> None:
    metrics = Metrics()
    stop = metrics.watch_collections()
    gc.collect()
    stop()
    counted = b'beatline_gc_pause_seconds_count{generation="2"} 1.0'
    assert counted in metrics.text()
    gc.collect()
    assert counted in metrics.text()


async def test_the_loop_is_watched() -> None:
    metrics = Metrics()
    watching = asyncio.create_task(metrics.watch_loop())
    await asyncio.sleep(0.25)
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching
    assert b"beatline_loop_lag_seconds_count 0.0" not in metrics.text()
