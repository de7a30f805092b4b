"""Loop lag from two readings of a histogram: what came in between counts, and nothing else."""

from __future__ import annotations

import math

from app.bench.lag import buckets, edge, figures


def _reading(*counts: int) -> dict[str, float]:
    edges = ("0.001", "0.01", "0.1", "+Inf")
    return {
        f'beatline_loop_lag_seconds_bucket{{le="{upper}"}}': float(count)
        for upper, count in zip(edges, counts, strict=True)
    } | {"beatline_devices": 3.0}


def test_only_what_came_in_between_counts() -> None:
    counts = buckets(_reading(50, 50, 50, 50), _reading(149, 150, 150, 150))
    assert counts == [(0.001, 99.0), (0.01, 100.0), (0.1, 100.0), (math.inf, 100.0)]
    assert edge(counts, 0.99) == 0.001
    assert edge(counts, 1.0) == 0.01


def test_the_figures_say_during_what_and_how_many() -> None:
    p99, largest = figures({}, _reading(10, 99, 100, 100), "a storm")
    assert (p99.value, largest.value) == (10.0, 100.0)
    assert (p99.met, largest.met) == (True, False)
    assert "a storm; 100 samples" in p99.note


def test_without_samples_nothing_is_claimed() -> None:
    same = _reading(5, 5, 5, 5)
    assert math.isnan(figures(same, same, "nothing")[0].value)
    assert math.isnan(edge([], 0.5))
