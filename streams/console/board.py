"""What there is to show just now: records from the live picture, units, deliveries; what has changed, and for whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TypeAlias

import numpy as np

from geo.access import may_read, release_reading
from geo.clock import SECOND, Instant
from geo.model import Briefing, Emergency, Grade, Principal, Record, Stored, Summary
from geo.pairs import Bool, Int32
from geo.picture import LivePicture
from streams.console import views
from streams.console.messages import StoreWord, Viewport
from streams.whereabouts.contract import Sighting, Sightings

UNITS_AT_ONCE = 100
STILL_DEG = 0.00005
"""About 5 m."""
STILL_FOR = 10 * SECOND
"""A unit that has moved less is shown again only when its fix is this much newer: standing still is no news."""


class Topic(IntEnum):
    """In the order in which changes are said."""

    EMERGENCY = 0
    RECORD = 1
    DELIVERIES = 2
    RECEIPTS = 3
    UNANSWERED = 4
    UNIT = 5


Key: TypeAlias = tuple[Topic, str]
_OF_ITS_FORCE = (Topic.DELIVERIES, Topic.RECEIPTS, Topic.UNANSWERED)


@dataclass(frozen=True, slots=True)
class _Unit:
    sighting: Sighting
    """As it was shown last."""
    message: bytes
    sent_seq: int
    """As it is now: a unit that stands still is handed alerts all the same."""


class Board:
    """Facts go in and keys come out; a console asks for the messages of its keys when it has room for them."""

    def __init__(self, picture: LivePicture) -> None:
        self._picture, self._views = picture, views.RecordViews()
        self._known = np.zeros((4, 0), np.int64)
        """Version, live, valid_to and reported_at by slot, as they were looked at last."""
        self._key_of: dict[int, Key] = {}
        self._units: dict[str, dict[str, _Unit]] = {}
        self._progress: dict[str, bytes] = {}
        self._receipts: dict[str, bytes] = {}
        self._unanswered: dict[str, bytes] = {}
        self.partial: dict[str, bool] = {}
        """Force -> units of other processes cannot be asked for."""
        self.store: StoreWord = "up"
        self.store_since: Instant = 0

    # ------------------------------------------------------------ facts
    def look(self) -> list[Key]:
        """Records of the picture that are others than when it was looked at last."""
        picture, size = self._picture, len(self._picture.stored)
        columns = (picture.version, picture.live, picture.valid_to, picture.reported_at)
        now = np.stack([column[:size].astype(np.int64) for column in columns])
        before = np.zeros_like(now)
        before[:, : self._known.shape[1]] = self._known
        self._known = now
        keys: dict[Key, None] = {}
        for slot in np.flatnonzero((now != before).any(axis=0)).tolist():
            was, key = self._key_of.get(slot), self._key(slot)
            if was is not None and was != key:
                self._views.forget(was[1])
                keys[was] = None
            if key is None:
                self._key_of.pop(slot, None)
            else:
                self._key_of[slot] = key
                keys[key] = None
        return list(keys)

    def sighted(self, force: str, found: Sightings) -> Iterator[list[Key]]:
        """Every unit of a force, as it is now, in pieces of about 2 ms."""
        units = self._units.setdefault(force, {})
        self.partial[force] = found.partial
        for start in range(0, len(found.units), UNITS_AT_ONCE):
            yield [key for one in found.units[start : start + UNITS_AT_ONCE] if (key := _shown(units, one)) is not None]
        here = {sighting.officer for sighting in found.units}
        gone = [officer for officer in units if officer not in here]
        for officer in gone:
            del units[officer]
        yield [(Topic.UNIT, officer) for officer in gone]

    def progressed(self, record: str, message: bytes | None) -> list[Key]:
        """The deliveries of a record, as they are now; None: it is nobody's P1."""
        if message is None:
            self._progress.pop(record, None)
            return []
        if self._progress.get(record) == message:
            return []
        self._progress[record] = message
        return [(Topic.DELIVERIES, record)]

    def received(self, record: str, receipts: bytes, unanswered: bytes | None) -> list[Key]:
        """The receipts of a briefing as they are now, and its entry in the list of what is unanswered (None: none)."""
        keys: list[Key] = []
        if self._receipts.get(record) != receipts:
            self._receipts[record] = receipts
            keys.append((Topic.RECEIPTS, record))
        if self._unanswered.get(record) != unanswered:
            self._unanswered.pop(record, None)
            if unanswered is not None:
                self._unanswered[record] = unanswered
            keys.append((Topic.UNANSWERED, record))
        return keys

    def over(self, record: str) -> list[Key]:
        """Its deliveries and receipts are shown no more; what that takes from a list."""
        self._progress.pop(record, None)
        self._receipts.pop(record, None)
        return [] if self._unanswered.pop(record, None) is None else [(Topic.UNANSWERED, record)]

    def forget(self) -> None:
        """Nobody looks: what would be old by the time that somebody does is dropped."""
        self._units.clear()
        self._progress.clear()
        self._receipts.clear()
        self._unanswered.clear()
        self.partial.clear()

    # ------------------------------------------------------------ questions
    def stored(self, record: str) -> Stored | None:
        slot = self._picture.slot_of.get(record)
        return None if slot is None else self._picture.stored[slot]

    def live(self, record: str) -> bool:
        slot = self._picture.slot_of.get(record)
        return slot is not None and bool(self._picture.live[slot])

    def worth_watching(self, record: str) -> bool:
        """Live, and likely to be somebody's P1: its deliveries are read without waiting for a hint."""
        stored = self.stored(record)
        return stored is not None and self.live(record) and _grave(stored.record)

    def briefing(self, record: str) -> Stored | None:
        """The live briefing of that name; None: it is none, or over."""
        stored = self.stored(record)
        return stored if stored is not None and isinstance(stored.record, Briefing) and self.live(record) else None

    def sent_seq(self, officer: str) -> int:
        """The newest seq that any process has handed to a socket of his, as far as is known here."""
        return max((units[officer].sent_seq for units in self._units.values() if officer in units), default=0)

    def keys(self, principal: Principal, viewport: Viewport | None) -> list[Key]:
        """Everything that may be of interest to this reader, what access and exact shapes have to say left open."""
        picture, size = self._picture, len(self._picture.stored)
        slots = np.flatnonzero(picture.live[:size])
        found = [self._key(slot) for slot in slots[self._within(slots.astype(np.int32), viewport)].tolist()]
        keys = sorted((key for key in found if key is not None), key=lambda key: key[0])
        keys += [(Topic.DELIVERIES, record) for record in self._progress]
        keys += [(Topic.RECEIPTS, record) for record in self._receipts]
        keys += [(Topic.UNANSWERED, record) for record in self._unanswered]
        return keys + [(Topic.UNIT, officer) for officer in self._units.get(principal.force, {})]

    def messages(
        self, keys: Iterable[Key], principal: Principal, viewport: Viewport | None, now: Instant
    ) -> dict[Key, bytes]:
        """The messages of those that this reader may see, inside the viewport; emergencies that are over among them."""
        keys = list(keys)
        found = dict(self._records([key for key in keys if key[0] <= Topic.RECORD], principal, viewport, now))
        units = self._units.get(principal.force, {})
        for key in keys:
            topic, name = key
            if topic in _OF_ITS_FORCE and (message := self._of_its_force(key, principal, now)) is not None:
                found[key] = message
            elif topic is Topic.UNIT and (unit := units.get(name)) is not None and _inside(unit.sighting, viewport):
                found[key] = unit.message
        return found

    # ------------------------------------------------------------ inside
    def _of_its_force(self, key: Key, principal: Principal, now: Instant) -> bytes | None:
        """Who was told and who has answered what is the record's own force's business, and of it theirs who may read
        the record: a force with which it is shared does not learn the officers' names by it."""
        topic, name = key
        of_topic = {
            Topic.DELIVERIES: self._progress,
            Topic.RECEIPTS: self._receipts,
            Topic.UNANSWERED: self._unanswered,
        }
        message = of_topic[topic].get(name)
        stored = self.stored(name)
        if message is None or stored is None or stored.record.force != principal.force:
            return None
        return message if may_read(stored.record, principal, now) is None else None

    def _key(self, slot: int) -> Key | None:
        stored = self._picture.stored[slot]
        if stored is None or isinstance(stored.record, Summary):
            return None  # a summary card is an officer's, about what the console shows one by one
        return Topic.EMERGENCY if isinstance(stored.record, Emergency) else Topic.RECORD, stored.record.id

    def _records(
        self, keys: Sequence[Key], principal: Principal, viewport: Viewport | None, now: Instant
    ) -> list[tuple[Key, bytes]]:
        picture = self._picture
        slots = np.array([picture.slot_of.get(name, -1) for _, name in keys], np.int32)
        wanted = [
            (key, slot)
            for key, slot, inside in zip(keys, slots.tolist(), self._within(slots, viewport), strict=True)
            if slot >= 0 and (key[0] is Topic.EMERGENCY or (inside and picture.live[slot]))
        ]
        items = [stored for _, slot in wanted if (stored := picture.stored[slot]) is not None]
        if not items:
            return []
        lives: Mapping[str, tuple[bool, Instant]] = {
            key[1]: (bool(picture.live[slot]), int(picture.valid_to[slot])) for key, slot in wanted
        }
        made = self._views.of(release_reading(items, principal, now), lives)
        return [(key, made[key[1]]) for key, _ in wanted if key[1] in made]

    def _within(self, slots: Int32, viewport: Viewport | None) -> Bool:
        """Slot by slot: in the viewport, or without a place, or an emergency; an area by its bounding box."""
        picture = self._picture
        if viewport is None or not len(slots):
            return np.ones(len(slots), np.bool_)
        west, south, east, north = viewport
        lon, lat = picture.lon[slots], picture.lat[slots]
        inside = np.isnan(lon) | ((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north))
        for place in np.flatnonzero(~inside).tolist():
            slot = int(slots[place])
            shape = picture.shapes[slot] if picture.areal[slot] else None
            if shape is not None:
                left, low, right, high = shape.bounds
                inside[place] = left <= east and right >= west and low <= north and high >= south
            inside[place] |= slot in picture.callers
        return np.asarray(inside)


def _shown(units: dict[str, _Unit], sighting: Sighting) -> Key | None:
    """Takes one in; its key where it is news."""
    known = units.get(sighting.officer)
    if known is not None and not _is_news(known.sighting, sighting):
        if known.sent_seq != sighting.sent_seq:
            units[sighting.officer] = replace(known, sent_seq=sighting.sent_seq)
        return None
    units[sighting.officer] = _Unit(sighting, views.of_unit(sighting), sighting.sent_seq)
    return Topic.UNIT, sighting.officer


def _grave(record: Record) -> bool:
    if isinstance(record, Emergency) or record.grade is Grade.EMERGENCY or record.assigned:
        return True
    return isinstance(record, Briefing) and record.must_ack


def _is_news(before: Sighting, after: Sighting) -> bool:
    """Status, place or who he is; a fix that only confirms the place is news after a while."""
    if before.status is not after.status or before.node != after.node:
        return True
    if before.callsign != after.callsign or before.beat != after.beat:
        return True
    if before.lon is None or before.lat is None or after.lon is None or after.lat is None:
        return (before.lon is None) is not (after.lon is None)
    if after.fix_at - before.fix_at >= STILL_FOR:
        return True
    return max(abs(after.lon - before.lon), abs(after.lat - before.lat)) >= STILL_DEG


def _inside(sighting: Sighting, viewport: Viewport | None) -> bool:
    if viewport is None or sighting.lon is None or sighting.lat is None:
        return True
    west, south, east, north = viewport
    return west <= sighting.lon <= east and south <= sighting.lat <= north
