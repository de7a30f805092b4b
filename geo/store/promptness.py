"""How long after the fact records were reported, in three classes, so that the newest of a time long past are found."""

from __future__ import annotations

from sqlalchemy import ColumnElement, literal_column, true
from sqlalchemy.engine import Connection

from geo.clock import DAY


def _reported_within(days: int) -> str:
    """Of all that happened, nothing lies further than this from the report."""
    away = days * DAY
    return (
        f"record.occurred_from >= record.reported_at - {away} AND record.occurred_until <= record.reported_at + {away}"
    )


_PROMPT, _LATE = _reported_within(1), _reported_within(32)
PROMPTNESS = (
    ("true", DAY),
    (f"{_LATE} AND NOT ({_PROMPT})", 32 * DAY),
    (f"NOT ({_LATE})", None),
)
"""Calls are reported when they happen, published crime within a month; the rest is rare. On PostgreSQL the second and
the third have an index of their own (revision 2), beside the one of all. The first names no condition: the planner
would take it for rare, and not walk."""


def by_promptness(connection: Connection) -> tuple[tuple[ColumnElement[bool], int | None], ...]:
    """Conditions, each with how far (us) the reports that it is asked for are from what they report at most. Records
    that the first finds within its bound are left out of the others.

    Newest first of a time long past would walk through all that came after it: 500,000 records for a window half a
    year ago among a million. A bound on the report ends that. On SQLite the R*Tree leads, and one condition is all.
    """
    if connection.dialect.name != "postgresql":
        return ((true(), None),)
    return tuple((literal_column(f"({condition})"), away) for condition, away in PROMPTNESS)
