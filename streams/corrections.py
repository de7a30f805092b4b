"""What officers were given with their patrol briefings, brought to where they are decided for, and kept in the picture

A briefing is disclosed by whichever process was asked; the change log tells the officer's owner (``PATROL``), and who
takes an officer reads what he was given. Most of it is live nowhere, or on nobody's way: it is held here all the same,
with the version that he was shown, so that a change of it is decided for him (:mod:`streams.noise.briefed`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from geo.clock import Instant
from geo.errors import StoreUnavailable
from geo.model import Status, Stored, hazard_mask
from geo.picture import LivePicture
from geo.place import point_of
from geo.store.briefing_rows import PatrolRow
from geo.store.contract import Store
from geo.store.rows import Act, OwedRow
from streams.breath import Breath
from streams.briefed import CORRECTION, Briefed
from streams.due import DueKind
from streams.following import Following, Shape
from streams.held import Held, nothing_of
from streams.officers.situations import Situations

log = logging.getLogger("beatline.corrections")

_STATUS = {status: index for index, status in enumerate(Status)}


class _Version:
    """A version that was shown, as columns have it; ``ends`` is when it is of interest no more. Made once for all to
    whom it was shown."""

    __slots__ = ("ends", "grade", "hazards", "lat", "lon", "name", "number", "status")

    def __init__(self, stored: Stored, shape: Shape) -> None:
        record = stored.record
        self.name, self.number, self.status = record.id, stored.version, _STATUS[record.status]
        self.grade, self.hazards = record.grade.rank, hazard_mask(record.hazards)
        self.lon, self.lat = (np.nan, np.nan) if record.place is None else point_of(record.place)
        self.ends: Instant = shape(record)[0] if record.status.live else 0


@dataclass(frozen=True, slots=True)
class _Shown:
    """One record as an officer was shown it: in which version (``as_it_was`` is it, or the nearest there is), when,
    until when that is corrected, and under which number (0: of an earlier briefing)."""

    item: int
    version: int
    as_it_was: _Version
    at: Instant
    until: Instant


@dataclass(frozen=True, slots=True)
class Standing:
    """What one officer was given and is still corrected, and when each of his briefings ends."""

    shown: Sequence[_Shown]
    ends: tuple[Instant, ...]


class Corrections:
    """``load`` at take; ``given`` for what is given to officers who are decided for here already."""

    def __init__(
        self, store: Store, picture: LivePicture, situations: Situations, held: Held, following: Following
    ) -> None:
        self._store, self._picture, self._situations, self._held = store, picture, situations, held
        self._following, self._breath = following, Breath()
        self._given: set[str] = set()
        self._fetched: list[int] = []
        following.patrols = self.given

    async def given(self, officers: Iterable[str], shape: Shape, now: Instant) -> list[int]:
        """The log says that these were given a briefing -> slots of those who are decided for here, to be decided anew.
        What cannot be read now is read with the next look at the log."""
        slots = self._situations.slot_of
        self._given.update(name for name in officers if name in slots)
        here = sorted(name for name in self._given if name in slots)
        try:
            if here:
                await self.load(here, shape, now)
        except StoreUnavailable as error:
            log.warning("the briefings of %d officers cannot be read yet: %s", len(here), error)
            return []
        self._given.clear()
        return [slots[name] for name in here]

    def fetched(self) -> list[int]:
        """Slots of records that came into the picture by this, and not by the change log, since it was asked."""
        fetched, self._fetched = self._fetched, []
        return fetched

    async def load(self, officers: Sequence[str], shape: Shape, now: Instant) -> None:
        """What these officers, who are in the situations with what they hold, were given and is still corrected. Raises
        StoreUnavailable."""
        for officer, shown in (await self.read(officers, shape, now)).items():
            self.stand(officer, shown)
            await self._breath.taken()

    async def read(self, officers: Sequence[str], shape: Shape, now: Instant) -> dict[str, Standing]:
        """Officer -> what he was given and is still corrected, nothing of it in place yet: whoever takes officers reads
        it first, so that between taking them in and saying so nothing waits and nothing fails. Raises
        StoreUnavailable."""
        patrols = await self._store.patrols_of(officers, now) if officers else []
        if not patrols:
            return {}
        newest = {item.record: 0 for row in patrols for item in row.items}
        for row in patrols:
            for item in row.items:
                newest[item.record] = max(newest[item.record], item.version)
        await self._fetch(newest, shape, now)
        before = {key: _Version(stored, shape) for key, stored in (await self._as_shown(patrols)).items()}
        of_officer: dict[str, list[PatrolRow]] = {}
        for row in patrols:
            of_officer.setdefault(row.officer, []).append(row)
        return {
            officer: Standing(_shown(rows, before), tuple(row.until for row in rows))
            for officer, rows in of_officer.items()
        }

    def stand(self, officer: str, standing: Standing) -> None:
        """In place beside what he holds, where he is decided for here."""
        if (slot := self._situations.slot_of.get(officer)) is None:
            return
        self._held.briefed.ever = True
        self._brief(slot, standing.shown)
        for until in standing.ends:
            self._following.due.push(until, DueKind.OFFICER, slot)

    async def abreast(self, rows: Iterable[OwedRow], shape: Shape, now: Instant, alone: asyncio.Lock) -> None:
        """Corrections that another process owes may be about what is live nowhere: it comes into the picture, so that
        whether he may know is asked of it as of everything else."""
        lacking = {
            row.record: row.version
            for row in rows
            if row.rule == CORRECTION and row.act is Act.ALERT and row.record not in self._picture.slot_of
        }
        if lacking:
            async with alone:
                await self._fetch(lacking, shape, now)

    # ------------------------------------------------------------------ inside
    async def _fetch(self, wanted: dict[str, int], shape: Shape, now: Instant) -> None:
        picture = self._picture
        lacking = [
            name
            for name, version in sorted(wanted.items())
            if (slot := picture.slot_of.get(name)) is None or picture.version[slot] < version
        ]
        found = await self._store.records(lacking) if lacking else {}
        self._fetched += self._following.take_in(list(found.values()), shape, now).tolist()

    async def _as_shown(self, patrols: Sequence[PatrolRow]) -> dict[tuple[str, int], Stored]:
        """The versions that were shown, where the picture has another one by now."""
        picture, lacking = self._picture, set()
        for row in patrols:
            for item in row.items:
                slot = picture.slot_of.get(item.record)
                if slot is not None and picture.version[slot] != item.version:
                    lacking.add(item.record)
        found = await self._store.versions_of(sorted(lacking)) if lacking else {}
        for name, version in {(item.record, item.version) for row in patrols for item in row.items}:
            slot = picture.slot_of.get(name)
            stored = None if slot is None else picture.stored[slot]
            if stored is not None:
                found.setdefault((name, version), stored)
        return found

    def _brief(self, officer: int, shown: Sequence[_Shown]) -> None:
        """Into the columns, beside what he holds."""
        held, slots = self._held, self._picture.slot_of
        record = np.array([slots[one.as_it_was.name] for one in shown], np.int32)
        of_him = np.full(len(record), officer, np.int32)
        new = held.lookup(of_him, record) < 0
        held.put(nothing_of(of_him[new], record[new]))
        for one, row in zip(shown, held.lookup(of_him, record).tolist(), strict=True):
            self._set(row, one)

    def _set(self, row: int, one: _Shown) -> None:
        """What he knows by now: as it was shown, or as he was told since."""
        held, known = self._held, self._held.briefed
        act, told_at = Act(int(held.act[row])), int(held.told_at[row])
        if act is Act.PURGE and told_at >= one.at:
            return  # it was erased from his device, and is nothing that he was given any more
        again = bool(known.until[row])
        known.until[row], known.item[row] = one.until, one.item
        if again and known.version[row] >= one.version:
            return
        if held.told_style[row] == 0:
            self._as_baseline(row, one.as_it_was)
        if act is Act.CANCEL and told_at >= one.at:
            self._told_its_end(row, one, known)
            return
        known.version[row], known.live[row] = one.version, one.as_it_was.ends > one.at
        known.status[row] = one.as_it_was.status
        if act is Act.ALERT and held.told_version[row] > one.version:
            self._told_since(row, known)

    def _as_baseline(self, row: int, version: _Version) -> None:
        """He was told nothing of it: what is news is judged by what he was shown."""
        held = self._held
        held.told_grade[row], held.told_hazards[row] = version.grade, version.hazards
        held.told_version[row], held.told_lon[row], held.told_lat[row] = version.number, version.lon, version.lat

    def _told_its_end(self, row: int, one: _Shown, known: Briefed) -> None:
        stored = self._picture.stored[int(self._held.record[row])]
        assert stored is not None
        is_newest = stored.written_at <= int(self._held.told_at[row])
        known.version[row] = stored.version if is_newest else max(one.version, int(self._held.told_version[row]))
        known.status[row], known.live[row] = _STATUS[stored.record.status], False

    def _told_since(self, row: int, known: Briefed) -> None:
        """A correction, or the alert itself, came after the briefing: what that said of it counts."""
        slot, told_at = int(self._held.record[row]), int(self._held.told_at[row])
        picture = self._picture
        known.version[row] = self._held.told_version[row]
        if picture.version[slot] == known.version[row]:
            stored = picture.stored[slot]
            assert stored is not None
            known.status[row] = picture.status[slot]
            known.live[row] = stored.record.status.live and picture.valid_to[slot] > told_at


def _shown(rows: Sequence[PatrolRow], before: dict[tuple[str, int], _Version]) -> list[_Shown]:
    """Each record once, as the newest of his briefings that holds it showed it; the last briefing's numbers count."""
    found: dict[str, _Shown] = {}
    for row in rows:
        number_counts = row is rows[-1]
        for item in row.items:
            version = before.get((item.record, item.version))
            if version is not None:
                number = item.number if number_counts else 0
                found[item.record] = _Shown(number, item.version, version, row.at, row.until)
    return list(found.values())
