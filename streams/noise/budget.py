"""The interruption budget: a token bucket per officer, spent on the most relevant first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.clock import MINUTE, Instant
from geo.pairs import Bool, Float32, Float64, Int32, Int64
from streams.relevance.policy import NoiseLimits

_HAIR = 1e-9


@dataclass(frozen=True, slots=True)
class Spent:
    """Officers whose budget changed: tokens left at the instant of the decision."""

    officer: Int32
    tokens: Float64


def tokens_now(tokens: Float64, tokens_at: Int64, now: Instant, limits: NoiseLimits) -> Float64:
    """Refilled up to ``now``: ``budget_per_10min`` in ten minutes, never above the burst."""
    refill = np.maximum(now - tokens_at, 0) * (limits.budget_per_10min / (10 * MINUTE))
    return np.minimum(tokens + refill, limits.budget_burst)


def spend(
    officer: Int32, total: Float32, tokens: Float64, tokens_at: Int64, now: Instant, limits: NoiseLimits
) -> tuple[Bool, Spent]:
    """Which of these interruptions the officers can afford, the highest score first, and what is left.

    ``officer`` and ``total`` are the interruptions' rows; ``tokens`` and ``tokens_at`` columns by officer slot.
    """
    order = np.lexsort((-total, officer))
    sorted_officer = officer[order]
    first = np.concatenate([[True], sorted_officer[1:] != sorted_officer[:-1]])
    start = np.flatnonzero(first)
    rank = np.arange(len(order)) - np.repeat(start, np.diff(np.concatenate([start, [len(order)]])))
    who = sorted_officer[start]
    have = tokens_now(tokens[who], tokens_at[who], now, limits)
    group = np.cumsum(first) - 1
    affordable = rank < np.floor(have + _HAIR)[group]
    afford = np.zeros(len(order), np.bool_)
    afford[order] = affordable
    used = np.bincount(group, weights=affordable, minlength=len(who))
    return afford, Spent(who[used > 0], (have - used)[used > 0])
