"""The roster, on both engines."""

from __future__ import annotations

import dataclasses

from shapely.geometry import box

from geo.marking import Clearance
from geo.model import Beat, Officer, Shift, Unit
from geo.store.rows import Change, ChangeKind, Outcome, Put
from geo.store.store import SqlStore
from tests.geo.store.making import NOW

OFFICER = Officer(id="o1", force="own", skills=("dog",), clearance=Clearance.OFFICIAL_SENSITIVE, operations=("OAK",))
UNIT = Unit(id="u1", callsign="A1", force="own", officers=("o1",))
BEAT = Beat(id="B1", name="North", force="own", area=box(-1.6, 53.7, -1.5, 53.8))
SHIFT = Shift(id="s1", officer="o1", start=NOW, end=NOW + 8, unit="u1", beat="B1")


async def test_each_noun_is_put_read_and_changed_with_its_change_row(store: SqlStore) -> None:
    start = (await store.snapshot(NOW)).cursor
    assert await store.put_officers([OFFICER]) == [Put("o1", 1, Outcome.NEW)]
    assert await store.put_units([UNIT]) == [Put("u1", 1, Outcome.NEW)]
    assert await store.put_beats([BEAT]) == [Put("B1", 1, Outcome.NEW)]
    assert await store.put_shifts([SHIFT]) == [Put("s1", 1, Outcome.NEW)]
    assert await store.put_officers([OFFICER]) == [Put("o1", 1, Outcome.UNCHANGED)]
    changed = dataclasses.replace(OFFICER, role="dog handler")
    assert await store.put_officers([changed]) == [Put("o1", 2, Outcome.CHANGED)]
    assert await store.officers() == [changed]
    assert await store.units(["u1", "u2"]) == [UNIT]
    assert await store.beats() == [BEAT]
    assert await store.shifts([]) == []
    changes = await store.changes_since(start)
    assert set(changes.rows) == {
        Change(ChangeKind.OFFICER, "o1", 1),
        Change(ChangeKind.UNIT, "u1", 1),
        Change(ChangeKind.BEAT, "B1", 1),
        Change(ChangeKind.SHIFT, "s1", 1),
        Change(ChangeKind.OFFICER, "o1", 2),
    }


async def test_a_snapshot_holds_the_roster(store: SqlStore) -> None:
    await store.put_officers([OFFICER])
    await store.put_units([UNIT])
    await store.put_beats([BEAT])
    await store.put_shifts([SHIFT])
    snapshot = await store.snapshot(NOW)
    assert (snapshot.officers, snapshot.units, snapshot.beats, snapshot.shifts) == (
        (OFFICER,),
        (UNIT,),
        (BEAT,),
        (SHIFT,),
    )


async def test_many_at_once_in_the_order_given_and_a_double_counts_once(store: SqlStore) -> None:
    officers = [Officer(id=f"o{n}", force="own") for n in range(600, 0, -1)]
    double = dataclasses.replace(officers[0], name="later")
    puts = await store.put_officers([*officers, double])
    assert [put.id for put in puts] == [*(officer.id for officer in officers), double.id]
    assert puts[0].outcome is Outcome.UNCHANGED
    assert {put.outcome for put in puts[1:]} == {Outcome.NEW}
    assert [officer.id for officer in await store.officers()] == sorted(officer.id for officer in officers)
    assert await store.officers([double.id]) == [double]


async def test_nothing_is_nothing(store: SqlStore) -> None:
    assert await store.put_officers([]) == []
    assert await store.officers() == []
