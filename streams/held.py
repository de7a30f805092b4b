"""What each officer was told about each record, in columns: guard against repeats, baseline, inside or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from geo.clock import Instant
from geo.model import Verdict
from geo.pairs import Bool, Float64, Int32, Int64, UInt8
from geo.store.rows import Act, HeldRow
from streams.attention import Attention
from streams.briefed import Briefed
from streams.held_index import PairIndex, keys_of

TOLD_MUST, TOLD_TASKED = 6, 7
"""``told_style`` of what was said as must-deliver, and as his own tasking: above every style, each is news once."""

_COLUMNS = {
    "officer": np.int32,
    "record": np.int32,
    "rev": np.int32,
    "act": np.uint8,
    "verdict": np.uint8,
    "priority": np.uint8,
    "inside": np.bool_,
    "told_style": np.uint8,
    "told_grade": np.uint8,
    "told_hazards": np.int32,
    "told_lon": np.float64,
    "told_lat": np.float64,
    "told_version": np.int32,
    "told_at": np.int64,
    "since": np.int64,
    "fence": np.uint8,
    "doubt_at": np.int64,
}


@dataclass(frozen=True, slots=True)
class HeldColumns:
    """What is to be held from now on, a row a pair, all columns of one length; see :class:`Held` for the meaning."""

    officer: Int32
    record: Int32
    rev: Int32
    act: UInt8
    verdict: UInt8
    priority: UInt8
    inside: Bool
    told_style: UInt8
    told_grade: UInt8
    told_hazards: Int32
    told_lon: Float64
    told_lat: Float64
    told_version: Int32
    told_at: Int64
    since: Int64
    fence: UInt8
    doubt_at: Int64


class Held:
    """Rows by (officer slot, record slot).

    ``act`` is the last word that was *said*, ``inside`` whether he is inside since: ALERT and inside, the device holds
    it as live; ALERT and not, he went off duty with it; CANCEL, it is in the device's history; PURGE, erased; VERDICT,
    never anything. ``told_*`` is the baseline against which news is judged, ``since`` when he was first seen inside
    (on-delay; not kept over a restart). ``fence`` is where he is to a watched area (:class:`geo.geofence.Fence`, in it
    ``since``), ``doubt_at`` the instant of the fix that first said otherwise (in memory only).
    """

    officer: Int32
    record: Int32
    rev: Int32
    act: UInt8
    verdict: UInt8
    priority: UInt8
    inside: Bool
    told_style: UInt8
    told_grade: UInt8
    told_hazards: Int32
    told_lon: Float64
    told_lat: Float64
    told_version: Int32
    told_at: Int64
    since: Int64
    fence: UInt8
    doubt_at: Int64

    def __init__(self) -> None:
        self._size = 0
        self._free: Int32 = np.zeros(0, np.int32)
        self._by_officer, self._by_record = PairIndex(), PairIndex()
        for name, dtype in _COLUMNS.items():
            setattr(self, name, np.zeros(256, dtype))
        self.attention = Attention()
        """How often each officer was asked for his attention lately: rebuilt from the rows that are loaded."""
        self.policy_at: Instant = 0
        """When the policy came into force that is decided by now."""
        self.unjudged: Bool = np.zeros(256, np.bool_)
        """Loaded from the store, last told before that, and not decided by it yet: perhaps nobody owned him then."""
        self.briefed = Briefed(256)
        """What he was given with a patrol-start briefing: a row stands for it here, said or not."""

    def __len__(self) -> int:
        return len(self._by_officer)

    def lookup(self, officer: Int32, record: Int32) -> Int32:
        """The row of each pair, -1 where nothing is held."""
        if not len(self._by_officer):
            return np.full(len(officer), -1, np.int32)
        return self._by_officer.find(keys_of(officer, record))

    def of_officers(self, slots: Int32, moved: bool = False) -> Int32:
        """All rows of these officers (each named once). ``moved``: they have only moved, which is no matter to what
        stands here for a briefing and was never said."""
        rows = self._by_officer.rows_of_left(slots)
        if not (moved and self.briefed.ever):
            return rows
        silent = (self.briefed.until[rows] > 0) & (self.rev[rows] == 0) & (self.verdict[rows] == Verdict.NONE)
        return np.asarray(rows[~silent], np.int32)

    def of_records(self, slots: Int32) -> Int32:
        """All rows about these records (each named once)."""
        return self._by_record.rows_of_left(slots)

    def put(self, columns: HeldColumns) -> None:
        """Writes rows, new or known; each pair at most once."""
        rows = self.lookup(columns.officer, columns.record)
        fresh = np.flatnonzero(rows < 0)
        if len(fresh):
            rows[fresh] = new = self._rows(len(fresh))
            officer, record = columns.officer[fresh], columns.record[fresh]
            self._by_officer.add(keys_of(officer, record), new)
            self._by_record.add(keys_of(record, officer), new)
        for name in _COLUMNS:
            getattr(self, name)[rows] = getattr(columns, name)
        self.unjudged[rows] = False

    def drop(self, rows: Int32) -> None:
        """Forgets these rows."""
        if not len(rows):
            return
        gone = np.zeros(self._size, np.bool_)
        gone[rows] = True
        self._by_officer.remove(gone)
        self._by_record.remove(gone)
        self.briefed.forget(rows)
        self._free = np.concatenate([self._free, np.unique(rows)])

    def not_louder(self, officer: int, record: int) -> None:
        """He has answered it: nearing it is no reason to say it louder."""
        row = self.lookup(np.array([officer], np.int32), np.array([record], np.int32))
        row = row[row >= 0]
        self.told_style[row] = np.maximum(self.told_style[row], np.uint8(Verdict.INTERRUPT))

    def load(self, officer_slot: int, rows: Iterable[HeldRow], record_slots: dict[str, int]) -> None:
        """Replaces what is held of one officer by the store's rows. Rows of records without a slot are left out."""
        self.drop(self.of_officers(np.array([officer_slot], np.int32)))
        rows = list(rows)
        known = [(record_slots[row.record], row) for row in rows if row.record in record_slots]
        self.attention.load(officer_slot, *_asked_lately(rows), _on_the_map(known))
        if known:
            columns = columns_of(officer_slot, known)
            self.put(columns)
            self.unjudged[self.lookup(columns.officer, columns.record)] = columns.told_at < self.policy_at

    def _rows(self, count: int) -> Int32:
        """``count`` rows to write into: freed ones first."""
        taken, self._free = self._free[:count], self._free[count:]
        start, self._size = self._size, self._size + count - len(taken)
        capacity = len(self.officer)
        if self._size > capacity:
            for name in _COLUMNS:
                column = getattr(self, name)
                setattr(self, name, np.concatenate([column, np.zeros(max(capacity, count), column.dtype)]))
            self.unjudged = np.concatenate([self.unjudged, np.zeros(len(self.officer) - capacity, np.bool_)])
            self.briefed.grow(len(self.officer) - capacity)
        return np.concatenate([taken, np.arange(start, self._size, dtype=np.int32)])


def _asked_lately(rows: list[HeldRow]) -> tuple[list[Instant], Instant]:
    """When he was told louder than on the map (must-deliver is not counted), and since when he has a summary card."""
    cards = [row for row in rows if row.record.startswith("sum-")]
    said = [row for row in rows if row.act is not Act.VERDICT and row not in cards]
    told = [row.told_at for row in said if Verdict.NOTIFY <= row.told_style < TOLD_MUST]
    since = max((row.told_at for row in cards if row.act is Act.ALERT and row.inside), default=0)
    return told, since


def _on_the_map(known: list[tuple[int, HeldRow]]) -> list[tuple[int, Instant]]:
    """Record slots of what he holds on the map alone and was told of as of a notice, and when: what a flood hides."""
    live = [(slot, row) for slot, row in known if row.act is Act.ALERT and row.inside and row.verdict is Verdict.MAP]
    return [(slot, row.told_at) for slot, row in live if Verdict.NOTIFY <= row.told_style < TOLD_MUST]


def nothing_of(officer: Int32, record: Int32) -> HeldColumns:
    """Rows that stand for pairs of which nothing was ever said."""
    size = len(officer)
    blank: dict[str, Any] = {name: np.zeros(size, dtype) for name, dtype in _COLUMNS.items()}
    nowhere = np.full(size, np.nan)
    return HeldColumns(**{**blank, "officer": officer, "record": record, "told_lon": nowhere, "told_lat": nowhere})


def columns_of(officer_slot: int, known: list[tuple[int, HeldRow]]) -> HeldColumns:
    """The store's rows of one officer, each with the slot of its record."""
    rows = [row for _, row in known]
    return HeldColumns(
        officer=np.full(len(rows), officer_slot, np.int32),
        record=np.array([slot for slot, _ in known], np.int32),
        rev=np.array([row.rev for row in rows], np.int32),
        act=np.array([row.act for row in rows], np.uint8),
        verdict=np.array([row.verdict for row in rows], np.uint8),
        priority=np.array([row.priority for row in rows], np.uint8),
        inside=np.array([row.inside for row in rows], np.bool_),
        told_style=np.array([row.told_style for row in rows], np.uint8),
        told_grade=np.array([row.told_grade for row in rows], np.uint8),
        told_hazards=np.array([row.told_hazards for row in rows], np.int32),
        told_lon=np.array([row.told_lon for row in rows], np.float64),
        told_lat=np.array([row.told_lat for row in rows], np.float64),
        told_version=np.array([row.told_version for row in rows], np.int32),
        told_at=np.array([row.told_at for row in rows], np.int64),
        since=np.array([row.told_at for row in rows], np.int64),
        fence=np.array([row.fence for row in rows], np.uint8),
        doubt_at=np.zeros(len(rows), np.int64),
    )


def holds_live(held: Held, rows: Int32) -> Bool:
    """For rows (none negative): the device holds it as live, and he is on duty."""
    live: Bool = held.inside[rows] & (held.act[rows] == Act.ALERT)
    return live


def suspended(held: Held, rows: Int32) -> Bool:
    """For rows: it was live on the device when he went off duty, and nothing was said since."""
    silent: Bool = ~held.inside[rows] & (held.act[rows] == Act.ALERT)
    return silent
