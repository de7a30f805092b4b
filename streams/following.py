"""INDEX: follows the store's change log into the live picture and the roster; a bad record stops nobody."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.clock import MINUTE, SECOND, Instant
from geo.model import Grade, Officer, Record, Stored
from geo.pairs import Int32
from geo.picture import LivePicture
from geo.store.contract import Store
from geo.store.rows import Act, Change, ChangeKind, OwedRow, PolicyVersion
from streams.breath import Breath
from streams.due import Due, DueKind
from streams.officers.situations import Situations
from streams.withdrawn import is_briefing, is_withdrawn

log = logging.getLogger("beatline.following")

SWEEP = 2 * SECOND
"""How often the change log is read without a hint: what a lost hint costs at most (DESIGN section 7: 5 s)."""
LINGER = 30 * MINUTE
"""How long an ended record keeps its slot: as long as a device may resume."""
_BATCH = 5_000
_URGENT = Grade.EMERGENCY.rank + 1
"""The rank of the changes that do not wait behind a backlog."""
_APPLY = 128
"""Records taken in between two breaths: about 3 ms."""

Shape = Callable[[Record], tuple[Instant, float]]
"""Record -> (valid_to, entry reach): the policy's."""


def _nobody(record: str) -> None:
    """Nobody looks at deliveries here."""


async def _no_patrols(officers: Iterable[str], shape: Shape, now: Instant) -> list[int]:
    """Nobody is briefed here."""
    return []


def _none_wanted(items: Iterable[Stored]) -> None:
    """Nobody keeps anything made of records."""


async def _not_here(records: Sequence[str]) -> list[int]:
    """Nobody was told of anything here."""
    return []


def _whenever(now: Instant) -> None:
    """Nobody looks elsewhere as often as here."""


def _no_matter(stored: PolicyVersion) -> None:
    """The policy here is not the store's: a replay, say."""


@dataclass(slots=True)
class Changed:
    """Slots to decide anew because the store changed."""

    records: list[int] = field(default_factory=list)
    officers: list[int] = field(default_factory=list)


class Following:
    """The cursor, and what is done with each change. ``roster`` holds the officers whom the roster knows."""

    def __init__(self, store: Store, picture: LivePicture, situations: Situations, due: Due) -> None:
        self._store, self._picture, self._situations, self._due = store, picture, situations, due
        self.picture = picture
        self.roster: dict[str, Officer] = {}
        self.progressed: Callable[[str], None] = _nobody
        """Hears the id of a record whose deliveries the log speaks of."""
        self.patrols: Callable[[Iterable[str], Shape, Instant], Awaitable[list[int]]] = _no_patrols
        """Hears of officers who were given a patrol briefing -> slots of those who are to be decided anew."""
        self.due = due
        self.took: Callable[[Iterable[Stored]], None] = _none_wanted
        """Is shown every version that is taken in."""
        self.reminded: Callable[[str], None] = _nobody
        """Hears the id of a briefing that some have not acknowledged in time."""
        self.withdrew: Callable[[Sequence[str]], Awaitable[list[int]]] = _not_here
        """Hears of briefings that are withdrawn after they had left the picture -> slots to decide anew."""
        self.looked: Callable[[Instant], None] = _whenever
        """Hears that the log was read."""
        self.policy_came: Callable[[PolicyVersion], Shape | None] = _no_matter
        """Hears of the policy that the log says is in force -> how it shapes the records that are read with it."""
        self.poisoned: dict[str, str] = {}
        """Record id -> why it could not be taken in. It stays in the store."""
        self._cursor = ""
        self._hinted = True
        self._urgent_went_first = False
        self._read_at: Instant = 0
        self.swept = 0
        """Changes found without a hint: by the 2-second sweep alone."""
        self._breath = Breath()

    def wake(self) -> None:
        """There are changes, somebody says."""
        self._hinted = True

    def age_s(self, now: Instant) -> float:
        """How long ago everything in the change log had been read."""
        return max(0, now - self._read_at) / SECOND

    def is_due(self, now: Instant) -> bool:
        return self._hinted or now - self._read_at >= SWEEP

    async def load(self, shape: Shape, now: Instant) -> None:
        """Picture, roster and cursor of one snapshot."""
        snapshot = await self._store.snapshot(now)
        self.roster = {officer.id: officer for officer in snapshot.officers}
        self._picture.beats.put(snapshot.beats)
        self._situations.roster(snapshot.units, snapshot.shifts, now)
        for start in range(0, len(snapshot.records), _APPLY):
            self.take_in(snapshot.records[start : start + _APPLY], shape, now)
            await self._breath.taken()
        self._cursor = snapshot.cursor
        self._read_at, self._hinted = now, True

    async def follow(self, shape: Shape, now: Instant) -> Changed:
        """Changes since the last time. Raises StoreUnavailable, and then has moved nothing.

        Where there are more than a batch, what is most urgent of all that waits goes first, alone: a batch takes a
        fraction of a second. Then the next batch in any case, so that neither holds up the other for long.
        """
        hinted, self._hinted = self._hinted, False
        try:
            changes = await self._store.changes_since(self._cursor, _BATCH)
            if changes.more and not self._urgent_went_first:
                urgent = await self._store.urgent_changes(self._cursor, _URGENT)
                if news := [row for row in urgent if self._is_news(row)]:
                    self._urgent_went_first = self._hinted = True
                    return await self._read(news, shape, now)
            changed = await self._read(changes.rows, shape, now)
        except BaseException:
            self._hinted = True
            raise
        self._urgent_went_first = False
        self._cursor, self._read_at = changes.cursor, now
        self.looked(now)
        self.swept += 0 if hinted else len(changes.rows)
        self._hinted = self._hinted or changes.more
        return changed

    def lacks(self, rows: Iterable[OwedRow]) -> bool:
        """One of these is about a version that is not in the picture and was written after the log was read: what is
        older and not there is history."""
        picture = self._picture
        for row in rows:
            slot = picture.slot_of.get(row.record)
            older = slot is None or picture.version[slot] < row.version
            if row.act is Act.ALERT and older and row.at + SECOND >= self._read_at:
                return True
        return False

    def behind(self, at: Instant) -> bool:
        """The log has not been read to its end since then."""
        return self._read_at < at or self._hinted

    def _is_news(self, row: Change) -> bool:
        """False of history that the picture knows nothing of, and of what it has already."""
        slot = self._picture.slot_of.get(row.id)
        return row.rank > 0 or is_briefing(row.id) if slot is None else bool(self._picture.version[slot] < row.version)

    async def _read(self, rows: Sequence[Change], shape: Shape, now: Instant) -> Changed:
        ids: dict[ChangeKind, dict[str, None]] = {kind: {} for kind in ChangeKind}
        for row in rows:
            if row.kind is not ChangeKind.RECORD or self._is_news(row):
                ids[row.kind][row.id] = None
        for record in ids[ChangeKind.DELIVERY]:
            self.progressed(record)
        for briefing in ids[ChangeKind.REMINDER]:
            self.reminded(briefing)
        if ids[ChangeKind.POLICY] and (stored := await self._store.policy()) is not None:
            shape = self.policy_came(stored) or shape
        changed, gone = Changed(), list[str]()
        await self._read_roster(ids, changed, now)
        if ids[ChangeKind.RECORD]:
            found = await self._store.records(list(ids[ChangeKind.RECORD]))
            items = [item for item in found.values() if self._matters(item, shape, now)]
            items.sort(key=lambda item: -item.record.grade.rank)
            unknown = [item.record.id for item in items if item.record.id not in self._picture.slot_of]
            gone = [item.record.id for item in items if is_withdrawn(item.record) and item.record.id in unknown]
            for start in range(0, len(items), _APPLY):
                changed.records += self.take_in(items[start : start + _APPLY], shape, now).tolist()
                await self._breath.taken()
        changed.records += await self.withdrew(gone)
        changed.officers += await self.patrols(ids[ChangeKind.PATROL], shape, now)
        return changed

    async def _read_roster(self, ids: dict[ChangeKind, dict[str, None]], changed: Changed, now: Instant) -> None:
        situations, store = self._situations, self._store
        if ids[ChangeKind.OFFICER]:
            for officer in await store.officers(list(ids[ChangeKind.OFFICER])):
                self.roster[officer.id] = officer
                slot = situations.slot_of.get(officer.id)
                if slot is not None:
                    changed.officers.append(slot)
        if ids[ChangeKind.UNIT] or ids[ChangeKind.SHIFT]:
            units = await store.units(list(ids[ChangeKind.UNIT])) if ids[ChangeKind.UNIT] else []
            shifts = await store.shifts(list(ids[ChangeKind.SHIFT])) if ids[ChangeKind.SHIFT] else []
            changed.officers += situations.roster(units, shifts, now).tolist()
        if ids[ChangeKind.BEAT]:
            self._picture.beats.put(await store.beats(list(ids[ChangeKind.BEAT])))
            changed.records += self._picture.rebeat().tolist()

    def _matters(self, item: Stored, shape: Shape, now: Instant) -> bool:
        """What is neither live nor known as live is history: it is in the store, and takes no slot."""
        if item.record.id in self._picture.slot_of:
            return True
        if is_withdrawn(item.record):
            return True
        try:
            return item.record.status.live and shape(item.record)[0] > now
        except Exception as error:
            self._poison(item, error)
            return False

    def take_in(self, items: Sequence[Stored], shape: Shape, now: Instant) -> Int32:
        """Into the picture, and into the heap for when it starts and ends. One that fails is set aside."""
        self.took(items)
        try:
            slots = self._picture.apply(items, shape)
        except Exception:
            slots = np.concatenate([self._take_in_one(item, shape) for item in items])
        self.schedule(slots, now)
        return slots

    def _take_in_one(self, item: Stored, shape: Shape) -> Int32:
        try:
            return self._picture.apply([item], shape)
        except Exception as error:
            self._poison(item, error)
            return np.zeros(0, np.int32)

    def _poison(self, item: Stored, error: Exception) -> None:
        log.exception("record %s cannot be taken into the picture: it is left out", item.record.id)
        self.poisoned[item.record.id] = f"{type(error).__name__}: {error}"

    def schedule(self, slots: Int32, now: Instant) -> None:
        """When they start and end goes into the heap."""
        picture = self._picture
        for slot in slots.tolist():
            if not picture.live[slot]:
                self._due.push(now + LINGER, DueKind.FREE, slot)
                continue
            self._due.push(int(picture.valid_to[slot]), DueKind.RECORD, slot)
            if picture.valid_from[slot] > now:
                self._due.push(int(picture.valid_from[slot]), DueKind.RECORD, slot)
