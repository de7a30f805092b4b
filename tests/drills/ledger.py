"""The drill's own books: what was accepted for whom, and what each device showed, in the order it showed it.

Two sides that know nothing of each other: the producer writes what a server has answered 2xx to, with the officers who
must be shown it (from the drill's own positions and rights, never from the server); each device writes what it put on
its screen. Times are seconds of this machine's monotonic clock: both sides are in one process.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, TypeAlias

import msgspec

_MARK = re.compile(r"\[drill (\d+)\.(\d+)\]")


def mark(number: int, version: int) -> str:
    """What an alert's text carries, so that a screen can be held against the books: ``[drill 17.2]``."""
    return f"[drill {number}.{version}]"


def read_mark(*texts: str | None) -> tuple[int, int] | None:
    """(number, version) of the first text that carries a mark; None: not an alert of this drill."""
    for text in texts:
        if text and (found := _MARK.search(text)):
            return int(found[1]), int(found[2])
    return None


class Ending(StrEnum):
    """Why an alert is no longer live."""

    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Left(StrEnum):
    """How an alert left a screen."""

    CANCEL = "cancel"
    PURGE = "purge"
    RESET = "reset"
    """Continuity could not be proven, and the newest list has it not."""


@dataclass(slots=True)
class Version:
    """One version that was posted: tried from ``tried_at``, accepted at ``at`` (None: no server ever said yes)."""

    version: int
    tried_at: float
    at: float | None = None


@dataclass(slots=True)
class End:
    """How and when the drill itself ended the alert; ``at`` None: tried, never accepted."""

    how: Ending
    tried_at: float
    at: float | None = None


@dataclass(slots=True)
class Entry:
    """One alert. ``recipients`` must be shown it; ``may`` (these and perhaps more) are the only ones who may."""

    number: int
    recipients: frozenset[str]
    may: frozenset[str]
    versions: list[Version] = field(default_factory=list)
    end: End | None = None
    record: str = ""
    """The server's id of it, once accepted."""

    @property
    def accepted_at(self) -> float | None:
        """When the first version was accepted."""
        return min((one.at for one in self.versions if one.at is not None), default=None)

    @property
    def newest(self) -> int:
        """The newest version that a server accepted; 0: none."""
        return max((one.version for one in self.versions if one.at is not None), default=0)

    @property
    def tried(self) -> int:
        """The newest version that was posted, accepted or not."""
        return max((one.version for one in self.versions), default=0)


@dataclass(frozen=True, slots=True)
class Shown:
    """On a device's screen at ``t``. ``number`` 0: not an alert of this drill. ``seq`` 0: it came in a reset."""

    t: float
    epoch: str
    number: int
    version: int
    rev: int
    seq: int
    style: str
    alert_id: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Off a device's screen at ``t``."""

    t: float
    epoch: str
    number: int
    how: Left
    reason: str
    alert_id: str


Event: TypeAlias = Shown | Gone


@dataclass(slots=True)
class Screen:
    """All that one device showed, in order, and when it could not have been reached: ``away`` [(from, until)]."""

    device: str
    officer: str
    events: list[Event] = field(default_factory=list)
    away: list[tuple[float, float]] = field(default_factory=list)
    out_since: float | None = field(default_factory=time.monotonic)
    """Since when it is not caught up; None: it is live."""
    retired: bool = False
    """Switched off by the drill for good: nothing more is expected of it."""

    def live(self, at: float) -> None:
        if self.out_since is not None:
            self.away.append((self.out_since, at))
            self.out_since = None

    def out(self, at: float) -> None:
        if self.out_since is None:
            self.out_since = at

    def was_away(self, since: float, until: float) -> bool:
        """Whether it was out of reach at any time between the two."""
        if self.out_since is not None and self.out_since <= until:
            return True
        return any(begun <= until and ended >= since for begun, ended in self.away)


class Ledger:
    """Both books of one drill. With ``file`` every line is also written there, as it happens."""

    def __init__(self, file: Path | None = None) -> None:
        self.entries: dict[int, Entry] = {}
        self.screens: dict[str, Screen] = {}
        self.faults: list[tuple[float, float]] = []
        """[(from, until)] in which the drill held something back from everybody."""
        self.denied: list[tuple[str, float, float]] = []
        """[(officer, from, until)] in which he may be shown nothing: off duty, revoked."""
        self._file: IO[bytes] | None = file.open("wb") if file else None
        self._next = 0

    # ------------------------------------------------------------------ the producer's book
    def open_entry(self, recipients: frozenset[str], may: frozenset[str] | None = None) -> Entry:
        self._next += 1
        entry = Entry(self._next, recipients, recipients if may is None else may)
        self.entries[entry.number] = entry
        return entry

    def tried(self, entry: Entry, version: int, at: float) -> Version:
        """To be written before the first byte of the request leaves."""
        said = Version(version, at)
        entry.versions.append(said)
        self._line(["tried", entry.number, version, at])
        return said

    def accepted(self, entry: Entry, said: Version, at: float, record: str) -> None:
        said.at, entry.record = at, record
        self._line(["accepted", entry.number, said.version, at, record, sorted(entry.recipients)])

    def ending(self, entry: Entry, how: Ending, at: float, accepted_at: float | None = None) -> End:
        entry.end = End(how, at, accepted_at)
        self._line(["ending", entry.number, how.value, at])
        return entry.end

    # ------------------------------------------------------------------ the devices' book
    def screen(self, device: str, officer: str) -> Screen:
        screen = self.screens[device] = Screen(device, officer)
        return screen

    def seen(self, screen: Screen, event: Event) -> None:
        screen.events.append(event)
        self._line([type(event).__name__.lower(), screen.device, screen.officer, event])

    def _line(self, words: list[object]) -> None:
        if self._file is not None:
            self._file.write(msgspec.json.encode(words) + b"\n")

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
