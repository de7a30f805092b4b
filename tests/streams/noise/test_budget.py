"""The token bucket: mean, burst, and the most relevant first."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from geo.clock import MINUTE
from streams.noise.budget import spend, tokens_now
from streams.relevance.policy import load_policy

LIMITS = load_policy("uk").noise


def column(*values: Any, kind: Any = np.float64) -> Any:
    return np.array(values, kind)


def test_it_refills_one_in_ten_minutes_up_to_the_burst() -> None:
    left, at = column(0.0, 0.0, 1.5, 2.0), column(0, 0, 0, 0, kind=np.int64)
    assert tokens_now(left, at, 10 * MINUTE, LIMITS) == pytest.approx([1.0, 1.0, 2.0, 2.0])
    assert tokens_now(left, at, 5 * MINUTE, LIMITS)[0] == pytest.approx(0.5)
    assert tokens_now(column(1.0), column(10 * MINUTE, kind=np.int64), 0, LIMITS)[0] == 1.0


def test_the_most_relevant_are_paid_for_first() -> None:
    officer = column(0, 1, 0, 0, 1, kind=np.int32)
    total = column(0.96, 0.99, 0.99, 0.97, 0.96, kind=np.float32)
    afford, spent = spend(officer, total, column(2.0, 1.0), column(0, 0, kind=np.int64), 0, LIMITS)
    assert afford.tolist() == [False, True, True, True, False]
    assert spent.officer.tolist() == [0, 1]
    assert spent.tokens == pytest.approx([0.0, 0.0])


def test_who_has_nothing_left_spends_nothing() -> None:
    afford, spent = spend(
        column(0, kind=np.int32), column(0.99, kind=np.float32), column(0.9), column(0, kind=np.int64), 0, LIMITS
    )
    assert afford.tolist() == [False]
    assert len(spent.officer) == 0


def test_a_whole_token_that_floating_point_made_is_a_whole_token() -> None:
    afford, _ = spend(
        column(0, kind=np.int32),
        column(0.99, kind=np.float32),
        column(1.0 - 1e-12),
        column(0, kind=np.int64),
        0,
        LIMITS,
    )
    assert afford.tolist() == [True]
