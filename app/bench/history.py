"""History: a year of a million records on PostGIS, and what a person asks of it by place and time."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from app.bench.report import Figure, quantile
from app.bench.scene import CENTRE
from app.bench.servers import Postgres
from app.drivers import store_of
from app.settings import settings_of
from geo.clock import DAY, Instant
from geo.store.query_rows import Order, Query

START: Instant = 1_700_000_000_000_000
_FILL = """
INSERT INTO record (id, version, digest, kind, force, category, grade, status, beat, reported_at, occurred_from,
    occurred_until, valid_until, level, shared, compartments, min_lon, min_lat, max_lon, max_lat, place, written_at,
    actor, document)
SELECT 'inc-' || md5(i::text), 1, md5(i::text), 'incident', 'own',
    (ARRAY['theft', 'burglary', 'assault', 'robbery'])[1 + floor(random() * 4)], 'routine',
    CASE WHEN i % 1000 = 0 THEN 'open' ELSE 'closed' END, NULL, t, t, t + 1, 4611686018427387904, 0, 0, 0,
    x, y, x, y, ST_SetSRID(ST_MakePoint(x, y), 4326), t, 'bench', d.document
FROM (SELECT i, {start} + floor(random() * 31536000)::int8 * 1000000 AS t,
    {lon} + CASE WHEN i % 2 = 0 THEN 0.15 * (random() + random() - 1) ELSE 2 * (random() - 0.5) END AS x,
    {lat} + CASE WHEN i % 2 = 0 THEN 0.1 * (random() + random() - 1) ELSE 1.5 * (random() - 0.5) END AS y
    FROM generate_series({first}, {last}) AS i) AS s, (SELECT document FROM record LIMIT 1) AS d
"""
"""Half of it in a town, half in the country around; reported as it happens. The text is that of a record put before."""


async def measure(postgres: Postgres, records: int = 1_000_000, queries: int = 30) -> list[Figure]:
    """``queries`` of each kind; p99 over all of them."""
    from app.bench.bulk import street_records

    store = store_of(settings_of(data=Path(), store=postgres.url))
    await store.open()
    await store.put(street_records(1, "history"))
    for first in range(1, records + 1, 100_000):
        last = min(records, first + 99_999)
        postgres.sql(_FILL.format(start=START, lon=CENTRE[0], lat=CENTRE[1], first=first, last=last))
    postgres.sql("VACUUM ANALYZE record")
    chance = random.Random(5)
    times: dict[str, list[float]] = {}
    for name, query in _kinds(chance).items():
        for number in range(queries + 2):
            began = time.perf_counter()
            await store.search(query())
            if number >= 2:
                times.setdefault(name, []).append(time.perf_counter() - began)
    await store.close()
    whole = [one for some in times.values() for one in some]
    note = "; ".join(f"{name} {1e3 * quantile(some, 0.5):.0f}/{1e3 * max(some):.0f}" for name, some in times.items())
    return [
        Figure("history query, p50", 1e3 * quantile(whole, 0.5), "ms", note=f"{records:,} records, a year"),
        Figure("history query, p99", 1e3 * quantile(whole, 0.99), "ms", 50.0, note=f"p50/max of each: {note}"),
    ]


def _kinds(chance: random.Random) -> dict[str, Callable[[], Query]]:
    """The newest or nearest hundred of a place and a time."""

    def spot() -> tuple[float, float]:
        return (
            CENTRE[0] + 0.15 * (chance.random() + chance.random() - 1),
            CENTRE[1] + 0.1 * (chance.random() + chance.random() - 1),
        )

    def box(half: float) -> tuple[float, float, float, float]:
        lon, lat = spot()
        return lon - half, lat - half / 1.6, lon + half, lat + half / 1.6

    def since(days: float) -> Instant:
        return START + int(chance.random() * (365 - days) * DAY)

    def during(days: float, **rest: object) -> Query:
        start = since(days)
        return Query(time_from=start, time_to=start + int(days * DAY), **rest)  # type: ignore[arg-type]

    return {
        "newest, 2 km box": lambda: Query(bbox=box(0.02)),
        "newest, 2 km box, 7 d": lambda: during(7, bbox=box(0.02)),
        "newest, 2 km box, 90 d": lambda: during(90, bbox=box(0.02)),
        "newest, town, 1 d": lambda: during(1, bbox=box(0.2)),
        "newest, town, 30 d": lambda: during(30, bbox=box(0.2)),
        "newest, 2 km around, 30 d": lambda: during(30, near=spot(), radius_m=2_000),
        "nearest": lambda: Query(near=spot(), order=Order.NEAREST),
        "nearest, 7 d": lambda: during(7, near=spot(), order=Order.NEAREST),
        "nearest, 1 d": lambda: during(1, near=spot(), order=Order.NEAREST),
        "nearest, 5 km, 90 d, robbery": lambda: during(
            90, near=spot(), radius_m=5_000, order=Order.NEAREST, categories=("robbery",)
        ),
    }
