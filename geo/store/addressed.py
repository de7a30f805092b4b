"""Whom a briefing is for, asked of the roster as a set, in the transaction that publishes it, and asked again"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely
from sqlalchemy import BigInteger, Text, func, select, update
from sqlalchemy.engine import Connection

from geo.clock import MINUTE, Instant
from geo.marking import Clearance
from geo.model import Audience, Beat, Briefing, Officer, Status
from geo.store import jobs as job_bodies
from geo.store import records, roster
from geo.store.briefing_rows import Addressee, Door, Published, Readdressed, Step
from geo.store.process_rows import Job
from geo.store.rows import ChangeKind, Put
from geo.store.tables import addressee, change, duty, officer_state, trait
from geo.store.vocabulary import Row, fetch_rows, insert_of, rows_of, write_rows

HERE_FOR = 30 * MINUTE
"""A last cell no older than this says where an officer is; else his shift's beat does."""

_INT, _TEXT = BigInteger(), Text()
_wanted = rows_of("w", kind=_TEXT, trait=_TEXT, value=_TEXT)
_moment = rows_of("m", at=_INT)
_one = rows_of("r", record=_TEXT)
_people = rows_of(
    "p", record=_TEXT, officer=_TEXT, version=_INT, at=_INT, refusal=_TEXT, left_at=_INT, step=_INT, step_at=_INT
)
_HAVING = select(trait.c.id, trait.c.value).join(
    _wanted, (trait.c.kind == _wanted.c.kind) & (trait.c.trait == _wanted.c.trait) & (trait.c.value == _wanted.c.value)
)
_COUNTED = (
    select(trait.c.value, func.count().label("times"))
    .join(
        _wanted,
        (trait.c.kind == _wanted.c.kind) & (trait.c.trait == _wanted.c.trait) & (trait.c.value == _wanted.c.value),
    )
    .group_by(trait.c.value)
)
_ON_SHIFT = select(duty.c.officer, duty.c.starts, duty.c.shift, duty.c.unit, duty.c.beat).join(
    _moment, (duty.c.starts <= _moment.c.at) & (duty.c.ends > _moment.c.at)
)
_CELLS = select(officer_state.c.officer, officer_state.c.cell_lon, officer_state.c.cell_lat).join(
    _moment, officer_state.c.fix_at >= _moment.c.at
)
_COLUMNS = tuple(addressee.c[name] for name in ("officer", "refusal", "version", "at", "left_at", "step", "step_at"))
_KNOWN = select(*_COLUMNS).join(_one, addressee.c.record == _one.c.record)
_people_in = insert_of(addressee, _people)
_PUT = _people_in.on_conflict_do_update(
    index_elements=["record", "officer"],
    set_={name: _people_in.excluded[name] for name in ("version", "at", "refusal", "left_at", "step", "step_at")},
)
_left = rows_of("l", record=_TEXT, officer=_TEXT, at=_INT)
_LEFT = (
    update(addressee)
    .values(left_at=_left.c.at)
    .where(addressee.c.record == _left.c.record, addressee.c.officer == _left.c.officer)
)
_changes = rows_of("c", kind=_TEXT, id=_TEXT, version=_INT)
_CHANGED = insert_of(change, _changes)


# ------------------------------------------------------------------ the writes
def publish(
    connection: Connection, item: Briefing, row: Row, version: int, at: Instant, jobs: Sequence[Job], door: Door
) -> Published | None:
    """The briefing in place of that version of it (0: of none), what it supersedes closed, its addressees, its jobs:
    all or nothing. None where another version came first. Raises records.Collided: run it again."""
    put = records.put_over(connection, item, row, version, at)
    if put is None:
        return None
    closed = _close(connection, item.supersedes, item, at) if item.supersedes else None
    ask_again(connection, item, put.version, at, door)
    job_bodies.schedule(connection, jobs)
    return Published(put, tuple(addressees(connection, item.id)), closed)


def _close(connection: Connection, name: str, by: Briefing, at: Instant) -> Put | None:
    """What is superseded is over: only a live briefing of the same force."""
    found = records.by_ids(connection, [name]).get(name)
    if found is None or not isinstance(found.record, Briefing) or found.record.force != by.force:
        return None
    if not found.record.status.live:
        return None
    over = replace(found.record, status=Status.CLOSED, changed=(f"superseded by {by.title}",))
    return records.put(connection, [over], records.rows_for([over], at, by.source), at)[0]


def ask_again(connection: Connection, item: Briefing, version: int, at: Instant, door: Door) -> Readdressed:
    """Adds who has become one of the audience, marks who has left, and asks the door anew where the version is new."""
    found = {one.officer: one for one in asked(connection, item, version, at, door)} if item.status.live else {}
    before = {one.officer: one for one in addressees(connection, item.id)}
    added = [name for name in found if name not in before or before[name].left_at is not None]
    left = (
        [name for name, one in before.items() if name not in found and one.left_at is None] if item.status.live else []
    )
    rows: list[Row] = []
    for name, one in found.items():
        was = before.get(name)
        if was is not None and was.left_at is None and (was.refusal, was.version) == (one.refusal, version):
            continue
        step = was.step if was is not None and was.version >= item.ack_version else Step.NONE
        first = was.at if was is not None and was.left_at is None else at
        since = was.step_at if was is not None and step else None
        rows.append((item.id, name, version, first, one.refusal, None, int(step), since))
    write_rows(connection, _PUT, sorted(rows, key=lambda row: str(row[1])))
    write_rows(connection, _LEFT, [(item.id, name, at) for name in sorted(left)])
    return Readdressed(tuple(sorted(added)), tuple(sorted(left)))


def step_up(connection: Connection, name: str, officers: Sequence[str], step: Step, at: Instant) -> None:
    """They have not answered in time, and everybody hears of it. Whom the roster does not know gets a row by it."""
    known = {one.officer: one for one in addressees(connection, name)}
    rows: list[Row] = []
    for officer in sorted(set(officers)):
        was = known.get(officer, Addressee(officer, at=at))
        if was.step < step:
            rows.append((name, officer, was.version, was.at, was.refusal, was.left_at, int(step), at))
    write_rows(connection, _PUT, rows)
    kind = ChangeKind.REMINDER if step is Step.SAID_AGAIN else ChangeKind.DELIVERY
    write_rows(connection, _CHANGED, [(kind.value, name, 0)] if rows else [])


# ------------------------------------------------------------------ the question
def asked(connection: Connection, item: Briefing, version: int, at: Instant, door: Door) -> list[Addressee]:
    """Everybody of the roster whom the audience matches at that moment, by id, with what the door says of him."""
    forces = _forces(item)
    force_of = dict(_having(connection, "officer", "force", forces))
    officers = set(force_of)
    audience = item.audience
    for name, values in (("role", audience.roles), ("operation", audience.operations)):
        if values:
            officers &= _who(connection, "officer", name, values)
    if audience.officers:
        officers &= set(audience.officers)
    if officers and (audience.beats or audience.units or audience.skills or audience.area is not None):
        officers &= _by_duty(connection, item, officers, at)
    people = _with_rights(connection, item, sorted(officers), force_of)
    refused = door(item, people, max(at, item.valid.start or at))
    return [Addressee(one.id, why, version, at) for one, why in zip(people, refused, strict=True)]


def _forces(item: Briefing) -> tuple[str, ...]:
    """Its own, and those that its marking shares it with; of those, the ones that the audience names."""
    open_to = (item.force, *item.marking.shared_with)
    named = item.audience.forces
    return tuple(force for force in open_to if not named or force in named)


def _by_duty(connection: Connection, item: Briefing, officers: set[str], at: Instant) -> set[str]:
    """Who is on the beats, in the units, has the skills, is in the area: by the shift that he is on, else by the unit
    that lists him."""
    audience = item.audience
    units, shifts = _Units(connection), _on_shift(connection, at)
    unit_of = {name: units.of(name, shifts.get(name)) for name in officers}
    found = set(officers)
    if audience.beats:
        beats = set(audience.beats)
        own = _who(connection, "beat", "force", (item.force,))
        for named in ("name", "district"):
            beats |= _who(connection, "beat", named, audience.beats) & own
        found = {name for name in found if name in shifts and shifts[name][1] in beats}
    if audience.units:
        wanted = {units.by_callsign.get(name, name) for name in audience.units}
        found = {name for name in found if unit_of[name] in wanted}
    if audience.skills:
        skilled = _who(connection, "officer", "skill", audience.skills)
        bring = _who(connection, "unit", "skill", audience.skills)
        found = {name for name in found if name in skilled or unit_of[name] in bring}
    return _in_area(connection, audience, found, shifts, at) if audience.area is not None else found


def _in_area(
    connection: Connection, audience: Audience, officers: set[str], shifts: dict[str, tuple[str, str]], at: Instant
) -> set[str]:
    """By the last cell, where it is fresh; else by the area of the beat that he is on shift for."""
    cells = [
        row for row in fetch_rows(connection, _CELLS, [(at - HERE_FOR,)]) if row[0] in officers and row[1] is not None
    ]
    lon, lat = [row[1] for row in cells], [row[2] for row in cells]
    within = np.asarray(shapely.intersects_xy(audience.area, lon, lat))
    found = {cells[row][0] for row in np.flatnonzero(within).tolist()}
    placed = {row[0] for row in cells}
    beats = {beat.id for beat in roster.read(connection, Beat, None) if shapely.intersects(beat.area, audience.area)}
    return found | {name for name in officers - placed if name in shifts and shifts[name][1] in beats}


class _Units:
    """The roster's units, by callsign and by the officers whom they list."""

    def __init__(self, connection: Connection) -> None:
        rows = connection.execute(
            select(trait.c.id, trait.c.trait, trait.c.value).where(
                trait.c.kind == "unit", trait.c.trait.in_(("callsign", "officer"))
            )
        ).all()
        self.by_callsign = {str(value): str(unit) for unit, name, value in rows if name == "callsign"}
        self._listing = {str(value): str(unit) for unit, name, value in rows if name == "officer"}
        self._ids = set(self.by_callsign.values())

    def of(self, officer: str, shift: tuple[str, str] | None) -> str:
        named = shift[0] if shift is not None else ""
        if named in self._ids:
            return named
        return self.by_callsign.get(named, "") or self._listing.get(officer, "")


def _on_shift(connection: Connection, at: Instant) -> dict[str, tuple[str, str]]:
    """Officer -> (unit, beat) of the shift that he is on; the one that started last, where they overlap."""
    rows = fetch_rows(connection, _ON_SHIFT, [(at,)])
    rows.sort(key=lambda row: (row[1], row[2]))
    return {officer: (unit or "", beat or "") for officer, _, _, unit, beat in rows}


def _with_rights(
    connection: Connection, item: Briefing, officers: Sequence[str], force_of: dict[str, str]
) -> list[Officer]:
    """As far as the door will ask."""
    marking = item.marking
    levels = [str(int(level)) for level in Clearance if level >= marking.level]
    cleared = _who(connection, "officer", "clearance", levels) if marking.level else set(officers)
    members: dict[str, list[str]] = {}
    for officer, operation in _having(connection, "officer", "operation", marking.operations):
        members.setdefault(officer, []).append(operation)
    return [
        Officer(
            id=name,
            force=force_of[name],
            clearance=marking.level if name in cleared else Clearance.OFFICIAL,
            operations=tuple(members.get(name, ())),
        )
        for name in officers
    ]


def _having(connection: Connection, kind: str, name: str, values: Iterable[str]) -> list[tuple[str, str]]:
    """(id, value) of every entry of that sort that has one of the values."""
    rows: list[Row] = [(kind, name, value) for value in sorted(set(values))]
    return [(str(who), str(value)) for who, value in fetch_rows(connection, _HAVING, rows)]


def _who(connection: Connection, kind: str, name: str, values: Iterable[str]) -> set[str]:
    return {who for who, _ in _having(connection, kind, name, values)}


# ------------------------------------------------------------------ the reads
def having(connection: Connection, kind: str, name: str, values: Sequence[str]) -> dict[str, int]:
    """How many entries of that sort have each value; those that nobody has are left out."""
    return dict(fetch_rows(connection, _COUNTED, [(kind, name, one) for one in sorted(set(values))]))


def addressed_to(connection: Connection, officer: str) -> list[str]:
    """The briefings that are for him and that he may have, by id."""
    mine = (addressee.c.officer == officer, addressee.c.left_at.is_(None), addressee.c.refusal == "")
    return list(connection.execute(select(addressee.c.record).where(*mine).order_by(addressee.c.record)).scalars())


def addressees(connection: Connection, name: str) -> list[Addressee]:
    """By id, those who have left among them."""
    rows = sorted(fetch_rows(connection, _KNOWN, [(name,)]))
    return [_addressee(row) for row in rows]


def climbed(connection: Connection, step: Step) -> dict[str, list[Addressee]]:
    """Record -> those for whom it has climbed at least so far and who are still of its audience."""
    found: dict[str, list[Addressee]] = {}
    statement = select(addressee.c.record, *_COLUMNS).where(
        addressee.c.step >= int(step), addressee.c.left_at.is_(None)
    )
    for row in connection.execute(statement.order_by(addressee.c.record, addressee.c.officer)):
        found.setdefault(row[0], []).append(_addressee(row[1:]))
    return found


def _addressee(row: Sequence[Any]) -> Addressee:
    officer, refusal, version, at, left_at, step, step_at = row
    return Addressee(officer, refusal, version, at, left_at, Step(step), step_at)
