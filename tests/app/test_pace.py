"""How many requests one caller may make."""

from __future__ import annotations

import pytest

from app import pace
from app.errors import TooManyRequests
from app.pace import Pace


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    one = Pace(5)
    for _ in range(10):
        one.take("a", 0.0)
    with pytest.raises(TooManyRequests) as refused:
        one.take("a", 0.0)
    assert refused.value.retry_after_s == pytest.approx(0.2)
    one.take("b", 0.0)
    one.take("a", 0.2)


def test_callers_who_have_rested_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_MOST_CALLERS", 4)
    one = Pace(5)
    for n in range(50):
        one.take(f"caller-{n}", float(n))
    assert len(one._buckets) <= 4


def test_memory_is_bounded_even_when_nobody_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "_MOST_CALLERS", 4)
    one = Pace(5)
    for n in range(50):
        one.take(f"caller-{n}", 0.0)
    assert len(one._buckets) <= 4
