"""The rows of receipts: how far a briefing has got with one officer over all its words, and what he replied"""

from __future__ import annotations

from dataclasses import dataclass

from geo.clock import Instant
from geo.model import Disposition
from geo.store.rows import Act


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of an officer to what he was told about a record, as it was kept. ``rev`` is the word he answered."""

    officer: str
    rev: int
    choice: Disposition
    text: str
    device: str
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What is known of one officer and one record, over every alert about it *since a version* of it.

    ``act``, ``reason``, ``priority``, ``seq`` and ``last_at`` are of the newest word of all. Stored and seen are the
    first time that any device did so with any of these words: evidence counts from then, whatever was said again.
    """

    officer: str
    act: Act
    reason: str
    priority: int
    seq: int
    last_at: Instant
    words: int = 0
    """Alerts owed since that version; 0: he was told of older ones only."""
    first_rev: int = 0
    """Of the first of them: a reply counts from there on."""
    owed_at: Instant | None = None
    stored_at: Instant | None = None
    stored_on: str = ""
    seen_at: Instant | None = None
    seen_on: str = ""
    replies: tuple[Reply, ...] = ()
    """Those that count, oldest first."""

    @property
    def reply(self) -> Reply | None:
        """The one that stands."""
        return self.replies[-1] if self.replies else None
