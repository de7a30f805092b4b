"""The rows of what a patrol-start briefing is made of: a beat's records in columns, and what is a reader's own"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from geo.clock import Instant
from geo.model import RecordKind, Status
from geo.pairs import Float64, Int64
from geo.store.boxes import Box
from geo.store.columns import Column

KINDS = tuple(RecordKind)
STATUSES = tuple(Status)


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatQuery:
    """What is gathered of a beat. ``inside`` holds the beat, ``boxes`` what is next to it as well; ``names`` are what a
    record without a place may call it by (id, name, district). ``since`` and ``until`` are when it happened, the others
    when it was reported."""

    force: str
    inside: tuple[Box, ...]
    boxes: tuple[Box, ...]
    names: tuple[str, ...]
    since: Instant
    until: Instant
    intel_since: Instant
    placeless_since: Instant


@dataclass(frozen=True, slots=True)
class BeatColumns:
    """Records in columns, a row each, unique by ``n``: what numpy chooses from and the problem places are made of.

    ``kind`` and ``status`` are places in KINDS and STATUSES, ``grade`` the rank, ``lon``/``lat`` the middle of the
    record's box (NaN without a place).
    """

    n: Int64
    kind: Int64
    grade: Int64
    status: Int64
    hazards: Int64
    lookout: Int64
    lon: Float64
    lat: Float64
    reported_at: Int64
    occurred_from: Int64
    occurred_until: Int64
    valid_until: Int64
    written_at: Int64
    version: Int64
    level: Int64
    category: Column
    common: Int64
    """1: of the force itself and of no operation."""

    def __len__(self) -> int:
        return len(self.n)

    def rows(self, chosen: Any) -> BeatColumns:
        """Those of a mask or of indices."""
        return BeatColumns(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class BeatHistory:
    """A beat's records, and since when what happened is among them whole."""

    columns: BeatColumns
    since: Instant


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A shift of the reader's, in columns."""

    start: Instant
    end: Instant
    unit: str | None
    beat: str | None


@dataclass(frozen=True, slots=True)
class ReaderRows:
    """What the store knows of a reader: his shifts, oldest first; the briefings that are for him (those that he may
    have); and when he last answered each."""

    shifts: tuple[OnDuty, ...]
    addressed: frozenset[str]
    answered: dict[str, Instant]
