"""Whom an audience names where the roster is ambiguous: the same answers as the live match gives, on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from shapely.geometry import box
from sqlalchemy.engine import Connection

from geo.access import refusals_of
from geo.clock import HOUR, MINUTE, VirtualClock
from geo.marking import Clearance, Handling, Marking
from geo.model import Audience, Beat, Briefing, Grade, Interval, Officer, Shift, Unit
from geo.store.audience import forces_of, matched
from geo.store.beat_areas import BeatAreas
from geo.store.briefing_rows import Addressee
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from tests.geo.store.making import NOW


def briefing(audience: Audience, marking: Marking | None = None, since: int | None = None) -> Briefing:
    return Briefing(
        force="own",
        source="briefings",
        source_id="x",
        category="briefing",
        title="Stolen van",
        grade=Grade.PRIORITY,
        reported_at=NOW,
        audience=audience,
        marking=marking or Marking(),
        valid=Interval(since, None),
    )


async def who(store: SqlStore, audience: Audience, since: int | None = None) -> list[str]:
    return [one.officer for one in await store.would_address(briefing(audience, since=since), refusals_of)]


def shift(
    officer: str, nth: int = 1, *, start: int = NOW - HOUR, unit: str | None = None, beat: str | None = None
) -> Shift:
    return Shift(id=f"{officer}-{nth}", officer=officer, start=start, end=start + 8 * HOUR, unit=unit, beat=beat)


def test_the_forces_are_its_own_and_those_it_is_shared_with() -> None:
    shared = Marking(shared_with=("b", "c"))
    assert forces_of(briefing(Audience(), shared)) == ("own", "b", "c")
    assert forces_of(briefing(Audience(forces=("c", "d")), shared)) == ("c",)


async def test_of_two_shifts_that_overlap_the_one_that_began_last_counts(store: SqlStore) -> None:
    await store.put_officers([Officer(id="a", force="own")])
    await store.put_shifts([shift("a", 1, beat="n1"), shift("a", 2, start=NOW - MINUTE, beat="s1")])
    assert await who(store, Audience(beats=("n1",))) == []
    assert await who(store, Audience(beats=("s1",))) == ["a"]


async def test_what_is_for_later_is_for_who_is_on_shift_then(store: SqlStore) -> None:
    await store.put_officers([Officer(id=name, force="own") for name in ("day", "night")])
    await store.put_shifts([shift("day", beat="n1"), shift("night", start=NOW + 7 * HOUR, beat="n1")])
    assert await who(store, Audience(beats=("n1",))) == ["day"]
    assert await who(store, Audience(beats=("n1",)), since=NOW + 8 * HOUR) == ["night"]
    assert await who(store, Audience(beats=("n1",)), since=NOW - HOUR) == ["day"]


async def test_a_beat_is_an_id_before_a_name_before_a_district_and_names_are_the_forces_own(store: SqlStore) -> None:
    names = ("by_id", "by_name", "by_district", "elsewhere", "unlisted")
    await store.put_officers([Officer(id=name, force="own") for name in names])
    area = box(0, 50, 1, 51)
    await store.put_beats(
        [
            Beat(id="one", name="two", force="own", area=area, district="three"),
            Beat(id="two", name="x", force="own", area=area),
            Beat(id="d", name="y", force="own", area=area, district="three"),
            Beat(id="foreign", name="North", force="other", area=area),
            Beat(id="own-n", name="North", force="own", area=area),
        ]
    )
    beats = ("two", "one", "d", "foreign", "not in the roster")
    await store.put_shifts([shift(name, beat=beat) for name, beat in zip(names, beats, strict=True)])
    assert await who(store, Audience(beats=("two",))) == ["by_id"]
    assert await who(store, Audience(beats=("three",))) == ["by_district", "by_name"]
    assert await who(store, Audience(beats=("North",))) == []
    assert await who(store, Audience(beats=("not in the roster",))) == ["unlisted"]


UNITS: Sequence[tuple[str, list[str]]] = (
    ("u1", ["listed", "shift_id"]),
    ("C1", ["listed", "shift_id"]),
    ("C2", ["shift_callsign"]),
    ("u2", ["shift_callsign"]),
    ("alone", ["alone"]),
    ("unknown", ["unknown"]),
    ("C9", []),
    ("shift_id", []),
)


@pytest.mark.parametrize(("text", "expected"), UNITS, ids=[text for text, _ in UNITS])
async def test_a_unit_is_an_id_or_a_callsign_and_who_is_with_none_goes_by_his_own_id(
    store: SqlStore, text: str, expected: list[str]
) -> None:
    names = ("listed", "shift_id", "shift_callsign", "alone", "unknown")
    await store.put_officers([Officer(id=name, force="own") for name in names])
    await store.put_units(
        [
            Unit(id="u1", callsign="C1", force="own", officers=("listed", "shift_callsign")),
            Unit(id="u2", callsign="C2", force="own"),
        ]
    )
    units = {"shift_id": "u1", "shift_callsign": "C2", "unknown": "no such unit"}
    await store.put_shifts([shift(name, unit=unit) for name, unit in units.items()])
    assert await who(store, Audience(units=(text,))) == expected


async def test_the_door_is_asked_for_every_sort_of_rights_and_its_word_is_kept(store: SqlStore) -> None:
    people = [
        Officer(id=f"{force}-{int(level)}-{len(ops)}", force=force, clearance=level, operations=ops)
        for force in ("own", "other", "third")
        for level in Clearance
        for ops in ((), ("alpha",))
    ]
    await store.put_officers(people)
    for marking in (
        Marking(),
        Marking(Clearance.OFFICIAL_SENSITIVE, shared_with=("other",)),
        Marking(Clearance.SECRET, shared_with=("other", "third"), operations=("alpha", "beta")),
        Marking(shared_with=("other",), handling=(Handling.ORGANISATIONAL_USE_ONLY,)),
        Marking(handling=(Handling.EMBARGOED,)),
    ):
        item = briefing(Audience(), marking)
        asked = sorted((one for one in people if one.force in forces_of(item)), key=lambda one: one.id)
        expected = [
            Addressee(one.id, why, at=NOW) for one, why in zip(asked, refusals_of(item, asked, NOW), strict=True)
        ]
        assert await store.would_address(item, refusals_of) == expected


async def test_a_roster_of_thousands_that_was_imported_a_moment_ago_is_asked_in_one_breath(store: SqlStore) -> None:
    """Without statistics PostgreSQL compared each with each: 4,000 took longer than the store waits."""
    await store.put_officers(
        [Officer(id=f"pc-{n:04}", force="own", role="cid" if n % 2 else "response") for n in range(4_000)]
    )
    await store.put_units([Unit(id=f"u{n}", callsign=f"C{n}", force="own", equipment=("taser",)) for n in range(1_000)])
    await store.put_shifts([shift(f"pc-{n:04}", unit=f"C{n % 1_000}") for n in range(4_000)])
    found = await who(store, Audience(roles=("cid",), skills=("taser",), units=tuple(f"u{n}" for n in range(1_000))))
    assert found == [f"pc-{n:04}" for n in range(4_000) if n % 2]


async def test_shifts_of_long_ago_are_not_gone_through(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "b.db", VirtualClock(NOW))
    await store.open()

    def body(connection: Connection) -> list[str]:
        item = briefing(Audience(beats=("n1",), skills=("taser",), area=box(0, 0, 1, 1)))
        people = matched(connection, item, NOW, refusals_of, BeatAreas())
        text = people.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        return [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]

    plan = await store._read(body)
    assert [step for step in plan if "duty" in step and "duty_ends" not in step] == []
    assert any("duty_ends" in step for step in plan)
    await store.close()
