"""Where the officers are, what they are doing and what they may see, in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from geo.access import Rights
from geo.clock import SECOND, Instant
from geo.codebook import Codebooks, skill_mask
from geo.model import Officer, Shift, Unit, UnitStatus
from geo.pairs import Bool, Float32, Float64, Int32, Int64, UInt8
from geo.place import bearing_of, offsets_m
from geo.position import STALE_AFTER, TOO_FAST_MPS, Fix, Fixes, FixVerdict, Tracks, follow_all
from geo.store.rows import OfficerState
from streams.officers.shifts import Duty, ShiftBook

LOST_SPEED_MPS = 10.0
LOST_AT_MOST_M = 2_000.0
"""An officer whose fix is stale may have gone on: his reach widens by 10 m for each second of its age, to 2 km."""
CELL_ACCURACY_M = 80.0
"""How far from its middle a place rounded to 3 decimals may be: half the diagonal of 111 m squares."""
LANDED_M = 200.0
"""Who is so much further on after a silence has not been seen coming."""
SURE_M = 50.0
"""A fix less accurate than this says nothing about the way that he took."""
_HEADING_STEP_M = 20.0
_HEADING_WITHIN = 60 * SECOND
_STATUS = {status: index for index, status in enumerate(UnitStatus)}


class Situations:
    """Officers in columns by slot; free slots have ``used`` false. Arrays grow: read ``situations.lon`` afresh.

    ``status`` is an index into UnitStatus; ``force``, ``role``, ``beat``, ``callsign`` are codes of ``books`` (0 none),
    ``opset`` a code of its sets of operations, ``skills`` a mask. NaN: the device did not say; ``fix_at`` 0: no fix.
    Only trusted fixes move anybody. Heading and speed are the device's, else derived from the last step. ``from_lon``
    and ``from_lat`` are where a step began that was not decided on yet (NaN: there is none, or nobody knows what way he
    took); ``landed_at`` is when he was last somewhere else at once, after a jump that came true or a silence.
    """

    used: Bool
    lon: Float64
    lat: Float64
    accuracy_m: Float32
    speed_mps: Float32
    heading_deg: Float32
    fix_at: Int64
    from_lon: Float64
    from_lat: Float64
    landed_at: Int64
    status: UInt8
    duty: Bool
    connected: Bool
    role: Int32
    clearance: UInt8
    force: Int32
    opset: Int32
    beat: Int32
    callsign: Int32
    skills: Int64
    tokens: Float64
    tokens_at: Int64
    term: Int32
    seen_at: Int64

    def __init__(self, books: Codebooks | None = None) -> None:
        self.books = Codebooks() if books is None else books
        self.shifts = ShiftBook()
        self.slot_of: dict[str, int] = {}
        self.officers: list[str] = []
        self.profiles: list[Officer | None] = []
        self._brought: dict[int, tuple[str, ...]] = {}
        self._tracks = Tracks.of_size(0)
        self._free: list[int] = []
        self._capacity = 0
        self._grow(64)

    def __len__(self) -> int:
        return len(self.slot_of)

    # ------------------------------------------------------------ who is here
    def put(self, officer: Officer, state: OfficerState, now: Instant, connected: bool = True) -> int:
        """An officer to decide for, with the rights that hold for him now; returns his slot.

        Where he is known already his position stays, unless the row knows a later one. A position from the row is a
        cell of about 100 m, and says so in its accuracy.
        """
        slot = self.slot_of.get(officer.id)
        if slot is None:
            slot = self._free.pop() if self._free else self._new_slot()
            self.slot_of[officer.id] = slot
            self.officers[slot] = officer.id
            self.used[slot] = True
        self._fill_rights(slot, officer)
        self._set_status(slot, state.status)
        self.tokens[slot], self.tokens_at[slot], self.term[slot] = state.tokens, state.tokens_at, state.term
        self.connected[slot], self.seen_at[slot] = connected, now if connected else state.seen_at
        if state.cell is not None and state.fix_at is not None and state.fix_at > self.fix_at[slot]:
            self.lon[slot], self.lat[slot] = state.cell
            self.accuracy_m[slot], self.fix_at[slot] = CELL_ACCURACY_M, state.fix_at
            self.speed_mps[slot] = self.heading_deg[slot] = self.from_lon[slot] = self.from_lat[slot] = np.nan
        self._fill_duty(slot, self.shifts.duty_of(officer.id, now))
        return slot

    def drop(self, officer: str) -> None:
        """Forgets the officer and frees his slot: nothing may refer to it any more."""
        slot = self.slot_of.pop(officer, None)
        if slot is None:
            return
        for name, (_, empty) in _COLUMNS.items():
            getattr(self, name)[slot] = empty
        self._tracks.forget(slot)
        self.officers[slot], self.profiles[slot] = "", None
        self._brought.pop(slot, None)
        self._free.append(slot)

    def rights_changed(self, officer: Officer) -> int | None:
        """New rights for an officer who is here; his slot, or None where he is not."""
        slot = self.slot_of.get(officer.id)
        if slot is not None:
            self._fill_rights(slot, officer)
        return slot

    def set_status(self, officer: str, status: UnitStatus) -> int | None:
        """His slot, or None where he is not here."""
        slot = self.slot_of.get(officer)
        if slot is not None:
            self._set_status(slot, status)
        return slot

    def set_connected(self, officer: str, connected: bool, now: Instant) -> int | None:
        """A device of his is here, or the last one has gone. His slot, or None where he is not here."""
        slot = self.slot_of.get(officer)
        if slot is not None:
            self.connected[slot], self.seen_at[slot] = connected, now
        return slot

    # ------------------------------------------------------------ where they are
    def moved(self, batch: Sequence[tuple[str, Fix]], now: Instant) -> UInt8:
        """(officer, fix) in the order of arrival -> codes of FixVerdict, one for each. All must have a slot."""
        slots = np.array([self.slot_of[officer] for officer, _ in batch], np.int32)
        return self.move(slots, Fixes.of([fix for _, fix in batch]), now)

    def move(self, slots: Int32, fixes: Fixes, now: Instant) -> UInt8:
        """:meth:`moved` in columns: 10,000 fixes in a few milliseconds. A slot may come more than once."""
        verdict = np.empty(len(slots), np.uint8)
        for rows in _one_each(slots):
            some = fixes if len(rows) == len(fixes) else fixes.rows(rows)
            verdict[rows] = follow_all(self._tracks, slots[rows].astype(np.int64), some, now)
            trusted = np.flatnonzero(verdict[rows] == FixVerdict.TRUSTED.code)
            self._settle(slots[rows[trusted]], some.rows(trusted), now)
        return verdict

    def steps_taken(self, slots: Iterable[int]) -> None:
        """The last steps of these were decided on: what comes next begins where they are."""
        taken = np.fromiter(slots, np.int32)
        self.from_lon[taken] = self.from_lat[taken] = np.nan

    def _settle(self, slots: Int32, fixes: Fixes, now: Instant) -> None:
        east, north = offsets_m(self.lon[slots], self.lat[slots], fixes.lon, fixes.lat)
        metres, passed = np.sqrt(east * east + north * north), fixes.at - self.fix_at[slots]
        with np.errstate(invalid="ignore"):
            stepped = (metres >= _HEADING_STEP_M) & (passed > 0) & (passed <= _HEADING_WITHIN)
        self._step(slots, metres, passed, now)
        derived_heading = np.where(stepped, bearing_of(east, north), np.nan)
        derived_speed = np.where(stepped, metres / np.maximum(passed / SECOND, 1.0), np.nan)
        self.heading_deg[slots] = np.where(np.isnan(fixes.heading_deg), derived_heading, fixes.heading_deg)
        self.speed_mps[slots] = np.where(np.isnan(fixes.speed_mps), derived_speed, fixes.speed_mps)
        self.lon[slots], self.lat[slots], self.fix_at[slots] = fixes.lon, fixes.lat, fixes.at
        self.accuracy_m[slots] = fixes.accuracy_m

    def _step(self, slots: Int32, metres: Float64, passed: Int64, now: Instant) -> None:
        """Where the step began; after a jump or a silence nobody knows what way he took."""
        known = self.fix_at[slots] != 0
        jumped = known & (metres > TOO_FAST_MPS * np.maximum(passed / SECOND, 1.0))
        silent = known & (passed > STALE_AFTER) & (metres > LANDED_M)
        self.landed_at[slots[jumped | silent]] = now
        lost = ~known | jumped | (passed > STALE_AFTER) | (self.accuracy_m[slots] > SURE_M)
        began = slots[np.isnan(self.from_lon[slots])]
        self.from_lon[began], self.from_lat[began] = self.lon[began], self.lat[began]
        self.from_lon[slots[lost]] = self.from_lat[slots[lost]] = np.nan

    def fresh(self, now: Instant) -> Bool:
        """[slots]: the last fix says what is near (at most 120 s old)."""
        return np.asarray((self.fix_at != 0) & (now - self.fix_at <= STALE_AFTER))

    def extra_m(self, now: Instant, slots: Int32 | None = None) -> Float32:
        """[all slots, or these] metres by which the reach widens: the accuracy, and for a stale fix how far he may have
        gone. Whoever has the slots gives them: among 100,000 officers a column of all costs more than a tick."""
        fix_at = self.fix_at if slots is None else self.fix_at.take(slots)
        accuracy = self.accuracy_m if slots is None else self.accuracy_m.take(slots)
        age = now - fix_at
        gone = np.minimum(age * (LOST_SPEED_MPS / SECOND), LOST_AT_MOST_M)
        extra = np.where(np.isnan(accuracy), 0.0, accuracy) + np.where(age > STALE_AFTER, gone, 0.0)
        return np.asarray(np.maximum(extra, 0.0), np.float32)

    def position_of(self, officer: str, now: Instant) -> str:
        """``ok``, ``stale`` or ``none``: PROTOCOL's ``status.position``."""
        slot = self.slot_of.get(officer)
        if slot is None or not self.fix_at[slot]:
            return "none"
        return "ok" if now - int(self.fix_at[slot]) <= STALE_AFTER else "stale"

    # ------------------------------------------------------------ roster
    def rights(self) -> Rights:
        """The columns that the door asks for."""
        return Rights(self.duty, self.clearance, self.force, self.opset)

    def roster(self, units: Sequence[Unit], shifts: Sequence[Shift], now: Instant) -> Int32:
        """Units and shifts that were added or replaced; returns the slots whose callsign or beat is another now."""
        concerned = self.shifts.put_units(units) if units else set()
        return self._assign(concerned | self.shifts.put_shifts(shifts), now)

    def advance(self, now: Instant) -> Int32:
        """Shifts that started or ended since the last call; returns the slots whose callsign or beat is another now."""
        return self._assign(self.shifts.advance(now), now)

    def skills_of(self, slot: int) -> tuple[str, ...]:
        """His own, and what the unit that he is with brings."""
        profile = self.profiles[slot]
        return (*(profile.skills if profile else ()), *self._brought.get(slot, ()))

    def shift_of(self, officer: str, now: Instant) -> Shift | None:
        return self.shifts.shift_of(officer, now)

    def _assign(self, officers: Iterable[str], now: Instant) -> Int32:
        changed = []
        for officer in sorted(officers):
            slot = self.slot_of.get(officer)
            if slot is not None and self._fill_duty(slot, self.shifts.duty_of(officer, now)):
                changed.append(slot)
        return np.array(changed, np.int32)

    # ------------------------------------------------------------ inside
    def _fill_rights(self, slot: int, officer: Officer) -> None:
        books = self.books
        self.profiles[slot] = officer
        self.role[slot], self.force[slot] = books.roles.code(officer.role), books.forces.code(officer.force)
        self.clearance[slot] = officer.clearance
        self.opset[slot] = books.operations.code(frozenset(officer.operations))
        self._fill_skills(slot)

    def _fill_skills(self, slot: int) -> None:
        self.skills[slot] = skill_mask(self.books.skills, self.skills_of(slot))

    def _fill_duty(self, slot: int, duty: Duty) -> bool:
        callsign, beat = self.books.callsigns.code(duty.callsign), self.books.beats.code(duty.beat)
        brought = self._brought.get(slot, ())
        changed = bool(self.callsign[slot] != callsign or self.beat[slot] != beat or duty.brought != brought)
        self.callsign[slot], self.beat[slot] = callsign, beat
        if duty.brought != brought:
            self._brought[slot] = duty.brought
            self._fill_skills(slot)
        return changed

    def _set_status(self, slot: int, status: UnitStatus) -> None:
        self.status[slot], self.duty[slot] = _STATUS[status], status is not UnitStatus.OFF_DUTY

    def _new_slot(self) -> int:
        slot = len(self.officers)
        if slot == self._capacity:
            self._grow(2 * self._capacity)
        self.officers.append("")
        self.profiles.append(None)
        return slot

    def _grow(self, capacity: int) -> None:
        for name, (dtype, empty) in _COLUMNS.items():
            roomy = np.full(capacity, empty, dtype)
            if self._capacity:
                roomy[: self._capacity] = getattr(self, name)
            setattr(self, name, roomy)
        self._tracks = self._tracks.grown(capacity)
        self._capacity = capacity


_COLUMNS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("used", "duty", "connected"), ("bool", 0)),
    **dict.fromkeys(("lon", "lat", "from_lon", "from_lat"), ("float64", np.nan)),
    **dict.fromkeys(("accuracy_m", "speed_mps", "heading_deg"), ("float32", np.nan)),
    **dict.fromkeys(("fix_at", "landed_at", "skills", "tokens_at", "seen_at"), ("int64", 0)),
    **dict.fromkeys(("status", "clearance"), ("uint8", 0)),
    **dict.fromkeys(("role", "force", "opset", "beat", "callsign", "term"), ("int32", 0)),
    "tokens": ("float64", 0),
}


def _one_each(slots: Int32) -> list[Int64]:
    """Rows in rounds, so that no slot comes twice in one: the n-th fix of every slot is in the n-th round."""
    everyone = np.arange(len(slots))
    if len(np.unique(slots)) == len(slots):
        return [everyone]
    order = np.argsort(slots, kind="stable")
    first = np.flatnonzero(np.diff(slots[order], prepend=-1))
    nth = np.empty(len(slots), np.int64)
    nth[order] = everyone - np.repeat(first, np.diff(np.append(first, len(slots))))
    return [np.flatnonzero(nth == turn) for turn in range(int(nth.max()) + 1)]
