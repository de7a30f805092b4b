"""The constructs: boxes that are never too small, rows in and out on both engines, and no third engine."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, Text, select, update
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Connection

from geo.errors import UnknownVocabulary
from geo.store import vocabulary
from geo.store.store import SqlStore
from geo.store.tables import inbox, legend
from geo.store.vocabulary import fetch_rows, insert_of, rows_of, store_now, within_m, write_rows

_rows = rows_of("r", n=BigInteger(), names=Text())
_INSERT = insert_of(legend, _rows)
_READ = select(legend.c.n, legend.c.names).join(_rows, _rows.c.n == legend.c.n)


@pytest.mark.parametrize("count", [0, 1, 2, 100, 4_097, 40_000])
async def test_any_number_of_rows_goes_in_and_comes_out(store: SqlStore, count: int) -> None:
    rows: list[vocabulary.Row] = [(n, f"row {n} 'é'") for n in range(count)]

    def body(connection: Connection) -> tuple[int, list[tuple[object, ...]]]:
        written = write_rows(connection, _INSERT, rows)
        return written, fetch_rows(connection, _READ, [*rows, (-1, "")])

    written, found = await store._write(body)
    assert written == count
    assert sorted(found) == rows


async def test_numbers_are_not_handed_out_twice(store: SqlStore) -> None:
    from geo.store.tables import change

    rows = rows_of("c", n=BigInteger(), kind=Text(), id=Text(), version=BigInteger())

    def body(connection: Connection) -> list[int]:
        numbers = vocabulary.numbers_for(connection, change, 3)
        write_rows(connection, insert_of(change, rows), [(n, "record", "x", 1) for n in numbers])
        return numbers

    first, second = await store._write(body), await store._write(body)
    assert len({*first, *second}) == 6


async def test_a_statement_over_rows_has_no_other_parameters(store: SqlStore) -> None:
    statement = update(legend).values(names="constant").where(legend.c.n == _rows.c.n)
    with pytest.raises(UnknownVocabulary, match="no other parameters"):
        await store._write(lambda connection: write_rows(connection, statement, [(1, "")]))


def test_a_third_engine_has_no_bodies() -> None:
    with pytest.raises(UnknownVocabulary, match="WithinM has no body on mysql"):
        select(inbox.c.seq).where(within_m("record", 0, 0, 1)).compile(dialect=mysql.dialect())
    with pytest.raises(UnknownVocabulary, match="rows_of has no body on mysql"):
        _READ.compile(dialect=mysql.dialect())


async def test_the_stores_own_clock_is_a_clock(store: SqlStore) -> None:
    def ask(connection: Connection) -> int:
        return int(connection.execute(select(store_now())).scalar_one())

    first, second = await store._read(ask), await store._read(ask)
    assert 0 < first <= second
