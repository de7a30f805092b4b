"""Token buckets."""

from __future__ import annotations

from streams.conversation.protocol import SessionLimits
from streams.conversation.rates import Bucket, Pace


def test_a_burst_and_then_the_rate() -> None:
    bucket = Bucket(10.0, 60, now=0.0)
    assert sum(bucket.take(0.0) for _ in range(100)) == 60
    assert not bucket.take(0.05)
    assert bucket.take(0.16)
    assert sum(bucket.take(1.16) for _ in range(100)) in (9, 10)


def test_never_more_than_the_burst_however_long_it_was_quiet() -> None:
    bucket = Bucket(10.0, 60, now=0.0)
    assert sum(bucket.take(1_000_000.0) for _ in range(100)) == 60
    assert not bucket.full(1_000_001.0)
    assert bucket.full(1_000_006.0)


def test_refusals_are_counted_until_the_device_has_kept_quiet() -> None:
    pace = Pace(SessionLimits(), now=0.0)
    assert sum(pace.message(0.0) for _ in range(130)) == 120
    assert pace.refused == 10
    assert pace.message(1.0)
    assert pace.refused == 10
    assert pace.message(70.0)
    assert pace.refused == 0
    assert pace.position(0.0)
