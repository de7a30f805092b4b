"""What a briefing asks of the store, held against a plain look at every record, on both engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from shapely.geometry import Point
from sqlalchemy import select, text
from sqlalchemy.engine import Connection

from geo.clock import DAY, HOUR, VirtualClock
from geo.marking import Clearance, Grading, Marking
from geo.model import Briefing, Grade, Hazard, Incident, IntelReport, Interval, Record, Status, hazard_mask
from geo.store import patrol_search
from geo.store.patrol_rows import KINDS, STATUSES, BeatQuery
from geo.store.store import SqlStore
from geo.store.tables import record
from tests.geo.store.making import NOW, city, incident

BOX = (-1.6, 53.78, -1.5, 53.82)
HERE = Point(-1.55, 53.8)
WIDE = (BOX[0] - 0.01, BOX[1] - 0.01, BOX[2] + 0.01, BOX[3] + 0.01)
BESIDE = Point(-1.605, 53.8)
QUERY = BeatQuery(
    force="own", inside=(BOX,), boxes=(WIDE,), names=("N1", "Mill"), since=NOW - 30 * DAY, until=NOW,
    intel_since=NOW - 365 * DAY, placeless_since=NOW - 2 * DAY,
)  # fmt: skip


def intel(name: str, place: Point | None = HERE, days: float = 3, **rest: Any) -> IntelReport:
    at = NOW - int(days * DAY)
    given: dict[str, Any] = {
        "force": "own", "source": "intel", "source_id": name, "category": "drugs", "title": name,
        "grade": Grade.STANDARD, "place": place, "reported_at": at, "grading": Grading.parse("2-B-P"),
    }  # fmt: skip
    return IntelReport(**given | rest)


def ago(name: str, days: float, place: Point | None = HERE, **rest: Any) -> Incident:
    return incident(name, place, reported_at=NOW - int(days * DAY), **rest)


async def found(store: SqlStore, records: list[Record], query: BeatQuery = QUERY) -> set[str]:
    await store.put(records)
    columns = (await store.beat_history(query)).columns
    assert len(set(columns.n.tolist())) == len(columns)
    return {item.record.source_id for item in await store.documents(columns.n.tolist())}


async def test_what_happened_in_the_window_is_found_by_place_and_time(store: SqlStore) -> None:
    records = city(400)
    west, south, east, north = BOX
    in_box = {
        record.source_id
        for record in records
        if record.place is not None
        and record.place.bounds[2] >= west and record.place.bounds[0] <= east
        and record.place.bounds[3] >= south and record.place.bounds[1] <= north
    }  # fmt: skip
    assert in_box <= await found(store, records)


async def test_what_is_known_by_another_way_than_when_it_happened(store: SqlStore) -> None:
    ends = Interval(NOW - 200 * DAY, NOW + DAY)
    wanted = [
        ago("valid still", 200, valid=ends),
        ago("of a month", 20, occurred=Interval(NOW - 45 * DAY, NOW - 15 * DAY)),
        intel("a year", days=300),
        intel("named", None, beat="Mill"),
        intel("anywhere", Point(0, 50), lookout=True),
        intel("nowhere", None, lookout=True),
        ago("no place", 1, None, beat="N1"),
        ago("beside", 1, BESIDE),
    ]
    others: list[Record] = [
        ago("long ago", 200),
        ago("elsewhere", 1, Point(0, 50)),
        ago("other force", 1, force="other"),
        intel("too old", days=400),
        intel("closed", days=300, status=Status.CLOSED),
        ago("no place, long ago", 5, None, beat="N1"),
        ago("other beat", 1, None, beat="S9"),
        ago("beside, long ago", 20, BESIDE, status=Status.CLOSED),
        ago("valid elsewhere", 200, Point(0, 50), valid=ends),
        ago("not yet", -1),
        Briefing(force="own", source="b", source_id="pushed", category="administrative", title="x",
                 grade=Grade.STANDARD, place=HERE, reported_at=NOW - HOUR),
    ]  # fmt: skip
    assert await found(store, [*wanted, *others]) == {record.source_id for record in wanted}


async def test_what_another_force_shares_is_found_and_is_not_common(store: SqlStore) -> None:
    shared = Marking(shared_with=("own",))
    records = [ago("mine", 1), ago("theirs", 1, force="other", marking=shared)]
    await store.put([*records, ago("secret", 1, marking=Marking(Clearance.OFFICIAL_SENSITIVE, operations=("A",)))])
    columns = (await store.beat_history(QUERY)).columns
    assert sorted(zip(columns.common.tolist(), columns.level.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 0)]


async def test_the_columns_say_what_the_records_say(store: SqlStore) -> None:
    written = replace(ago("a", 2), hazards=(Hazard.DOG,))
    await store.put([written])
    await store.put([replace(written, title="again", status=Status.CLOSED)])
    columns = (await store.beat_history(QUERY)).columns
    assert (columns.lon[0], columns.lat[0]) == (HERE.x, HERE.y)
    assert columns.hazards[0] == hazard_mask((Hazard.DOG,))
    assert (columns.version[0], columns.category[0], columns.grade[0]) == (2, "burglary", Grade.PRIORITY.rank)
    assert KINDS[columns.kind[0]] is written.kind
    assert STATUSES[columns.status[0]] is Status.CLOSED
    assert columns.reported_at[0] == written.reported_at


async def test_a_crowded_beat_is_cut_short_and_says_since_when(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patrol_search, "MOST_ROWS", 50)
    await store.put([ago(f"{n}", 0.1 + n / 10, status=Status.CLOSED) for n in range(290)])
    history = await store.beat_history(QUERY)
    assert QUERY.since < history.since < NOW - 3 * DAY
    days = (NOW - history.since) / DAY
    assert len(history.columns) == pytest.approx(10 * days, abs=2)
    assert (await store.beat_history(replace(QUERY, since=NOW - 2 * DAY))).since == NOW - 2 * DAY


async def test_live_briefings_of_the_force_newest_first(store: SqlStore) -> None:
    def pushed(name: str, hours: float, **rest: Any) -> Briefing:
        given: dict[str, Any] = {
            "force": "own", "source": "b", "source_id": name, "category": "administrative", "title": name,
            "grade": Grade.STANDARD, "reported_at": NOW - int(hours * HOUR),
        }  # fmt: skip
        return Briefing(**given | rest)

    shared = Marking(shared_with=("own",))
    await store.put(
        [pushed("old", 5), pushed("new", 1), pushed("closed", 1, status=Status.CLOSED), pushed("later", -1),
         pushed("over", 5, valid=Interval(None, NOW - HOUR)), pushed("theirs", 2, force="other"),
         pushed("shared", 3, force="other", marking=shared)]
    )  # fmt: skip
    assert [item.record.source_id for item in await store.live_briefings_of("own", NOW)] == ["new", "shared", "old"]


async def test_a_record_as_it_stood_and_its_newest_version(store: SqlStore, clock: VirtualClock) -> None:
    first = ago("a", 1)
    clock.set(NOW)
    await store.put([first])
    clock.set(NOW + HOUR)
    await store.put([replace(first, title="second")])
    clock.set(NOW + 2 * HOUR)
    await store.put([replace(first, title="third")])
    then = await store.as_of([first.id, "inc-unknown"], NOW + HOUR + 1)
    assert {name: (item.version, item.record.title) for name, item in then.items()} == {first.id: (2, "second")}
    assert await store.as_of([first.id], NOW - 1) == {}
    assert await store.versions_now([first.id, "inc-unknown"]) == {first.id: 3}
    assert await store.versions_now([]) == {}


async def test_each_question_is_answered_by_an_index(store: SqlStore) -> None:
    """Never a walk through every record: on PostgreSQL as far as a small table lets it say so."""
    await store.put(city(200))
    parts = [*patrol_search._standing(QUERY), patrol_search._happened(QUERY, NOW - 3 * DAY, NOW + 1)]

    def plans(connection: Connection) -> list[str]:
        said = []
        lite = connection.dialect.name == "sqlite"
        if not lite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for part in parts:
            asked = select(record.c.n).where(*part)
            words = asked.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            prefix = "EXPLAIN QUERY PLAN " if lite else "EXPLAIN "
            rows = connection.exec_driver_sql(prefix + str(words).replace("%%", "%")).all()
            said.append("\n".join(str(row[-1]) for row in rows))
        return said

    for plan in await store._read(plans):
        assert "SCAN record\n" not in f"{plan}\n"
        assert "Seq Scan" not in plan
