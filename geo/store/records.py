"""Records into the store and out of it: put with versions, read by id, and the live ones for a starting process."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import shapely
from sqlalchemy import BigInteger, Float, SmallInteger, Text, delete, insert, select, text, union_all, update
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.document import digest_of_text, record_of_text, text_of
from geo.model import IntelReport, Record, RecordKind, Status, Stored, hazard_mask
from geo.store import vocabulary
from geo.store.rows import Outcome, Put
from geo.store.tables import EARLIEST, LATEST, change, record, record_compartment, record_share, record_version
from geo.store.vocabulary import Wkb, fetch_rows, insert_of, lock_rows, rows_of, write_rows


class Collided(Exception):
    """Another process made the same row between our look and our write: run the body again."""


_INT, _TEXT, _FLOAT, _SMALL = BigInteger(), Text(), Float(), SmallInteger()
_rows = rows_of(
    "r",
    id=_TEXT,
    version=_INT,
    digest=_TEXT,
    kind=_TEXT,
    force=_TEXT,
    category=_TEXT,
    grade=_TEXT,
    status=_TEXT,
    beat=_TEXT,
    reported_at=_INT,
    occurred_from=_INT,
    occurred_until=_INT,
    valid_until=_INT,
    level=_SMALL,
    shared=_SMALL,
    compartments=_SMALL,
    min_lon=_FLOAT,
    min_lat=_FLOAT,
    max_lon=_FLOAT,
    max_lat=_FLOAT,
    place=Wkb(),
    written_at=_INT,
    actor=_TEXT,
    document=_TEXT,
    hazards=_INT,
    lookout=_SMALL,
)
COLUMNS = tuple(item.name for item in _rows.c)
"""What a row of :func:`rows_for` holds, in order."""
_ID, _VERSION, _DIGEST = 0, 1, 2
_ids = rows_of("i", id=_TEXT)
_shares = rows_of("s", record=_TEXT, force=_TEXT)
_compartments = rows_of("o", record=_TEXT, operation=_TEXT)
_changes = rows_of("c", kind=_TEXT, id=_TEXT, version=_INT, rank=_SMALL)

_LOOK = lock_rows(
    select(record.c.id, record.c.version, record.c.digest).join(_ids, _ids.c.id == record.c.id).order_by(record.c.id),
    record,
)
_INSERT = insert_of(record, _rows).on_conflict_do_nothing(index_elements=["id"])
_VERSIONED = ("id", "version", "written_at", "actor", "kind", "document")
_KEEP = insert(record_version).from_select(
    _VERSIONED, select(*(record.c[name] for name in _VERSIONED)).join(_ids, _ids.c.id == record.c.id)
)
_UPDATE = (
    update(record)
    .values({name: _rows.c[name] for name in _rows.c.keys() if name != "id"})  # noqa: SIM118 - not a dict
    .where(record.c.id == _rows.c.id)
)
_CHANGED = insert_of(change, _changes)
_UNSHARE = delete(record_share).where(record_share.c.record.in_(select(_ids.c.id)))
_UNCOMPARTMENT = delete(record_compartment).where(record_compartment.c.record.in_(select(_ids.c.id)))
_SHARE = insert_of(record_share, _shares)
_COMPARTMENT = insert_of(record_compartment, _compartments)


def rows_for(records: Sequence[Record], at: Instant, actor: str) -> list[vocabulary.Row]:
    """Records -> rows of the table, as version 1. Geometry and boxes are made for all of them at once."""
    places = np.array([item.place for item in records], dtype=object)
    wkbs = shapely.to_wkb(places, output_dimension=2)
    boxes = [tuple(None if value != value else value for value in bounds) for bounds in shapely.bounds(places).tolist()]
    return [_row(item, wkb, bounds, at, actor) for item, wkb, bounds in zip(records, wkbs.tolist(), boxes, strict=True)]


def _row(item: Record, wkb: bytes | None, bounds: tuple[float | None, ...], at: Instant, actor: str) -> vocabulary.Row:
    kind, document, marking = item.kind.value, text_of(item), item.marking
    since, until = occurred(item)
    return (
        item.id,
        1,
        digest_of_text(kind, document).hex(),
        kind,
        item.force,
        item.category,
        item.grade.value,
        item.status.value,
        item.beat,
        item.reported_at,
        since,
        until,
        LATEST if item.valid.end is None else item.valid.end,
        int(marking.level),
        int(bool(marking.shared_with)),
        int(bool(marking.operations)),
        *bounds,
        None if bounds[0] is None else wkb,
        at,
        actor,
        document,
        hazard_mask(item.hazards),
        int(isinstance(item, IntelReport) and item.lookout),
    )


def occurred(item: Record) -> tuple[Instant, Instant]:
    """When it happened, half-open and closed at both ends: a point in time lasts a microsecond, an interval without
    either end stands for the instant of the report."""
    start, end = item.occurred.start, item.occurred.end
    if start is None and end is None:
        start = end = item.reported_at
    since = EARLIEST if start is None else start
    until = LATEST if end is None else end
    return since, max(until, since + 1)


Add: TypeAlias = Callable[[Connection, Sequence[vocabulary.Row]], int]
"""How new rows get in -> how many did."""


def add(connection: Connection, rows: Sequence[vocabulary.Row]) -> int:
    """By INSERT; of what another process put there meanwhile, nothing is written."""
    return write_rows(connection, _INSERT, rows)


def put(
    connection: Connection, records: Sequence[Record], rows: Sequence[vocabulary.Row], at: Instant, add: Add = add
) -> list[Put]:
    """Records (ids all different) and their rows -> one transaction's work. Raises Collided: run it again."""
    known = fetch_rows(connection, _LOOK, [row[:1] for row in rows])
    found: dict[vocabulary.Cell, tuple[int, str]] = {name: (version, digest) for name, version, digest in known}
    puts: list[Put] = []
    new: list[vocabulary.Row] = []
    changed: list[vocabulary.Row] = []
    touched: dict[vocabulary.Cell, Record] = {}
    for item, row in zip(records, rows, strict=True):
        version, digest = found.get(row[_ID], (0, ""))
        if digest == row[_DIGEST]:
            puts.append(Put(str(row[_ID]), version, Outcome.UNCHANGED))
            continue
        touched[row[_ID]] = item
        if version:
            changed.append((row[_ID], version + 1, *row[2:]))
        else:
            new.append(row)
        puts.append(Put(str(row[_ID]), version + 1, Outcome.CHANGED if version else Outcome.NEW))
    _write(connection, new, changed, add)
    _write_marking(connection, touched, [row[:1] for row in changed])
    written = [("record", row[_ID], row[_VERSION], rank_of(touched[row[_ID]], at)) for row in (*new, *changed)]
    write_rows(connection, _CHANGED, written)
    return puts


def put_over(connection: Connection, item: Record, row: vocabulary.Row, version: int, at: Instant) -> Put | None:
    """The record in place of this very version (0: of none); None where it is not the newest any more. The row stays
    locked. Raises Collided: run it again."""
    known = fetch_rows(connection, _LOOK, [row[:1]])
    newest = known[0][_VERSION] if known else 0
    return put(connection, [item], [row], at)[0] if newest == version else None


def rank_of(item: Record, at: Instant) -> int:
    """Of a change: the grade's rank + 1 of what is live at that instant, 0 of history."""
    over = item.valid.end is not None and item.valid.end <= at
    return item.grade.rank + 1 if item.status.live and not over else 0


def _write(connection: Connection, new: list[vocabulary.Row], changed: list[vocabulary.Row], add: Add) -> None:
    new.sort(key=lambda row: str(row[_ID]))  # one order of locking in all processes: no deadlock
    if add(connection, new) != len(new):
        raise Collided
    write_rows(connection, _KEEP, [row[:1] for row in changed])
    write_rows(connection, _UPDATE, changed)


def _write_marking(
    connection: Connection, touched: Mapping[vocabulary.Cell, Record], changed: list[vocabulary.Row]
) -> None:
    write_rows(connection, _UNSHARE, changed)
    write_rows(connection, _UNCOMPARTMENT, changed)
    shares = [(name, force) for name, item in touched.items() for force in sorted(set(item.marking.shared_with))]
    write_rows(connection, _SHARE, shares)
    compartments = [
        (name, operation) for name, item in touched.items() for operation in sorted(set(item.marking.operations))
    ]
    write_rows(connection, _COMPARTMENT, compartments)


STORED = (record.c.kind, record.c.document, record.c.version, record.c.written_at)


def stored(row: Sequence[Any]) -> Stored:
    """A row that begins with the columns of STORED -> the record as the store holds it."""
    return Stored(record_of_text(RecordKind(row[0]), row[1]), row[2], row[3])


def by_ids(connection: Connection, ids: Sequence[str]) -> dict[str, Stored]:
    """The newest version of each record that there is; the ids that there are not are left out."""
    found: dict[str, Stored] = {}
    for start in range(0, len(ids), 500):
        statement = select(*STORED, record.c.id).where(record.c.id.in_(ids[start : start + 500]))
        found |= {row.id: stored(row) for row in connection.execute(statement)}
    return found


def versions(connection: Connection, id: str) -> list[Stored]:
    """Every version, oldest first; empty where there is no such record."""
    kept = record_version.c
    older = select(kept.kind, kept.document, kept.version, kept.written_at).where(kept.id == id)
    newest = select(*STORED).where(record.c.id == id)
    return [stored(row) for row in connection.execute(union_all(older, newest).order_by(text("version")))]


def live(connection: Connection, now: Instant) -> tuple[Stored, ...]:
    """Records that are open or attended and whose valid interval has not ended by ``now``."""
    states = [status.value for status in Status if status.live]
    statement = select(*STORED).where(record.c.status.in_(states), record.c.valid_until > now)
    return tuple(stored(row) for row in connection.execute(statement))
