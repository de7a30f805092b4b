"""The rows by which server processes share the work: leases, seats of devices, jobs with a due time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geo.clock import Instant


@dataclass(frozen=True, slots=True)
class Lease:
    """What a process says of itself every 2 s. ``node`` is its name for as long as it lives, never used again."""

    node: str
    lasts_us: int
    """How long the lease holds without being renewed, counted by the store's clock."""
    devices: int = 0
    about: str = ""
    """Host and pid, for whoever looks for it at night."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another process, as its lease tells. Past ``lapses_at`` it is silent: unknown, not void."""

    node: str
    lapses_at: Instant
    devices: int
    about: str


@dataclass(frozen=True, slots=True)
class Renewed:
    """The answer to a renewal, all from one statement. ``now`` is the store's clock, ``epoch`` the store's identity:
    another one than before means that this is another store (restored, failed over)."""

    now: Instant
    epoch: str
    peers: tuple[Peer, ...]
    """Every process whose lease is there, lapsed or not, but for the caller."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a device of an officer is connected. ``connection`` is drawn anew for each connection: the row holds the
    newest, and whoever finds another one there than its own has been replaced (4103)."""

    officer: str
    device: str
    node: str
    connection: str
    at: Instant = 0
    """By the store's clock; written by the store."""


class JobKind(StrEnum):
    """What a durable job is about: things that concern everybody, whichever process is alive when they are due."""

    UNCONFIRMED = "unconfirmed"
    """Ten seconds after a P1 was owed: who has not stored it? ``subject`` is the record's id."""
    ESCALATION = "escalation"
    """A must-ack was not answered in time? ``subject`` is ``BRIEFING VERSION STEP``, see geo.store.addressed."""
    ADDRESSING = "addressing"
    """Who a live briefing is for is asked again: shifts begin and end, roles change. ``subject`` is its id."""
    UPKEEP = "upkeep"
    """Partitions ahead of time, inbox days that are over, leases long dead."""


@dataclass(frozen=True, slots=True)
class Job:
    """``kind`` and ``subject`` and ``due_at`` are its key: scheduling it twice is scheduling it once."""

    kind: JobKind
    subject: str
    due_at: Instant


@dataclass(frozen=True, slots=True)
class StoreFigures:
    """What the store alone can tell of how the night goes."""

    owed: dict[int, int]
    """Priority -> alerts owed within the last half hour that no device has stored: those on their way among them."""
    unconfirmed: int
    """P1 alerts of the last day that were on no device after 10 s, and are on none yet."""
    oldest_transaction_s: float | None
    """Age of the oldest open transaction of the database server, as far as our role may see; None: embedded."""
    jobs: int
    overdue_us: int
    """How long the job that has been due longest has waited."""
