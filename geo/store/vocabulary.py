"""The constructs that differ between SQLite and PostGIS, each with two bodies: the only place where engines show.

Constructs for WHERE and ORDER BY: :func:`within_m`, :func:`intersects`, :func:`during`, :func:`distance_m` (nearest).
They are untyped on purpose: a construct typed Boolean renders ``(expr) = 1`` on SQLite and defeats the R*Tree
(62 ms instead of 0.6 ms over 20,000 records).

Constructs for writing: :func:`rows_of` (rows from Python as a table) and :func:`lock_rows`. Rows go in as ONE statement
step, not with ``executemany``: Python's sqlite3 lets go of the interpreter lock at every step and has to win it back
from a busy event loop each time (measured: 300 rows by executemany beside a busy thread 640 ms, 10,000 rows in five
multi-row statements 55 ms). For the same reason :func:`fetch_rows` takes a whole
result as one JSON text.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeAlias

import msgspec
from shapely import set_srid, to_wkb
from shapely.geometry import box
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    LargeBinary,
    Select,
    SmallInteger,
    Table,
    Text,
    column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FromClause, TableClause, bindparam
from sqlalchemy.types import TypeEngine

from geo.errors import UnknownVocabulary
from geo.store.boxes import Box, boxes_around, spanning, touching_postgis, wrapped

Cell: TypeAlias = str | int | float | bytes | None
Row: TypeAlias = tuple[Cell, ...]
_SMALL_WKB = 4_096
SQLITE_PARAMETERS = 32_766
"""SQLITE_MAX_VARIABLE_NUMBER of SQLite >= 3.32 as built by default."""


class _Construct(ColumnElement[object]):
    inherit_cache = False


class _WithinM(_Construct):
    inherit_cache = False

    def __init__(self, table: str, lon: float, lat: float, radius_m: float, walked: bool) -> None:
        self.table, self.boxes, self.walked = table, boxes_around(lon, lat, radius_m), walked
        self.lon, self.lat, self.radius_m = (bindparam(None, float(v), Float) for v in (lon, lat, radius_m))


class _Intersects(_Construct):
    inherit_cache = False

    def __init__(self, table: str, area: BaseGeometry, boxes: tuple[Box, ...], walked: bool) -> None:
        self.table, self.boxes, self.walked = table, boxes, walked
        self.area = bindparam(None, to_wkb(set_srid(area, 4326), include_srid=True), LargeBinary)


class _During(_Construct):
    inherit_cache = False

    def __init__(self, table: str, start: int, end: int) -> None:
        self.table = table
        self.start, self.end = bindparam(None, start, BigInteger), bindparam(None, end, BigInteger)


class _DistanceM(_Construct):
    inherit_cache = False

    def __init__(self, table: str, lon: float, lat: float) -> None:
        self.table = table
        self.type: TypeEngine[Any] = Float()
        self.lon, self.lat = bindparam(None, float(lon), Float), bindparam(None, float(lat), Float)


class _DistanceDeg(_Construct):
    inherit_cache = False

    def __init__(self, table: str, lon: float, lat: float) -> None:
        self.table, self.lon, self.lat = table, float(lon), float(lat)
        self.type: TypeEngine[Any] = Float()


def within_m(table: str, lon: float, lat: float, radius_m: float, walked: bool = False) -> ColumnElement[object]:
    """Rows of ``table`` whose ``place`` is at most ``radius_m`` metres from a point, on the spheroid.

    ``walked``, here and below: asked of rows that come in another order, so by their boxes and not by the index of
    place and time, which PostgreSQL's planner would take to be better at finding the newest hundred. It is not.
    """
    return _WithinM(table, lon, lat, radius_m, walked)


def intersects(table: str, area: BaseGeometry, walked: bool = False) -> ColumnElement[object]:
    """Rows of ``table`` whose ``place`` has a point in common with ``area`` (plane, in degrees, like GeoJSON)."""
    west, south, east, north = area.bounds
    return _Intersects(table, area, ((west, south, east, north),), walked)


def in_box(table: str, bounds: Box, walked: bool = False) -> ColumnElement[object]:
    """Rows whose ``place`` touches a box (west, south, east, north); west > east crosses the antimeridian."""
    parts = wrapped(bounds)
    shapes = [box(*part) for part in parts]
    area = shapes[0] if len(shapes) == 1 else shapes[0].union(shapes[1])
    return _Intersects(table, area, parts, walked)


def during(table: str, start: int, end: int) -> ColumnElement[object]:
    """Rows whose half-open ``occurred_from``..``occurred_until`` overlaps ``start`` <= t < ``end``; start < end."""
    return _During(table, start, end)


class _StoreNow(_Construct):
    inherit_cache = True

    def __init__(self) -> None:
        self.type: TypeEngine[Any] = BigInteger()


def store_now() -> ColumnElement[int]:
    """The store's own clock, an instant: what leases, seats and jobs go by, whatever time a process believes it is.

    On PostgreSQL the server's; an embedded file's is the clock that the store was given.
    """
    return _StoreNow()  # type: ignore[return-value]


@compiles(_StoreNow, "postgresql")
def _store_now_postgis(element: _StoreNow, compiler: SQLCompiler, **kw: object) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS int8)"


@compiles(_StoreNow, "sqlite")
def _store_now_sqlite(element: _StoreNow, compiler: SQLCompiler, **kw: object) -> str:
    return "beatline_now()"


def distance_m(table: str, lon: float, lat: float) -> ColumnElement[float]:
    """Metres on the spheroid from a point to the nearest point of ``place``: what *nearest* is ordered by."""
    return _DistanceM(table, lon, lat)  # type: ignore[return-value]


def distance_deg(table: str, lon: float, lat: float) -> ColumnElement[float]:
    """Degrees in the plane: no distance, but the order in which an index by distance gives rows. PostGIS only."""
    return _DistanceDeg(table, lon, lat)  # type: ignore[return-value]


def has_index_by_distance(connection: Connection) -> bool:
    """Whether rows come out of an index in the order of :func:`distance_deg`; the R*Tree of SQLite has no such."""
    return connection.dialect.name == "postgresql"


@compiles(_Construct)
def _unknown(element: _Construct, compiler: SQLCompiler, **kw: object) -> str:
    raise UnknownVocabulary(f"{type(element).__name__.strip('_')} has no body on {compiler.dialect.name}")


# ------------------------------------------------------------------------------------------------- PostGIS
def _point(element: _WithinM | _DistanceM, compiler: SQLCompiler, **kw: object) -> str:
    lon, lat = compiler.process(element.lon, **kw), compiler.process(element.lat, **kw)
    return f"ST_SetSRID(ST_MakePoint({lon}, {lat}), 4326)::geography"


def _boxed(element: _WithinM | _Intersects, exact: str) -> str:
    if element.walked:  # "IS TRUE" keeps PostGIS from asking the index all the same
        return f"(({spanning(element.boxes)}) AND ({exact}) IS TRUE)"
    return f"({touching_postgis(element.table, element.boxes)} AND {exact})"


@compiles(_WithinM, "postgresql")
def _within_m_postgis(element: _WithinM, compiler: SQLCompiler, **kw: object) -> str:
    radius = compiler.process(element.radius_m, **kw)
    # Not ST_DWithin: the planner takes it for so rare that it reads half a million rows to find the newest hundred.
    metres = f"ST_Distance({element.table}.place::geography, {_point(element, compiler, **kw)})"
    return _boxed(element, f"{metres} <= {radius}")


@compiles(_DistanceM, "postgresql")
def _distance_m_postgis(element: _DistanceM, compiler: SQLCompiler, **kw: object) -> str:
    return f"ST_Distance({element.table}.place::geography, {_point(element, compiler, **kw)})"


@compiles(_DistanceDeg, "postgresql")
def _distance_deg_postgis(element: _DistanceDeg, compiler: SQLCompiler, **kw: object) -> str:
    return f"{element.table}.place <-> ST_SetSRID(ST_MakePoint({element.lon!r}, {element.lat!r}), 4326)"


@compiles(_Intersects, "postgresql")
def _intersects_postgis(element: _Intersects, compiler: SQLCompiler, **kw: object) -> str:
    """What is small stands in the text."""
    wkb = element.area.value or b""
    small = f"'\\x{wkb.hex()}'"
    area = small if len(wkb) <= _SMALL_WKB else compiler.process(element.area, **kw)
    return _boxed(element, f"ST_Intersects({element.table}.place, ST_GeomFromEWKB({area}))")


@compiles(_During, "postgresql")
def _during_postgis(element: _During, compiler: SQLCompiler, **kw: object) -> str:
    start, end = compiler.process(element.start, **kw), compiler.process(element.end, **kw)
    return f"int8range({element.table}.occurred_from, {element.table}.occurred_until) && int8range({start}, {end})"


# ------------------------------------------------------------------------------------------------- SQLite
def _in_tree(table: str, boxes: tuple[Box, ...]) -> str:
    """Names the R*Tree in the query, so that the planner starts from it."""
    return f"{table}.n IN (SELECT n FROM {table}_tree WHERE {spanning(boxes)})"  # noqa: S608 - names and numbers of our own


@compiles(_WithinM, "sqlite")
def _within_m_sqlite(element: _WithinM, compiler: SQLCompiler, **kw: object) -> str:
    radius = compiler.process(element.radius_m, **kw)
    exact = f"beatline_distance_m({_place_and_point(element, compiler, **kw)}) <= {radius}"
    return f"({_in_tree(element.table, element.boxes)} AND {exact})"


@compiles(_DistanceM, "sqlite")
def _distance_m_sqlite(element: _DistanceM, compiler: SQLCompiler, **kw: object) -> str:
    return f"beatline_distance_m({_place_and_point(element, compiler, **kw)})"


def _place_and_point(element: _WithinM | _DistanceM, compiler: SQLCompiler, **kw: object) -> str:
    lon, lat = compiler.process(element.lon, **kw), compiler.process(element.lat, **kw)
    return f"{element.table}.place, {lon}, {lat}"


@compiles(_Intersects, "sqlite")
def _intersects_sqlite(element: _Intersects, compiler: SQLCompiler, **kw: object) -> str:
    exact = f"beatline_intersects({element.table}.place, {compiler.process(element.area, **kw)})"
    return f"({_in_tree(element.table, element.boxes)} AND {exact})"


@compiles(_During, "sqlite")
def _during_sqlite(element: _During, compiler: SQLCompiler, **kw: object) -> str:
    start, end = compiler.process(element.start, **kw), compiler.process(element.end, **kw)
    return f"({element.table}.occurred_from < {end} AND {element.table}.occurred_until > {start})"


# ------------------------------------------------------------------------------------------------- rows in
class Wkb(LargeBinary):
    """A column of :func:`rows_of` that holds WKB and is read as a geometry where the engine has such a type."""


class _RowsOf(TableClause):
    inherit_cache = False

    def __init__(self, name: str, types: dict[str, TypeEngine[Any]]) -> None:
        super().__init__(name, *(column(key, kind) for key, kind in types.items()))
        self.types = types


_MARK = "/*rows*/"
_ARRAYS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (SmallInteger, "int8[]"),
    (BigInteger, "int8[]"),
    (Float, "float8[]"),
    (LargeBinary, "bytea[]"),
    (Text, "text[]"),
)


def rows_of(name: str, **columns: TypeEngine[Any]) -> _RowsOf:
    """Rows handed over from Python as a table called ``name``; run the statement with :func:`write_rows` or
    :func:`fetch_rows`.

    The statement that holds it may have no other parameters: what is constant is a column.
    """
    return _RowsOf(name, columns)


@compiles(_RowsOf)
def _no_rows(element: _RowsOf, compiler: SQLCompiler, **kw: object) -> str:
    raise UnknownVocabulary(f"rows_of has no body on {compiler.dialect.name}")


@compiles(_RowsOf, "postgresql")
def _rows_of_postgis(element: _RowsOf, compiler: SQLCompiler, **kw: object) -> str:
    arrays, names, picked = [], [], []
    for place, (key, kind) in enumerate(element.types.items(), start=1):
        array = next(text for known, text in _ARRAYS if isinstance(kind, known))
        arrays.append(f"${place}::{array}")
        names.append(key)
        picked.append(f"ST_GeomFromWKB({key}, 4326) AS {key}" if isinstance(kind, Wkb) else key)
    rows = f"unnest({', '.join(arrays)}) AS {element.name}_in({', '.join(names)})"
    return f"(SELECT {', '.join(picked)} FROM {rows}) AS {element.name}"  # noqa: S608 - names of our own


@compiles(_RowsOf, "sqlite")
def _rows_of_sqlite(element: _RowsOf, compiler: SQLCompiler, **kw: object) -> str:
    picked = ", ".join(f"column{place} AS {key}" for place, key in enumerate(element.types, start=1))
    return f"(SELECT {picked} FROM (VALUES {_MARK})) AS {element.name}"  # noqa: S608 - as above


def lock_rows(statement: Select[Any], table: Table, skip_locked: bool = False) -> Select[Any]:
    """Holds the selected rows of ``table`` until the transaction ends: FOR UPDATE; on SQLite BEGIN IMMEDIATE did it.

    ``skip_locked``: rows that another transaction holds are left to it.
    """
    return statement.with_for_update(of=table, skip_locked=skip_locked)


def insert_of(table: Table, rows: FromClause) -> Insert:
    """INSERT of every column of :func:`rows_of` into the columns of the same names, which may be
    given an ON CONFLICT (one spelling for both engines)."""
    names = [item.name for item in rows.c]
    return insert(table).from_select(names, select(*rows.c).where(text("true")))


@lru_cache(maxsize=256)
def _text_of(statement: Executable, dialect: Dialect) -> str:
    compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    if compiled.params:
        raise UnknownVocabulary(f"a statement over rows_of has no other parameters than its rows: {compiled}")
    return str(compiled)


def write_rows(connection: Connection, statement: Executable, rows: Sequence[Row]) -> int:
    """Runs a statement over :func:`rows_of`; how many rows it touched.

    On SQLite the rows go in as few multi-row statements; each sees what those before it wrote.
    """
    if not rows:
        return 0
    text = _text_of(statement, connection.dialect)
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(text, _arrays(rows)).rowcount
    return sum(connection.exec_driver_sql(filled, values).rowcount for filled, values in _filled(text, rows))


def fetch_rows(connection: Connection, statement: Select[Any], rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The result of a SELECT over :func:`rows_of`, in no promised order.

    On SQLite a result comes as few JSON texts: texts, integers and finite floats only.
    """
    if not rows:
        return []
    text = _text_of(statement, connection.dialect)
    if connection.dialect.name == "postgresql":
        return [tuple(row) for row in connection.exec_driver_sql(text, _arrays(rows))]
    names = ", ".join(item.name for item in statement.selected_columns)
    whole = f"SELECT json_group_array(json_array({names})) FROM ({text})"  # noqa: S608 - names of our own
    found: list[tuple[Any, ...]] = []
    for filled, values in _filled(whole, rows):
        answer: str = connection.exec_driver_sql(filled, values).scalar_one()
        found += [tuple(row) for row in msgspec.json.decode(answer)]
    return found


def _arrays(rows: Sequence[Row]) -> tuple[list[Cell], ...]:
    return tuple(list(values) for values in zip(*rows, strict=True))


def _filled(text: str, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """Statements of 2^k rows: few steps, and few different texts, as SQLite takes a microsecond a ``?`` to prepare one
    that it has not met (10,000 rows of 17: 170 ms, and 20 ms when it has)."""
    width = len(rows[0])
    one = f"({','.join('?' * width)})"
    step, start = 1 << (SQLITE_PARAMETERS // width).bit_length() - 1, 0
    while start < len(rows):
        while step > len(rows) - start:
            step >>= 1
        part = rows[start : start + step]
        yield text.replace(_MARK, ",".join([one] * step)), tuple(chain.from_iterable(part))
        start += step


def numbers_for(connection: Connection, table: Table, count: int) -> list[int]:
    """The next ``count`` values of the table's serial ``n``, so that rows can be told apart before they are written."""
    if connection.dialect.name == "postgresql":
        text = f"SELECT nextval(pg_get_serial_sequence('{table.name}', 'n')) FROM generate_series(1, $1::int)"  # noqa: S608
        return [int(row[0]) for row in connection.exec_driver_sql(text, (count,))]
    text = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?"
    last = int(connection.exec_driver_sql(text, (table.name,)).scalar_one())
    return list(range(last + 1, last + 1 + count))
