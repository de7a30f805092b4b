"""How promptly records were reported, in classes, so that the newest of any time and place are a short walk away."""

from __future__ import annotations

from sqlalchemy import ColumnElement, literal_column, text
from sqlalchemy.engine import Connection

from geo.clock import DAY

AWAY = (DAY, 32 * DAY, None)
"""Class -> how far from the report what is reported lies at most (us). Calls are reported as they happen, published
crime within a month; the rest is rare. On PostgreSQL the class is a column, ``lag``, that the database computes
(revision 2), and the first column but one of the index of the newest."""
FEW = 2_000
"""So many rows of a place are gathered and sorted; where there are more, a hundred are soon found on the way."""


def classes(connection: Connection) -> tuple[tuple[ColumnElement[bool], int | None], ...]:
    """A condition for each class, and its bound; none on SQLite, where the R*Tree leads.

    Newest first of a time long past would walk through all that came after it: 500,000 records for a window half a
    year ago among a million. A bound on the report ends that.
    """
    if connection.dialect.name != "postgresql":
        return ()
    return tuple((literal_column(f"(record.lag = {lag})"), away) for lag, away in enumerate(AWAY))


def few_touch(connection: Connection, touching: str) -> bool:
    """Whether so few records are at a place, whenever, that gathering them all is no matter."""
    counted = f"SELECT count(*) FROM (SELECT 1 FROM record WHERE {touching} LIMIT {FEW + 1}) AS at_most"  # noqa: S608
    return bool(connection.execute(text(counted)).scalar_one() <= FEW)
