"""A file -> its records, each with its identity: last row wins, twins told apart, every row accounted for."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from app.feeds.contract import Change, Feed, Identity, Row, Say, Spoilt
from app.feeds.errors import Damaged
from geo.model import Grade, Record
from geo.normalise import Intake, normalise_all
from geo.reasons import Reason, Refused, refused

CHUNK_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class Good:
    """A row and its record. ``graded``: the source gave the grade itself."""

    row: Row
    record: Record
    graded: bool


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that is refused, as it may be kept. ``body``: what a server could be asked to refuse, and keep, as well."""

    line: int
    refused: Refused
    kept: str
    body: dict[str, object] | None = None


@dataclass(slots=True)
class Chunk:
    """What became of some rows. ``superseded`` of them gave way to a later row with their id."""

    good: list[Good] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    superseded: int = 0
    damage: Damaged | None = None
    """Set on the last chunk of a file that breaks off; the break is among the bad."""


def chunks_of(feed: Feed, path: Path, intake: Intake, say: Say, size: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """The file in chunks of about ``size`` rows. Raises FeedError where the file as a whole is wrong.

    Where a file repeats an id the last good row wins: that is known at its end only, so the records of repeated ids
    come with the last chunk, and a first pass over the file finds which ids those are (8 bytes a row).
    """
    reading = _Reading(feed, intake, _repeated(feed, path))
    rows = feed.rows(path, say)
    damage: Damaged | None = None
    while True:
        items: list[Row | Spoilt] = []
        try:
            items.extend(islice(rows, size))
        except Damaged as error:
            damage = error
        chunk = reading.take(items)
        if damage is not None or len(items) < size:
            break
        yield chunk
    if damage is not None:
        chunk.damage = damage
        chunk.bad.append(Bad(damage.line, refused("", Reason.TRUNCATED, str(damage)), ""))
    chunk.good.extend(reading.last.values())
    yield chunk


def _repeated(feed: Feed, path: Path) -> frozenset[int]:
    """The hashes of the ids that come more than once."""
    hashes = array("q")
    if feed.identity is not Identity.ORDINAL:
        try:
            for row in feed.rows(path, _unheard):
                if not isinstance(row, Spoilt) and row.own_id:
                    hashes.append(hash(row.own_id))
        except Damaged:
            pass  # the second pass comes to the same place, and tells
    if not hashes:
        return frozenset()
    values, counts = np.unique(np.frombuffer(hashes, np.int64), return_counts=True)
    return frozenset(values[counts > 1].tolist())


def _unheard(sentence: str) -> None:
    """The first pass says nothing: the second one does."""


class _Reading:
    """What is carried from chunk to chunk: how often each content came, and the last record of each repeated id."""

    def __init__(self, feed: Feed, intake: Intake, repeated: frozenset[int]) -> None:
        self._own_only = feed.identity is Identity.OWN
        self._intake, self._repeated = intake, repeated
        self._twins: Counter[bytes] = Counter()
        self.last: dict[str, Good] = {}

    def take(self, items: list[Row | Spoilt]) -> Chunk:
        chunk = Chunk()
        rows, raws = [], []
        for item in items:
            if isinstance(item, Spoilt):
                chunk.bad.append(Bad(item.line, item.refused, item.kept))
                continue
            raw = item.raw()
            if not (raw.source_id or self._own_only):
                raw.source_id = self._ordinal_id(item.content)
            rows.append(item)
            raws.append(raw)
        for row, raw, made in zip(rows, raws, normalise_all(raws, self._intake), strict=True):
            if isinstance(made, Refused):
                chunk.bad.append(Bad(row.line, made, row.kept(), row.body()))
                continue
            good = Good(row, made, raw.grade is not None)
            if row.own_id and hash(row.own_id) in self._repeated:
                chunk.superseded += row.own_id in self.last
                self.last[row.own_id] = good
            else:
                chunk.good.append(good)
        return chunk

    def _ordinal_id(self, content: str) -> str:
        """The n-th identical row is the n-th incident: 96 bits of its content, and n."""
        digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=12).digest()
        self._twins[digest] += 1
        return f"row-{digest.hex()}-{self._twins[digest]}"


def changes_of(feed: Feed, path: Path, grade_of: Callable[[str], Grade], force: str) -> Iterator[Change]:
    """See :func:`app.feeds.timeline`. Holds the file's changes in memory: they have to be put in order of time."""
    intake = Intake(force, grade_of, received_at=0, extent=feed.extent)
    changes = [
        change
        for chunk in chunks_of(feed, path, intake, _unheard)
        for good in chunk.good
        for change in good.row.life(good.record)
    ]
    changes.sort(key=lambda change: change[0])
    return iter(changes)
