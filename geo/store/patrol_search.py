"""What a patrol-start briefing asks of the store: a beat's records as columns, the few chosen as documents, the reader

Nothing here decides what is shown: whoever may know what is the door's business (geo.access), what matters the score's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, ColumnElement, Float, Select, Text, case, func, literal, or_, select
from sqlalchemy.engine import Connection

from geo.clock import DAY, Instant
from geo.model import Grade, RecordKind, Status, Stored
from geo.store.boxes import Box
from geo.store.columns import NOWHERE, fetch_columns, touching
from geo.store.patrol_rows import KINDS, STATUSES, BeatColumns, BeatQuery, OnDuty, ReaderRows
from geo.store.records import STORED, stored
from geo.store.tables import LATEST, addressee, answer, duty, record, record_version, trait
from geo.store.vocabulary import during

MOST_BRIEFINGS = 500
"""Live briefings that are looked at, the newest first."""
AT_ONCE = 500
SHIFTS_FOR = 21 * DAY
"""How far back an officer's last shift is looked for."""

_LIVE = tuple(status.value for status in Status if status.live)
_INCIDENTS = (RecordKind.INCIDENT.value, RecordKind.EMERGENCY.value)


_INT, _FLOAT = BigInteger(), Float()
_TYPES = {
    field.name: Text() if field.name == "category" else _FLOAT if field.name in ("lon", "lat") else _INT
    for field in fields(BeatColumns)
}


def _place_in(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[int]:
    return case({value: place for place, value in enumerate(values)}, value=column, else_=len(values))


_row = record.c
_COLUMNS: dict[str, ColumnElement[Any]] = {
    "n": _row.n,
    "kind": _place_in(_row.kind, [kind.value for kind in KINDS]),
    "grade": case({grade.value: grade.rank for grade in Grade}, value=_row.grade, else_=0),
    "status": _place_in(_row.status, [status.value for status in STATUSES]),
    "hazards": _row.hazards,
    "lookout": _row.lookout,
    "lon": func.coalesce((_row.min_lon + _row.max_lon) / 2, literal(NOWHERE)),
    "lat": func.coalesce((_row.min_lat + _row.max_lat) / 2, literal(NOWHERE)),
    "reported_at": _row.reported_at,
    "occurred_from": _row.occurred_from,
    "occurred_until": _row.occurred_until,
    "valid_until": _row.valid_until,
    "written_at": _row.written_at,
    "version": _row.version,
    "category": _row.category,
}


def beat_columns(connection: Connection, query: BeatQuery) -> BeatColumns:
    """Of the beat and what is next to it: what happened in the window, what is valid until a given end, intelligence of
    a year, lookouts wherever they are, and what has no place but names the beat. Of the force, or shared by another."""
    found = [_fetched(connection, *conditions) for conditions in _parts(query)]
    whole = BeatColumns(*(np.concatenate([getattr(part, name) for part in found]) for name in _COLUMNS))
    _, first = np.unique(whole.n, return_index=True)
    chosen = whole.rows(first)
    for axis in (chosen.lon, chosen.lat):
        axis[axis == NOWHERE] = np.nan
    return chosen


def _fetched(connection: Connection, *conditions: ColumnElement[bool]) -> BeatColumns:
    statement = _select().where(*conditions)
    return BeatColumns(**fetch_columns(connection, statement, _TYPES))


def _select() -> Select[Any]:
    return select(*(column.label(name) for name, column in _COLUMNS.items()))


def _parts(query: BeatQuery) -> list[tuple[ColumnElement[bool], ...]]:
    here, mine = touching("record", query.boxes), or_(_row.force == query.force, _row.shared == 1)
    nowhere, live = _row.min_lon.is_(None), _row.status.in_(_LIVE)
    named = _row.beat.in_(query.names)
    known = _row.reported_at <= query.until
    intel = (_row.kind == RecordKind.INTEL.value, _row.reported_at >= query.intel_since)
    happened = during("record", query.since, query.until + 1)
    ends = (live, _row.valid_until > query.until, _row.valid_until < LATEST)
    return [
        (here, mine, known, happened, _row.kind != RecordKind.BRIEFING.value),  # type: ignore[list-item]
        (*ends, mine, known, _row.kind != RecordKind.BRIEFING.value, or_(_boxed(query.boxes), named)),
        (here, mine, known, *intel, live),
        (nowhere, mine, known, _row.kind.in_(_INCIDENTS), _row.reported_at >= query.placeless_since, named),
        (mine, known, *intel, live, or_(_row.lookout == 1, nowhere & named)),
    ]


def _boxed(boxes: tuple[Box, ...]) -> ColumnElement[bool]:
    """By the row's own box, for rows that come out of another index."""
    return or_(
        *(
            (_row.max_lon >= west) & (_row.min_lon <= east) & (_row.max_lat >= south) & (_row.min_lat <= north)
            for west, south, east, north in boxes
        )
    )


def documents(connection: Connection, numbers: Sequence[int]) -> list[Stored]:
    """The records of these rows, in no promised order."""
    found: list[Stored] = []
    for start in range(0, len(numbers), AT_ONCE):
        statement = select(*STORED).where(_row.n.in_(numbers[start : start + AT_ONCE]))
        found += [stored(row) for row in connection.execute(statement)]
    return found


def briefings(connection: Connection, force: str, now: Instant) -> list[Stored]:
    """Live briefings of the force, and those that others share, newest first."""
    statement = select(*STORED).where(
        _row.kind == RecordKind.BRIEFING.value,
        _row.status.in_(_LIVE),
        _row.valid_until > now,
        _row.reported_at <= now,
        or_(_row.force == force, _row.shared == 1),
    )
    newest = statement.order_by(_row.reported_at.desc(), _row.id.desc()).limit(MOST_BRIEFINGS)
    return [stored(row) for row in connection.execute(newest)]


def as_of(connection: Connection, ids: Sequence[str], at: Instant) -> dict[str, Stored]:
    """Of these records, as they stood at that moment, those that a newer version has replaced since."""
    kept = record_version.c
    found: dict[str, Stored] = {}
    for start in range(0, len(ids), AT_ONCE):
        statement = select(kept.kind, kept.document, kept.version, kept.written_at, kept.id).where(
            kept.id.in_(ids[start : start + AT_ONCE]), kept.written_at <= at
        )
        for row in connection.execute(statement.order_by(kept.id, kept.version)):
            found[row.id] = stored(row)
    return found


def versions_now(connection: Connection, ids: Sequence[str]) -> dict[str, int]:
    """The number of each record's newest version."""
    found: dict[str, int] = {}
    for start in range(0, len(ids), AT_ONCE):
        statement = select(_row.id, _row.version).where(_row.id.in_(ids[start : start + AT_ONCE]))
        found |= {row.id: row.version for row in connection.execute(statement)}
    return found


def reader_rows(connection: Connection, officer: str, now: Instant) -> ReaderRows:
    """What is his own: shifts that have not ended long ago, briefings that are for him, his answers to them."""
    shifts = (
        select(duty.c.starts, duty.c.ends, duty.c.unit, duty.c.beat)
        .where(duty.c.officer == officer, duty.c.ends > now - SHIFTS_FOR)
        .order_by(duty.c.starts, duty.c.ends)
    )
    his = select(addressee.c.record).where(
        addressee.c.officer == officer, addressee.c.refusal == "", addressee.c.left_at.is_(None)
    )
    addressed = frozenset(connection.execute(his).scalars())
    answers = select(answer.c.record, func.max(answer.c.at)).where(
        answer.c.officer == officer, answer.c.record.in_(his)
    )
    answered = {row[0]: row[1] for row in connection.execute(answers.group_by(answer.c.record))}
    return ReaderRows(tuple(OnDuty(*row) for row in connection.execute(shifts)), addressed, answered)


def beat_names(connection: Connection, force: str) -> list[tuple[str, str]]:
    """(id, name) of the force's beats, by id: what a question may name, without their areas."""
    of_force = select(trait.c.id).where(trait.c.kind == "beat", trait.c.trait == "force", trait.c.value == force)
    named = select(trait.c.id, trait.c.value).where(
        trait.c.kind == "beat", trait.c.trait == "name", trait.c.id.in_(of_force)
    )
    return [(row.id, row.value) for row in connection.execute(named.order_by(trait.c.id))]
