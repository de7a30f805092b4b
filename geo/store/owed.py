"""RECORD: what is owed and to whom, the disclosure, and the officer's state, in one transaction and few statements."""

from __future__ import annotations

from collections.abc import Set
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    Float,
    LargeBinary,
    SmallInteger,
    Text,
    bindparam,
    case,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import Insert
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from geo.pairs import Bool, Int64
from geo.store import packing, vocabulary
from geo.store.rows import Act, Fanout, Receipted, Tick
from geo.store.tables import fanout, held, inbox, job, legend, officer_state
from geo.store.vocabulary import fetch_rows, insert_of, lock_rows, numbers_for, rows_of, write_rows

CELL_DECIMALS = 3
"""About 100 m: where he was last, coarse on purpose."""

_INT, _TEXT, _FLOAT, _SMALL = BigInteger(), Text(), Float(), SmallInteger()
_officers = rows_of("o", officer=_TEXT)
_legends = rows_of("l", n=_INT, names=_TEXT)
_fanouts = rows_of(
    "f",
    n=_INT,
    record=_TEXT,
    version=_INT,
    at=_INT,
    policy=_TEXT,
    owner=_TEXT,
    tick=_INT,
    legend=_INT,
    width=_INT,
    officers=LargeBinary(),
    rows=LargeBinary(),
)
_inbox = rows_of("i", officer=_TEXT, seq=_INT, fanout=_INT, position=_INT, at=_INT)
_held = rows_of(
    "h",
    officer=_TEXT,
    record=_TEXT,
    rev=_INT,
    seq=_INT,
    act=_SMALL,
    verdict=_SMALL,
    priority=_SMALL,
    inside=_SMALL,
    told_grade=_SMALL,
    told_hazards=_INT,
    told_lon=_FLOAT,
    told_lat=_FLOAT,
    told_version=_INT,
    told_style=_SMALL,
    told_at=_INT,
    fanout=_INT,
    position=_INT,
)
_jobs = rows_of("j", kind=_TEXT, subject=_TEXT, due_at=_INT, claimed_at=_INT)
_heads = rows_of("s", officer=_TEXT, seq=_INT)
_budgets = rows_of("b", officer=_TEXT, tokens=_FLOAT, tokens_at=_INT)
_cells = rows_of("c", officer=_TEXT, cell_lon=_FLOAT, cell_lat=_FLOAT, fix_at=_INT, seen_at=_INT)

_LOCK = lock_rows(
    select(officer_state.c.officer, officer_state.c.seq, officer_state.c.term, officer_state.c.owner)
    .join(_officers, _officers.c.officer == officer_state.c.officer)
    .order_by(officer_state.c.officer),
    officer_state,
)
_LEGEND = insert_of(legend, _legends).on_conflict_do_nothing(index_elements=["n"])
_FANOUT = insert_of(fanout, _fanouts)
_INBOX = insert_of(inbox, _inbox)
_JOBS = insert_of(job, _jobs).on_conflict_do_nothing()
_ITS_OWN = select(fanout.c.n, fanout.c.record, fanout.c.officers, fanout.c.rows, fanout.c.width).where(
    fanout.c.record.in_(bindparam("records", expanding=True)),
    fanout.c.at.in_(bindparam("ats", expanding=True)),  # the parts of the table that may hold it
    fanout.c.owner == bindparam("owner"),
    fanout.c.tick == bindparam("tick"),
)

_OF_A_WORD = ("seq", "act", "told_at", "fanout", "position")
"""What a verdict that says nothing leaves as the last word made it."""


def _held_statement() -> Insert:
    statement = insert_of(held, _held)
    new = statement.excluded
    silent = new.act == literal_column(str(int(Act.VERDICT)))
    values: dict[str, ColumnElement[object]] = {}
    for name in _held.c.keys():  # noqa: SIM118 - not a dict
        if name in ("officer", "record"):
            continue
        values[name] = case((silent, held.c[name]), else_=new[name]) if name in _OF_A_WORD else new[name]
    return statement.on_conflict_do_update(index_elements=["officer", "record"], set_=values)


_HELD = _held_statement()
_mine = officer_state.c.officer
_HEADS = update(officer_state).values(seq=_heads.c.seq).where(_mine == _heads.c.officer)
_BUDGETS = (
    update(officer_state)
    .values(tokens=_budgets.c.tokens, tokens_at=_budgets.c.tokens_at)
    .where(_mine == _budgets.c.officer)
)
_CELLS = (
    update(officer_state)
    .values(
        cell_lon=_cells.c.cell_lon,
        cell_lat=_cells.c.cell_lat,
        fix_at=_cells.c.fix_at,
        seen_at=case((_cells.c.seen_at > officer_state.c.seen_at, _cells.c.seen_at), else_=officer_state.c.seen_at),
    )
    .where(_mine == _cells.c.officer)
)


def record(connection: Connection, tick: Tick, legends: Set[int] = frozenset()) -> Receipted:
    """Writes a tick whole, but for the rows of officers that the caller does not own any more.

    An officer's seqs rise in the order of the fan-outs; a row that says nothing (act VERDICT) gets none. ``legends``
    are those that are known to be stored.
    """
    before = _own(connection, tick)  # and whoever is still writing the same tick has ended by then
    if tick.again and (written := _written(connection, tick)) is not None:
        return written
    heads = dict(before)
    officers = list(chain.from_iterable(item.officers for item in tick.fanouts))
    mine = np.fromiter((officer in heads for officer in officers), dtype=np.bool_, count=len(officers))
    seqs = _number(tick, officers, mine, heads)
    numbers = _write_fanouts(connection, tick, mine, seqs, legends)
    _write_thin(connection, tick, officers, mine, seqs, numbers)
    _write_states(connection, tick, before, heads)
    write_rows(connection, _JOBS, [(due.kind.value, due.subject, due.due_at, 0) for due in tick.jobs])
    starts = np.cumsum([0, *(len(item.officers) for item in tick.fanouts)])
    return Receipted(
        numbers, tuple(seqs[start:end] for start, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True))
    )


def _written(connection: Connection, tick: Tick) -> Receipted | None:
    """What the tick was given when it was written before, though nobody heard the answer; None: it was not."""
    named = {
        "records": sorted({item.record for item in tick.fanouts}),
        "ats": sorted({item.at for item in tick.fanouts}),
        "owner": tick.owner,
        "tick": tick.number,
    }
    found = connection.execute(_ITS_OWN, named).all() if tick.number and tick.fanouts else []
    if not found:
        return None
    found = sorted(found, key=lambda row: int(row.n))
    numbers, seqs = [], []
    for item in tick.fanouts:
        told: dict[str, int] = {}
        place = next((place for place, row in enumerate(found) if _is_of(row, item)), None)
        if place is not None:
            row = found.pop(place)
            told = packing.seqs_of(row.officers, row.rows, row.width)
        numbers.append(int(row.n) if place is not None else 0)
        seqs.append(np.array([told.get(officer, 0) for officer in item.officers], dtype=np.int64))
    return Receipted(tuple(numbers), tuple(seqs))


def _is_of(row: Any, item: Fanout) -> bool:
    """A tick may name a record twice, and have been refused some officers."""
    return bool(row.record == item.record and set(packing.unpack_officers(row.officers)) <= set(item.officers))


def _own(connection: Connection, tick: Tick) -> dict[str, int]:
    """Locks the officers' rows in officer order -> the head of each series that is still the caller's."""
    named = dict.fromkeys(chain.from_iterable(item.officers for item in tick.fanouts))
    named.update(dict.fromkeys(budget.officer for budget in tick.budgets))
    named.update(dict.fromkeys(cell[0] for cell in tick.cells))
    locked = fetch_rows(connection, _LOCK, [(officer,) for officer in sorted(named)])
    return {
        officer: seq
        for officer, seq, term, owner in locked
        if owner == tick.owner and term == tick.terms_of.get(officer)
    }


def _number(tick: Tick, officers: list[str], mine: Bool, heads: dict[str, int]) -> Int64:
    """Gives each row that is owed the next number of its officer's series; moves ``heads`` on."""
    seqs = np.zeros(len(officers), dtype=np.int64)
    acts = np.concatenate([item.act for item in tick.fanouts]) if tick.fanouts else np.empty(0, np.uint8)
    for row in np.flatnonzero(mine & (acts != Act.VERDICT)).tolist():
        officer = officers[row]
        heads[officer] = seqs[row] = heads[officer] + 1
    return seqs


def _write_fanouts(connection: Connection, tick: Tick, mine: Bool, seqs: Int64, legends: Set[int]) -> tuple[int, ...]:
    kept = [bool(part.any()) for part in _parts(tick, mine)]
    free = iter(numbers_for(connection, fanout, sum(kept)) if any(kept) else [])
    numbers = tuple(next(free) if keep else 0 for keep in kept)
    rows: list[vocabulary.Row] = []
    named: dict[int, vocabulary.Row] = {}
    blobs = packed(tick, seqs)
    for item, number, part, whole in zip(tick.fanouts, numbers, _parts(tick, mine), blobs, strict=True):
        size = len(item.officers)
        if number:
            names = packing.legend_of(item)
            named[names.n] = (names.n, names.text)
            told = [officer for officer, own in zip(item.officers, part.tolist(), strict=True) if own]
            blob = whole if len(told) == size else whole[part]
            head = (number, item.record, item.version, item.at, item.policy, tick.owner, tick.number, names.n)
            rows.append((*head, names.dtype.itemsize, packing.pack_officers(told), blob.tobytes()))
    write_rows(connection, _LEGEND, [row for n, row in named.items() if n not in legends])
    write_rows(connection, _FANOUT, rows)
    return numbers


def _parts(tick: Tick, column: Bool) -> list[Bool]:
    ends = np.cumsum([len(item.officers) for item in tick.fanouts])
    return np.split(column, ends[:-1]) if len(ends) else []


def packed(tick: Tick, seqs: Int64) -> list[np.ndarray[tuple[int], np.dtype[np.void]]]:
    """The packed rows of each fan-out; those that share a legend (nearly always all) are packed in one go."""
    legends = [packing.legend_of(item) for item in tick.fanouts]
    ends = np.cumsum([len(item.officers) for item in tick.fanouts])
    if len({item.n for item in legends}) == 1:
        whole = packing.pack(legends[0], tick.fanouts, seqs)
        return np.split(whole, ends[:-1])
    parts = np.split(seqs, ends[:-1]) if len(ends) else []
    return [packing.pack(names, [item], part) for names, item, part in zip(legends, tick.fanouts, parts, strict=True)]


def _write_thin(
    connection: Connection, tick: Tick, officers: list[str], mine: Bool, seqs: Int64, numbers: tuple[int, ...]
) -> None:
    """The rows of inbox and held: a number and a place in the fan-out, and the new baseline."""
    if not mine.any():
        return
    places = np.concatenate([np.cumsum(part) - 1 for part in _parts(tick, mine)])
    sizes = [len(item.officers) for item in tick.fanouts]
    fanout_of = np.repeat(np.array(numbers, dtype=np.int64), sizes)
    at_of = np.repeat(np.array([item.at for item in tick.fanouts], dtype=np.int64), sizes)
    owed = np.flatnonzero(seqs)
    write_rows(
        connection,
        _INBOX,
        list(
            zip(
                [officers[row] for row in owed.tolist()],
                *(column[owed].tolist() for column in (seqs, fanout_of, places, at_of)),
                strict=True,
            )
        ),
    )
    rows = np.flatnonzero(mine)
    named = [officers[row] for row in rows.tolist()]
    records = list(chain.from_iterable([item.record] * len(item.officers) for item in tick.fanouts))
    columns = [
        packing.joined(tick.fanouts, "rev", mine),
        seqs[rows].tolist(),
        *(packing.joined(tick.fanouts, name, mine) for name in GIVEN),
        *(column[rows].tolist() for column in (at_of, fanout_of, places)),
    ]
    thin = list(zip(named, [records[row] for row in rows.tolist()], *columns, strict=True))
    write_rows(connection, _HELD, _newest(thin))


GIVEN = (
    "act",
    "verdict",
    "priority",
    "inside",
    "told_grade",
    "told_hazards",
    "told_lon",
    "told_lat",
    "told_version",
    "told_style",
)


def _newest(rows: list[vocabulary.Row]) -> list[vocabulary.Row]:
    """One row an (officer, record): where a tick names a pair twice, the later stands."""
    by_pair = {row[:2]: row for row in rows}
    return rows if len(by_pair) == len(rows) else list(by_pair.values())


def _write_states(connection: Connection, tick: Tick, before: dict[str, int], heads: dict[str, int]) -> None:
    """Of each officer only what changed: the head of his series, his budget, his last cell."""
    write_rows(connection, _HEADS, [item for item in heads.items() if item[1] != before[item[0]]])
    budgets = {item.officer: (item.officer, item.tokens, item.tokens_at) for item in tick.budgets}
    write_rows(connection, _BUDGETS, [budgets[officer] for officer in sorted(budgets) if officer in heads])
    cells = {
        officer: (officer, round(lon, CELL_DECIMALS), round(lat, CELL_DECIMALS), fix_at, tick.at)
        for officer, lon, lat, fix_at in tick.cells
    }
    write_rows(connection, _CELLS, [cells[officer] for officer in sorted(cells) if officer in heads])
