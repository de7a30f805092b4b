"""What came back: stored on a device, seen, answered, on duty; and what a dispatcher reads of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import BigInteger, LargeBinary, Text, case, delete, func, select, update
from sqlalchemy.engine import Connection

from geo.clock import DAY, Instant
from geo.model import Disposition, Status, Verdict
from geo.store import packing, vocabulary
from geo.store.officers import pack_above
from geo.store.rows import Act, Answers, ChangeKind, Delivery, StoredOnDevice
from geo.store.tables import (
    IS_INSIDE,
    answer,
    change,
    device_cursor,
    fanout,
    held,
    inbox,
    legend,
    officer_state,
    receipt,
    record,
    seen,
    unconfirmed,
)
from geo.store.vocabulary import fetch_rows, insert_of, rows_of, write_rows

_INT, _TEXT = BigInteger(), Text()
_cursors = rows_of("c", officer=_TEXT, device=_TEXT, epoch=_TEXT, floor=_INT, above=LargeBinary(), at=_INT)
_receipts = rows_of("r", officer=_TEXT, seq=_INT, device=_TEXT, at=_INT)
_seen = rows_of("s", officer=_TEXT, record=_TEXT, rev=_INT, device=_TEXT, at=_INT)
_answers = rows_of(
    "a", officer=_TEXT, key=_TEXT, device=_TEXT, record=_TEXT, rev=_INT, choice=_TEXT, text=_TEXT, at=_INT
)
_statuses = rows_of("t", officer=_TEXT, status=_TEXT, at=_INT)
_sightings = rows_of("g", officer=_TEXT, at=_INT)
_numbered = rows_of("n", officer=_TEXT, seq=_INT, since=_INT)
_said = rows_of("w", officer=_TEXT, record=_TEXT, rev=_INT, since=_INT)

_cursor = insert_of(device_cursor, _cursors)
_CURSOR = _cursor.on_conflict_do_update(
    index_elements=["officer", "device"],
    set_={name: _cursor.excluded[name] for name in ("epoch", "floor", "above", "at")},
    where=(_cursor.excluded.epoch != device_cursor.c.epoch) | (_cursor.excluded.floor >= device_cursor.c.floor),
)
_RECEIPT = insert_of(receipt, _receipts).on_conflict_do_nothing()
_SEEN = insert_of(seen, _seen).on_conflict_do_nothing()
_ANSWER = insert_of(answer, _answers).on_conflict_do_nothing(index_elements=["officer", "key"])
_STATUS = (
    update(officer_state)
    .values(status=_statuses.c.status, status_at=_statuses.c.at)
    .where(officer_state.c.officer == _statuses.c.officer, _statuses.c.at >= officer_state.c.status_at)
)
_SIGHTING = (
    update(officer_state)
    .values(seen_at=case((_sightings.c.at > officer_state.c.seen_at, _sightings.c.at), else_=officer_state.c.seen_at))
    .where(officer_state.c.officer == _sightings.c.officer)
)


def write(connection: Connection, answers: Answers) -> None:
    """One transaction; each part is idempotent: a message that comes again changes nothing."""
    stored = answers.stored
    newest_of: dict[tuple[str, str], StoredOnDevice] = {}
    for item in stored:
        before = newest_of.get((item.officer, item.device))
        if before is None or before.cursor.epoch != item.cursor.epoch or item.cursor.floor >= before.cursor.floor:
            newest_of[item.officer, item.device] = item
    write_rows(connection, _CURSOR, [_cursor_row(newest_of[key]) for key in sorted(newest_of)])
    write_rows(connection, _RECEIPT, [(i.officer, seq, i.device, i.at) for i in stored for seq in i.seqs])
    write_rows(connection, _SEEN, [(i.officer, i.record, i.rev, i.device, i.at) for i in answers.seen])
    answered = answers.answered
    replies = [(i.officer, i.key, i.device, i.record, i.rev, i.choice.value, i.text, i.at) for i in answered]
    write_rows(connection, _ANSWER, replies)
    newest = {i.officer: i for i in sorted(answers.statuses, key=lambda one: one.at)}
    write_rows(connection, _STATUS, [(name, newest[name].status.value, newest[name].at) for name in sorted(newest)])
    sightings = dict(sorted([*((i.officer, i.at) for i in stored), *((i.officer, i.at) for i in answers.statuses)]))
    write_rows(connection, _SIGHTING, sorted(sightings.items()))


def _cursor_row(item: StoredOnDevice) -> vocabulary.Row:
    known = item.cursor
    return (item.officer, item.device, known.epoch, known.floor, pack_above(known.above), item.at)


# ------------------------------------------------------------------------------------------------- deliveries
_RECEIPTS = (
    select(receipt.c.officer, func.min(receipt.c.at).label("at"))
    .join(
        _numbered,
        (_numbered.c.officer == receipt.c.officer)
        & (_numbered.c.seq == receipt.c.seq)
        & (receipt.c.at >= _numbered.c.since),
    )
    .group_by(receipt.c.officer)
)
_SEEN_AT = (
    select(seen.c.officer, func.min(seen.c.at).label("at"))
    .join(_said, (_said.c.officer == seen.c.officer) & (_said.c.record == seen.c.record) & (_said.c.rev == seen.c.rev))
    .where(seen.c.at >= _said.c.since)
    .group_by(seen.c.officer)
)
"""The first counts. ``since`` leaves out the months before the word was said: nothing came back from there."""
_EARLY = DAY
"""Clocks of processes differ, though not by so much."""


def deliveries(connection: Connection, id: str) -> list[Delivery]:
    """The newest word to each officer about a record, from the disclosures themselves; by officer."""
    words = newest_words(connection, id)
    officers = sorted(words)
    stored_at = first_stored(connection, [(name, words[name].seq, words[name].at) for name in officers])
    marked = dict(_unconfirmed_at(connection, id, words))
    said: list[vocabulary.Row] = [
        (officer, id, int(words[officer].row["rev"]), words[officer].at - _EARLY) for officer in officers
    ]
    seen_at = dict(fetch_rows(connection, _SEEN_AT, said))
    statement = select(answer.c.officer, answer.c.choice, answer.c.text, answer.c.at)
    rows = connection.execute(statement.where(answer.c.record == id).order_by(answer.c.at, answer.c.key))
    answered = {row.officer: row for row in rows}
    found = []
    for officer in officers:
        word = words[officer].row
        reply = answered.get(officer)
        found.append(
            Delivery(
                officer=officer,
                rev=int(word["rev"]),
                verdict=Verdict(int(word["verdict"])),
                priority=int(word["priority"]),
                act=Act(int(word["act"])),
                owed_at=words[officer].at,
                stored_at=stored_at.get(officer),
                seen_at=seen_at.get(officer),
                answer=None if reply is None else Disposition(reply.choice),
                answer_text="" if reply is None else reply.text,
                answered_at=None if reply is None else reply.at,
                seq=words[officer].seq,
                reason=words[officer].reason,
                unconfirmed_at=marked.get(officer),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """The newest word to an officer about a record, from the disclosure: ``row`` as packed."""

    at: Instant
    seq: int
    reason: str
    row: np.void


def newest_words(connection: Connection, id: str) -> dict[str, Said]:
    """Officer -> what he was told last about a record; who was told nothing is not there."""
    statement = select(fanout.c.at, fanout.c.officers, fanout.c.rows, legend.c.names)
    statement = statement.join(legend, legend.c.n == fanout.c.legend).where(fanout.c.record == id)
    words: dict[str, Said] = {}
    for at, officers, blob, names in connection.execute(statement.order_by(fanout.c.n)):
        known = packing.legend_of_text(names)
        rows = np.frombuffer(blob, dtype=known.dtype)
        told = packing.unpack_officers(officers)
        for place in np.flatnonzero(rows["act"] != Act.VERDICT).tolist():
            row = rows[place]
            words[told[place]] = Said(at, int(row["seq"]), known.reasons[int(row["reason"])], row)
    return words


def first_stored(connection: Connection, said: Sequence[tuple[str, int, Instant]]) -> dict[str, Instant]:
    """Of these words (officer, seq, when it was owed), one an officer, when a device had stored each for the first
    time; others are left out."""
    return dict(fetch_rows(connection, _RECEIPTS, [(officer, seq, at - _EARLY) for officer, seq, at in said]))


# ------------------------------------------------------------------------------------------------- unconfirmed
_marks = rows_of("m", officer=_TEXT, record=_TEXT, seq=_INT, at=_INT)
_MARK = insert_of(unconfirmed, _marks).on_conflict_do_nothing(index_elements=["officer", "record", "seq"])
_changes = rows_of("d", kind=_TEXT, id=_TEXT, version=_INT)
_CHANGED = insert_of(change, _changes)


def mark_unconfirmed(connection: Connection, id: str, before: Instant, at: Instant) -> list[str]:
    """See the contract. Whoever is off duty by now is not waited for, and whoever was marked is not marked again."""
    statement = select(held.c.officer).where(held.c.record == id, held.c.act == int(Act.ALERT), IS_INSIDE)
    inside = set(connection.scalars(statement))
    urgent = {
        officer: said
        for officer, said in newest_words(connection, id).items()
        if officer in inside and said.at <= before and said.row["act"] == Act.ALERT and said.row["priority"] == 1
    }
    known = first_stored(connection, [(name, said.seq, said.at) for name, said in urgent.items()])
    marked = connection.execute(select(unconfirmed.c.officer, unconfirmed.c.seq).where(unconfirmed.c.record == id))
    before_now = {(row.officer, row.seq) for row in marked}
    waiting = sorted((name, said.seq) for name, said in urgent.items() if name not in known)
    late = [item for item in waiting if item not in before_now]
    write_rows(connection, _MARK, [(name, id, seq, at) for name, seq in late])
    if late:
        write_rows(connection, _CHANGED, [(ChangeKind.DELIVERY.value, id, 0)])
    return [name for name, _ in late]


def _unconfirmed_at(connection: Connection, id: str, words: dict[str, Said]) -> Iterator[tuple[str, Instant]]:
    """Of the newest words, not of older ones."""
    for row in connection.execute(select(unconfirmed).where(unconfirmed.c.record == id)):
        if row.officer in words and words[row.officer].seq == row.seq:
            yield row.officer, row.at


# ------------------------------------------------------------------------------------------------- forgetting
FORGET_OFFICERS = 200
"""So many officers' inboxes are gone through in one short transaction."""

_forgotten = rows_of("f", officer=_TEXT, seq=_INT)
_FORGOTTEN = (
    update(officer_state)
    .values(forgotten=_forgotten.c.seq)
    .where(officer_state.c.officer == _forgotten.c.officer, _forgotten.c.seq > officer_state.c.forgotten)
)


def forget(connection: Connection, before: Instant, after: str, drops: bool = True) -> tuple[int, str | None]:
    """Drops old inbox rows of the next officers after ``after`` -> rows dropped, and where to go on (None: done).
    Without ``drops`` all is done but that: their day is dropped as a whole.

    How far each series was forgotten is kept, so that a device that may lack some of it is reset and not half filled.
    What an officer held of records that are over, and left before then, goes too.
    """
    names = select(officer_state.c.officer).where(officer_state.c.officer > after)
    officers = list(connection.scalars(names.order_by(officer_state.c.officer).limit(FORGET_OFFICERS)))
    if not officers:
        return 0, None
    old = (inbox.c.officer.in_(officers), inbox.c.at < before)
    last = connection.execute(select(inbox.c.officer, func.max(inbox.c.seq)).where(*old).group_by(inbox.c.officer))
    write_rows(connection, _FORGOTTEN, sorted((row[0], row[1]) for row in last))
    dropped = connection.execute(delete(inbox).where(*old)).rowcount if drops else 0
    over = select(record.c.id).where(record.c.id == held.c.record, record.c.status.in_(_live()))
    connection.execute(
        delete(held).where(held.c.officer.in_(officers), ~IS_INSIDE, held.c.told_at < before, ~over.exists())
    )
    return dropped, officers[-1]


def _live() -> Sequence[str]:
    return [status.value for status in Status if status.live]
