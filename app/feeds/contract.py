"""What a feed is: a file's rows, each with its identity, as raw records; and what a row says about changes in time.

A feed reads one file format of one source system. It knows the source's columns, clock and codes, and nothing of where
the records go. For each row it hands out a :class:`Row`, or a :class:`Spoilt` for what cannot be read as a row at all.
Every row of the file is one or the other, and nothing else is: the counts must add up.

Identity (deploy/decisions/0004): ``own_id`` is the source's own id; without one, the ordinal among rows with the same
``content``. ``content`` and ``kept()`` never hold special-category columns: they are cut before a Row is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from geo.clock import Instant
from geo.model import Record
from geo.normalise import RawRecord
from geo.place import Box
from geo.reasons import Refused

Change: TypeAlias = tuple[Instant, Record]
"""A record as it stood from this instant on."""


class Identity(StrEnum):
    """Where a row's identity comes from."""

    OWN = "own"
    """The source's id; a row without one is refused."""
    OWN_OR_ORDINAL = "own_or_ordinal"
    """The source's id, and for rows without one their ordinal among identical rows."""
    ORDINAL = "ordinal"
    """The source gives no ids."""


class Row(Protocol):
    """One row of a file that could be read, its special-category columns gone."""

    @property
    def line(self) -> int:
        """The line of the file on which it starts, from 1."""
        ...

    @property
    def own_id(self) -> str:
        """The source's own id, unique in the source; "" where it gives none."""
        ...

    @property
    def content(self) -> str:
        """The kept columns as one text: what identical rows have in common."""
        ...

    def kept(self) -> str:
        """The row as it may stand in a dead letter."""
        ...

    def body(self) -> dict[str, object] | None:
        """The row as the JSON that the HTTP side takes, where it is that already: a server can refuse it too."""
        ...

    def raw(self) -> RawRecord:
        """The record, typed but unchecked; what the parser found wrong is in its ``problems``."""
        ...

    def life(self, record: Record) -> list[Change]:
        """The record made of this row, as it became known and changed."""
        ...


@dataclass(frozen=True, slots=True)
class Spoilt:
    """What cannot be read as a row: too long, the wrong number of fields, no JSON."""

    line: int
    refused: Refused
    kept: str


Say: TypeAlias = Callable[[str], None]
"""Tells the person at the terminal something once."""


class Feed(Protocol):
    """One format. An instance serves one run: it counts the codes that it did not know."""

    name: str
    policy: str
    """The policy that a replay of this format takes by default."""
    extent: Box | None
    """Where the source's places can lie: only used to see swapped coordinates."""
    identity: Identity
    unknown: Counter[str]
    """Codes of the source that the policy does not know, and falls back for: reported once per run."""

    def rows(self, path: Path, say: Say) -> Iterator[Row | Spoilt]:
        """The rows of the file, in order. Raises FeedError where the file as a whole is wrong or breaks off."""
        ...
