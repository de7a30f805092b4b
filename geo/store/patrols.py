"""What patrol-start briefings disclosed: written before the first byte leaves, read to correct it, and to prove it"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Text, select
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.store.briefing_rows import PatrolItem, PatrolRow
from geo.store.rows import ChangeKind
from geo.store.tables import change, patrol, patrol_item
from geo.store.vocabulary import fetch_rows, insert_of, rows_of, write_rows

_INT, _TEXT = BigInteger(), Text()
_rows = rows_of(
    "r", id=_TEXT, officer=_TEXT, actor=_TEXT, force=_TEXT, beat=_TEXT, starts=_INT, ends=_INT, since=_INT, at=_INT,
    policy=_TEXT, digest=_TEXT,
)  # fmt: skip
_items = rows_of("i", patrol=_TEXT, record=_TEXT, version=_INT, section=_TEXT, number=_INT)
_changes = rows_of("c", kind=_TEXT, id=_TEXT, version=_INT)
_PUT = insert_of(patrol, _rows).on_conflict_do_nothing(index_elements=["id"])
_ITEMS = insert_of(patrol_item, _items).on_conflict_do_nothing(index_elements=["patrol", "record"])
_CHANGED = insert_of(change, _changes)
_lasting = rows_of("l", officer=_TEXT, now=_INT)
_OF = select(patrol).join(_lasting, (patrol.c.officer == _lasting.c.officer) & (patrol.c.ends > _lasting.c.now))
_ids = rows_of("n", id=_TEXT)
_ITEMS_OF = select(patrol_item).join(_ids, patrol_item.c.patrol == _ids.c.id)


def disclose(connection: Connection, row: PatrolRow) -> None:
    """Once, however often it is written; the officer's process hears of it by the change log."""
    written = write_rows(
        connection,
        _PUT,
        [(row.id, row.officer, row.actor, row.force, row.beat, row.start, row.until, row.since, row.at, row.policy,
          row.digest)],
    )  # fmt: skip
    if not written:
        return
    items = sorted({(row.id, one.record): (row.id, one.record, one.version, one.section, one.number)
                    for one in row.items}.values())  # fmt: skip
    write_rows(connection, _ITEMS, items)
    if row.officer:
        write_rows(connection, _CHANGED, [(ChangeKind.PATROL.value, row.officer, 0)])


def lasting(connection: Connection, officers: Sequence[str], now: Instant) -> list[PatrolRow]:
    """Those given to these officers that are still corrected at ``now``, oldest first."""
    return _whole(connection, fetch_rows(connection, _OF, [(name, now) for name in sorted(set(officers))]))


def showing(connection: Connection, record: str) -> list[PatrolRow]:
    """Every briefing that showed a record, oldest first."""
    with_it = select(patrol_item.c.patrol).where(patrol_item.c.record == record)
    rows = connection.execute(select(patrol).where(patrol.c.id.in_(with_it)))
    return _whole(connection, [tuple(row) for row in rows])


def _whole(connection: Connection, rows: Sequence[Sequence[object]]) -> list[PatrolRow]:
    items: dict[str, list[PatrolItem]] = {}
    for name, record, version, section, number in fetch_rows(connection, _ITEMS_OF, [(str(row[0]),) for row in rows]):
        items.setdefault(name, []).append(PatrolItem(record, version, section, number))
    names = ("id", "officer", "actor", "force", "beat", "start", "until", "since", "at", "policy", "digest")
    found = [
        PatrolRow(
            **dict(zip(names, row, strict=True)),  # type: ignore[arg-type]
            items=tuple(sorted(items.get(str(row[0]), ()), key=lambda one: one.number)),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.at, one.id))
