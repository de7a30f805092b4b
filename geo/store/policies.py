"""The relevance policy in force, and every one before it: its text, who put it there, when and why."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Row, Select, Text, func, select
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.store.rows import ChangeKind, PolicyDraft, PolicyVersion
from geo.store.tables import change, policy_version
from geo.store.vocabulary import insert_of, rows_of, write_rows

_INT, _TEXT = BigInteger(), Text()
_rows = rows_of("r", n=_INT, policy=_TEXT, version=_TEXT, digest=_TEXT, text=_TEXT, actor=_TEXT, at=_INT, note=_TEXT)
_changes = rows_of("c", kind=_TEXT, id=_TEXT, version=_INT)
_INSERT = insert_of(policy_version, _rows).on_conflict_do_nothing(index_elements=["n"])
_CHANGED = insert_of(change, _changes)


def put(connection: Connection, draft: PolicyDraft, expected: int, at: Instant) -> PolicyVersion | None:
    """The draft in force after the ``expected``-th (0: after none), or None where another is in force by now.

    The key decides between two who come at the same moment: on PostgreSQL the second waits for the first's commit.
    """
    last = connection.execute(select(func.max(policy_version.c.n))).scalar_one() or 0
    if last != expected:
        return None
    number = expected + 1
    row = (number, draft.name, draft.version, draft.digest, draft.text, draft.actor, at, draft.note)
    if write_rows(connection, _INSERT, [row]) != 1:
        return None
    write_rows(connection, _CHANGED, [(ChangeKind.POLICY.value, ChangeKind.POLICY.value, number)])
    return PolicyVersion(number, at, draft)


def newest(connection: Connection) -> PolicyVersion | None:
    """The one in force; None: nobody has put any."""
    found = connection.execute(_newest_first().limit(1)).first()
    return None if found is None else _version_of(found)


def by_number(connection: Connection, n: int) -> PolicyVersion | None:
    """The ``n``-th, whether it is in force or not."""
    found = connection.execute(_newest_first().where(policy_version.c.n == n)).first()
    return None if found is None else _version_of(found)


def history(connection: Connection, limit: int) -> list[PolicyVersion]:
    """The newest first."""
    return [_version_of(row) for row in connection.execute(_newest_first().limit(limit))]


def _newest_first() -> Select[Any]:
    column = policy_version.c
    columns = (
        column.n,
        column.policy,
        column.version,
        column.digest,
        column.text,
        column.actor,
        column.at,
        column.note,
    )
    return select(*columns).order_by(column.n.desc())


def _version_of(row: Row[Any]) -> PolicyVersion:
    return PolicyVersion(row.n, row.at, PolicyDraft(row.policy, row.version, row.digest, row.text, row.actor, row.note))
