"""What changed -> the (officer, record) pairs to decide anew, whole columns at a time, the same from both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
from shapely.geometry.base import BaseGeometry

from geo.clock import Instant
from geo.codebook import SKILL_BITS
from geo.model import Briefing, RecordKind
from geo.nearby import exit_reach_m
from geo.pairs import Bool, Candidate, Float32, Float64, Int32, Int64, Pairs, UInt8, Via, candidates
from geo.picture import LivePicture
from geo.place import bearing_of, covers
from geo.store.briefing_rows import HERE_FOR
from streams.leaving import about_inside
from streams.officers.situations import Situations

_BRIEFING = list(RecordKind).index(RecordKind.BRIEFING)


class _Claims(NamedTuple):
    """(officer, record) in columns, all for one reason."""

    officer: Int32
    record: Int32
    via: int


def of_records(picture: LivePicture, situations: Situations, slots: Int32, now: Instant) -> Pairs[Candidate]:
    """All pairs of these records (slots, unique): who is near, on the beat, tasked, addressed, or of the force.

    Only what is live and whose time has come has pairs. Whether the officer may know is not asked here.
    """
    slots = slots[_current(picture, slots, now)]
    near = picture.around(slots, situations.lon, situations.lat, situations.extra_m(now))
    claims = []
    for slot in slots.tolist():
        if picture.beat[slot] and slot not in picture.briefings:
            claims.append(_claim(slot, _on_the_beat(picture, situations, slot), Via.BEAT))
        if slot in picture.assigned:
            mask = np.isin(situations.callsign, picture.assigned[slot]) & (situations.force == picture.force[slot])
            claims.append(_claim(slot, mask, Via.TASKED))
        if slot in picture.briefings:
            claims.append(_claim(slot, _addressed(picture, situations, slot, now), Via.ADDRESSED))
        if slot in picture.nowhere:
            mask = situations.used & (situations.force == picture.force[slot])
            claims.append(_claim(slot, mask, Via.FORCE))
        if slot in picture.wanted:
            mask = np.isin(situations.role, picture.wanted[slot]) & (situations.force == picture.force[slot])
            claims.append(_claim(slot, mask & situations.used, Via.ROLE))
    return _pairs(picture, situations, near.row, near.slot, near.distance_m, near.bearing_deg, claims)


def of_officers(
    picture: LivePicture, situations: Situations, slots: Int32, now: Instant, moved: bool = False
) -> Pairs[Candidate]:
    """All pairs of these officers (slots, unique); the same rows as :func:`of_records` gives for them.

    ``moved``: they have only moved. Pairs that stand by the beat or the role alone are left out, as no move changes
    them; a pair that is near still has its BEAT bit.
    """
    near = picture.near(situations.lon[slots], situations.lat[slots], situations.extra_m(now, slots))
    kept = np.flatnonzero(_current(picture, near.slot, now))
    officer, record = slots[near.row[kept]], near.slot[kept]
    claims = []
    if not moved:
        row, found = picture.by_beat.find(situations.beat[slots].astype(np.int64))
        claims.append(_joined(picture, situations, slots[row], found, Via.BEAT, now))
        row, found = picture.by_beat.find(picture.beats.districts(situations.beat[slots]).astype(np.int64))
        placeless = np.isnan(picture.lon[found])
        claims.append(_joined(picture, situations, slots[row[placeless]], found[placeless], Via.BEAT, now))
        row, found = picture.by_role.find(situations.role[slots].astype(np.int64))
        claims.append(_joined(picture, situations, slots[row], found, Via.ROLE, now))
    row, found = picture.by_callsign.find(situations.callsign[slots].astype(np.int64))
    claims.append(_joined(picture, situations, slots[row], found, Via.TASKED, now))
    claims += [
        _claim(slot, _addressed(picture, situations, slot, now, slots), Via.ADDRESSED, slots)
        for slot in _current_of(picture, picture.briefings, now)
    ]
    claims += [
        _claim(slot, situations.used[slots] & (situations.force[slots] == picture.force[slot]), Via.FORCE, slots)
        for slot in _current_of(picture, picture.nowhere, now)
    ]
    return _pairs(picture, situations, officer, record, near.distance_m[kept], near.bearing_deg[kept], claims)


def rematch(
    picture: LivePicture, situations: Situations, officer: Int32, record: Int32, now: Instant
) -> Pairs[Candidate]:
    """These very pairs (unique), with distance and via as of now; what is not matched any more has Via.HELD alone. A
    briefing has Via.PLACE where the officer is just outside the area that it is for."""
    east, north = picture.measure(record, situations.lon[officer], situations.lat[officer])
    distance = np.sqrt(east * east + north * north)
    current = _current(picture, record, now)
    reach = exit_reach_m(picture.reach_m[record], situations.extra_m(now, officer))
    via = np.zeros(len(officer), np.uint8)
    with np.errstate(invalid="ignore"):
        via[(distance <= reach) & (picture.kind[record] != _BRIEFING)] |= Via.PLACE
    via |= _beat_bits(picture, situations, officer, record)
    special = picture.assigned.keys() | picture.briefings.keys() | picture.nowhere | picture.wanted.keys()
    for slot in special.intersection(np.unique(record).tolist()):
        rows = record == slot
        same_force = situations.force[officer] == picture.force[slot]
        if slot in picture.assigned:
            via[rows & same_force & np.isin(situations.callsign[officer], picture.assigned[slot])] |= Via.TASKED
        if slot in picture.briefings:
            named = _addressed(picture, situations, slot, now, officer[rows])
            via[rows] |= np.where(named, Via.ADDRESSED, 0).astype(np.uint8)
            if picture.briefings[slot].audience.area is not None and not named.all():
                near = _addressed(picture, situations, slot, now, officer[rows], about_inside)
                via[rows] |= np.where(near & ~named, Via.PLACE, 0).astype(np.uint8)
        if slot in picture.nowhere:
            via[rows & same_force & situations.used[officer]] |= Via.FORCE
        if slot in picture.wanted:
            via[rows & same_force & np.isin(situations.role[officer], picture.wanted[slot])] |= Via.ROLE
    via[~current | _own(picture, situations, officer, record)] = 0
    via[via == 0] = Via.HELD
    return candidates(officer, record, distance.astype(np.float32), bearing_of(east, north).astype(np.float32), via)


def with_held(
    pairs: Pairs[Candidate],
    held_officer: Int32,
    held_record: Int32,
    picture: LivePicture,
    situations: Situations,
    now: Instant,
) -> Pairs[Candidate]:
    """The pairs, and those that the officers were told of and that are not among them: so that leaving is noticed.

    What is added is matched afresh: Via.HELD alone says that it has left.
    """
    keys, held = _key(pairs.officer, pairs.record), _key(held_officer, held_record)
    missing = np.flatnonzero(~np.isin(held, keys))
    if not len(missing):
        return pairs
    added = rematch(picture, situations, held_officer[missing], held_record[missing], now)
    return candidates(
        np.concatenate([pairs.officer, added.officer]),
        np.concatenate([pairs.record, added.record]),
        np.concatenate([pairs.distance_m, added.distance_m]),
        np.concatenate([pairs.bearing_deg, added.bearing_deg]),
        np.concatenate([pairs.via, added.via]),
    )


# ------------------------------------------------------------------ the reasons
def _current(picture: LivePicture, slots: Int32, now: Instant) -> Bool:
    return np.asarray(picture.live[slots] & (picture.valid_from[slots] <= now) & (picture.valid_to[slots] > now))


def _current_of(picture: LivePicture, slots: Iterable[int], now: Instant) -> list[int]:
    chosen = np.fromiter(slots, np.int32)
    return [int(slot) for slot in chosen[_current(picture, chosen, now)]]


def _on_the_beat(picture: LivePicture, situations: Situations, slot: int) -> Bool:
    """[all slots]: on the beat of the record, or, where it has no place, in the district that it names."""
    mask = situations.beat == picture.beat[slot]
    if np.isnan(picture.lon[slot]):
        mask |= picture.beats.districts(situations.beat) == picture.beat[slot]
    return np.asarray(mask & (situations.force == picture.force[slot]))


def _beat_bits(picture: LivePicture, situations: Situations, officer: Int32, record: Int32) -> UInt8:
    beat = picture.beat[record]
    same = beat == situations.beat[officer]
    district = picture.beats.districts(situations.beat[officer])
    if district.any():
        same |= (beat == district) & np.isnan(picture.lon[record])
    same &= (beat != 0) & (picture.kind[record] != _BRIEFING)
    same &= picture.force[record] == situations.force[officer]
    return np.where(same, np.uint8(Via.BEAT), np.uint8(0))


def _own(picture: LivePicture, situations: Situations, officer: Int32, record: Int32) -> Bool:
    """An emergency and the officer who called it: he knows."""
    own = np.zeros(len(officer), np.bool_)
    for slot, caller in picture.callers.items():
        caller_slot = situations.slot_of.get(caller)
        if caller_slot is not None:
            own |= (record == slot) & (officer == caller_slot)
    return own


def _addressed(
    picture: LivePicture,
    situations: Situations,
    slot: int,
    now: Instant,
    officers: Int32 | None = None,
    within: Callable[[BaseGeometry, Float64, Float64], Bool] = covers,
) -> Bool:
    """[officers, or all slots]: the briefing is for them. Every list of its audience that is not empty must match: the
    store's rules (:mod:`geo.store.audience`), for who is connected."""
    briefing = picture.briefings[slot]
    rows = slice(None) if officers is None else officers
    audience, books = briefing.audience, picture.books
    mask = situations.used[rows] & _in_forces(picture, slot, situations.force[rows])
    if audience.beats:
        codes = [picture.beats.code_of_text(briefing.force, text) for text in audience.beats]
        own = situations.beat[rows]
        mask &= np.isin(own, codes) | np.isin(picture.beats.districts(own), codes)
    if audience.roles:
        mask &= np.isin(situations.role[rows], [books.roles.code(text) for text in audience.roles])
    if audience.units:
        callsigns = [books.callsigns.code(situations.shifts.callsign_of(text)) for text in audience.units]
        mask &= np.isin(situations.callsign[rows], callsigns)
    if audience.officers:
        mask &= np.isin(
            np.arange(len(situations.used))[rows], [situations.slot_of.get(text, -1) for text in audience.officers]
        )
    if audience.forces:
        mask &= np.isin(situations.force[rows], [books.forces.code(text) for text in audience.forces])
    if audience.operations:
        named = books.operations.code(frozenset(audience.operations))
        mask &= books.compartment_open.table()[situations.opset[rows], named]
    if audience.skills:
        mask &= _skilled(briefing, situations, rows)
    if audience.area is not None:
        mask &= _in_area(picture, situations, audience.area, now, rows, within)
    return np.asarray(mask)


def _in_area(
    picture: LivePicture,
    situations: Situations,
    area: BaseGeometry,
    now: Instant,
    rows: Int32 | slice,
    within: Callable[[BaseGeometry, Float64, Float64], Bool],
) -> Bool:
    """By his last fix, where it is fresh enough to say; else by the area of the beat that he is on shift for."""
    here = now - situations.fix_at[rows] <= HERE_FOR
    inside = within(area, situations.lon[rows], situations.lat[rows])
    return np.where(here, inside, np.isin(situations.beat[rows], picture.beats.meeting(area)))


def _in_forces(picture: LivePicture, slot: int, force: Int32) -> Bool:
    shared = picture.books.force_shared.table()[picture.sharing[slot], force]
    return np.asarray((force == picture.force[slot]) | shared)


def _skilled(briefing: Briefing, situations: Situations, rows: Int32 | slice) -> Bool:
    """He has one of the skills."""
    codes = [situations.books.skills.code(text) for text in briefing.audience.skills]
    wanted = sum(1 << (code - 1) for code in codes if 0 < code <= SKILL_BITS)
    mask = np.asarray((situations.skills[rows] & wanted) != 0)
    rare = {text for text, code in zip(briefing.audience.skills, codes, strict=True) if code > SKILL_BITS}
    if rare:
        for row, slot in enumerate(np.arange(len(situations.officers))[rows].tolist()):
            mask[row] |= not rare.isdisjoint(situations.skills_of(slot))
    return mask


# ------------------------------------------------------------------ columns
def _claim(slot: int, mask: Bool, via: int, officers: Int32 | None = None) -> _Claims:
    rows = np.flatnonzero(mask)
    chosen = rows.astype(np.int32) if officers is None else officers[rows]
    return _Claims(chosen, np.full(len(rows), slot, np.int32), via)


def _joined(
    picture: LivePicture, situations: Situations, officer: Int32, record: Int32, via: int, now: Instant
) -> _Claims:
    keep = _current(picture, record, now) & (picture.force[record] == situations.force[officer])
    return _Claims(officer[keep], record[keep], via)


def _key(officer: Int32, record: Int32) -> Int64:
    return (officer.astype(np.int64) << 32) | record


def _pairs(
    picture: LivePicture,
    situations: Situations,
    officer: Int32,
    record: Int32,
    distance_m: Float32,
    bearing_deg: Float32,
    claims: list[_Claims],
) -> Pairs[Candidate]:
    """Who is near, and all other claims, as one row for each pair."""
    via = np.full(len(officer), Via.PLACE, np.uint8) | _beat_bits(picture, situations, officer, record)
    claims = [claim for claim in claims if len(claim.officer)]
    if claims:
        other_officer, other_record, other_via = _merged(claims)
        at = np.minimum(
            np.searchsorted(_key(other_officer, other_record), _key(officer, record)), len(other_officer) - 1
        )
        same = (other_officer[at] == officer) & (other_record[at] == record)
        via[same] |= other_via[at[same]]
        new = np.ones(len(other_officer), np.bool_)
        new[at[same]] = False
        other_officer, other_record, other_via = other_officer[new], other_record[new], other_via[new]
        east, north = picture.measure(other_record, situations.lon[other_officer], situations.lat[other_officer])
        officer, record = np.concatenate([officer, other_officer]), np.concatenate([record, other_record])
        distance_m = np.concatenate([distance_m, np.sqrt(east * east + north * north).astype(np.float32)])
        bearing_deg = np.concatenate([bearing_deg, bearing_of(east, north).astype(np.float32)])
        via = np.concatenate([via, other_via])
    own = _own(picture, situations, officer, record)
    if own.any():
        keep = ~own
        officer, record, via = officer[keep], record[keep], via[keep]
        distance_m, bearing_deg = distance_m[keep], bearing_deg[keep]
    return candidates(officer, record, distance_m, bearing_deg, via)


def _merged(claims: list[_Claims]) -> tuple[Int32, Int32, UInt8]:
    """Claims sorted by (officer, record), each pair once, with the bits of all its claims."""
    officer = np.concatenate([claim.officer for claim in claims])
    record = np.concatenate([claim.record for claim in claims])
    via = np.concatenate([np.full(len(claim.officer), claim.via, np.uint8) for claim in claims])
    key = _key(officer, record)
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    return officer[order][first], record[order][first], np.bitwise_or.reduceat(via[order], first)
