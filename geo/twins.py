"""Near-duplicates across sources: which live incidents two systems report, that are most likely one thing."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TypeAlias

from geo.clock import SECOND, Instant

_METRES_PER_DEGREE = 111_195.0
_Key: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sighting:
    """What twins are known by: force, category and source as codes, when it was reported, and where."""

    force: int
    category: int
    source: int
    at: Instant
    lon: float
    lat: float


@dataclass(slots=True)
class Twins:
    """Pairs of slots whose records are of one force and category, of *different* sources, at most ``metres`` and
    ``seconds`` apart. A source never doubles itself: two calls about one burglary are two calls. With 0 metres: none.

    Kept by cells of time, so that a change costs what is near it in time and kind, and not all there is.
    """

    metres: float = 0.0
    seconds: float = 0.0
    _seen: dict[int, Sighting] = field(default_factory=dict)
    _cells: dict[_Key, set[int]] = field(default_factory=dict)
    _of: dict[int, set[int]] = field(default_factory=dict)

    def __len__(self) -> int:
        """Slots that have a twin."""
        return len(self._of)

    def of(self, slot: int) -> tuple[int, ...]:
        """The twins of a slot, the one reported first before the others."""
        return tuple(sorted(self._of.get(slot, ()), key=lambda twin: (self._seen[twin].at, twin)))

    def __contains__(self, slot: int) -> bool:
        return slot in self._of

    def slots(self) -> list[int]:
        """Slots that have a twin."""
        return list(self._of)

    def put(self, slot: int, sighting: Sighting | None) -> set[int]:
        """The record in the slot is this now (None: not live any more, or without a place) -> the slots that have
        become its twins, and those that were."""
        if self._seen.get(slot) == sighting:
            return set()
        before = self._out(slot)
        if sighting is None:
            return before
        self._seen[slot] = sighting
        if self.metres <= 0 or self.seconds <= 0:
            return before
        found = {other for other in self._near(sighting) if self._same(sighting, self._seen[other])}
        self._cells.setdefault(self._key(sighting), set()).add(slot)
        if found:
            self._of[slot] = set(found)
            for other in found:
                self._of.setdefault(other, set()).add(slot)
        return before | found

    def within(self, metres: float, seconds: float) -> None:
        """Other limits: all is found anew."""
        if (metres, seconds) == (self.metres, self.seconds):
            return
        seen = self._seen
        self.metres, self.seconds = metres, seconds
        self._seen, self._cells, self._of = {}, {}, {}
        for slot, sighting in seen.items():
            self.put(slot, sighting)

    def _out(self, slot: int) -> set[int]:
        sighting = self._seen.pop(slot, None)
        if sighting is None:
            return set()
        if self.seconds > 0 and (cell := self._cells.get(self._key(sighting))) is not None:
            cell.discard(slot)
            if not cell:
                del self._cells[self._key(sighting)]
        gone = self._of.pop(slot, set())
        for other in gone:
            rest = self._of[other]
            rest.discard(slot)
            if not rest:
                del self._of[other]
        return gone

    def _key(self, sighting: Sighting, later: int = 0) -> _Key:
        return (sighting.force, sighting.category, int(sighting.at // (self.seconds * SECOND)) + later)

    def _near(self, sighting: Sighting) -> set[int]:
        """Of the same kind, in this cell of time and those beside it."""
        cells = (self._cells.get(self._key(sighting, later), ()) for later in (-1, 0, 1))
        return {slot for cell in cells for slot in cell}

    def _same(self, one: Sighting, other: Sighting) -> bool:
        if one.source == other.source or abs(one.at - other.at) > self.seconds * SECOND:
            return False
        north = (one.lat - other.lat) * _METRES_PER_DEGREE
        degrees = (one.lon - other.lon + 180.0) % 360.0 - 180.0
        east = degrees * _METRES_PER_DEGREE * math.cos(math.radians(one.lat))
        return math.hypot(east, north) <= self.metres
