"""What a patrol-start briefing asks of the store: a beat's records as columns, the few chosen as documents, the reader

Nothing here decides what is shown: whoever may know what is the door's business (geo.access), what matters the score's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    Text,
    and_,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.engine import Connection

from geo.clock import DAY, Instant
from geo.model import Grade, RecordKind, Stored
from geo.store.boxes import Box
from geo.store.columns import NOWHERE, fetch_columns, touching
from geo.store.patrol_rows import KINDS, STATUSES, BeatColumns, BeatHistory, BeatQuery, OnDuty, ReaderRows
from geo.store.records import STORED, stored
from geo.store.tables import LATEST, addressee, answer, duty, record, record_version, trait
from geo.store.vocabulary import during

MOST_ROWS = 6_000
"""About so many rows of history are read of a beat: 50 to 100 ms, and more than any sum over them needs."""
SPANS = (2 * DAY, 30 * DAY, 366 * DAY)
"""History is read back in time by these, each as far as what was found so far says that there is room. The first is
read whole, and next to the beat as well: what is new lies in it."""
MOST_BRIEFINGS = 500
"""Live briefings that are looked at, the newest first."""
AT_ONCE = 500
SHIFTS_FOR = 21 * DAY
"""How far back an officer's last shift is looked for."""

_IS_LIVE: ColumnElement[bool] = literal_column("(record.status IN ('open', 'attended'))")
"""Its words stand in the text: SQLite takes a partial index only where it can see that it covers the question."""
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
    "level": _row.level,
    "category": _row.category,
}


def beat_history(connection: Connection, query: BeatQuery) -> BeatHistory:
    """Of the beat: what happened in the window, and lately next to it too; what is valid until a given end,
    intelligence of a year, lookouts wherever they are, and what has no place but names the beat. Of the force, or
    shared by another.

    Where a beat has more than MOST_ROWS in the window, the window is cut short: ``since`` says to when.
    """
    found = [_fetched(connection, query, *conditions) for conditions in _standing(query)]
    until, count = query.until + 1, 0
    for span in SPANS:
        since = max(query.since, query.until - span)
        if count:
            a_day = count * DAY / max(query.until - until, 1)
            since = max(since, until - int((MOST_ROWS - count) / a_day * DAY))
        if since >= until:
            break
        found.append(_fetched(connection, query, *_happened(query, since, until)))
        count, until = count + len(found[-1]), since
    whole = BeatColumns(*(np.concatenate([getattr(part, name) for part in found]) for name in _TYPES))
    _, first = np.unique(whole.n, return_index=True)
    chosen = whole.rows(first)
    for axis in (chosen.lon, chosen.lat):
        axis[axis == NOWHERE] = np.nan
    return BeatHistory(chosen, until)


def _fetched(connection: Connection, query: BeatQuery, *conditions: ColumnElement[bool]) -> BeatColumns:
    common = case(((_row.compartments == 0) & (_row.force == query.force), 1), else_=0)
    columns = (*(column.label(name) for name, column in _COLUMNS.items()), common.label("common"))
    return BeatColumns(**fetch_columns(connection, select(*columns).where(*conditions), _TYPES))


def _mine(query: BeatQuery) -> ColumnElement[bool]:
    """Of the force or shared by another, known by then, and not pushed to an audience."""
    of_force = or_(_row.force == query.force, _row.shared == 1)
    return and_(of_force, _row.reported_at <= query.until, _row.kind != RecordKind.BRIEFING.value)


def _happened(query: BeatQuery, start: Instant, end: Instant) -> tuple[ColumnElement[bool], ...]:
    """In that span of the window and in none after it."""
    first = end > query.until
    last: ColumnElement[bool] = true() if first else _row.occurred_until <= end
    here = touching("record", query.boxes if first else query.inside)
    return (here, _untyped(during("record", start, end)), last, _mine(query))


def _standing(query: BeatQuery) -> list[tuple[ColumnElement[bool], ...]]:
    """What does not go by when it happened: each served by an index of its own."""
    mine, named, nowhere = _mine(query), _row.beat.in_(query.names), _row.min_lon.is_(None)
    intel = (_row.kind == RecordKind.INTEL.value, _row.reported_at >= query.intel_since, _IS_LIVE, mine)
    here = _boxed(query.boxes)
    return [
        (_IS_LIVE, _row.valid_until > query.until, _row.valid_until < LATEST, mine, or_(here, named)),
        (nowhere, named, _row.reported_at >= query.placeless_since, _row.kind.in_(_INCIDENTS), mine),
        (or_(here, _row.lookout == 1, and_(nowhere, named)), *intel),
    ]


def _untyped(condition: ColumnElement[object]) -> ColumnElement[bool]:
    return condition  # type: ignore[return-value]  # see geo.store.vocabulary: typed Boolean it defeats the R*Tree


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
        _IS_LIVE,
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
