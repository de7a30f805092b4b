"""The officer's row and what he holds: taking ownership, starting anew, and what a returning device still lacks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.document import noun_of_text, text_of
from geo.model import Officer, UnitStatus, Verdict
from geo.store import packing
from geo.store.process_rows import Seat
from geo.store.rows import Act, DeviceCursor, HeldRow, OfficerState, OwedRow, Resumption
from geo.store.tables import IS_INSIDE, device_cursor, fanout, held, inbox, legend, officer_state, seat
from geo.store.vocabulary import fetch_rows, rows_of, store_now, write_rows

_INT, _TEXT = BigInteger(), Text()
_names = rows_of("o", officer=_TEXT)
_takers = rows_of(
    "t",
    officer=_TEXT,
    seq=_INT,
    owner=_TEXT,
    term=_INT,
    status=_TEXT,
    status_at=_INT,
    tokens=_INT,
    tokens_at=_INT,
    seen_at=_INT,
    forgotten=_INT,
    rights=_TEXT,
)
_take = insert(officer_state).from_select(
    [*_takers.c.keys(), "taken_at"], select(*_takers.c, store_now()).where(literal_column("true"))
)
_TAKE = _take.on_conflict_do_update(
    index_elements=["officer"],
    set_={
        "owner": _take.excluded.owner,
        "term": officer_state.c.term + literal_column("1"),
        "seen_at": _take.excluded.seen_at,
        "rights": func.coalesce(_take.excluded.rights, officer_state.c.rights),
        "taken_at": _take.excluded.taken_at,
    },
)
_seats = rows_of("s", officer=_TEXT, device=_TEXT, node=_TEXT, connection=_TEXT)
_seat = insert(seat).from_select([*_seats.c.keys(), "at"], select(*_seats.c, store_now()).where(literal_column("true")))
_SEAT = _seat.on_conflict_do_update(
    index_elements=["officer", "device"],
    set_={name: _seat.excluded[name] for name in ("node", "connection", "at")},
    where=_seat.excluded.connection >= seat.c.connection,
)
STATE = tuple(item for item in officer_state.c if item.name not in ("forgotten", "taken_at"))
_STATES = select(*STATE).join(_names, _names.c.officer == officer_state.c.officer)
_HELD = select(*held.c).join(_names, _names.c.officer == held.c.officer)


def take(
    connection: Connection,
    epoch: str,
    officers: Sequence[str],
    owner: str,
    now: Instant,
    rights: Mapping[str, Officer],
    seats: Sequence[Seat],
) -> list[OfficerState]:
    """One row an officer, in the order asked for; a new one is off duty, with an empty budget of 1970 (so refilled).

    Connections are named so that a newer one sorts behind an older: a seat that is late (its taking had to be tried
    again while the device came back elsewhere) does not unseat the newer one.
    """
    names = sorted(set(officers))
    status = UnitStatus.OFF_DUTY.value
    known = {name: text_of(officer) for name, officer in rights.items()}
    write_rows(connection, _TAKE, [(name, 0, owner, 1, status, 0, 0, 0, now, 0, known.get(name)) for name in names])
    newest = {(one.officer, one.device): one for one in sorted(seats, key=lambda one: one.connection)}
    write_rows(connection, _SEAT, [(*key, newest[key].node, newest[key].connection) for key in sorted(newest)])
    found = {state.officer: state for state in heads(connection, epoch, names)}
    return [found[officer] for officer in officers]


def heads(connection: Connection, epoch: str, officers: Sequence[str]) -> list[OfficerState]:
    """The rows of those who have one, by officer."""
    rows = fetch_rows(connection, _STATES, [(name,) for name in sorted(set(officers))])
    return sorted((state_of(epoch, row) for row in rows), key=lambda state: state.officer)


def states(connection: Connection, epoch: str, seen_since: Instant) -> list[OfficerState]:
    """Officers seen since then, by officer."""
    statement = select(*STATE).where(officer_state.c.seen_at >= seen_since).order_by(officer_state.c.officer)
    return [state_of(epoch, row) for row in connection.execute(statement)]


def state_of(epoch: str, row: Sequence[Any]) -> OfficerState:
    """A row of the columns ``STATE``."""
    officer, seq, owner, term, status, status_at, tokens, tokens_at, lon, lat, fix_at, seen_at, rights = row
    return OfficerState(
        officer=officer,
        epoch=epoch,
        seq=seq,
        owner=owner,
        term=term,
        status=UnitStatus(status),
        status_at=status_at,
        tokens=float(tokens),
        tokens_at=tokens_at,
        cell=None if lon is None or lat is None else (lon, lat),
        fix_at=fix_at,
        seen_at=seen_at,
        rights=None if rights is None else noun_of_text(Officer, rights),
    )


def held_of(connection: Connection, officers: Sequence[str]) -> list[HeldRow]:
    """Everything that these officers hold, by officer and record."""
    rows = sorted(fetch_rows(connection, _HELD, [(officer,) for officer in set(officers)]), key=lambda row: row[:2])
    return [_held_row(dict(zip(held.c.keys(), row, strict=True))) for row in rows]


def _held_row(row: dict[str, Any]) -> HeldRow:
    lon, lat = (math.nan if row[name] is None else row[name] for name in ("told_lon", "told_lat"))
    kinds = {"act": Act(row["act"]), "verdict": Verdict(row["verdict"]), "inside": bool(row["inside"] & 1)}
    return HeldRow(**{**row, **kinds, "fence": row["inside"] >> 1, "told_lon": lon, "told_lat": lat})


# ------------------------------------------------------------------------------------------------- words
def _words(whose: ColumnElement[bool]) -> Select[Any]:
    """The newest word about each record: facts sliced out of the fan-out, whether the inbox still has it, to whom."""
    start = cast(held.c.position * fanout.c.width + literal_column("1"), Integer)
    slice_ = func.substr(fanout.c.rows, start, cast(fanout.c.width, Integer))
    return (
        select(
            held.c.record, fanout.c.version, fanout.c.at, legend.c.names, slice_.label("word"), inbox.c.seq,
            held.c.officer, held.c.seq.label("number"),
        )
        .select_from(held)
        .join(fanout, (fanout.c.n == held.c.fanout) & (fanout.c.at == held.c.told_at))
        .join(legend, legend.c.n == fanout.c.legend)
        .outerjoin(
            inbox, (inbox.c.officer == held.c.officer) & (inbox.c.seq == held.c.seq) & (inbox.c.at == held.c.told_at)
        )
        .where(whose, held.c.act != int(Act.VERDICT))
    )  # fmt: skip


# Statements that every device asks as it comes in are built once: building one took longer than running it.
_HIS = held.c.officer == bindparam("who")
_THEIRS: BindParameter[list[str]] = bindparam("whose", expanding=True)
_TOLD = _words(_HIS).where((held.c.act == int(Act.ALERT)) & IS_INSIDE).order_by(held.c.seq)
_LACKING = _words(_HIS).where(held.c.seq > bindparam("since")).order_by(held.c.seq)
_ALL_LACKING = (
    _words(held.c.officer.in_(_THEIRS)).where(held.c.seq > bindparam("since")).order_by(held.c.officer, held.c.seq)
)
_HEADS_OF = select(officer_state.c.officer, officer_state.c.seq, officer_state.c.forgotten).where(
    officer_state.c.officer.in_(_THEIRS)
)
_CURSORS_OF = select(device_cursor).where(device_cursor.c.officer.in_(_THEIRS))
_HEAD = select(officer_state.c.seq, officer_state.c.forgotten).where(officer_state.c.officer == bindparam("who"))
_CURSOR = select(device_cursor.c.epoch, device_cursor.c.floor, device_cursor.c.above).where(
    device_cursor.c.officer == bindparam("who"), device_cursor.c.device == bindparam("which")
)


def _owed(officer: str, row: Sequence[Any]) -> OwedRow:
    record, version, at, names, blob = row[:5]
    word = packing.unpack(packing.legend_of_text(names), blob)
    return OwedRow(
        officer=officer,
        record=record,
        version=version,
        seq=word.seq,
        rev=word.rev,
        act=Act(word.act),
        verdict=Verdict(word.verdict),
        priority=word.priority,
        reason=word.reason,
        rule=word.rule,
        at=at,
        score=word.score,
        terms=word.terms,
        facts=word.facts,
        also=word.also,
    )


def told(connection: Connection, officer: str) -> list[OwedRow]:
    """What a reset shows: the alerts that he is still inside of, by seq."""
    return [_owed(officer, row) for row in connection.execute(_TOLD, {"who": officer})]


def resumption(connection: Connection, epoch: str, officer: str, device: str, seq: int) -> Resumption:
    """What the device lacks: the newest words numbered after ``seq`` or never acknowledged by it.

    ``whole`` is False where something that it may lack is not in the inbox any more, and where its ``seq`` is beyond
    anything that this store ever numbered.
    """
    found = connection.execute(_HEAD, {"who": officer}).one_or_none()
    head, forgotten = (0, 0) if found is None else (found.seq, found.forgotten)
    cursor = cursor_of(connection, officer, device)
    words = connection.execute(_LACKING, {"who": officer, "since": _since(epoch, cursor, seq)}).all()
    return _resumption(epoch, officer, seq, cursor, (head, forgotten), words)


def resumptions(connection: Connection, epoch: str, asked: Sequence[tuple[str, str, int]]) -> list[Resumption]:
    """The same for many devices, as (officer, device, seq), with three statements in all: what a storm asks."""
    whose = {"whose": sorted({officer for officer, _, _ in asked})}
    heads = {row.officer: (row.seq, row.forgotten) for row in connection.execute(_HEADS_OF, whose)}
    cursors = {(row.officer, row.device): _cursor(row) for row in connection.execute(_CURSORS_OF, whose)}
    since = [_since(epoch, cursors.get((officer, device)), seq) for officer, device, seq in asked]
    behind = {ask[0]: least for ask, least in zip(asked, since, strict=True) if heads.get(ask[0], (0, 0))[0] > least}
    words: dict[str, list[Sequence[Any]]] = {officer: [] for officer in whose["whose"]}
    if behind:
        least = min(from_ for from_ in since)
        for row in connection.execute(_ALL_LACKING, {"whose": sorted(behind), "since": least}):
            words[row.officer].append(row)
    return [
        _resumption(
            epoch,
            officer,
            seq,
            cursors.get((officer, device)),
            heads.get(officer, (0, 0)),
            [row for row in words[officer] if row[7] > after],
        )
        for (officer, device, seq), after in zip(asked, since, strict=True)
    ]


def _since(epoch: str, cursor: DeviceCursor | None, seq: int) -> int:
    """Nothing numbered up to this is lacking."""
    return min(cursor.floor if cursor is not None and cursor.epoch == epoch else 0, seq)


def _resumption(
    epoch: str,
    officer: str,
    seq: int,
    cursor: DeviceCursor | None,
    head: tuple[int, int],
    words: Sequence[Sequence[Any]],
) -> Resumption:
    """``head``: the officer's newest number, and up to which the inbox has been forgotten."""
    above = cursor.above if cursor is not None and cursor.epoch == epoch else frozenset[int]()
    lacking = [row for row in words if row[7] > seq or row[7] not in above]
    rows = tuple(_owed(officer, row) for row in lacking)
    kept = all(row[5] is not None for row in lacking)
    return Resumption(
        cursor=cursor,
        head_seq=head[0],
        rows=rows,
        whole=seq <= head[0] and head[1] <= _since(epoch, cursor, seq) and kept,
        oldest_at=min((word.at for word in rows), default=None),
    )


def cursor_of(connection: Connection, officer: str, device: str) -> DeviceCursor | None:
    """How far a device is known to be."""
    found = connection.execute(_CURSOR, {"who": officer, "which": device}).one_or_none()
    return None if found is None else _cursor(found)


def _cursor(row: Any) -> DeviceCursor:
    return DeviceCursor(row.epoch, row.floor, frozenset(np.frombuffer(row.above, dtype="<i8").tolist()))


def pack_above(above: frozenset[int]) -> bytes:
    """The numbers beyond the floor, as they are stored."""
    return np.array(sorted(above), dtype="<i8").tobytes()
