"""What the store takes on PostGIS: a fan-out for ten thousand recorded, and records imported by the thousand."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from shapely.geometry import Point

from app.bench.ingest import write_street_file
from app.bench.report import Figure, quantile
from app.bench.scene import CENTRE, ring
from app.drivers import store_of
from app.settings import settings_of
from geo.clock import SECOND, SystemClock
from geo.model import Grade, Incident, Interval, Record, Status, Verdict
from geo.store.rows import Act, Fanout, Tick


async def recording(url: str, recipients: int = 10_000, ticks: int = 40) -> list[Figure]:
    """RECORD of one alert for so many officers, as the pipeline hands it over."""
    store = store_of(settings_of(data=Path(), store=url))
    await store.open()
    now = SystemClock().now()
    officers = [f"officer-{number:05d}" for number in range(recipients)]
    terms = {state.officer: state.term for state in await store.take(officers, "bench", now)}
    seconds: list[float] = []
    for number in range(1, ticks + 4):
        fanout = _fanout(f"record-{number}", tuple(officers), now + number * SECOND)
        began = time.perf_counter()
        await store.record(Tick(now, "bench", (fanout,), terms, number=number))
        if number > 3:
            seconds.append(time.perf_counter() - began)
    await store.close()
    note = f"{recipients:,} recipients, {ticks} ticks, p99 {1e3 * quantile(seconds, 0.99):.0f} ms"
    return [Figure("recording a fan-out, p50", 1e3 * quantile(seconds, 0.5), "ms", 150.0, note=note)]


def _fanout(record: str, officers: tuple[str, ...], at: int) -> Fanout:
    """Ten terms and six facts, as the policy has them."""
    n = len(officers)

    def small(value: int) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
        return np.full(n, value, np.uint8)

    return Fanout(
        record=record, version=1, at=at, policy="uk", officers=officers,
        act=small(Act.ALERT), verdict=small(Verdict.INTERRUPT), priority=small(1), rule=small(0), reason=small(0),
        rev=np.ones(n, np.int32), inside=small(1), score=np.linspace(0.5, 1, n, dtype=np.float32),
        terms=np.random.default_rng(1).random((n, 10), np.float32),
        facts=np.random.default_rng(2).random((n, 6), np.float32),
        term_names=tuple(f"term_{number}" for number in range(10)),
        fact_names=tuple(f"fact_{number}" for number in range(6)), rule_names=("must_deliver",), reason_names=("",),
        told_grade=small(3), told_hazards=np.ones(n, np.int32), told_lon=np.full(n, CENTRE[0]),
        told_lat=np.full(n, CENTRE[1]), told_version=np.ones(n, np.int32), told_style=small(6),
    )  # fmt: skip


def street_records(count: int, name: str) -> list[Record]:
    """Records as the street feed makes them: closed, of a month."""
    at = SystemClock().now()
    return [
        Incident(
            force="own", source="bench", source_id=f"{name}-{number}", category="burglary", title="Burglary",
            text="On or near The Headrow", grade=Grade.ROUTINE, status=Status.CLOSED, place=Point(lon, lat),
            reported_at=at - number * SECOND, occurred=Interval(at - 30 * 86_400 * SECOND, at),
        )
        for number, (lon, lat) in enumerate(ring(count, 0, 20_000, seed=4))
    ]  # fmt: skip


async def importing(url: str, rows: int = 60_000) -> list[Figure]:
    """Records that are made already, put into the store."""
    store = store_of(settings_of(data=Path(), store=url))
    await store.open()
    await store.put(street_records(1_000, "warm"))
    records = street_records(rows, "import")
    began = time.perf_counter()
    await store.put(records, "bench")
    rate = rows / (time.perf_counter() - began)
    await store.close()
    return [Figure("import, at the store", rate, "records/s", 20_000.0, "more", note=f"{rows:,} new records by COPY")]


def street_file(folder: Path, url: str, rows: int = 60_000) -> list[Figure]:
    """The same through `beatline ingest`: read, normalised, written."""
    from app.feeds.runner import ingest_file

    first, file = folder / "2026-01-first-street.csv", folder / "2026-01-bench-street.csv"
    write_street_file(first, 50)
    write_street_file(file, rows)
    with _on(url), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        ingest_file(first, "police-uk-street", data=folder / "data")
        began = time.perf_counter()
        ingest_file(file, "police-uk-street", data=folder / "data")
        rate = rows / (time.perf_counter() - began)
    return [Figure("import, beatline ingest", rate, "records/s", None, "more", note=f"{rows:,} rows of a street file")]


@contextlib.contextmanager
def _on(url: str) -> Iterator[None]:
    before = os.environ.get("BEATLINE_STORE")
    os.environ["BEATLINE_STORE"] = url
    try:
        yield
    finally:
        if before is None:
            del os.environ["BEATLINE_STORE"]
        else:
            os.environ["BEATLINE_STORE"] = before
