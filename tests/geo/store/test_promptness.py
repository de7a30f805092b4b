"""Three classes of promptness: every record is in exactly one, and the newest of a time past are the same as ever."""

from __future__ import annotations

import random

import pytest
from shapely.geometry import Point, Polygon
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from geo.clock import DAY, HOUR
from geo.model import Interval, Record
from geo.store.promptness import classes
from geo.store.query_rows import Query
from geo.store.records import occurred
from geo.store.store import SqlStore
from geo.store.tables import record
from tests.geo.store.making import NOW, incident


def _records() -> list[Record]:
    draw = random.Random(3)
    made: list[Record] = []
    for number in range(200):
        reported = NOW - draw.randrange(100 * 24) * HOUR
        start = reported - draw.choice((0, 0, HOUR, DAY, 20 * DAY, 32 * DAY, 400 * DAY, -HOUR, -40 * DAY))
        end = start + draw.choice((0, HOUR, DAY, 31 * DAY, 300 * DAY))
        occurred = draw.choice((Interval(start, end),) * 4 + (Interval(None, end), Interval(start, None), Interval()))
        made.append(incident(str(number), reported_at=reported, occurred=occurred))
    return made


async def test_every_record_is_in_exactly_one_class(store: SqlStore) -> None:
    records = _records()
    await store.put(records)

    def counts(connection: Connection) -> list[int]:
        return [
            connection.execute(select(func.count()).select_from(record).where(where)).scalar_one()
            for where, _ in classes(connection)
        ]

    found = await store._read(counts)
    away = [max(item.reported_at - occurred(item)[0], occurred(item)[1] - item.reported_at) for item in records]
    expected = [
        sum(one <= DAY for one in away),
        sum(DAY < one <= 32 * DAY for one in away),
        sum(one > 32 * DAY for one in away),
    ]
    assert found in ([], expected)
    assert min(expected) > 10


async def test_few_at_a_place_are_gathered_and_many_are_walked_alike(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [Point(-1.5 + n / 1_000, 53.8) for n in range(40)]
    records = [incident(str(n), place, reported_at=NOW - n * HOUR) for n, place in enumerate(places)]
    await store.put(records)
    queries = [
        Query(bbox=(-1.5, 53.7, -1.481, 53.9), limit=7),
        Query(near=(-1.5, 53.8), radius_m=1_300, limit=7, time_from=NOW - DAY, time_to=NOW - HOUR),
        Query(area=Polygon([(-1.5, 53.7), (-1.48, 53.7), (-1.5, 53.9)]), limit=7, time_to=NOW),
    ]
    gathered = [(await store.search(query)).items for query in queries]
    monkeypatch.setattr("geo.store.promptness.FEW", 3)
    assert [(await store.search(query)).items for query in queries] == gathered
    assert [len(items) for items in gathered] == [7, 7, 7]


@pytest.mark.parametrize("days", [1, 10, 60])
@pytest.mark.parametrize("open_end", [None, "from", "to"])
async def test_the_newest_of_a_window_page_by_page(store: SqlStore, days: int, open_end: str | None) -> None:
    records = _records()
    await store.put(records)
    since, until = NOW - 80 * DAY, NOW - (80 - days) * DAY
    wanted = [
        item
        for item in records
        if _overlaps(item, None if open_end == "from" else since, None if open_end == "to" else until)
    ]
    wanted.sort(key=lambda item: (item.reported_at, item.id), reverse=True)
    found, cursor = [], None
    while True:
        page = await store.search(
            Query(
                time_from=None if open_end == "from" else since,
                time_to=None if open_end == "to" else until,
                limit=7,
                cursor=cursor,
            )
        )
        found += [stored.record for stored in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert found == wanted


def _overlaps(item: Record, since: int | None, until: int | None) -> bool:
    start, end = occurred(item)
    return (until is None or start < until) and (since is None or end > since)
