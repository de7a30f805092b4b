"""The policy with a shift for its moment: what is an hour old is as good as new to who begins eight hours"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import numpy as np

from geo.clock import DAY, SECOND, Instant
from streams.relevance.policy import Policy

LOOK_BACK = 30 * DAY
"""What was dangerous at a place since then is told of."""


@dataclass(frozen=True, slots=True)
class Weighing:
    """The policy that decides alerts, twice: with half-lives of at least the shift's length, for what is going on, and
    of at least the time that is looked back on, for what is known. Everything else is as it is: one score."""

    shift: Policy
    history: Policy

    @property
    def version(self) -> str:
        return self.shift.version


def weighing(policy: Policy, shift: Instant) -> Weighing:
    """For a shift of this length. Both are copies of one's own: a policy remembers the books it was last bound to, and
    another thread's are others."""
    return Weighing(_lasting(policy, shift / SECOND), _lasting(policy, LOOK_BACK / 4 / SECOND))


def _lasting(policy: Policy, half_life_s: float) -> Policy:
    lasting = copy.copy(policy)
    tables = policy.tables
    longer = np.maximum(tables.half_life_s, np.float32(half_life_s)).astype(np.float32)
    lasting.tables = replace(tables, half_life_s=longer)
    lasting._bound = None
    return lasting
