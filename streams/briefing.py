"""THE PATROL-START BRIEFING, from what was asked to the document: gather, release, score, sort, say"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from geo.clock import Clock, Instant
from geo.model import Principal
from geo.store.contract import Store
from streams.patrol.document import PatrolBriefing
from streams.relevance.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a reader asks for; what is None comes from his shift in the roster, else from where he stands and what is
    usual (the next 8 hours, the last 24), and the briefing's notes say so."""

    beat: str | None = None
    """By id, or by name within his force."""
    start: Instant | None = None
    until: Instant | None = None
    since: Instant | None = None
    """What changed since then: the end of his last shift."""
    zone: str | None = None
    """IANA, of the words: Europe/London."""
    request: str = ""
    """The key of the request: the same key is the same briefing's id."""


class Compiler:
    """Makes briefings. The part of a beat and shift is gathered once and shared by all who ask for it; the reader's own
    part is made in a thread."""

    def __init__(self, store: Store, policy: Callable[[], Policy], clock: Clock, zone: str = "UTC") -> None:
        self._store, self._policy, self._clock, self._zone = store, policy, clock, zone

    async def briefing(self, reader: Principal, asked: Asked) -> PatrolBriefing:
        """The briefing as this reader may see it, now. Nothing is written: whoever shows it discloses it first.

        Raises BadBriefing: a beat that is not known (names the nearest), since in the future, to before from, ...
        """
        raise NotImplementedError
