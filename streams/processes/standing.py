"""How this process stands among the others, by what the answers to its renewals say: pure, no clock, no store."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from geo.clock import MINUTE, Instant
from geo.store.process_rows import Renewed

LAST_HOUR = 60 * MINUTE
"""So long after a lease has lapsed its process may come back (it was stopped), or have left seats behind."""
LOOKS = 5
"""So many renewals in turn a dead process's officers are looked for: 10 s."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a renewal tells. ``dead`` are lapsed leases whose officers have not been adopted whole yet; ``alone``: no
    other process has been about for an hour; ``returned``: our own lease had lapsed, others may have acted on it."""

    living: frozenset[str]
    dead: frozenset[tuple[str, Instant]]
    alone: bool
    returned: bool
    another_store: bool


class Standing:
    """Told each answer in turn."""

    def __init__(self, epoch: str, lasts_us: int) -> None:
        self._epoch, self._lasts_us = epoch, lasts_us
        self._lapses_at: Instant | None = None
        self._adopted: set[tuple[str, Instant]] = set()
        self._looked: Counter[tuple[str, Instant]] = Counter()

    def heard(self, renewed: Renewed) -> Heard:
        """The answer to a renewal."""
        returned = self._lapses_at is not None and self._lapses_at < renewed.now
        self._lapses_at = renewed.now + self._lasts_us
        lapsed = {(peer.node, peer.lapses_at) for peer in renewed.peers if peer.lapses_at <= renewed.now}
        self._adopted &= lapsed
        self._looked = Counter({one: self._looked[one] for one in lapsed})
        return Heard(
            living=frozenset(peer.node for peer in renewed.peers if peer.lapses_at > renewed.now),
            dead=frozenset(lapsed - self._adopted),
            alone=all(peer.lapses_at <= renewed.now - LAST_HOUR for peer in renewed.peers),
            returned=returned,
            another_store=renewed.epoch != self._epoch,
        )

    def adopted(self, dead: frozenset[tuple[str, Instant]]) -> None:
        """Nobody of theirs was left to take just now. Rows that somebody held locked were passed over, and what a dead
        process had under way may yet be committed: only after a few times are they done with."""
        self._looked.update(dead)
        self._adopted |= {one for one in dead if self._looked[one] >= LOOKS}
