"""What is live now, in columns, by place and time, exact both ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from shapely.geometry.base import BaseGeometry

from geo.beats import BeatMap
from geo.cells import Postings
from geo.clock import Instant
from geo.codebook import Codebook, Codebooks
from geo.marking import SharingHandling, handling_mask
from geo.model import Briefing, Emergency, IntelReport, Record, RecordKind, Status, Stored, hazard_mask
from geo.nearby import Near, NearbyIndex
from geo.pairs import Bool, Float32, Float64, Int32, Int64, UInt8
from geo.place import point_of
from geo.twins import Sighting, Twins

Policy: TypeAlias = Callable[[Record], tuple[Instant, float]]
"""Record -> (valid_to, entry reach in metres), both of the policy in force."""

_KIND = {kind: index for index, kind in enumerate(RecordKind)}
_STATUS = {status: index for index, status in enumerate(Status)}
_INFORMATION = {letter: index for index, letter in enumerate("ABCDE", start=1)}
ALWAYS = np.iinfo(np.int64).min
"""``valid_from`` of a record that is of interest from the start."""


class LivePicture:
    """The live records in columns by slot. Arrays are reallocated as it grows: read ``picture.lon`` afresh each time.

    ``kind`` and ``status`` are indices into their enums, ``grade`` is Grade.rank, ``hazards`` a mask of Hazard bits,
    ``handling`` a mask (:func:`geo.marking.handling_mask`); ``category``, ``force``, ``beat``, ``source`` are codes of
    ``books``, ``compartment`` and ``sharing`` codes of its sets. ``lon``/``lat`` is a point that stands for the place
    (NaN without); ``areal`` says that the exact distance is to the line or area in ``shapes``. ``valid_to`` is always
    closed. ``grading_source`` is 0 (none) or 1..3, ``grading_information`` 0 or 1..5 = A..E. ``reach_m`` is the entry
    reach. ``watch`` is a geofence's mask (:attr:`geo.model.Watch.mask`), 0 for none. ``live``: open or attended, not
    superseded, not expired; whether its time has come is for who asks.
    """

    live: Bool
    kind: UInt8
    category: Int32
    grade: UInt8
    status: UInt8
    hazards: Int32
    lon: Float64
    lat: Float64
    areal: Bool
    reported_at: Int64
    valid_from: Int64
    valid_to: Int64
    version: Int32
    force: Int32
    level: UInt8
    compartment: Int32
    sharing: Int32
    handling: UInt8
    beat: Int32
    must_ack: Bool
    watch: UInt8
    source: Int32
    grading_source: UInt8
    grading_information: UInt8
    grading_conditions: Bool
    reach_m: Float32

    def __init__(self, books: Codebooks | None = None, beats: BeatMap | None = None) -> None:
        self.books = Codebooks() if books is None else books
        self.beats = BeatMap(self.books) if beats is None else beats
        self.slot_of: dict[str, int] = {}
        self.stored: list[Stored | None] = []
        self.shapes: list[BaseGeometry | None] = []
        self.assigned: dict[int, tuple[int, ...]] = {}
        """Slot -> codes of the callsigns tasked with it."""
        self.briefings: dict[int, Briefing] = {}
        """Live briefings by slot: they go to their audience, not to who is near."""
        self.withdrawn: set[int] = set()
        """Briefings that were taken back: what devices have of them is erased."""
        self.callers: dict[int, str] = {}
        """Slot of an emergency -> the officer who called."""
        self.nowhere: set[int] = set()
        """Live emergencies without a place: to every officer of the force."""
        self.by_beat, self.by_callsign, self.by_role = Postings(), Postings(), Postings()
        self.for_roles: Callable[[Record], tuple[str, ...]] = lambda record: ()
        """The roles whose business a record's category is, by the policy in force."""
        self.wanted: dict[int, tuple[int, ...]] = {}
        """Slot -> codes of the roles that hear of it: live, and without place, beat, tasking and audience."""
        self.twins = Twins()
        """Live incidents that two sources report; none until it is told how near to each other they must be."""
        self._superseded: set[tuple[str, str]] = set()
        """(force, id) of briefings that another one of the same force has replaced."""
        self._emergency = self.books.categories.code("officer_emergency")
        self._free: list[int] = []
        self._capacity = 0
        self._columns: dict[str, tuple[str, float]] = dict(_COLUMNS)
        self._grow(64)
        self._nearby = NearbyIndex()
        self.remarkable = NearbyIndex()
        """Those that somebody may be told of because he drove past: with hazards, emergencies, watched areas."""

    def __len__(self) -> int:
        """Live records."""
        return int(np.count_nonzero(self.live))

    @property
    def categories(self) -> Codebook:
        return self.books.categories

    # ------------------------------------------------------------ what changes it
    def apply(self, items: Sequence[Stored], lifetime_and_reach: Policy) -> Int32:
        """Takes versions in and returns the slots that changed, those of twins that were found or lost among them.
        Idempotent by (record, version), never goes back.

        A record that is not live any more leaves the index; its slot and columns stay until :meth:`drop`.
        """
        changed: dict[int, None] = {}
        beats = self.beats.codes_of([item.record for item in items])
        for item, beat in zip(items, beats, strict=True):
            name = item.record.id
            slot = self.slot_of.get(name)
            if slot is not None and self.version[slot] >= item.version:
                continue
            if slot is None:
                slot = self._free.pop() if self._free else self._new_slot()
                self.slot_of[name] = slot
            self._fill(slot, item, *lifetime_and_reach(item.record))
            self.beat[slot], self.live[slot] = beat, item.record.status.live and not self._is_superseded(item.record)
            changed[slot] = None
            if isinstance(item.record, Briefing) and item.record.supersedes:
                changed |= self._supersede(item.record.force, item.record.supersedes)
        slots = np.fromiter(changed, np.int32, len(changed))
        self._file(slots)
        return self._with_twins(slots)

    def expire(self, now: Instant) -> Int32:
        """Takes out what is of interest no more at ``now``; returns those slots, and those of their twins."""
        slots = np.flatnonzero(self.live & (self.valid_to <= now)).astype(np.int32)
        self.live[slots] = False
        self._file(slots)
        return self._with_twins(slots)

    def refresh(self, lifetime_and_reach: Policy) -> Int32:
        """A new policy: works out reach and expiry of every live record; returns those slots."""
        slots = np.flatnonzero(self.live).astype(np.int32)
        for slot, record in zip(slots.tolist(), self._records(slots), strict=True):
            self.valid_to[slot], self.reach_m[slot] = lifetime_and_reach(record)
        self._file(slots)
        return slots

    def rebeat(self) -> Int32:
        """After beats changed: works out the beat of every live record; returns the slots whose beat is another now."""
        slots = np.flatnonzero(self.live).astype(np.int32)
        codes = np.array(self.beats.codes_of(self._records(slots)), np.int32)
        changed: Int32 = slots[codes != self.beat[slots]]
        self.beat[slots] = codes
        self._file(changed)
        return changed

    def _records(self, slots: Int32) -> list[Record]:
        items = [self.stored[slot] for slot in slots.tolist()]
        return [item.record for item in items if item is not None]

    def drop(self, slot: int) -> None:
        """Frees the slot: nothing may refer to it any more."""
        item = self.stored[slot]
        if item is None:
            return
        self.live[slot] = False
        self._file(np.array([slot], np.int32))
        self.twins.put(slot, None)
        del self.slot_of[item.record.id]
        self.stored[slot] = self.shapes[slot] = None
        self.version[slot] = 0
        self._free.append(slot)

    # ------------------------------------------------------------ who is near
    def near(self, lon: Float64, lat: Float64, extra_m: Float32) -> Near:
        """(row, slot, distance_m, bearing_deg): live records within 1.2 x (their reach + the row's extra) of a place.

        Rows without a place (NaN) have none. Exact: the same pairs as :meth:`around` gives from the other side.
        """
        return self._nearby.near(lon, lat, extra_m)

    def around(self, slots: Int32, lon: Float64, lat: Float64, extra_m: Float32) -> Near:
        """The same from the records' side: of these slots, with every row that is near."""
        return self._nearby.around(slots, lon, lat, extra_m)

    def measure(self, slot: Int32, lon: Float64, lat: Float64) -> tuple[Float64, Float64]:
        """Row by row: metres east and north from the place to the nearest point of the record; NaN without one."""
        return self._nearby.offsets(slot, lon, lat)

    def tasked(self, force: str, callsign: str) -> list[str]:
        """Ids of what is live and assigned to the unit of this force."""
        code = self.books.callsigns.code(callsign)
        items = [self.stored[slot] for slot, codes in self.assigned.items() if code in codes and self.live[slot]]
        return [item.record.id for item in items if item is not None and item.record.force == force]

    # ------------------------------------------------------------ inside
    def _with_twins(self, slots: Int32) -> Int32:
        """The slots, and those whose twins these are or were: what is shown as one may change with them."""
        touched: set[int] = set()
        for slot in slots.tolist():
            touched |= self.twins.put(slot, self._sighting(slot))
        touched.difference_update(slots.tolist())
        return np.concatenate([slots, np.fromiter(sorted(touched), np.int32, len(touched))])

    def _sighting(self, slot: int) -> Sighting | None:
        """What the record is known by to its twins; None for what is no live incident with a place."""
        incident = self.kind[slot] == _KIND[RecordKind.INCIDENT] and self.watch[slot] == 0
        if not (incident and self.live[slot]) or np.isnan(self.lon[slot]):
            return None
        return Sighting(
            int(self.force[slot]),
            int(self.category[slot]),
            int(self.source[slot]),
            int(self.reported_at[slot]),
            float(self.lon[slot]),
            float(self.lat[slot]),
        )

    def _is_superseded(self, record: Record) -> bool:
        return isinstance(record, Briefing) and (record.force, record.id) in self._superseded

    def _supersede(self, force: str, record: str) -> dict[int, None]:
        self._superseded.add((force, record))
        slot = self.slot_of.get(record)
        item = None if slot is None else self.stored[slot]
        if slot is None or item is None or not (self.live[slot] and self._is_superseded(item.record)):
            return {}
        self.live[slot] = False
        return {slot: None}

    def _fill(self, slot: int, item: Stored, valid_to: Instant, reach_m: float) -> None:
        record, books, marking = item.record, self.books, item.record.marking
        self.stored[slot] = item
        self.kind[slot], self.status[slot] = _KIND[record.kind], _STATUS[record.status]
        self.category[slot], self.grade[slot] = books.categories.code(record.category), record.grade.rank
        self.hazards[slot] = hazard_mask(record.hazards)
        self.reported_at[slot] = record.reported_at
        self.valid_from[slot] = ALWAYS if record.valid.start is None else record.valid.start
        self.valid_to[slot], self.reach_m[slot] = valid_to, reach_m
        self.version[slot], self.source[slot] = item.version, books.sources.code(record.source)
        self.force[slot], self.level[slot] = books.forces.code(record.force), marking.level
        self.compartment[slot] = books.operations.code(frozenset(marking.operations))
        self.sharing[slot] = books.sharings.code(frozenset(marking.shared_with))
        self.handling[slot] = handling_mask(record.handling)
        self.watch[slot] = record.watch.mask if record.watch else 0
        self._fill_place(slot, record.place)
        self._fill_kind(slot, record)

    def _fill_place(self, slot: int, place: BaseGeometry | None) -> None:
        self.lon[slot], self.lat[slot] = (np.nan, np.nan) if place is None else point_of(place)
        self.areal[slot] = place is not None and place.geom_type != "Point"
        self.shapes[slot] = place

    def _fill_kind(self, slot: int, record: Record) -> None:
        grading = record.grading if isinstance(record, IntelReport) else None
        self.grading_source[slot] = grading.source if grading else 0
        self.grading_information[slot] = _INFORMATION[grading.information] if grading else 0
        self.grading_conditions[slot] = grading is not None and grading.handling is SharingHandling.CONDITIONS
        self.must_ack[slot] = isinstance(record, Briefing) and record.must_ack
        self.callers.pop(slot, None)
        if isinstance(record, Emergency):
            self.callers[slot] = record.officer
        callsigns = tuple(sorted({self.books.callsigns.code(text) for text in record.assigned if text}))
        self.assigned.pop(slot, None)
        if callsigns:
            self.assigned[slot] = callsigns

    def _file(self, slots: Int32) -> None:
        """Brings the indices in line with the columns of these slots."""
        beat_owners, callsign_owners, callsigns = [], [], []
        self._file_roles(slots)
        for slot in slots.tolist():
            live, item = bool(self.live[slot]), self.stored[slot]
            self.briefings.pop(slot, None)
            self.nowhere.discard(slot)
            self.withdrawn.discard(slot)
            if item is not None and isinstance(item.record, Briefing) and item.record.withdrawn:
                self.withdrawn.add(slot)
            if not live or item is None:
                continue
            if isinstance(item.record, Briefing):
                self.briefings[slot] = item.record
            elif self.beat[slot]:
                beat_owners.append(slot)
            if isinstance(item.record, Emergency) and item.record.place is None:
                self.nowhere.add(slot)
            for callsign in self.assigned.get(slot, ()):
                callsign_owners.append(slot)
                callsigns.append(callsign)
        owners = np.array(beat_owners, np.int32)
        self.by_beat.put(slots, self.beat[owners].astype(np.int64), owners)
        self.by_callsign.put(slots, np.array(callsigns, np.int64), np.array(callsign_owners, np.int32))
        briefing = self.kind[slots] == _KIND[RecordKind.BRIEFING]
        shapes = [self.shapes[slot] if self.areal[slot] else None for slot in slots]
        place = (self.lon[slots], self.lat[slots], self.reach_m[slots])
        self._nearby.put(slots, *place, self.live[slots] & ~briefing, shapes)
        emergency = (self.kind[slots] == _KIND[RecordKind.EMERGENCY]) | (self.category[slots] == self._emergency)
        remarkable = emergency | (self.watch[slots] != 0) | (self.hazards[slots] != 0)
        self.remarkable.put(slots, *place, self.live[slots] & ~briefing & remarkable, shapes)

    def _file_roles(self, slots: Int32) -> None:
        owners: list[int] = []
        roles: list[int] = []
        for slot in slots.tolist():
            self.wanted.pop(slot, None)
            item = self.stored[slot]
            if item is None or not self.live[slot] or self.beat[slot] or slot in self.assigned:
                continue
            if item.record.place is None and not isinstance(item.record, Briefing | Emergency):
                codes = tuple(self.books.roles.code(role) for role in self.for_roles(item.record))
                self.wanted |= {slot: codes} if codes else {}
                owners += [slot] * len(codes)
                roles += codes
        self.by_role.put(slots, np.array(roles, np.int64), np.array(owners, np.int32))

    def _new_slot(self) -> int:
        slot = len(self.stored)
        if slot == self._capacity:
            self._grow(2 * self._capacity)
        self.stored.append(None)
        self.shapes.append(None)
        return slot

    def _grow(self, capacity: int) -> None:
        for name, (dtype, empty) in self._columns.items():
            roomy = np.full(capacity, empty, dtype)
            if self._capacity:
                roomy[: self._capacity] = getattr(self, name)
            setattr(self, name, roomy)
        self._capacity = capacity


_COLUMNS: tuple[tuple[str, tuple[str, float]], ...] = (
    *((name, ("bool", 0)) for name in ("live", "areal", "must_ack", "grading_conditions")),
    *(
        (name, ("uint8", 0))
        for name in ("kind", "grade", "status", "level", "handling", "grading_source", "grading_information", "watch")
    ),
    *(
        (name, ("int32", 0))
        for name in ("category", "hazards", "version", "force", "compartment", "sharing", "beat", "source")
    ),
    *((name, ("int64", 0)) for name in ("reported_at", "valid_from", "valid_to")),
    *((name, ("float64", np.nan)) for name in ("lon", "lat")),
    ("reach_m", ("float32", 0)),
)
