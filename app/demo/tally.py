"""What the demo has seen so far: what went in, what reached whom and why, what was kept away, how fast."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.people.officer_screen import where, why
from app.people.simulated import SimulatedOfficer, Tally
from geo.clock import HOUR, Instant
from geo.model import Record, Status
from geo.place import distance_m, point_of
from streams.conversation.messages import Alert

AT_ONCE_S = 1.0
"""An alert on a device this soon after its record's 201, to who has not moved since, came from the posting and not from
somebody driving up: only those are timed."""
NAIVE_M = 1_000.0
NAIVE_FOR = HOUR
"""The rule that the demo compares itself with: everybody within a kilometre is interrupted, once, for an hour."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A record that went in."""

    at: Instant
    record: Record
    fresh: bool


@dataclass(frozen=True, slots=True)
class Told:
    """An alert that reached an officer."""

    at: Instant
    officer: str
    alert: Alert

    @property
    def line(self) -> str:
        parts = (self.alert.title, where(self.alert), why(self.alert))
        return " | ".join(part for part in parts if part)


@dataclass(slots=True)
class DemoTally:
    """Counted by the demo's own loop; ``people`` is what the handsets counted."""

    officers: int
    people: Tally = field(default_factory=Tally)
    new: int = 0
    changed: int = 0
    refused: int = 0
    incoming: deque[Incoming] = field(default_factory=lambda: deque(maxlen=50))
    told: deque[Told] = field(default_factory=lambda: deque(maxlen=50))
    """What took somebody's attention, newest last; what only goes on the map is counted in ``people``."""
    kept_away: dict[str, int] = field(default_factory=dict)
    """Rule -> pairs that it kept from somebody's attention; from the server's /metrics."""
    latencies_s: list[float] = field(default_factory=list)
    naive: int = 0
    began: Instant = 0
    now: Instant = 0
    _answered_at: dict[str, float] = field(default_factory=dict)
    _live: dict[str, tuple[float, float, Instant]] = field(default_factory=dict)
    _near: set[tuple[str, str]] = field(default_factory=set)

    def posted(self, at: Instant, record: Record, fresh: bool) -> None:
        """A record was answered with 2xx just now."""
        self.new, self.changed = self.new + fresh, self.changed + (not fresh)
        self.incoming.append(Incoming(at, record, fresh))
        if fresh:
            self._answered_at[record.id] = time.monotonic()
        if record.status in (Status.CLOSED, Status.CANCELLED):
            self._live.pop(record.id, None)
        elif record.place is not None:
            self._live[record.id] = (*point_of(record.place), record.reported_at)

    def reached(self, at: Instant, officer: str, alert: Alert, moved_at: float = 0.0) -> None:
        """An alert is on a device, whose newest fix was sent at ``moved_at`` (monotonic seconds)."""
        if alert.style.value != "map":
            self.told.append(Told(at, officer, alert))
        answered = self._answered_at.get(alert.alert_id)
        if answered is None or alert.rev != 1 or moved_at > answered:
            return
        wait = time.monotonic() - answered
        if wait < AT_ONCE_S:
            self.latencies_s.append(max(0.0, wait))

    def look(self, officers: Sequence[SimulatedOfficer], now: Instant) -> None:
        """Who would have been interrupted by the naive rule by now."""
        self.now = now
        self.began = self.began or now
        known = [(officer.id, officer.last.lon, officer.last.lat) for officer in officers if officer.last]
        fresh = [(name, lon, lat) for name, (lon, lat, since) in self._live.items() if now - since <= NAIVE_FOR]
        if not known or not fresh:
            return
        people, records = np.array([k[1:] for k in known]), np.array([f[1:] for f in fresh])
        metres = distance_m(people[:, :1], people[:, 1:], records[:, 0], records[:, 1])
        for row, column in np.argwhere(metres <= NAIVE_M):
            self._near.add((known[row][0], fresh[column][0]))
        self.naive = len(self._near)

    @property
    def officer_hours(self) -> float:
        """On the replayed clock."""
        return self.officers * max(0, self.now - self.began) / HOUR

    @property
    def styles(self) -> Counter[str]:
        return self.people.shown
