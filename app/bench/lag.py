"""Loop lag: how late the server's event loop woke up while it was being measured, from its own /metrics."""

from __future__ import annotations

import math
import re

from app.bench.report import Figure

_NAME = "beatline_loop_lag_seconds"
_BUCKET = re.compile(re.escape(_NAME) + r'_bucket\{le="([^"]+)"\}')


def figures(before: dict[str, float], after: dict[str, float], during: str) -> list[Figure]:
    """The p99 and the largest lag of what was counted between two readings; upper edges of the histogram's buckets."""
    counts = buckets(before, after)
    note = f"during {during}; {int(counts[-1][1]) if counts else 0} samples; upper edge of a bucket"
    return [
        Figure(f"loop lag, {during}: p99", 1e3 * edge(counts, 0.99), "ms", 10.0, note=note),
        Figure(f"loop lag, {during}: max", 1e3 * edge(counts, 1.0), "ms", 50.0, note=note),
    ]


def buckets(before: dict[str, float], after: dict[str, float]) -> list[tuple[float, float]]:
    """(upper edge in seconds, samples at most that large), in order."""
    found = [
        (float(hit.group(1)), count - before.get(name, 0.0))
        for name, count in after.items()
        if (hit := _BUCKET.fullmatch(name))
    ]
    return sorted(found)


def edge(counts: list[tuple[float, float]], share: float) -> float:
    """The smallest upper edge below which ``share`` of the samples lie; NaN for none."""
    if not counts or counts[-1][1] <= 0:
        return math.nan
    wanted = share * counts[-1][1]
    return next(upper for upper, count in counts if count >= wanted)
