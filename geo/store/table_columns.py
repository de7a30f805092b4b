"""What all tables are made of: one metadata, and columns that are the same on SQLite and PostGIS"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, SmallInteger, Text, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeEngine

metadata = MetaData()

TEXT = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
"""Compared byte by byte on both engines: a default collation orders differently on every machine."""
SERIAL = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts up by itself only in a column typed INTEGER."""


def text_column(name: str) -> Column[str]:
    """Never NULL, compared byte by byte."""
    return Column(name, TEXT, nullable=False)


def int_column(name: str) -> Column[int]:
    """64 bits, never NULL: instants and counts."""
    return Column(name, BigInteger, nullable=False)


def added_column(name: str, kind: TypeEngine[int]) -> Column[int]:
    """A column that a later schema added: rows of before have 0."""
    return Column(name, kind, nullable=False, server_default=text("0"))


def small_column(name: str) -> Column[int]:
    """16 bits, never NULL: codes."""
    return Column(name, SmallInteger, nullable=False)
