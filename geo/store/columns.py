"""A whole result as numpy columns: tens of thousands of rows of a place and time in a few arrays, on either engine.

A row at a time is what makes 30,000 rows dear, not finding them: as rows through the driver they take 180 ms of Python,
packed by the engine (bytes on PostgreSQL, one JSON text a column on SQLite) 10 to 20 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Float, Select, Text, select
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType, TypeEngine

from geo.store.boxes import Box, spanning, touching_postgis

NOWHERE = 999.0
"""What stands for a coordinate that is not there; NaN in the column."""

Column = NDArray[Any]


class _Touching(ColumnElement[Any]):
    inherit_cache = False

    def __init__(self, table: str, boxes: tuple[Box, ...]) -> None:
        self.table, self.boxes = table, boxes
        self.type: TypeEngine[Any] = NullType()


def touching(table: str, boxes: tuple[Box, ...]) -> ColumnElement[bool]:
    """Rows whose own box touches one of these: what the index of places answers by itself, nothing exact after it."""
    return _Touching(table, boxes)


@compiles(_Touching, "postgresql")
def _touching_postgis(element: _Touching, compiler: SQLCompiler, **kw: object) -> str:
    return touching_postgis(element.table, element.boxes)


@compiles(_Touching, "sqlite")
def _touching_sqlite(element: _Touching, compiler: SQLCompiler, **kw: object) -> str:
    tree = f"SELECT n FROM {element.table}_tree WHERE {spanning(element.boxes)}"  # noqa: S608 - names and numbers of our own
    return f"{element.table}.n IN ({tree})"


class _Packed(ColumnElement[Any]):
    inherit_cache = False

    def __init__(self, name: str, kind: TypeEngine[Any]) -> None:
        self.name, self.kind = name, kind
        self.type: TypeEngine[Any] = NullType()


@compiles(_Packed, "postgresql")
def _packed_postgis(element: _Packed, compiler: SQLCompiler, **kw: object) -> str:
    if isinstance(element.kind, Text):
        return f"array_agg({element.name})"
    kind = "float8" if isinstance(element.kind, Float) else "int8"
    return f"string_agg({kind}send({element.name}::{kind}), ''::bytea)"


@compiles(_Packed, "sqlite")
def _packed_sqlite(element: _Packed, compiler: SQLCompiler, **kw: object) -> str:
    return f"json_group_array({element.name})"


def fetch_columns(
    connection: Connection, statement: Select[Any], kinds: Mapping[str, TypeEngine[Any]]
) -> dict[str, Column]:
    """The statement's columns, by name, all of one length; ``kinds`` are BigInteger, Float or Text, none with NULL.

    Texts are arrays of objects.
    """
    inner = statement.subquery("found")
    packed = select(*(_Packed(f"found.{name}", kind) for name, kind in kinds.items())).select_from(inner)
    row = connection.execute(packed).one()
    return {name: _column(row[place], kind) for place, (name, kind) in enumerate(kinds.items())}


def _column(packed: Any, kind: TypeEngine[Any]) -> Column:
    if isinstance(packed, str):
        packed = msgspec.json.decode(packed)
    if isinstance(kind, Text):
        return np.array(packed or [], object)
    dtype = np.float64 if isinstance(kind, Float) else np.int64
    if isinstance(packed, bytes | bytearray | memoryview):
        return np.frombuffer(packed, np.dtype(dtype).newbyteorder(">")).astype(dtype)
    return np.array(packed or [], dtype)
