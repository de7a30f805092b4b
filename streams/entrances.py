"""What has come in since the last tick: coalesced, swapped out whole, put back when the tick could not be begun."""

from __future__ import annotations

from dataclasses import dataclass, field

from geo.clock import Instant
from geo.model import UnitStatus
from geo.position import Fix, better
from streams.relevance.policy import Policy


@dataclass(slots=True)
class Entrances:
    """``fixes`` newest wins; ``officers`` are to be decided anew for another reason than a move."""

    fixes: dict[str, Fix] = field(default_factory=dict)
    statuses: dict[str, UnitStatus] = field(default_factory=dict)
    officers: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    policy: Policy | None = None

    def moved(self, officer: str, fix: Fix, now: Instant) -> None:
        """The newest of several fixes; an older one that comes late is not it, nor one that is plainly wrong."""
        self.fixes[officer] = better(self.fixes.get(officer), fix, now)

    def only_fixes(self) -> Entrances:
        """The fixes, taken out; the rest stays for a tick that can be begun."""
        fixes, self.fixes = self.fixes, {}
        return Entrances(fixes=fixes)

    def __bool__(self) -> bool:
        return bool(self.fixes or self.statuses or self.officers or self.gone or self.policy)
