"""What comes due: records that start or end, officers to decide anew, slots to free; one heap, real or virtual time."""

from __future__ import annotations

import heapq
from enum import IntEnum

from geo.clock import Instant


class DueKind(IntEnum):
    """What a due entry is about."""

    RECORD = 0
    OFFICER = 1
    FREE = 2
    """A record's slot, some time after it ended."""


class Due:
    """Entries (instant, kind, slot). An entry that came true otherwise is harmless: deciding anew changes nothing."""

    def __init__(self) -> None:
        self._heap: list[tuple[Instant, DueKind, int]] = []
        self._there: set[tuple[Instant, DueKind, int]] = set()

    def push(self, at: Instant, kind: DueKind, slot: int) -> None:
        """The same entry again is one: who stands in a watched area is decided with every fix, and due once."""
        entry = (at, kind, slot)
        if entry not in self._there:
            self._there.add(entry)
            heapq.heappush(self._heap, entry)

    def next(self) -> Instant | None:
        """The earliest instant."""
        return self._heap[0][0] if self._heap else None

    def pop(self, now: Instant) -> dict[DueKind, list[int]]:
        """The slots that are due by ``now``, by kind, each once."""
        found: dict[DueKind, dict[int, None]] = {kind: {} for kind in DueKind}
        while self._heap and self._heap[0][0] <= now:
            entry = heapq.heappop(self._heap)
            self._there.discard(entry)
            _, kind, slot = entry
            found[kind][slot] = None
        return {kind: list(slots) for kind, slots in found.items()}
