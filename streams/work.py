"""What is to be decided anew, and in what slices: changed records first, the gravest first, then officers."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from geo.clock import Instant
from geo.pairs import Candidate, Int32, Pairs, take
from geo.picture import LivePicture
from streams.noise.rules import Cause

log = logging.getLogger("beatline.pipeline")

Step: TypeAlias = Callable[[Int32, Cause, Instant], Awaitable[None]]
"""Decides the pairs of these slots, of records or of officers."""

PIECE = 32_768
"""Pairs scored at a time: their columns stay in the core's cache (24 M pairs/s released, against 8 M in one piece)."""
_AT_ONCE = 65_536
_RECORDS = 64
_OFFICERS = 64
"""Officers matched at a stretch: about 1.5 ms among 10,000 live records."""


def records_at_a_time(officers: int) -> int:
    """Records in one slice: few where each may concern everybody."""
    return max(1, min(_RECORDS, _AT_ONCE // max(officers, 1)))


def officers_at_a_time(counts: Counter[str]) -> int:
    """Officers in one slice, by the pairs that one of them has had on average: no clock, so that a replay repeats."""
    each = counts["officer_pairs"] / max(counts["officers"], 1)
    return int(max(8, min(_OFFICERS, PIECE / max(each, 1.0))))


@dataclass(slots=True)
class Work:
    """Slots by cause. It is cleared when all is decided; a tick that fails before leaves it for the next."""

    officers: set[int] = field(default_factory=set)
    moved: set[int] = field(default_factory=set)
    _records: dict[int, Cause] = field(default_factory=dict)

    def records_changed(self, slots: Iterable[int], cause: Cause) -> None:
        """A slot with several causes has the first of :class:`Cause`."""
        for slot in slots:
            self._records[slot] = min(cause, self._records.get(slot, cause))

    def records(self, picture: LivePicture, size: int) -> Iterator[tuple[Int32, Cause]]:
        """Slices of one cause each."""
        grade = picture.grade
        if not self._records:
            return
        for cause in Cause:
            mine = [slot for slot, why in self._records.items() if why is cause]
            mine.sort(key=lambda slot: (-int(grade[slot]), slot))
            yield from ((slots, cause) for slots in _sliced(mine, size))

    def officer_slots(self, size: int) -> Iterator[tuple[Int32, bool]]:
        """Slices of officers, and whether they have only moved."""
        yield from ((slots, False) for slots in _sliced(sorted(self.officers), size))
        yield from ((slots, True) for slots in _sliced(sorted(self.moved - self.officers), size))

    def not_decided_yet(self, pairs: Pairs[Candidate]) -> Pairs[Candidate]:
        """Without the pairs of changed records: those were decided for everybody."""
        if not self._records or not len(pairs):
            return pairs
        decided = np.zeros(int(max(int(pairs.record.max()), max(self._records))) + 1, np.bool_)
        decided[list(self._records)] = True
        done = decided[pairs.record]
        return take(pairs, np.flatnonzero(~done)) if done.any() else pairs

    def clear(self) -> None:
        """All is decided."""
        self.officers.clear()
        self.moved.clear()
        self._records.clear()


def _sliced(slots: list[int], size: int) -> Iterator[Int32]:
    for start in range(0, len(slots), size):
        yield np.array(slots[start : start + size], np.int32)


async def each(step: Step, slots: Int32, cause: Cause, now: Instant, counts: Counter[str]) -> None:
    """A slice; where it fails, one by one, so that a poisoned record or officer stands alone."""
    try:
        await step(slots, cause, now)
        return
    except Exception:
        log.exception("deciding for %d slots failed, trying one by one", len(slots))
    for slot in slots:
        try:
            await step(np.array([slot], np.int32), cause, now)
        except Exception:
            log.exception("slot %d (%s) is left out", slot, cause.name.lower())
            counts["poisoned"] += 1
