"""Who may come in now, and the others when: by the measured rate of joins, before anything is asked of the store.

A pure reckoning with ``now`` (monotonic seconds) as a parameter. Whoever cannot be let in within about a second gets an
*appointment*: a whole second ahead that still has places. Appointments are places, not names (nobody has said who he
is before the upgrade), and lapse with their second. So the Retry-Afters spread a storm by themselves, and a deployment
that is not in one never refuses anybody. Behind the upgrade there are two lanes: see `lanes`.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """What admission reckons with."""

    at_once: int = 400
    """So many may be on their way in at any time, whatever the rate: a small force's whole shift."""
    backlog_s: float = 1.0
    """So much work may stand before a newcomer; beyond it he gets an appointment."""
    first_rate: float = 300.0
    """Joins a second, until they have been measured."""
    least_rate: float = 50.0
    most_rate: float = 2_000.0
    booked: float = 0.9
    """The share of the rate that is given away as appointments: the rest is for whoever comes without one."""
    silent_s: float = 2.0
    """Who was let in and says nothing for so long does not stand before others any more."""
    longest_s: int = 120
    """No Retry-After beyond this: by then everything has been measured anew."""
    busy: int = 128
    """With so many on their way at once (twice the doors), joins show what can be done. With fewer they show only what
    was asked: a rate that is measured so, and gives appointments, would become smaller and smaller."""
    bolder: float = 1.1
    """Grown by this, up to ``unproven``, each second in which appointments are out and fewer than ``busy`` came."""
    unproven: float = 600.0
    """No rate beyond this is believed without having been measured."""
    shortest_s: float = 0.2
    """A measurement of less time than this says nothing."""
    memory: float = 0.4
    """The weight of a newly measured second."""


class Admission:
    """One process's door. ``ask`` at the upgrade; ``came``, ``speaks`` and ``done`` as a connection goes its way in."""

    def __init__(self, limits: AdmissionLimits | None = None) -> None:
        self._limits = limits or AdmissionLimits()
        self._rate = self._limits.first_rate
        self._silent: OrderedDict[Hashable, float] = OrderedDict()
        """Let in, and nothing said yet: since when."""
        self._joining: set[Hashable] = set()
        self._appointments: deque[tuple[int, int]] = deque()
        """(second, appointments in it), by second."""
        self._busy_since: float | None = None
        self._joined = 0
        self._idle_since = -math.inf
        self.refused = 0

    @property
    def rate(self) -> float:
        """Joins a second, as last measured."""
        return self._rate

    def backlog(self, now: float) -> int:
        """How many have been promised a place: those on their way in, and those with an appointment."""
        self._lapse(now)
        return self._on_their_way + sum(taken for _, taken in self._appointments)

    # ------------------------------------------------------------------ at the upgrade
    def ask(self, now: float) -> int | None:
        """None: come in. Else the whole seconds, at least 1, after which to come again."""
        self._lapse(now)
        if self._on_their_way < max(self._limits.at_once, self._rate * self._limits.backlog_s):
            return None
        self.refused += 1
        return self._appoint(now)

    def came(self, key: Hashable, now: float) -> None:
        """Let in: the connection is there, nothing has been said on it."""
        self._silent[key] = now

    def speaks(self, key: Hashable, now: float) -> None:
        """It identified itself, or wants to resume: work for the store."""
        self._silent.pop(key, None)
        self._joining.add(key)
        if self._busy_since is None and len(self._joining) >= self._limits.busy:
            self._busy_since, self._joined, self._idle_since = now, 0, math.inf

    def done(self, key: Hashable, now: float) -> None:
        """It has come in, or is gone. Called again, it changes nothing."""
        self._silent.pop(key, None)
        if key in self._joining:
            self._joining.remove(key)
            self._joined += 1
            self._measure(now)

    @property
    def _on_their_way(self) -> int:
        return len(self._silent) + len(self._joining)

    def _lapse(self, now: float) -> None:
        """Who says nothing, and whose second is over, is not waited for."""
        while self._silent:
            key, since = next(iter(self._silent.items()))
            if now - since < self._limits.silent_s:
                break
            del self._silent[key]
        while self._appointments and self._appointments[0][0] + 1 <= now:
            self._appointments.popleft()

    def _appoint(self, now: float) -> int:
        """The first second that has a place, once those who are on their way are in."""
        limits = self._limits
        places = max(1, int(self._rate * limits.booked))
        before_s = max(0.0, self._on_their_way / self._rate - limits.backlog_s)
        second = math.floor(now + before_s) + 1
        last, taken = self._appointments[-1] if self._appointments else (0, 0)
        if last >= second:
            second = last if taken < places else last + 1
        if second == last:
            self._appointments[-1] = (last, taken + 1)
        else:
            self._appointments.append((second, 1))
        return min(limits.longest_s, max(1, math.ceil(second - now)))

    # ------------------------------------------------------------------ the rate
    def _measure(self, now: float) -> None:
        """A time in which many were waiting shows what can be done; it ends after a second, or with the queue."""
        if self._busy_since is None:
            self._grow(now)
            return
        passed, over = now - self._busy_since, len(self._joining) < self._limits.busy
        if passed >= 1.0 or over:
            if passed >= self._limits.shortest_s:
                self._learn(self._joined / passed, min(1.0, passed))
            self._busy_since, self._joined = (None if over else now), 0
            self._idle_since = now if over else math.inf

    def _grow(self, now: float) -> None:
        if now - self._idle_since >= 1.0 and self._appointments:
            bolder = min(self._limits.unproven, self._rate * self._limits.bolder)
            self._rate, self._idle_since = max(self._rate, bolder), now

    def _learn(self, rate: float, passed_s: float) -> None:
        limits = self._limits
        measured = self._rate + limits.memory * passed_s * (rate - self._rate)
        self._rate = min(limits.most_rate, max(limits.least_rate, measured))
