"""What the shared last fixes promise: they are never the record, they expire, and their absence is said.

Each process writes the units that are connected to it, newest fix only, coalesced; off duty a unit's place is taken
away at once, and what is not renewed for 120 s is gone by itself. Nothing here touches SQL. Whoever asks while the
others cannot be asked gets what this process knows, flagged ``partial``: a list that silently lacks half the force is
worse than none. The failure this prevents: a control room that sends the second nearest car because the nearest one's
process was not reachable, and nobody saw that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from geo.clock import SECOND, Instant
from geo.model import UnitStatus

KEPT = 120 * SECOND
"""How long what a process shared is believed after it was last heard of, and how old a fix may be for "near"."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One officer whose device is connected somewhere: ``lon`` and ``lat`` in degrees, None before a first fix and off
    duty (then ``fix_at`` is 0)."""

    officer: str
    force: str
    callsign: str
    beat: str
    status: UnitStatus
    node: str
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    fix_at: Instant
    sent_seq: int = 0
    """The newest sequenced message handed to a socket of his: "pushed", which is not "stored"."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """``partial``: other processes could not be asked, or one of them has fallen silent."""

    units: tuple[Sighting, ...]
    partial: bool


class Whereabouts(Protocol):
    """Shared between the processes of one deployment."""

    async def open(self) -> None:
        """Returns at once even where nobody answers yet."""
        ...

    def share(self, units: Sequence[Sighting], gone: Sequence[str] = ()) -> None:
        """These are here now, with their newest fix; those officers are not any more. Never waits, never raises."""
        ...

    async def everybody(self, force: str) -> Sightings:
        """Every unit of the force, by officer. Never raises."""
        ...

    async def near(self, force: str, lon: float, lat: float, radius_m: float) -> Sightings:
        """Units whose fix is within ``radius_m`` metres and at most 120 s old, nearest first. Never raises."""
        ...

    async def last(self, officer: str) -> Sighting | None:
        """Where a process saw him last within 120 s, with a fix, also if his device has left it since; None where
        nobody knows, or nobody answers within 50 ms. Never raises."""
        ...

    async def close(self) -> None:
        """What this process shared is taken away, as far as that can be done within a second."""
        ...
