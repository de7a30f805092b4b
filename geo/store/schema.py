"""The schema's version in a store: read, judged (too old, too new, somebody else's), and made where a file is empty."""

from __future__ import annotations

import secrets

from sqlalchemy import insert, inspect, select
from sqlalchemy.engine import Connection

from geo.errors import StoreForeign
from geo.store.tables import SCHEMA, meta, metadata

REVISION = f"{int(SCHEMA):04d}"
"""The newest revision, as Alembic remembers it."""


def version_of(connection: Connection) -> str | None:
    """The schema's version; None: nothing is there. Raises StoreForeign for tables that Beatline did not make."""
    names = set(inspect(connection).get_table_names())
    if meta.name in names:
        found = {row.key: row.value for row in connection.execute(select(meta.c.key, meta.c.value))}
        return str(found.get("schema", "unknown"))
    if taken := sorted(names & set(metadata.tables)):
        raise StoreForeign(f"the database has a table {taken[0]!r} that Beatline did not make: give it an empty one")
    return None


def refuse_newer(version: str) -> None:
    """Raises StoreForeign for a version that this Beatline has never heard of."""
    if not version.isdigit() or int(version) > int(SCHEMA):
        raise StoreForeign(
            f"the store's schema is version {version}, and this Beatline knows those up to {SCHEMA}:"
            " run the Beatline that made it, or a newer one"
        )


def check(connection: Connection, command: str) -> None:
    """Raises StoreForeign where the schema is not this version's; ``command`` is what brings it up."""
    version = version_of(connection)
    if version is None:
        raise StoreForeign(f"the database is empty; run: {command}")
    refuse_newer(version)
    if version != SCHEMA:
        raise StoreForeign(f"the store's schema is version {version}, this Beatline's is {SCHEMA}; run: {command}")


def make(connection: Connection) -> None:
    """All tables in one go, as the revisions would have left them: what an empty file of the embedded store gets.

    To be called in a transaction that nobody else can be in.
    """
    metadata.create_all(connection)
    rows = [{"key": "schema", "value": SCHEMA}, {"key": "epoch", "value": secrets.token_hex(8)}]
    connection.execute(insert(meta), rows)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL,"
        " CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{REVISION}')")  # noqa: S608 - digits of our own
