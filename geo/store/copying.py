"""New records by COPY on PostgreSQL: the import's way in, in a transaction that others may write beside."""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakSet

import asyncpg
from sqlalchemy.engine import Connection

from geo.store import vocabulary
from geo.store.records import COLUMNS, Collided
from geo.store.tables import record

_PLACE = COLUMNS.index("place")
_SRID = (4326).to_bytes(4, "little")
_WITH_SRID = 0x20000000
_SCHEMA_OF_GEOMETRY = (
    "SELECT nspname FROM pg_type AS t JOIN pg_namespace AS s ON s.oid = t.typnamespace"
    " WHERE t.oid = 'geometry'::regtype"
)
_TAUGHT: WeakSet[asyncpg.Connection] = WeakSet()


def add(connection: Connection, rows: Sequence[vocabulary.Row]) -> int:
    """Rows of records that are new -> how many were written: all. Raises Collided where one of them is there by now.

    Measured beside INSERT from arrays: a sixth less of the server's time and a third less of ours.
    """
    if not rows:
        return 0
    driver = connection.connection.dbapi_connection
    assert driver is not None
    try:
        driver.run_async(lambda raw: _copy(raw, rows))
    except asyncpg.UniqueViolationError as error:
        raise Collided from error
    return len(rows)


async def _copy(connection: asyncpg.Connection, rows: Sequence[vocabulary.Row]) -> None:
    await _teach(connection)
    placed = [(*row[:_PLACE], ewkb_of(row[_PLACE]), *row[_PLACE + 1 :]) for row in rows]
    await connection.copy_records_to_table(record.name, records=placed, columns=COLUMNS)


async def _teach(connection: asyncpg.Connection) -> None:
    """Geometries go over the wire as EWKB, as PostGIS takes them. Asked once a connection."""
    if connection in _TAUGHT:
        return
    schema = await connection.fetchval(_SCHEMA_OF_GEOMETRY)
    await connection.set_type_codec("geometry", schema=schema, encoder=bytes, decoder=bytes, format="binary")
    _TAUGHT.add(connection)


def ewkb_of(wkb: vocabulary.Cell) -> bytes | None:
    """Little-endian WKB -> the same with WGS84's number in it, after the type."""
    if not isinstance(wkb, bytes):
        return None
    kind = int.from_bytes(wkb[1:5], "little") | _WITH_SRID
    return wkb[:1] + kind.to_bytes(4, "little") + _SRID + wkb[5:]
