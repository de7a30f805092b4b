"""Membership in a set, on both engines: many texts in one parameter, and what a subquery gives."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from sqlalchemy import select
from sqlalchemy.engine import Connection

from geo.model import Officer
from geo.store.store import SqlStore
from geo.store.tables import trait
from geo.store.texts import among, one_of


async def found(store: SqlStore, texts: Collection[str]) -> list[str]:
    statement = select(trait.c.id).where(trait.c.trait == "role", one_of(trait.c.id, texts)).order_by(trait.c.id)

    def body(connection: Connection) -> list[str]:
        return list(connection.scalars(statement))

    return await store._read(body)


@pytest.mark.parametrize("hostile", ['a"b', "x'; DROP TABLE trait --", "ä\u202e[]", "{},", "\\u0061", "null"])
async def test_a_text_is_itself_whatever_is_in_it(store: SqlStore, hostile: str) -> None:
    await store.put_officers([Officer(id=name, force="own") for name in (hostile, "a", "other")])
    assert await found(store, [hostile]) == [hostile]
    assert await found(store, [hostile, "nobody", hostile]) == [hostile]


async def test_none_and_more_than_a_statement_has_parameters(store: SqlStore) -> None:
    await store.put_officers([Officer(id=name, force="own") for name in ("a", "b")])
    assert await found(store, []) == []
    assert await found(store, [f"x{n}" for n in range(70_000)] + ["b"]) == ["b"]


async def test_among_is_in_and_its_opposite_is_not_in(store: SqlStore) -> None:
    await store.put_officers([Officer(id="a", force="own", role="cid"), Officer(id="b", force="own")])
    other = trait.alias("other")
    cid = select(other.c.id).where(other.c.trait == "role", other.c.value == "cid")

    def body(connection: Connection) -> tuple[list[str], list[str]]:
        roles = select(trait.c.id).where(trait.c.trait == "role")
        within = list(connection.scalars(roles.where(among(trait.c.id, cid))))
        return within, list(connection.scalars(roles.where(~among(trait.c.id, cid))))

    assert await store._read(body) == (["a"], ["b"])
