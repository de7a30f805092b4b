"""Whole results as columns, on both engines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from shapely.geometry import Point
from sqlalchemy import BigInteger, Float, Select, Text, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.types import TypeEngine

from geo.store.columns import Column, fetch_columns, touching
from geo.store.store import SqlStore
from geo.store.tables import record
from tests.geo.store.making import LEEDS, city, incident

KINDS: dict[str, TypeEngine[Any]] = {"n": BigInteger(), "level": BigInteger(), "lon": Float(), "category": Text()}


def statement() -> Select[tuple[object, ...]]:
    lon = func.coalesce(record.c.min_lon, literal(999.0))
    return select(record.c.n.label("n"), record.c.level.label("level"), lon.label("lon"), record.c.category)


async def fetched(store: SqlStore, asked: Select[tuple[object, ...]]) -> dict[str, Column]:
    def body(connection: Connection) -> dict[str, Column]:
        return fetch_columns(connection, asked, KINDS)

    return await store._read(body)


async def test_columns_are_the_rows_of_the_same_question(store: SqlStore) -> None:
    await store.put(city(300))
    columns = await fetched(store, statement())

    def rows(connection: Connection) -> list[tuple[object, ...]]:
        return [tuple(row) for row in connection.execute(statement())]

    plain = await store._read(rows)
    assert len(plain) == 300
    for found, asked in zip(columns.values(), zip(*plain, strict=True), strict=True):
        exact = found.dtype != np.float64  # one engine sends 15 digits: a millionth of a millimetre
        assert found.tolist() == (list(asked) if exact else pytest.approx(list(asked), rel=1e-14))
    assert (columns["n"].dtype.name, columns["lon"].dtype.name) == ("int64", "float64")
    assert columns["n"].flags.writeable


async def test_nothing_found_is_columns_of_no_length(store: SqlStore) -> None:
    columns = await fetched(store, statement().where(record.c.kind == "nothing"))
    assert {name: len(column) for name, column in columns.items()} == dict.fromkeys(KINDS, 0)


async def test_texts_that_look_like_code_come_back_as_they_are(store: SqlStore) -> None:
    odd = 'o\'neill "x", {a},\\ü\N{SNOWMAN}'
    await store.put([incident("a", Point(LEEDS), category=odd)])
    assert (await fetched(store, statement()))["category"].tolist() == [odd]


async def test_touching_is_by_boxes(store: SqlStore) -> None:
    await store.put([incident("in", Point(LEEDS)), incident("out", Point(0, 50)), incident("none", None)])
    lon, lat = LEEDS
    box = (lon - 0.01, lat - 0.01, lon + 0.01, lat + 0.01)
    columns = await fetched(store, statement().where(touching("record", (box, (170.0, 0.0, 171.0, 1.0)))))
    assert columns["lon"].tolist() == [lon]


def test_each_engine_is_asked_through_its_index_of_places() -> None:
    asked = statement().where(touching("record", ((0.0, 1.0, 2.0, 3.0),)))
    assert "record_tree" in str(asked.compile(dialect=sqlite.dialect()))
    assert "place && ST_MakeEnvelope" in str(asked.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
