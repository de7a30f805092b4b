"""Which store this is: an epoch that changes by itself when it is another one, and a position that only ever grows.

On PostgreSQL the epoch is a digest of the server's identifier, its timeline (a replica that was promoted has another),
the database, the table ``meta`` and what was drawn into it: a dump restored elsewhere, a recovery to a point in time
and a failover each give another epoch. What no server tells is that its files were put back to an earlier state. That
shows by the position: whoever has seen a higher one in the same epoch draws the epoch anew.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.engine import Connection

from geo.store.tables import change, fanout, meta
from geo.store.vocabulary import lock_rows


@dataclass(frozen=True, slots=True)
class Standing:
    """``position``: the highest fan-out and the highest change that are committed, in one number. Rows of both are
    never deleted, so that it only falls where the store is an older one."""

    epoch: str
    position: int


_SERVER = """
SELECT (SELECT system_identifier FROM pg_control_system()), substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),
       (SELECT oid FROM pg_database WHERE datname = current_database()), 'meta'::regclass::oid
"""
_DRAWN = select(meta.c.value).where(meta.c.key == "epoch")


def standing_of(connection: Connection) -> Standing:
    """Which store it is, and how far it has come: three probes of an index."""
    return Standing(epoch_of(connection), position_of(connection))


def epoch_of(connection: Connection) -> str:
    """The store's epoch: a trivial read, too."""
    drawn = str(connection.execute(_DRAWN).scalar_one())
    if connection.dialect.name != "postgresql":
        return drawn
    server = connection.exec_driver_sql(_SERVER).one()
    return hashlib.sha256(".".join(str(part) for part in (*server, drawn)).encode()).hexdigest()[:16]


def position_of(connection: Connection) -> int:
    """How far the store has come."""
    numbers = (connection.execute(select(func.max(table.c.n))).scalar_one() for table in (fanout, change))
    return sum(int(number or 0) for number in numbers)


def draw(connection: Connection, known: str | None) -> str:
    """Draws the epoch anew, unless it is another than ``known`` by now (None: whatever it is) -> the epoch."""
    connection.execute(lock_rows(_DRAWN, meta))
    if known is None or epoch_of(connection) == known:
        connection.execute(update(meta).where(meta.c.key == "epoch").values(value=secrets.token_hex(8)))
    return epoch_of(connection)
