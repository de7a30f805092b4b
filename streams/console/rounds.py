"""Which P1s are looked after, and when each one's deliveries are read again: at a hint, by itself, never too often."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

MOST = 500
"""Records looked after at a time; of more, the ones heard of last."""
SOON_S = 0.2
"""After a hint, so that a burst of receipts is one reading."""
SWEEP_S = 2.0
"""While a P1 is not on every device: what a lost hint costs."""
IDLE_S = 10.0
"""When every device has it: what is still to come is seen and answered, of which hints tell."""
SHARE = 20.0
"""A reading that took t seconds is not repeated within 20 t: one process spends at most a twentieth of its time."""


@dataclass(slots=True)
class _Round:
    read_at: float
    """When it was read last; ``due`` is when to read it again, ``rest_s`` how long to leave it alone."""
    due: float
    rest_s: float = 0.0


class Rounds:
    """``now`` is monotonic seconds. ``soon_s``: after a hint; ``sweep_s``: while it is
    unsettled; ``idle_s``: when it is not."""

    def __init__(
        self, share: float = SHARE, sweep_s: float = SWEEP_S, idle_s: float = IDLE_S, soon_s: float | None = None
    ) -> None:
        self._share, self._sweep_s, self._idle_s = share, sweep_s, idle_s
        self._soon_s = SOON_S if soon_s is None else soon_s
        self._rounds: dict[str, _Round] = {}

    def __len__(self) -> int:
        return len(self._rounds)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rounds)

    def heard(self, record: str, now: float) -> None:
        """Something about its deliveries has changed, somebody says."""
        known = self._rounds.pop(record, None) or _Round(float("-inf"), float("inf"))
        known.due = min(known.due, max(now + self._soon_s, known.read_at + known.rest_s))
        self._rounds[record] = known
        if len(self._rounds) > MOST:
            del self._rounds[next(iter(self._rounds))]

    def next(self, now: float) -> str | None:
        """The record whose turn it is, the one that is overdue longest: it is being read until :meth:`read`."""
        record = min(self._rounds, key=lambda one: self._rounds[one].due, default=None)
        if record is None or self._rounds[record].due > now:
            return None
        self._rounds[record].due = float("inf")
        return record

    def read(self, record: str, now: float, took_s: float, unsettled: bool) -> None:
        """Its deliveries were read, or could not be. What was heard meanwhile counts."""
        known = self._rounds.get(record)
        if known is not None:
            known.read_at, known.rest_s = now, max(self._soon_s, self._share * took_s)
            known.due = max(min(known.due, now + (self._sweep_s if unsettled else self._idle_s)), now + known.rest_s)

    def drop(self, record: str) -> None:
        """It is over, or was nobody's P1."""
        self._rounds.pop(record, None)
