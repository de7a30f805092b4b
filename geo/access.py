"""Who may see what, and why not: the only maker of released pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from geo.clock import Instant
from geo.codebook import Codebooks
from geo.marking import Handling, handling_mask
from geo.model import Briefing, Officer, Principal, Record, Stored
from geo.pairs import Bool, Candidate, Int32, Int64, Pairs, Released, UInt8, Via, Witness, take
from geo.picture import ALWAYS, LivePicture

_SLICE = 32_768
"""Pairs at a time: their columns stay in the processor's cache."""
_RECIPIENTS_ONLY = handling_mask((Handling.RECIPIENTS_ONLY,))
_ORGANISATIONAL = handling_mask((Handling.ORGANISATIONAL_USE_ONLY,))
_EMBARGOED = handling_mask((Handling.EMBARGOED,))
_RESTRICTED = _RECIPIENTS_ONLY | _ORGANISATIONAL | _EMBARGOED
_BY_NAME = Via.TASKED | Via.ADDRESSED

BEFORE_EMBARGO = frozenset({"dispatcher", "admin"})
"""Roles that read a record under embargo before it is lifted."""


class Refusal(IntEnum):
    """Why a reader may not see a record. The first that applies, in this order, is the one that is named."""

    NONE = 0
    OFF_DUTY = 1
    CLEARANCE = 2
    FORCE = 3
    COMPARTMENT = 4
    HANDLING = 5

    @property
    def text(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Rights:
    """What readers are allowed, in columns by officer slot. ``opset`` is a code of ``books.operations``."""

    duty: Bool
    clearance: UInt8
    force: Int32
    opset: Int32


@dataclass(frozen=True, slots=True)
class Refused:
    """Pairs that were not released: ``rows`` of the pairs asked about, both slots, and the Refusal of each."""

    rows: Int64
    officer: Int32
    record: Int32
    reason: UInt8

    def __len__(self) -> int:
        return len(self.rows)


class _ReleasedWitness(Witness[Released]):
    def _evidence(self) -> Released:
        return Released()


_RELEASED: Witness[Released] = _ReleasedWitness()


@dataclass(frozen=True, slots=True)
class Readable:
    """Records that one reader may see, of those he asked for, and why not the others. Only this file makes one."""

    items: tuple[Stored, ...]
    refused: tuple[tuple[str, Refusal], ...]
    witness: Witness[Released]


@dataclass(frozen=True, slots=True)
class _Gate:
    """What is asked of a reader by records, in columns by record slot."""

    level: UInt8
    force: Int32
    compartment: Int32
    sharing: Int32
    handling: UInt8
    valid_from: Int64


def release(
    pairs: Pairs[Candidate], picture: LivePicture, rights: Rights, now: Instant
) -> tuple[Pairs[Released], Refused]:
    """THE DOOR. Pairs whose officer may know of the record at ``now``, and the others, each with its reason.

    * Nothing is released to an officer who is off duty.
    * The reader's clearance must be at least the record's level.
    * A record of another force only where its marking is shared with the reader's force.
    * A record of named operations only to members of at least one of them.
    * RECIPIENTS ONLY, and intelligence graded C (with conditions): only who is tasked or addressed. ORGANISATIONAL USE
      ONLY: only its own force, shared or not. EMBARGOED: nobody on a device before ``valid_from``, and never where none
      is given.
    """
    gate = _Gate(
        picture.level, picture.force, picture.compartment, picture.sharing, picture.handling, picture.valid_from
    )
    reason = np.empty(len(pairs), np.uint8)
    for start in range(0, len(pairs), _SLICE):
        part = slice(start, start + _SLICE)
        reason[part] = _reasons(
            gate, rights, pairs.officer[part], pairs.record[part], pairs.via[part], now, picture.books
        )
    refused = np.flatnonzero(reason)
    if not len(refused):
        return _released(pairs), _refused(pairs, refused, reason)
    return _released(take(pairs, np.flatnonzero(reason == 0))), _refused(pairs, refused, reason)


def _released(pairs: Pairs[Candidate]) -> Pairs[Released]:
    return Pairs(pairs.officer, pairs.record, pairs.distance_m, pairs.bearing_deg, pairs.via, _RELEASED)


def _refused(pairs: Pairs[Candidate], rows: Int64, reason: UInt8) -> Refused:
    return Refused(rows, pairs.officer[rows], pairs.record[rows], reason[rows])


def _reasons(
    gate: _Gate, rights: Rights, officer: Int32, record: Int32, via: UInt8, now: Instant, books: Codebooks
) -> UInt8:
    """The rules, weakest claim on the answer first: what is written later is what is named."""
    reason = np.zeros(len(officer), np.uint8)
    handling = gate.handling[record]
    own_force, record_force = rights.force[officer], gate.force[record]
    foreign = own_force != record_force
    if (handling & _RESTRICTED).any():
        reason[_withheld(gate, handling, foreign, record, via, now)] = Refusal.HANDLING
    compartment = gate.compartment[record]
    if compartment.any():
        inside = books.compartment_open.table()[rights.opset[officer], compartment]
        reason[(compartment != 0) & ~inside] = Refusal.COMPARTMENT
    if foreign.any():
        reason[foreign & ~books.force_shared.table()[gate.sharing[record], own_force]] = Refusal.FORCE
    reason[gate.level[record] > rights.clearance[officer]] = Refusal.CLEARANCE
    reason[~rights.duty[officer]] = Refusal.OFF_DUTY
    return reason


def _withheld(gate: _Gate, handling: UInt8, foreign: Bool, record: Int32, via: UInt8, now: Instant) -> Bool:
    by_name = (via & _BY_NAME) != 0
    recipients = ((handling & _RECIPIENTS_ONLY) != 0) & ~by_name
    organisational = ((handling & _ORGANISATIONAL) != 0) & foreign
    lifted_at = gate.valid_from[record]
    embargoed = ((handling & _EMBARGOED) != 0) & ((lifted_at > now) | (lifted_at == ALWAYS))
    return np.asarray(recipients | organisational | embargoed)


# ------------------------------------------------------------------ one reader, many records (HTTP)
def may_read(record: Record, principal: Principal, now: Instant) -> Refusal | None:
    """Why this reader may not consult the record, or None. The rules of :func:`release`, without duty."""
    reason = _reading([record], principal, now)[0]
    return Refusal(int(reason)) if reason else None


def release_reading(items: Sequence[Stored], principal: Principal, now: Instant) -> Readable:
    """Sorts what the store found into what this reader may see and what not, with the reason."""
    reasons = _reading([item.record for item in items], principal, now)
    seen = tuple(item for item, reason in zip(items, reasons, strict=True) if not reason)
    unseen = tuple(
        (item.record.id, Refusal(int(reason))) for item, reason in zip(items, reasons, strict=True) if reason
    )
    return Readable(seen, unseen, _RELEASED)


def _reading(records: Sequence[Record], principal: Principal, now: Instant) -> UInt8:
    """The same rules, asked of columns that are made for the occasion. 3x5x2's C keeps nobody from looking it up: who
    consults it reads the conditions with it; it is not pushed at anybody."""
    books, size = Codebooks(), len(records)
    rights = Rights(
        np.ones(1, np.bool_),
        np.array([principal.clearance], np.uint8),
        np.array([books.forces.code(principal.force)], np.int32),
        np.array([books.operations.code(frozenset(principal.operations))], np.int32),
    )
    gate = _Gate(
        np.array([record.marking.level for record in records], np.uint8),
        np.array([books.forces.code(record.force) for record in records], np.int32),
        np.array([books.operations.code(frozenset(record.marking.operations)) for record in records], np.int32),
        np.array([books.sharings.code(frozenset(record.marking.shared_with)) for record in records], np.int32),
        np.array([handling_mask(record.marking.handling) for record in records], np.uint8),
        np.array([_lifted_at(record, principal) for record in records], np.int64),
    )
    via = np.array([_claim(record, principal) for record in records], np.uint8)
    return _reasons(gate, rights, np.zeros(size, np.int32), np.arange(size, dtype=np.int32), via, now, books)


def refusals_of(record: Record, people: Sequence[Officer], now: Instant) -> list[str]:
    """What the door says to each of these, to whom the record is addressed: the name of the refusal, or "". The rules
    of :func:`release` without duty: who is off duty is told when he comes on."""
    books, size = Codebooks(), len(people)
    rights = Rights(
        np.ones(size, np.bool_),
        np.array([one.clearance for one in people], np.uint8),
        np.array([books.forces.code(one.force) for one in people], np.int32),
        np.array([books.operations.code(frozenset(one.operations)) for one in people], np.int32),
    )
    marking, lifted_at = record.marking, record.valid.start
    gate = _Gate(
        np.array([marking.level], np.uint8),
        np.array([books.forces.code(record.force)], np.int32),
        np.array([books.operations.code(frozenset(marking.operations))], np.int32),
        np.array([books.sharings.code(frozenset(marking.shared_with))], np.int32),
        np.array([handling_mask(record.handling)], np.uint8),
        np.array([ALWAYS if lifted_at is None else lifted_at], np.int64),
    )
    via, one = np.full(size, Via.ADDRESSED, np.uint8), np.zeros(size, np.int32)
    reasons = _reasons(gate, rights, np.arange(size, dtype=np.int32), one, via, now, books)
    return [Refusal(reason).text if reason else "" for reason in reasons.tolist()]


def _lifted_at(record: Record, principal: Principal) -> Instant:
    if principal.role in BEFORE_EMBARGO:
        return ALWAYS + 1
    return ALWAYS if record.valid.start is None else record.valid.start


def _claim(record: Record, principal: Principal) -> int:
    """A dispatcher sends to recipients, so he reads what is for them; an officer where he is named."""
    if principal.role in BEFORE_EMBARGO:
        return Via.ADDRESSED
    named = isinstance(record, Briefing) and principal.id in record.audience.officers
    return Via.ADDRESSED if named else 0
