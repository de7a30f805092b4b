"""Watched areas from a roster file: a record each, and the same file again changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.areas import area_of, put_areas
from app.errors import Invalid
from geo.model import Grade, Hazard, Status, Watch, WatchOn
from geo.store.rows import Outcome
from geo.store.sqlite import SqliteStore

SQUARE = {"type": "Polygon", "coordinates": [[[0, 51], [1, 51], [1, 52], [0, 52], [0, 51]]]}


def test_an_id_and_an_area_are_enough() -> None:
    area = area_of("depot", {"area": SQUARE}, "own")
    assert (area.source, area.source_id, area.title, area.category) == ("areas", "depot", "depot", "watched_area")
    assert (area.grade, area.watch) == (Grade.STANDARD, Watch((WatchOn.ENTER,), 300))


def test_it_may_say_all_that_a_record_says() -> None:
    body = {"name": "Fuel depot", "area": SQUARE, "watch": {"on": ["dwell"], "dwell_s": 60}, "grade": "priority"}
    area = area_of("depot", body | {"hazards": ["fire"], "text": "no phones", "status": "closed"}, "own")
    assert (area.title, area.watch, area.grade) == ("Fuel depot", Watch((WatchOn.DWELL,), 60), Grade.PRIORITY)
    assert (area.hazards, area.text, area.status) == ((Hazard.FIRE,), "no phones", Status.CLOSED)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "watch"),
        ({"area": {"type": "Point", "coordinates": [0.5, 51.5]}}, "watch"),
        ({"area": {"type": "Point", "coordinates": ["x", 51.5]}}, "area"),
        ({"area": SQUARE, "watch": {"on": ["leave"]}}, "watch.on"),
        ({"area": SQUARE, "place": SQUARE}, "place"),
        ({"area": SQUARE, "colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named_as_in_the_file(body: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        area_of("depot", body, "own")
    assert field in [error.field for error in refused.value.errors]


async def test_the_same_area_later_is_no_new_version(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    await store.open()
    try:
        first = await put_areas(store, [area_of("depot", {"area": SQUARE}, "own")])
        again = await put_areas(store, [area_of("depot", {"area": SQUARE}, "own")])
        lifted = await put_areas(store, [area_of("depot", {"area": SQUARE, "status": "closed"}, "own")])
    finally:
        await store.close()
    assert [put[0].outcome for put in (first, again, lifted)] == [Outcome.NEW, Outcome.UNCHANGED, Outcome.CHANGED]
