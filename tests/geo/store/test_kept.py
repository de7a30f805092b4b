"""Kept verdicts read back whole, on both engines: the columns as they were, and the versions they were about."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from geo.clock import HOUR, MINUTE
from geo.store.store import SqlStore
from tests.geo.store.making import FACTS, NOW, RULES, TERMS, fanout, incident, say


async def test_a_night_is_read_back_column_by_column(store: SqlStore) -> None:
    record = incident("1")
    await store.put([record])
    said = fanout(record.id, ["pc-1", "pc-2"])
    await say(store, said)
    (kept,) = await store.kept(said.at, said.at + 1)
    assert (kept.record, kept.version, kept.at, kept.policy) == (record.id, said.version, said.at, said.policy)
    assert kept.officers == ("pc-1", "pc-2")
    assert (kept.term_names, kept.fact_names, kept.rule_names) == (TERMS, FACTS, RULES)
    for name in ("act", "verdict", "priority", "rule", "score", "terms", "facts"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(said, name), name)


async def test_a_stretch_of_time_is_half_open_and_read_in_pages(store: SqlStore) -> None:
    record = incident("1")
    await store.put([record])
    for minute in range(5):
        await say(store, fanout(record.id, ["pc-1"], rev=minute + 1, at=NOW + minute * MINUTE))
    until = NOW + 4 * MINUTE
    pages, after = [], 0
    while page := await store.kept(NOW + MINUTE, until, after, 2):
        pages.append([(kept.at - NOW) // MINUTE for kept in page])
        after = page[-1].n
    assert pages == [[1, 2], [3]]
    assert await store.kept(NOW + HOUR, NOW + 2 * HOUR) == []
    assert await store.kept_until() == until


async def test_where_nothing_was_decided_there_is_no_newest(store: SqlStore) -> None:
    assert await store.kept_until() is None


async def test_every_version_of_the_records_is_found(store: SqlStore) -> None:
    first, other = incident("1"), incident("2")
    second = replace(first, title="Burglary, two men seen")
    await store.put([first, other])
    await store.put([second])
    found = await store.versions_of([first.id, other.id, "none"])
    assert {key: stored.record for key, stored in found.items()} == {
        (first.id, 1): first, (first.id, 2): second, (other.id, 1): other,
    }  # fmt: skip
