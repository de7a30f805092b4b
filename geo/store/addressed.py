"""Whom a briefing is for, connected or not: written in the transaction that publishes it, and asked again"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from sqlalchemy import BigInteger, Text, case, func, literal, null, or_, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.model import Briefing, Status, Stored
from geo.store import audience, records
from geo.store import jobs as job_bodies
from geo.store.audience import Matched
from geo.store.beat_areas import BeatAreas
from geo.store.briefing_rows import Addressee, Door, Readdressed, Step
from geo.store.process_rows import Job
from geo.store.records import COLUMNS, Collided
from geo.store.rows import ChangeKind, Outcome, Put
from geo.store.tables import addressee, change, record, trait
from geo.store.texts import among, one_of
from geo.store.vocabulary import Row, fetch_rows, insert_of, lock_rows, rows_of, write_rows

_INT, _TEXT = BigInteger(), Text()
_ACTOR = COLUMNS.index("actor")
_one = rows_of("r", record=_TEXT)
_COLUMNS = tuple(addressee.c[name] for name in ("officer", "refusal", "version", "at", "left_at", "step", "step_at"))
_KNOWN = select(*_COLUMNS).join(_one, addressee.c.record == _one.c.record)
_steps = rows_of("s", record=_TEXT, officer=_TEXT, version=_INT, at=_INT, refusal=_TEXT, step=_INT, step_at=_INT)
_stepped = insert_of(addressee, _steps)
_STEP = _stepped.on_conflict_do_update(
    index_elements=["record", "officer"],
    set_={name: _stepped.excluded[name] for name in ("step", "step_at")},
    where=addressee.c.step < _stepped.excluded.step,
)
_changes = rows_of("c", kind=_TEXT, id=_TEXT, version=_INT)
_CHANGED = insert_of(change, _changes)
_OF_THE_ROSTER = select(trait.c.id).where(trait.c.kind == "officer", trait.c.trait == "force")

_LIVE = [status.value for status in Status if status.live]

Written: TypeAlias = tuple[Put, Put | None, list[tuple[Any, ...]]]
"""What was put, what was closed, and the rows of :func:`addressees`."""


# ------------------------------------------------------------------ the writes
def publish(
    connection: Connection,
    item: Briefing,
    row: Row,
    version: int,
    at: Instant,
    jobs: Sequence[Job],
    door: Door,
    areas: BeatAreas,
) -> Written | None:
    """The briefing in place of that version of it (0: of none), what it supersedes closed, its addressees, its jobs:
    all or nothing. None where another version came first. Raises records.Collided: run it again."""
    put = records.put_over(connection, item, row, version, at)
    if put is None:
        return None
    closed = _close(connection, item, at, str(row[_ACTOR]))
    if _lasts(item, at):
        people = audience.matched(connection, item, at, door, areas)
        connection.execute(_put(people, item, put.version, at))
        if put.outcome is not Outcome.NEW:
            _leave(connection, people, item.id, at)
            _start_anew(connection, item, put.version)
    job_bodies.schedule(connection, jobs)
    return put, closed, addressees(connection, item.id)


def readdress(connection: Connection, name: str, at: Instant, door: Door, areas: BeatAreas) -> Readdressed:
    """Asks again, where it is live: only who has come, has left, or is told another thing by the door is written. The
    briefing's row is held, so that an older version cannot answer over a newer one."""
    held = _hold(connection, name)
    if held is None or not isinstance(held.record, Briefing) or not _lasts(held.record, at):
        return Readdressed((), ())
    item = held.record
    people = audience.matched(connection, item, at, door, areas)
    found = people.subquery("found")
    was = (addressee.c.record == name) & (addressee.c.officer == found.c.officer)
    fresh = or_(addressee.c.officer.is_(None), addressee.c.left_at.is_not(None))
    other = or_(fresh, addressee.c.refusal != found.c.refusal, addressee.c.version != held.version)
    rows = connection.execute(
        select(found.c.officer, case((fresh, 1), else_=0)).outerjoin(addressee, was).where(other)
    ).all()
    added = sorted(officer for officer, is_fresh in rows if is_fresh)
    if rows:
        connection.execute(_put(people, item, held.version, at))
    left = _leave(connection, people, name, at)
    if rows or left:
        write_rows(connection, _CHANGED, [(ChangeKind.DELIVERY.value, name, 0)])
    return Readdressed(tuple(added), tuple(left))


def step_up(connection: Connection, name: str, officers: Sequence[str], step: Step, at: Instant) -> None:
    """They have not answered in time, and everybody hears of it. Whom the roster does not know gets a row by it."""
    held = _hold(connection, name)
    if held is None:
        return
    climbed = write_rows(
        connection, _STEP, [(name, one, held.version, at, "", int(step), at) for one in sorted(set(officers))]
    )
    kind = ChangeKind.REMINDER if step is Step.SAID_AGAIN else ChangeKind.DELIVERY
    write_rows(connection, _CHANGED, [(kind.value, name, 0)] if climbed else [])


def _hold(connection: Connection, name: str) -> Stored | None:
    """The newest version, and nobody writes another one or asks about it until this transaction has ended."""
    row = connection.execute(lock_rows(select(*records.STORED).where(record.c.id == name), record)).one_or_none()
    return None if row is None else records.stored(row)


def _close(connection: Connection, by: Briefing, at: Instant, actor: str) -> Put | None:
    """What is superseded is over: only a live briefing of the same force."""
    if not by.supersedes or by.supersedes == by.id:
        return None
    held = _hold(connection, by.supersedes)
    if held is None or not isinstance(held.record, Briefing) or held.record.force != by.force:
        return None
    if not held.record.status.live:
        return None
    over = replace(held.record, status=Status.CLOSED, changed=(f"superseded by {by.id}",))
    put = records.put_over(connection, over, records.rows_for([over], at, actor)[0], held.version, at)
    if put is None:
        raise Collided
    return put


def _lasts(item: Briefing, at: Instant) -> bool:
    """Whom a briefing was for is not asked any more when it is over."""
    return item.status.live and (item.valid.end is None or item.valid.end > at)


def _put(people: Matched, item: Briefing, version: int, at: Instant) -> Insert:
    """Everybody whom it is for: who was one already keeps since when, and how far it has climbed for him unless all
    are asked anew."""
    found = people.subquery("found")
    names = ["record", "officer", "version", "at", "refusal", "left_at", "step", "step_at"]
    rows = select(
        literal(item.id), found.c.officer, literal(version, _INT), literal(at, _INT), found.c.refusal,
        null(), literal(0, _INT), null(),
    ).where(found.c.officer.is_not(None))  # fmt: skip
    coming = insert(addressee).from_select(names, rows)
    anew = addressee.c.version < item.ack_version
    return coming.on_conflict_do_update(
        index_elements=["record", "officer"],
        set_={
            "version": coming.excluded.version,
            "refusal": coming.excluded.refusal,
            "at": case((addressee.c.left_at.is_not(None), coming.excluded.at), else_=addressee.c.at),
            "left_at": null(),
            "step": case((anew, 0), else_=addressee.c.step),
            "step_at": case((anew, null()), else_=addressee.c.step_at),
        },
    )


def _leave(connection: Connection, people: Matched, name: str, at: Instant) -> list[str]:
    """Marks who is not of the audience any more; whom the roster does not know was never asked about here."""
    found = people.subquery("still")
    gone = (
        addressee.c.record == name,
        addressee.c.left_at.is_(None),
        ~among(addressee.c.officer, select(found.c.officer)),
        among(addressee.c.officer, _OF_THE_ROSTER),
    )
    left = list(connection.scalars(select(addressee.c.officer).where(*gone).order_by(addressee.c.officer)))
    if left:
        connection.execute(update(addressee).values(left_at=at).where(*gone))
    return left


def _start_anew(connection: Connection, item: Briefing, version: int) -> None:
    """Who has a row and is not of the roster is asked anew like everybody else."""
    others = (addressee.c.record == item.id, addressee.c.left_at.is_(None), addressee.c.version < item.ack_version)
    connection.execute(update(addressee).values(version=version, step=0, step_at=null()).where(*others))


# ------------------------------------------------------------------ the reads
def asked(connection: Connection, item: Briefing, at: Instant, door: Door, areas: BeatAreas) -> list[tuple[str, str]]:
    """(officer, refusal) of everybody of the roster whom the audience matches at that moment, by id."""
    people = audience.matched(connection, item, at, door, areas)
    return sorted((officer, refusal) for officer, refusal in connection.execute(people).all())


def having(connection: Connection, kind: str, name: str, values: Sequence[str]) -> dict[str, int]:
    """How many entries of that sort have each value; those that nobody has are left out."""
    mine = (trait.c.kind == kind, trait.c.trait == name, one_of(trait.c.value, values))
    rows = connection.execute(select(trait.c.value, func.count()).where(*mine).group_by(trait.c.value))
    return {row[0]: row[1] for row in rows}


def addressed_to(connection: Connection, officer: str) -> list[str]:
    """The briefings that are for him and that he may have, by id."""
    mine = (addressee.c.officer == officer, addressee.c.left_at.is_(None), addressee.c.refusal == "")
    return list(connection.execute(select(addressee.c.record).where(*mine).order_by(addressee.c.record)).scalars())


def addressees(connection: Connection, name: str) -> list[tuple[Any, ...]]:
    """Rows of :class:`Addressee` by officer, those who have left among them."""
    return sorted(fetch_rows(connection, _KNOWN, [(name,)]))


def made(rows: Sequence[Sequence[Any]]) -> list[Addressee]:
    """Rows of :func:`addressees` -> what they say."""
    return [Addressee(row[0], row[1], row[2], row[3], row[4], Step(row[5]), row[6]) for row in rows]


def climbed(connection: Connection, step: Step) -> dict[str, list[Addressee]]:
    """Live briefing -> those for whom it has climbed at least so far and who are still of its audience."""
    found: dict[str, list[Addressee]] = {}
    live = select(record.c.id).where(record.c.id == addressee.c.record, record.c.status.in_(_LIVE)).exists()
    far = (addressee.c.step >= int(step), addressee.c.step > 0, addressee.c.left_at.is_(None), live)
    statement = select(addressee.c.record, *_COLUMNS).where(*far)
    for row in connection.execute(statement.order_by(addressee.c.record, addressee.c.officer)):
        found.setdefault(row[0], []).extend(made([row[1:]]))
    return found
