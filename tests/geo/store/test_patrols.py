"""A patrol-start briefing is on record once, found by officer and by record, on both engines."""

from __future__ import annotations

from dataclasses import replace

from geo.clock import HOUR
from geo.store.briefing_rows import PatrolItem, PatrolRow
from geo.store.rows import ChangeKind
from geo.store.store import SqlStore
from tests.geo.store.making import NOW

GIVEN = PatrolRow(
    id="pat-1", officer="a", actor="a", force="own", beat="n1", start=NOW, until=NOW + 8 * HOUR, since=NOW - HOUR,
    at=NOW, policy="uk 1", digest="00ff",
    items=(PatrolItem("inc-1", 2, "live", 1), PatrolItem("int-1", 1, "intelligence", 2)),
)  # fmt: skip


async def test_what_was_shown_is_found_by_officer_while_it_lasts_and_by_record_for_ever(store: SqlStore) -> None:
    cursor = (await store.snapshot(NOW)).cursor
    later = replace(GIVEN, id="pat-2", at=NOW + 1, items=(PatrolItem("inc-1", 3, "live", 1),))
    reader = replace(GIVEN, id="pat-3", officer="", actor="analyst", at=NOW + 2)
    for row in (GIVEN, later, reader):
        await store.disclose(row)
    assert await store.patrols_of(["a", "b"], NOW + HOUR) == [GIVEN, later]
    assert await store.patrols_of(["a"], NOW + 8 * HOUR) == []
    assert await store.patrols_of([], NOW) == []
    assert await store.patrols_with("inc-1") == [GIVEN, later, reader]
    assert await store.patrols_with("int-1") == [GIVEN, reader]
    rows = (await store.changes_since(cursor)).rows
    assert [(row.kind, row.id) for row in rows] == [(ChangeKind.PATROL, "a")] * 2


async def test_written_twice_it_is_written_once(store: SqlStore) -> None:
    await store.disclose(GIVEN)
    await store.disclose(replace(GIVEN, items=()))
    assert await store.patrols_of(["a"], NOW) == [GIVEN]
