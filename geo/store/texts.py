"""Membership in a set, asked so that no plan goes wrong: many texts as one parameter, and what a subquery gives"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import ColumnElement, Select, Text, bindparam, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Texts(FunctionElement[str]):
    inherit_cache = True
    type = Text()


def one_of(column: ColumnElement[str], texts: Iterable[str]) -> ColumnElement[bool]:
    """The column's value is one of these: a list of any length, in one prepared statement."""
    packed = msgspec.json.encode(sorted(set(texts))).decode()
    return column.op("IN", is_comparison=True)(_Texts(bindparam(None, packed, Text)))


def among(column: ColumnElement[str], names: Select[str]) -> ColumnElement[bool]:
    """The column's value is one of the subquery's, which is run once and hashed. As a join, PostgreSQL takes a roster
    that was imported a moment ago, and of which it has no statistics yet, for one row, and compares each with each:
    20,000 officers of a role took more than ten seconds."""
    return column.in_(names).is_(true())


@compiles(_Texts, "postgresql")
def _texts_postgis(element: _Texts, compiler: SQLCompiler, **kw: object) -> str:
    return f"(SELECT json_array_elements_text(CAST({compiler.process(element.clauses, **kw)} AS json)))"


@compiles(_Texts, "sqlite")
def _texts_sqlite(element: _Texts, compiler: SQLCompiler, **kw: object) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **kw)}))"  # noqa: S608 - one parameter
