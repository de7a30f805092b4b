"""An import's new records by COPY: the same records, versions and changes as one by one, whoever else writes."""

from __future__ import annotations

import asyncio
import dataclasses

import asyncpg
import pytest
import shapely
from shapely.geometry import LineString, Point

from geo.marking import Marking
from geo.model import Status
from geo.store import copying
from geo.store.postgis import PostgisStore
from geo.store.query_rows import Query
from geo.store.records import COLUMNS
from geo.store.rows import Outcome
from geo.store.store import SMALL_PUT
from tests.geo.store.making import NOW, city, incident


@pytest.mark.parametrize("place", [Point(-1.5, 53.8), LineString([(0, 1), (2, 3)]), shapely.Point(1, 2).buffer(1)])
def test_ewkb_says_where_on_earth(place: shapely.Geometry) -> None:
    found = shapely.from_wkb(copying.ewkb_of(shapely.to_wkb(place)))
    assert found is not None
    assert shapely.get_srid(found) == 4326
    assert found.equals(place)
    assert copying.ewkb_of(None) is None


@pytest.fixture
async def store(postgres_url: str) -> PostgisStore:
    return PostgisStore(postgres_url)


@pytest.mark.postgis
async def test_what_is_imported_is_what_was_given(store: PostgisStore) -> None:
    await store.open()
    records = [*city(300), incident("none"), incident("odd \t \\N \n text", title="\\. \x01 'quoted' “”")]
    secret = dataclasses.replace(records[0], source_id="s", marking=Marking(shared_with=("north",), operations=("op",)))
    records.append(secret)
    start = (await store.snapshot(NOW)).cursor
    puts = await store.put(records, actor="feed")
    assert {put.outcome for put in puts} == {Outcome.NEW}
    found = await store.records([record.id for record in records])
    assert [found[record.id].record for record in records] == records
    assert {change.id for change in (await store.changes_since(start)).rows} == set(found)
    assert len((await store.search(Query(bbox=(-3, 52, 0, 55), limit=1_000))).items) > 250
    closed = [dataclasses.replace(record, status=Status.CLOSED, title="x") for record in records]
    assert {put.outcome for put in await store.put(closed)} == {Outcome.CHANGED}
    assert {put.outcome for put in await store.put(closed)} == {Outcome.UNCHANGED}
    assert [stored.version for stored in await store.versions(records[5].id)] == [1, 2]
    await store.close()


@pytest.mark.postgis
async def test_two_imports_of_the_same_file_at_the_same_time_make_one_version_each(
    store: PostgisStore, postgres_url: str
) -> None:
    other = PostgisStore(postgres_url)
    await store.open()
    await other.open()
    records = city(3_000)
    both = await asyncio.gather(store.put(records), other.put(records[::-1]))
    outcomes = [put.outcome for puts in both for put in puts]
    assert (outcomes.count(Outcome.NEW), outcomes.count(Outcome.UNCHANGED)) == (3_000, 3_000)
    assert {put.version for puts in both for put in puts} == {1}
    await store.close()
    await other.close()


@pytest.mark.postgis
async def test_a_record_somebody_else_is_just_writing_is_waited_for(store: PostgisStore, postgres_url: str) -> None:
    """The lost race inside COPY: unique violation, look again, and the other's version is the older one."""
    await store.open()
    records = [incident(str(n)) for n in range(SMALL_PUT + 1)]
    await store.put(records[:1])
    slow = await asyncpg.connect(postgres_url)
    transaction = slow.transaction()
    await transaction.start()
    columns = ", ".join(name for name in COLUMNS if name != "id")
    await slow.execute(f"INSERT INTO record (id, {columns}) SELECT $1, {columns} FROM record", records[5].id)
    importing = asyncio.create_task(store.put(records))
    await asyncio.sleep(0.2)
    assert not importing.done()
    await transaction.commit()
    puts = {put.id: put for put in await importing}
    assert puts[records[5].id].version == 2
    assert puts[records[6].id].outcome is Outcome.NEW
    await slow.close()
    await store.close()
