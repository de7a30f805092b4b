"""Which beats an area meets, as the roster says now: a beat that is added, moved or touched at its edge."""

from __future__ import annotations

from shapely.geometry import MultiPolygon, box
from shapely.geometry.base import BaseGeometry

from geo.model import Beat
from geo.store.beat_areas import BeatAreas
from geo.store.store import SqlStore


async def test_it_reads_what_has_changed_and_remembers_the_rest(store: SqlStore) -> None:
    areas = BeatAreas()

    async def met(area: BaseGeometry) -> list[str]:
        return await store._read(lambda connection: areas.meeting(connection, area))

    west = box(0, 50, 1, 51)
    assert await met(west) == []
    await store.put_beats([Beat(id=name, name="", force="own", area=west) for name in ("b", "a")])
    assert await met(box(0.5, 50.5, 0.6, 50.6)) == ["a", "b"]
    await store.put_beats([Beat(id="a", name="", force="own", area=box(5, 50, 6, 51))])
    assert await met(box(0.5, 50.5, 0.6, 50.6)) == ["b"]
    assert await met(box(5.5, 50.5, 7, 52)) == ["a"]
    assert await met(box(1, 51, 2, 52)) == ["b"]  # one corner in common
    await store.put_beats([Beat(id="c", name="", force="own", area=MultiPolygon([box(8, 8, 9, 9), west]))])
    assert await met(west) == ["b", "c"]


async def test_learning_beforehand_leaves_nothing_to_read(store: SqlStore) -> None:
    areas = BeatAreas()
    await store.put_beats([Beat(id="a", name="", force="own", area=box(0, 50, 1, 51))])
    areas.learn(await store._read(areas.unknown))
    assert await store._read(areas.unknown) == []
    assert await store._read(lambda connection: areas.meeting(connection, box(0, 50, 1, 51))) == ["a"]
