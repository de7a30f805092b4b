"""Place-and-time queries against brute force, page by page, on both engines, and the engines against each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from pyproj import Geod
from shapely.geometry import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.clock import HOUR
from geo.errors import BadCursor
from geo.marking import Clearance, Grading, Marking
from geo.model import Grade, IntelReport, Interval, Record, RecordKind, Status
from geo.store.query_rows import Order, Page, Query, Reader
from geo.store.records import occurred
from geo.store.store import SqlStore
from tests.geo.store.making import LEEDS, NOW, city, incident

_GEOD = Geod(ellps="WGS84")
AREA = Polygon([(-1.7, 53.7), (-1.4, 53.75), (-1.5, 53.95)])
Test = Callable[[Record], bool]


def _placed(record: Record, test: Callable[[BaseGeometry], bool]) -> bool:
    return record.place is not None and test(record.place)


FILTERS: dict[str, tuple[Query, Test]] = {
    "everything": (Query(), lambda r: True),
    "box": (
        Query(bbox=(-1.6, 53.75, -1.5, 53.85)),
        lambda r: _placed(r, lambda p: bool(box(-1.6, 53.75, -1.5, 53.85).intersects(p))),
    ),
    "area": (Query(area=AREA), lambda r: _placed(r, lambda p: bool(AREA.intersects(p)))),
    "category": (Query(categories=("theft", "assault")), lambda r: r.category in ("theft", "assault")),
    "grade": (Query(grades=(Grade.EMERGENCY,)), lambda r: r.grade is Grade.EMERGENCY),
    "status": (Query(statuses=(Status.OPEN, Status.CLOSED)), lambda r: r.status in (Status.OPEN, Status.CLOSED)),
    "beat": (Query(beats=("B2",)), lambda r: r.beat == "B2"),
    "from": (Query(time_from=NOW - 24 * HOUR), lambda r: occurred(r)[1] > NOW - 24 * HOUR),
    "to": (Query(time_to=NOW - 72 * HOUR), lambda r: occurred(r)[0] < NOW - 72 * HOUR),
    "between": (
        Query(time_from=NOW - 48 * HOUR, time_to=NOW - 24 * HOUR),
        lambda r: occurred(r)[1] > NOW - 48 * HOUR and occurred(r)[0] < NOW - 24 * HOUR,
    ),
    "all at once": (
        Query(area=AREA, categories=("theft",), statuses=(Status.OPEN,), time_from=NOW - 90 * HOUR),
        lambda r: (
            _placed(r, lambda p: bool(AREA.intersects(p)))
            and r.category == "theft"
            and r.status is Status.OPEN
            and occurred(r)[1] > NOW - 90 * HOUR
        ),
    ),
}


async def pages(store: SqlStore, query: Query) -> list[Page]:
    found = [await store.search(query)]
    while (cursor := found[-1].cursor) is not None:
        found.append(await store.search(dataclasses.replace(query, cursor=cursor)))
    return found


async def all_ids(store: SqlStore, query: Query) -> list[str]:
    return [stored.record.id for page in await pages(store, query) for stored in page.items]


@pytest.mark.parametrize("name", FILTERS)
async def test_newest_first_is_what_brute_force_finds_in_full_pages(store: SqlStore, name: str) -> None:
    records = city(300)
    await store.put(records)
    query, test = FILTERS[name]
    wanted = sorted((r for r in records if test(r)), key=lambda r: (r.reported_at, r.id), reverse=True)
    found = await pages(store, dataclasses.replace(query, limit=7))
    assert [stored.record for page in found for stored in page.items] == wanted
    assert wanted
    assert {len(page.items) for page in found[:-1]} <= {7}


def metres(record: Record) -> float:
    """Exact for points; lines and areas are left out by those who ask."""
    assert isinstance(record.place, Point)
    return float(_GEOD.inv(*LEEDS, record.place.x, record.place.y)[2])


@pytest.mark.parametrize("radius", [None, 3_000.0])
async def test_nearest_first_is_complete_without_doubles(store: SqlStore, radius: float | None) -> None:
    records = [record for record in city(200) if isinstance(record.place, Point)]
    twins = [incident(f"twin{n}", Point(-1.52, 53.81)) for n in range(9)]
    records += [*twins, incident("far", Point(151.2, -33.9)), incident("nowhere")]
    await store.put(records)
    query = Query(near=LEEDS, radius_m=radius, order=Order.NEAREST, limit=4)
    placed = [record for record in records if record.place is not None]
    near = [record for record in placed if radius is None or metres(record) <= radius]
    wanted = sorted(near, key=lambda record: (round(metres(record), 4), record.id))
    assert await all_ids(store, query) == [record.id for record in wanted]


async def test_radius_is_metres_on_the_spheroid_to_the_millimetre_for_points(store: SqlStore) -> None:
    records = []
    for bearing in range(0, 360, 30):
        lon, lat, _ = _GEOD.fwd(*LEEDS, bearing, 20_000.0)
        records.append(incident(f"at {bearing}", Point(lon, lat)))
    await store.put(records)
    inside = await store.search(Query(near=LEEDS, radius_m=20_000.01))
    assert len(inside.items) == len(records)
    assert not (await store.search(Query(near=LEEDS, radius_m=19_999.99))).items


async def test_across_the_antimeridian_and_at_the_pole(store: SqlStore) -> None:
    east, west, pole = (
        incident("e", Point(179.99, 10)),
        incident("w", Point(-179.99, 10)),
        incident("p", Point(77, 89.99)),
    )
    await store.put([east, west, pole])
    near = await store.search(Query(near=(179.995, 10.0), radius_m=5_000))
    assert {stored.record.source_id for stored in near.items} == {"e", "w"}
    wide = await store.search(Query(bbox=(179.0, 9.0, -179.0, 11.0)))
    assert {stored.record.source_id for stored in wide.items} == {"e", "w"}
    polar = await store.search(Query(near=(-100.0, 89.99), radius_m=3_000))
    assert [stored.record.source_id for stored in polar.items] == ["p"]


async def test_half_open_times_and_an_empty_interval(store: SqlStore) -> None:
    await store.put(
        [incident("point", occurred=Interval(NOW, NOW)), incident("span", occurred=Interval(NOW, NOW + 10))]
    )

    async def found(start: int, end: int) -> set[str]:
        page = await store.search(Query(time_from=start, time_to=end))
        return {stored.record.source_id for stored in page.items}

    assert await found(NOW, NOW + 1) == {"point", "span"}
    assert await found(NOW + 1, NOW + 5) == {"span"}
    assert await found(NOW + 10, NOW + 20) == set()
    assert await found(NOW - 5, NOW) == set()
    assert await found(NOW, NOW) == set()


async def test_kinds_are_asked_for_apart(store: SqlStore) -> None:
    intel = IntelReport(
        force="own",
        source="s",
        source_id="1",
        category="c",
        title="t",
        grade=Grade.ROUTINE,
        reported_at=NOW,
        grading=Grading.parse("1-A-P"),
    )
    await store.put([intel, incident("1")])
    page = await store.search(Query(kind=RecordKind.INTEL))
    assert [stored.record for stored in page.items] == [intel]


@pytest.mark.parametrize(
    ("reader", "seen"),
    [
        (Reader("own", Clearance.OFFICIAL), {"plain"}),
        (Reader("own", Clearance.OFFICIAL_SENSITIVE), {"plain", "sensitive"}),
        (Reader("own", Clearance.OFFICIAL, ("OAK", "ELM")), {"plain", "oak"}),
        (Reader("theirs", Clearance.TOP_SECRET), {"shared", "foreign"}),
        (Reader("nobody", Clearance.TOP_SECRET, ("OAK",)), set()),
    ],
)
async def test_a_page_is_narrowed_to_what_the_reader_may_see(store: SqlStore, reader: Reader, seen: set[str]) -> None:
    await store.put(
        [
            incident("plain"),
            incident("sensitive", marking=Marking(Clearance.OFFICIAL_SENSITIVE)),
            incident("oak", marking=Marking(operations=("OAK", "ASH"))),
            incident("shared", marking=Marking(Clearance.SECRET, shared_with=("theirs",))),
            incident("foreign", force="theirs"),
        ]
    )
    page = await store.search(Query(reader=reader))
    assert {stored.record.source_id for stored in page.items} == seen


async def test_what_is_no_longer_shared_is_no_longer_seen(store: SqlStore) -> None:
    record = incident("1", marking=Marking(shared_with=("theirs",), operations=("OAK",)))
    await store.put([record])
    reader = Query(reader=Reader("theirs", Clearance.OFFICIAL, ("OAK",)))
    assert len((await store.search(reader)).items) == 1
    await store.put([dataclasses.replace(record, marking=Marking(shared_with=("third",), operations=("OAK",)))])
    assert not (await store.search(reader)).items


@pytest.mark.parametrize("cursor", ["", "x", "....", "W10", "bm90anNvbg", "WyJuZXdlc3QiLCJhIiwiYiJd", "é", "A" * 5_000])
async def test_a_cursor_that_nobody_handed_out_is_refused(store: SqlStore, cursor: str) -> None:
    for query in (Query(cursor=cursor), Query(near=LEEDS, order=Order.NEAREST, cursor=cursor)):
        with pytest.raises(BadCursor):
            await store.search(query)


async def test_a_cursor_of_the_other_order_is_refused(store: SqlStore) -> None:
    await store.put(city(30))
    newest = (await store.search(Query(limit=3))).cursor
    with pytest.raises(BadCursor, match="nearest"):
        await store.search(Query(near=LEEDS, order=Order.NEAREST, cursor=newest))
    with pytest.raises(ValueError, match="point"):
        await store.search(Query(order=Order.NEAREST))


@pytest.mark.postgis
async def test_both_engines_give_identical_pages(both: tuple[SqlStore, SqlStore]) -> None:
    records = city(400)
    embedded, postgis = both
    for store in both:
        await store.put(records)
    queries = [query for query, _ in FILTERS.values()]
    queries += [Query(near=LEEDS, radius_m=radius) for radius in (1_000.0, 5_000.0, 20_000.0)]
    for query in queries:
        asked = dataclasses.replace(query, limit=50)
        assert await pages(embedded, asked) == await pages(postgis, asked)
    nearest = Query(near=LEEDS, order=Order.NEAREST, limit=50)
    assert await all_ids(embedded, nearest) == await all_ids(postgis, nearest)
