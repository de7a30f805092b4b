"""Put, versions and reading back, on both engines."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
from shapely.geometry import Point, Polygon

from geo.clock import HOUR, VirtualClock
from geo.model import Grade, Incident, Interval, Status, Stored
from geo.store.records import occurred
from geo.store.rows import ChangeKind, Outcome, Put
from geo.store.store import SqlStore
from geo.store.tables import EARLIEST, LATEST
from tests.geo.store.making import NOW, city, incident


async def test_a_record_is_new_then_unchanged_then_a_version(store: SqlStore, clock: VirtualClock) -> None:
    first = incident("1", Point(-1.5, 53.8))
    assert await store.put([first], actor="feed") == [Put(first.id, 1, Outcome.NEW)]
    clock.set(NOW + HOUR)
    assert await store.put([first]) == [Put(first.id, 1, Outcome.UNCHANGED)]
    second = dataclasses.replace(first, status=Status.ATTENDED)
    assert await store.put([second]) == [Put(first.id, 2, Outcome.CHANGED)]
    assert await store.records([first.id, "nobody"]) == {first.id: Stored(second, 2, NOW + HOUR)}
    assert await store.versions(first.id) == [Stored(first, 1, NOW), Stored(second, 2, NOW + HOUR)]
    assert await store.versions("nobody") == []


async def test_going_back_to_an_older_content_is_a_version_too(store: SqlStore) -> None:
    first = incident("1")
    second = dataclasses.replace(first, grade=Grade.EMERGENCY)
    for record, version in ((first, 1), (second, 2), (first, 3)):
        assert (await store.put([record]))[0].version == version
    assert [stored.record for stored in await store.versions(first.id)] == [first, second, first]


async def test_an_id_twice_in_one_call_the_later_wins(store: SqlStore) -> None:
    early, late, other = incident("1", title="early"), incident("1", title="late"), incident("2")
    puts = await store.put([early, other, late])
    assert puts == [
        Put(early.id, 1, Outcome.UNCHANGED),
        Put(other.id, 1, Outcome.NEW),
        Put(late.id, 1, Outcome.NEW),
    ]
    assert (await store.records([early.id]))[early.id].record == late
    assert len(await store.versions(early.id)) == 1


async def test_an_import_is_whole_and_in_order_and_repeats_to_nothing(store: SqlStore) -> None:
    start = (await store.snapshot(NOW)).cursor
    records = city(1_500)
    puts = await store.put(records)
    assert [put.id for put in puts] == [record.id for record in records]
    assert {put.outcome for put in puts} == {Outcome.NEW}
    assert {put.outcome for put in await store.put(records)} == {Outcome.UNCHANGED}
    found = await store.records([record.id for record in records])
    assert [found[record.id].record for record in records] == records
    changes = await store.changes_since(start)
    assert sorted(change.id for change in changes.rows) == sorted(record.id for record in records)


async def test_every_version_has_its_change(store: SqlStore) -> None:
    start = (await store.snapshot(NOW)).cursor
    await store.put([incident("1"), incident("2")])
    await store.put([incident("1", title="more")])
    await store.put([incident("1", title="more")])
    changes = await store.changes_since(start)
    assert {change.kind for change in changes.rows} == {ChangeKind.RECORD}
    assert sorted((change.id, change.version) for change in changes.rows) == sorted(
        [(incident("1").id, 1), (incident("2").id, 1), (incident("1").id, 2)]
    )
    assert not changes.more
    assert (await store.changes_since(changes.cursor)).rows == ()


async def test_snapshot_holds_what_is_live_and_nothing_else(store: SqlStore) -> None:
    live = [
        incident("open"),
        incident("attended", status=Status.ATTENDED),
        incident("ends later", valid=Interval(None, NOW + 1)),
    ]
    over = [
        incident("closed", status=Status.CLOSED),
        incident("cancelled", status=Status.CANCELLED),
        incident("ended", valid=Interval(None, NOW)),
    ]
    await store.put([*live, *over])
    snapshot = await store.snapshot(NOW)
    assert {stored.record.source_id for stored in snapshot.records} == {record.source_id for record in live}
    assert (await store.changes_since(snapshot.cursor)).rows == ()


async def test_text_of_any_sort_survives(store: SqlStore) -> None:
    title = 'O\'Brien "quoted" %s :name ? $1 \\ \U0001f691 ﷽ é'
    record = incident("';--", title=title, category="a%b_c")
    await store.put([record])
    assert (await store.records([record.id]))[record.id].record == record


async def test_a_moved_and_an_unplaced_record_are_found_where_they_are_now(store: SqlStore) -> None:
    from geo.store.query_rows import Query

    first = incident("1", Point(-1.5, 53.8))
    await store.put([first])
    await store.put([dataclasses.replace(first, place=Point(1.0, 52.0))])
    assert not (await store.search(Query(bbox=(-2, 53, -1, 54)))).items
    assert len((await store.search(Query(bbox=(0, 51, 2, 53)))).items) == 1
    await store.put([dataclasses.replace(first, place=None)])
    assert not (await store.search(Query(bbox=(0, 51, 2, 53)))).items
    await store.put([dataclasses.replace(first, place=Polygon())])
    assert not (await store.search(Query(bbox=(-180, -90, 180, 90)))).items


async def test_a_change_says_how_grave_it_is_and_history_is_nothing(store: SqlStore) -> None:
    grave = incident("grave", grade=Grade.EMERGENCY)
    records = [
        incident("routine", grade=Grade.ROUTINE),
        grave,
        incident("closed", grade=Grade.EMERGENCY, status=Status.CLOSED),
        incident("over", grade=Grade.EMERGENCY, valid=Interval(NOW - HOUR, NOW)),
        incident("soon over", grade=Grade.EMERGENCY, valid=Interval(NOW - HOUR, NOW + 1)),
    ]
    start = (await store.snapshot(NOW)).cursor
    await store.put(records)
    ranks = {change.id: change.rank for change in (await store.changes_since(start)).rows}
    assert [ranks[record.id] for record in records] == [1, 4, 0, 0, 4]
    await store.put([dataclasses.replace(grave, status=Status.CLOSED)])
    assert (await store.changes_since(start)).rows[-1].rank == 0


async def test_the_urgent_are_found_behind_a_backlog_and_come_again_in_their_turn(store: SqlStore) -> None:
    await store.put([incident("before", grade=Grade.EMERGENCY)])
    start = (await store.snapshot(NOW)).cursor
    await store.put([*city(200), incident("p1", grade=Grade.EMERGENCY), incident("p2", grade=Grade.PRIORITY)])
    page = await store.changes_since(start, limit=10)
    assert page.more
    found = set()
    for cursor in (start, page.cursor):
        urgent = await store.urgent_changes(cursor, 4, limit=1_000)
        assert {change.rank for change in urgent} == {4}
        found |= {change.id for change in urgent}
    assert incident("p1").id in found
    assert incident("before").id not in found
    assert len(await store.urgent_changes(start, 3, limit=5)) == 5
    rest = await store.changes_since(page.cursor)
    assert found <= {change.id for change in (*page.rows, *rest.rows)}
    assert await store.urgent_changes(rest.cursor, 1) == []


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (Interval(5, 5), (5, 6)),
        (Interval(5, 9), (5, 9)),
        (Interval(None, 9), (EARLIEST, 9)),
        (Interval(5, None), (5, LATEST)),
        (Interval(), (NOW, NOW + 1)),
    ],
)
def test_when_it_happened_is_half_open_and_closed_at_both_ends(interval: Interval, expected: tuple[int, int]) -> None:
    record: Incident = incident("1", occurred=None)
    assert occurred(dataclasses.replace(record, occurred=interval)) == expected


async def test_two_who_change_the_same_version_do_not_both_win(store: SqlStore) -> None:
    first = incident("1")
    await store.put([first])
    read = (await store.records([first.id]))[first.id]
    one, other = (dataclasses.replace(first, title=title) for title in ("one", "other"))
    both = await asyncio.gather(store.put_over(read, one, "a"), store.put_over(read, other, "b"))
    assert sorted(put.version if put else 0 for put in both) == [0, 2]
    assert len(await store.versions(first.id)) == 2
    newest = (await store.records([first.id]))[first.id]
    assert await store.put_over(newest, newest.record) == Put(first.id, 2, Outcome.UNCHANGED)
    assert await store.put_over(Stored(incident("nobody"), 1, NOW), incident("nobody")) is None


async def test_only_where_there_is_none_yet(store: SqlStore) -> None:
    first, other = incident("1"), incident("1", title="other")
    both = await asyncio.gather(store.put_over(None, first), store.put_over(None, other))
    assert sorted(put.version if put else 0 for put in both) == [0, 1]
    assert await store.put_over(None, first) is None
    assert len(await store.versions(first.id)) == 1
