"""Columns are the same on both engines: texts by bytes, numbers that count up, and nothing unknown."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, SmallInteger, Table
from sqlalchemy.engine import make_url
from sqlalchemy.schema import CreateTable

from geo.store.table_columns import SERIAL, added_column, int_column, small_column, text_column


def ddl(url: str) -> str:
    table = Table(
        "t",
        MetaData(),
        Column("n", SERIAL, primary_key=True),
        text_column("name"),
        int_column("at"),
        small_column("code"),
        added_column("rank", SmallInteger()),
    )
    return " ".join(str(CreateTable(table).compile(dialect=make_url(url).get_dialect()())).split())


def test_nothing_is_null_and_texts_are_compared_by_bytes() -> None:
    on_postgresql, on_sqlite = ddl("postgresql+asyncpg://x"), ddl("sqlite://")
    for column in ('name TEXT COLLATE "C" NOT NULL', "at BIGINT NOT NULL", "code SMALLINT NOT NULL"):
        assert column in on_postgresql
    assert "n BIGSERIAL NOT NULL" in on_postgresql
    assert "n INTEGER NOT NULL" in on_sqlite, "SQLite counts up only what is typed so"
    assert "rank SMALLINT DEFAULT 0 NOT NULL" in on_sqlite, "rows of before have 0"
