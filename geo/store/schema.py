"""The schema's birth and its version: tables made once, an epoch drawn, a foreign store refused."""

from __future__ import annotations

import secrets

from sqlalchemy import insert, inspect, select
from sqlalchemy.engine import Connection

from geo.errors import StoreForeign
from geo.store.tables import SCHEMA, meta, metadata


def prepare(connection: Connection) -> str:
    """Makes the tables where there are none -> the epoch. Raises StoreForeign for another version's tables.

    To be called in a transaction that nobody else can be in (BEGIN IMMEDIATE, an advisory lock).
    """
    names = set(inspect(connection).get_table_names())
    if meta.name not in names:
        if taken := sorted(names & set(metadata.tables)):
            raise StoreForeign(
                f"the database has a table {taken[0]!r} that Beatline did not make: give it an empty one"
            )
        metadata.create_all(connection)
        rows = [{"key": "schema", "value": SCHEMA}, {"key": "epoch", "value": secrets.token_hex(8)}]
        connection.execute(insert(meta), rows)
    found = {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}
    if found.get("schema") != SCHEMA:
        raise StoreForeign(
            f"the store's schema is version {found.get('schema', 'unknown')}, this Beatline's is {SCHEMA}:"
            " run the Beatline that made it, or give this one an empty store"
        )
    return str(found["epoch"])


def epoch_of(connection: Connection) -> str:
    """The epoch: a trivial read, too."""
    return str(connection.execute(select(meta.c.value).where(meta.c.key == "epoch")).scalar_one())
