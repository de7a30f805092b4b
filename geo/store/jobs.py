"""Durable jobs with a due time: scheduled once, run by whoever is alive then, run again where he died over it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import BigInteger, Text, delete, or_, select, update
from sqlalchemy.engine import Connection

from geo.clock import SECOND
from geo.store.process_rows import Job, JobKind
from geo.store.processes import LIVING
from geo.store.tables import job
from geo.store.vocabulary import insert_of, lock_rows, rows_of, store_now, write_rows

CLAIM = 30 * SECOND
"""How long whoever claimed a job has for it."""

_INT, _TEXT = BigInteger(), Text()
_jobs = rows_of("j", kind=_TEXT, subject=_TEXT, due_at=_INT, claimed_at=_INT)
_SCHEDULE = insert_of(job, _jobs).on_conflict_do_nothing(index_elements=["kind", "subject", "due_at"])
_claims = rows_of("c", kind=_TEXT, subject=_TEXT, due_at=_INT, node=_TEXT)
_SAME = (job.c.kind == _claims.c.kind) & (job.c.subject == _claims.c.subject) & (job.c.due_at == _claims.c.due_at)
_CLAIM = update(job).values(claimed_by=_claims.c.node, claimed_at=store_now()).where(_SAME)


def schedule(connection: Connection, jobs: Sequence[Job]) -> None:
    """Each once, however often it is asked for."""
    write_rows(connection, _SCHEDULE, sorted({(*_key(one), 0) for one in jobs}))


def claim(connection: Connection, node: str, limit: int) -> list[Job]:
    """Those that are due, the longest due first, that nobody living holds; whoever claims too takes others."""
    free = or_(job.c.claimed_by.is_(None), job.c.claimed_at <= store_now() - CLAIM, job.c.claimed_by.not_in(LIVING))
    statement = select(job.c.kind, job.c.subject, job.c.due_at).where(job.c.due_at <= store_now(), free)
    order = statement.order_by(job.c.due_at, job.c.kind, job.c.subject).limit(limit)
    rows = connection.execute(lock_rows(order, job, skip_locked=True)).all()
    write_rows(connection, _CLAIM, [(*row, node) for row in rows])
    return [Job(JobKind(kind), subject, due_at) for kind, subject, due_at in rows]


def finish(connection: Connection, jobs: Sequence[Job]) -> None:
    """They are done."""
    for kind, subject, due_at in sorted({_key(one) for one in jobs}):
        connection.execute(delete(job).where(job.c.kind == kind, job.c.subject == subject, job.c.due_at == due_at))


def _key(one: Job) -> tuple[str, str, int]:
    return one.kind.value, one.subject, one.due_at
