"""A query is a value: it means anything until it is narrowed."""

from __future__ import annotations

import dataclasses

import pytest

from geo.store.query_rows import Order, Page, Query, Reader


def test_a_query_means_anything_until_it_is_narrowed() -> None:
    query = Query()
    assert (query.bbox, query.near, query.area, query.reader, query.cursor) == (None,) * 5
    assert query.order is Order.NEWEST


@pytest.mark.parametrize("row", [Query, Page, Reader])
def test_rows_are_frozen_and_slotted(row: type) -> None:
    assert row.__dict__["__dataclass_params__"].frozen
    assert dataclasses.is_dataclass(row)
    assert hasattr(row, "__slots__")
