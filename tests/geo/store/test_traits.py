"""The columns follow the roster: what is written anew replaces what was said before."""

from __future__ import annotations

from pathlib import Path

from shapely.geometry import box
from sqlalchemy import select
from sqlalchemy.engine import Connection

from geo.marking import Clearance
from geo.model import Beat, Officer, Shift, Unit
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from geo.store.tables import duty, trait
from geo.store.traits import traits_of


def _traits(connection: Connection) -> set[tuple[str, str, str]]:
    return {(row.id, row.trait, row.value) for row in connection.execute(select(trait))}


async def test_a_new_version_of_an_officer_replaces_what_the_old_one_said(store: SqlStore) -> None:
    before = Officer(id="a", force="own", role="response", skills=("taser", "medic"))
    other = Officer(id="b", force="own", role="cid")
    await store.put_officers([before, other])
    await store.put_officers([Officer(id="a", force="own", role="sergeant", skills=("medic",))])
    found = await store._read(_traits)
    assert {row for row in found if row[0] == "a"} == {
        ("a", "force", "own"),
        ("a", "role", "sergeant"),
        ("a", "clearance", "0"),
        ("a", "skill", "medic"),
    }
    assert ("b", "role", "cid") in found


async def test_a_shift_is_written_over(store: SqlStore) -> None:
    await store.put_shifts([Shift(id="s", officer="a", start=1, end=9, unit="u", beat="n")])
    await store.put_shifts([Shift(id="s", officer="b", start=2, end=9)])
    rows = await store._read(lambda connection: [tuple(row) for row in connection.execute(select(*duty.c))])
    assert rows == [("s", "b", 2, 9, None, None)]


def test_what_each_sort_says() -> None:
    officer = Officer(id="a", force="f", clearance=Clearance.OFFICIAL_SENSITIVE, operations=("OP",))
    assert set(traits_of(officer)) == {("force", "f"), ("role", "response"), ("clearance", "1"), ("operation", "OP")}
    unit = Unit(id="u", callsign="C", force="f", officers=("a",), skills=("x",), equipment=("y",))
    assert {value for name, value in traits_of(unit) if name == "skill"} == {"x", "y"}
    beat = Beat(id="n", name="North", force="f", area=box(0, 0, 1, 1), district="d")
    assert set(traits_of(beat)) == {("force", "f"), ("name", "North"), ("district", "d")}


async def test_the_embedded_file_keeps_them(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db")
    await store.open()
    await store.put_units([Unit(id="u", callsign="C", force="own")])
    await store.close()
    await store.open()
    assert ("u", "callsign", "C") in await store._read(_traits)
    await store.close()
