"""Revision 4: a roster and records of before are found by what they say, on both engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from shapely.geometry import box
from sqlalchemy import select
from sqlalchemy.engine import Connection

from geo.clock import DAY, VirtualClock
from geo.marking import Clearance
from geo.model import Beat, Hazard, Officer, Shift, Unit
from geo.store.postgis import PostgisStore
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from geo.store.tables import duty, record, trait
from tests.geo.store.making import NOW, incident
from tests.geo.store.migrations.past import lived_in, make_database, make_file


def _said(connection: Connection) -> tuple[list[tuple[object, ...]], ...]:
    columns = (trait.c.kind, trait.c.id, trait.c.trait, trait.c.value)
    return (
        [tuple(row) for row in connection.execute(select(*columns).order_by(*columns))],
        [tuple(row) for row in connection.execute(select(*duty.c).order_by(duty.c.shift))],
        [tuple(row) for row in connection.execute(select(record.c.id, record.c.hazards).order_by(record.c.id))],
    )


async def _roster_and_hazards(source: SqliteStore) -> None:
    cleared = Officer(id="b", force="own", role="", clearance=Clearance.SECRET)
    await source.put_officers([Officer(id="a", force="own", skills=("taser",), operations=("ALPHA",)), cleared])
    await source.put_units([Unit(id="u1", callsign="C1", force="own", officers=("a",), equipment=("drone",))])
    await source.put_beats([Beat(id="n2", name="", force="own", area=box(0, 51, 1, 52))])
    await source.put_beats([Beat(id="n1", name="North 1", force="own", area=box(0, 51, 1, 52), district="north")])
    await source.put_shifts([Shift(id="s1", officer="a", start=NOW, end=NOW + DAY, unit="u1", beat="n1")])
    dog = replace(incident("dog"), hazards=(Hazard.DOG, Hazard.WATER))
    await source.put([dog, replace(incident("words"), text='"hazards":["dog')])


async def _as_if_written_today(old: SqlStore, today: SqlStore) -> None:
    """What the migration makes of old documents is what writing them today makes."""
    await old.migrate()
    await old.open()
    traits, duties, hazards = await old._read(_said)
    assert ("unit", "u1", "skill", "drone") in traits
    assert len(duties) == 1
    assert Hazard.DOG.bit + Hazard.WATER.bit in {mask for _, mask in hazards}
    assert (traits, duties, hazards) == await today._read(_said)


async def test_a_file_of_before_knows_its_roster(tmp_path: Path) -> None:
    source = await lived_in(tmp_path / "today.db")
    await _roster_and_hazards(source)
    make_file(tmp_path / "old.db", tmp_path / "today.db")
    store = SqliteStore(tmp_path / "old.db", VirtualClock(NOW))
    await _as_if_written_today(store, source)
    await store.close()
    await source.close()


@pytest.mark.postgis
async def test_a_database_of_before_knows_its_roster(empty_postgres_url: str, tmp_path: Path) -> None:
    source = await lived_in(tmp_path / "today.db")
    await _roster_and_hazards(source)
    await make_database(empty_postgres_url, tmp_path / "today.db")
    store = PostgisStore(empty_postgres_url, VirtualClock(NOW))
    await _as_if_written_today(store, source)
    await store.close()
    await source.close()
