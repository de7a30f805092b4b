"""What the store alone can tell of a night: what is owed and on no device, and who holds a transaction open."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, exists, func, select, text
from sqlalchemy.engine import Connection

from geo.clock import DAY, MINUTE, Instant
from geo.store.process_rows import StoreFigures
from geo.store.rows import Act
from geo.store.tables import IS_INSIDE, device_cursor, held, job, receipt, unconfirmed

WINDOW = 30 * MINUTE
"""What was owed longer ago is not replayed but reset: it is nobody's backlog any more."""

_OPEN = text(
    "SELECT max(extract(epoch FROM clock_timestamp() - xact_start)) FROM pg_stat_activity"
    " WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
"""Other roles' transactions are seen by a member of pg_monitor only."""


def figures(connection: Connection, now: Instant) -> StoreFigures:
    """A few reads; the longest goes over the words of the last half hour. Not for the hot path."""
    owed = {int(row[0]): int(row[1]) for row in connection.execute(_owed(now - WINDOW))}
    late = int(connection.scalars(_late(now - DAY)).one())
    jobs, due = connection.execute(select(func.count(), func.min(job.c.due_at)).select_from(job)).one()
    oldest = connection.execute(_OPEN).scalar_one() if connection.dialect.name == "postgresql" else None
    return StoreFigures(
        owed,
        late,
        None if oldest is None else float(oldest),
        jobs,
        max(0, now - due) if due else 0,
    )


def _owed(since: Instant) -> Select[Any]:
    stored = exists().where(
        receipt.c.officer == held.c.officer, receipt.c.seq == held.c.seq, receipt.c.at >= held.c.told_at - DAY
    )
    settled = exists().where(device_cursor.c.officer == held.c.officer, device_cursor.c.floor >= held.c.seq)
    live = (held.c.act == int(Act.ALERT)) & IS_INSIDE & (held.c.told_at > since)
    return select(held.c.priority, func.count()).where(live, ~stored, ~settled).group_by(held.c.priority)


def _late(since: Instant) -> Select[Any]:
    mark = unconfirmed.c
    stored = exists().where(receipt.c.officer == mark.officer, receipt.c.seq == mark.seq, receipt.c.at >= mark.at - DAY)
    return select(func.count()).select_from(unconfirmed).where(mark.at > since, ~stored)
