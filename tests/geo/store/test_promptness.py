"""Three classes of promptness: every record is in exactly one, and the newest of a time past are the same as ever."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from geo.clock import DAY, HOUR
from geo.model import Interval, Record
from geo.store.promptness import by_promptness
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


async def test_every_record_is_prompt_or_in_exactly_one_other_class(store: SqlStore) -> None:
    records = _records()
    await store.put(records)

    def counts(connection: Connection) -> list[int]:
        other = by_promptness(connection)[1:]
        return [
            connection.execute(select(func.count()).select_from(record).where(where)).scalar_one() for where, _ in other
        ]

    found = await store._read(counts)
    late = [max(item.reported_at - occurred(item)[0], occurred(item)[1] - item.reported_at) for item in records]
    expected = [sum(DAY < away <= 32 * DAY for away in late), sum(away > 32 * DAY for away in late)]
    assert found in ([], expected)
    assert min(expected) > 10


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
