"""What officers answered about a record, as one bounded figure for the score."""

from __future__ import annotations

import numpy as np

from geo.model import Disposition
from geo.pairs import Float32, Int32

_WEIGHT = {
    Disposition.ATTENDING: 1.0,
    Disposition.ACKNOWLEDGED: 0.25,
    Disposition.HANDLED: -0.5,
    Disposition.NOT_RELEVANT: -1.0,
}
"""How an answer counts: who goes there says that it matters, who has handled it that nobody else is needed."""

PRIOR = 3.0
"""Answers of nobody that each record starts with, so that one officer's word moves the figure by a quarter."""


class Feedback:
    """Per record slot: the mean of the answers, shrunk towards 0 by the prior; within -1..1."""

    def __init__(self) -> None:
        self._sum: Float32 = np.zeros(64, np.float32)
        self._count: Float32 = np.zeros(64, np.float32)

    def add(self, record_slot: int, disposition: Disposition) -> None:
        """Counts one answer."""
        self._reach(record_slot)
        self._sum[record_slot] += np.float32(_WEIGHT[disposition])
        self._count[record_slot] += np.float32(1)

    def forget(self, record_slot: int) -> None:
        """The slot is free for another record."""
        self._reach(record_slot)
        self._sum[record_slot] = self._count[record_slot] = 0

    def of(self, record_slots: Int32) -> Float32:
        """-1..1 for each."""
        if len(record_slots):
            self._reach(int(record_slots.max()))
        return self._sum[record_slots] / (self._count[record_slots] + np.float32(PRIOR))

    def _reach(self, slot: int) -> None:
        if slot >= len(self._sum):
            more = np.zeros(max(len(self._sum), slot + 1 - len(self._sum)), np.float32)
            self._sum, self._count = np.concatenate([self._sum, more]), np.concatenate([self._count, more])
