"""Holds the two books against each other: lost, shown twice, older after newer, after its end, to the wrong person.

Pure: a ledger in, findings out. Strict in one direction: whatever is not proven to be right is a finding, and an alert
that ended before a device could be reached is only excused where the books show that the device was out of reach.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.drills.ledger import Ending, Entry, Gone, Ledger, Left, Screen, Shown

GRACE_S = 10.0
"""What is under way when an alert ends may still arrive so much later, and an alert that lives shorter need not."""
CLOCK_S = 2.0
"""How far the clocks of the drill and of the servers may be apart."""
REVOKED_S = 2.0
"""How soon after his rights ended the last alert may still show."""
_LOUD = {"notify": 1, "interrupt": 2}


@dataclass(slots=True)
class Findings:
    """``pairs`` are alerts x devices of those who must be shown them; each list names what is wrong, one line each."""

    pairs: int = 0
    shown: int = 0
    ended_first: int = 0
    """Ended while the device was out of reach: it was told the end, or nothing."""
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)
    after_end: list[str] = field(default_factory=list)
    not_entitled: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    delays_s: list[float] = field(default_factory=list)
    """From the 2xx to the first screen, of each pair that was shown."""
    slowest: tuple[float, str, int] = (0.0, "", 0)
    """The longest of them, whose device, and which alert."""

    @property
    def faults(self) -> list[str]:
        named = {
            "lost": self.lost,
            "twice": self.twice,
            "older after newer": self.older,
            "after its end": self.after_end,
            "not entitled": self.not_entitled,
            "unexplained": self.unexplained,
        }
        return [f"{name}: {line}" for name, lines in named.items() for line in lines]

    @property
    def clean(self) -> bool:
        return not self.faults

    def delay_s(self, share: float) -> float:
        """The delay that this share of the pairs stayed within; 0 where there is none."""
        if not self.delays_s:
            return 0.0
        ordered = sorted(self.delays_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def check(ledger: Ledger, now: float | None = None) -> Findings:
    """All devices against all alerts, as of ``now``: what ends later is still live."""
    findings = Findings()
    now = time.monotonic() if now is None else now
    for screen in ledger.screens.values():
        _Reading(ledger, screen, findings, now).read()
    return findings


@dataclass(slots=True)
class _Told:
    """What one screen has shown of one alert so far, in one epoch."""

    rev: int = 0
    version: int = 0
    loud: int = 0
    """The loudest style in which the newest version was shown."""
    louds: int = 0
    """How often it was shown loudly at all."""
    ended: bool = False
    """It was told the end (cancel or purge), and nothing since."""
    held: bool = False
    first_at: float | None = None
    last_at: float = 0.0


class _Reading:
    """One device's screen from its first line to its last."""

    def __init__(self, ledger: Ledger, screen: Screen, findings: Findings, now: float) -> None:
        self._ledger, self._screen, self._findings, self._now = ledger, screen, findings, now
        self._told: dict[int, _Told] = defaultdict(_Told)
        self._revs: set[tuple[str, str, int]] = set()
        self._epoch = ""

    def read(self) -> None:
        for event in self._screen.events:
            if event.epoch != self._epoch:
                self._another_store(event.epoch)
            entry = self._ledger.entries.get(event.number)
            if entry is None:
                what = "an alert" if isinstance(event, Shown) else f"a {event.how} of an alert"
                self._findings.unexplained.append(f"{self._name} shows {what} that is in no book: {event.alert_id}")
            elif isinstance(event, Shown):
                self._shown(event, entry)
            else:
                self._gone(event, entry)
        for entry in self._ledger.entries.values():
            self._at_the_end(entry)

    @property
    def _name(self) -> str:
        return self._screen.device

    def _another_store(self, epoch: str) -> None:
        """Revs of before mean nothing, and a restored store tells again what it has: only what was first is kept."""
        for told in self._told.values():
            told.rev = told.version = told.loud = told.louds = 0
            told.ended = told.held = False
        self._epoch = epoch

    # ------------------------------------------------------------------ line by line
    def _shown(self, event: Shown, entry: Entry) -> None:
        told, at = self._told[event.number], f"{self._name}: {event.number}.{event.version} rev {event.rev}"
        if (event.epoch, event.alert_id, event.rev) in self._revs:
            self._findings.twice.append(f"{at} is shown again")
        self._revs.add((event.epoch, event.alert_id, event.rev))
        self._entitled(event, entry, at)
        if event.version > entry.tried:
            self._findings.unexplained.append(f"{at}: nobody posted this version")
        if event.rev < told.rev or event.version < told.version:
            self._findings.older.append(f"{at} after {told.version} rev {told.rev}")
        self._not_after_its_end(event, entry, told, at)
        if event.version > told.version:
            told.version, told.loud = event.version, 0
        if told.last_at and self._was_denied(told.last_at, event.t):
            told.loud = told.louds = 0  # back on duty: what must be delivered is said to him anew
        loud, told.last_at = _LOUD.get(event.style, 0), event.t
        told.louds += loud > 0
        # Words are read when they are said: what was decided about the first version may show the second one's. So
        # an alert may be loud once for each version, whichever it showed, and once more where it grows louder.
        if loud and told.loud >= loud and told.louds > entry.tried:
            self._findings.twice.append(f"{at} says the same again as {event.style}")
        told.loud, told.rev = max(told.loud, loud), max(told.rev, event.rev)
        told.held, told.ended = True, False
        if told.first_at is None:
            told.first_at = event.t

    def _entitled(self, event: Shown, entry: Entry, at: str) -> None:
        officer = self._screen.officer
        if officer not in entry.may:
            self._findings.not_entitled.append(f"{at} is not for {officer}")
        for who, since, until in self._ledger.denied:
            if who == officer and since + REVOKED_S < event.t < until:
                self._findings.not_entitled.append(f"{at} is shown {event.t - since:.1f} s after {officer} lost it")

    def _not_after_its_end(self, event: Shown, entry: Entry, told: _Told, at: str) -> None:
        if entry.end is None:
            return
        if told.ended:
            self._findings.after_end.append(f"{at} comes after this device was told its end")
            return
        ended_at = entry.end.at
        if ended_at is not None and event.t > ended_at + GRACE_S and not self._out_of_reach(ended_at, event.t):
            self._findings.after_end.append(f"{at} comes {event.t - ended_at:.1f} s after it was {entry.end.how}")

    def _gone(self, event: Gone, entry: Entry) -> None:
        told = self._told[event.number]
        if event.how is not Left.RESET:
            told.ended = True
        was_held, told.held = told.held, False
        self._not_before_its_time(event, entry)
        if entry.end is None and not self._denied(event.t) and was_held:
            text = f"{event.how} ({event.reason})" if event.reason else event.how.value
            self._findings.unexplained.append(f"{self._name}: {entry.number} left by {text}, and it is still live")

    def _not_before_its_time(self, event: Gone, entry: Entry) -> None:
        """A clock that is wrong would expire what is still live."""
        end = entry.end
        if event.reason == "expired" and end is not None and end.how is Ending.EXPIRED and end.at is not None:
            early_s = end.at - event.t
            if early_s > CLOCK_S:
                self._findings.unexplained.append(f"{self._name}: {entry.number} expired {early_s:.1f} s too early")

    def _denied(self, at: float) -> bool:
        mine = (one for one in self._ledger.denied if one[0] == self._screen.officer)
        return any(since <= at <= until + GRACE_S for _, since, until in mine)

    def _was_denied(self, since: float, until: float) -> bool:
        mine = [(begun, ended) for who, begun, ended in self._ledger.denied if who == self._screen.officer]
        return _overlap(mine, since, until)

    # ------------------------------------------------------------------ at the end
    def _at_the_end(self, entry: Entry) -> None:
        told, findings = self._told.get(entry.number, _Told()), self._findings
        live = not self._has_ended(entry, 0.0)
        if self._has_ended(entry, GRACE_S) and told.held and not self._screen.retired:
            assert entry.end is not None
            findings.unexplained.append(f"{self._name} still holds {entry.number}, which was {entry.end.how}")
        accepted_at = entry.accepted_at
        if accepted_at is None or self._screen.officer not in entry.recipients or self._screen.retired:
            return
        findings.pairs += 1
        if told.first_at is None:
            self._never_shown(entry, accepted_at)
            return
        findings.shown += 1
        late_s = max(0.0, told.first_at - accepted_at)
        findings.delays_s.append(late_s)
        findings.slowest = max(findings.slowest, (late_s, self._name, entry.number))
        if live and not told.held:
            findings.lost.append(f"{self._name} holds {entry.number} no more, which is still live")
        elif live and told.version < entry.newest:
            findings.lost.append(f"{self._name} holds {entry.number}.{told.version}, but it is at {entry.newest}")

    def _has_ended(self, entry: Entry, since_s: float) -> bool:
        """The drill ended it, and that was tried or accepted so long ago."""
        if entry.end is None or (entry.end.at is None and since_s > 0):
            return False
        return (entry.end.tried_at if entry.end.at is None else entry.end.at) + since_s <= self._now

    def _never_shown(self, entry: Entry, accepted_at: float) -> None:
        end = entry.end
        if end is not None and self._has_ended(entry, 0.0):
            until = end.at if end.at is not None else end.tried_at
            if until - accepted_at <= GRACE_S or self._out_of_reach(accepted_at, until):
                self._findings.ended_first += 1
                return
        self._findings.lost.append(f"{self._name} was never shown {entry.number}")

    def _out_of_reach(self, since: float, until: float) -> bool:
        return self._screen.was_away(since, until) or _overlap(self._ledger.faults, since, until)


def _overlap(windows: Iterable[tuple[float, float]], since: float, until: float) -> bool:
    return any(begun <= until and ended >= since for begun, ended in windows)
