"""Whom a briefing is for, by the store and by the live match: the same people and refusals, on both engines."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from shapely.geometry import Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.access import Refusal, refusals_of, release
from geo.clock import HOUR, MINUTE, VirtualClock
from geo.marking import Clearance, Handling, Marking
from geo.model import (
    Audience,
    Beat,
    Briefing,
    Grade,
    Interval,
    Officer,
    Record,
    Shift,
    Stored,
    Unit,
    UnitStatus,
)
from geo.pairs import Via
from geo.picture import LivePicture
from geo.store.postgis import PostgisStore
from geo.store.rows import OfficerState, Tick
from geo.store.sqlite import SqliteStore
from geo.store.store import SqlStore
from streams.matching import of_officers, of_records
from streams.officers.situations import Situations

NOW = 1_800_000_000_000_000
FORCES = ("own", "next", "far")
ROLES = ("response", "cid", "dog")
SKILLS = ("taser", "drone", "medic")
OPERATIONS = ("alpha", "beta")
ENGINES = ["sqlite", pytest.param("postgis", marks=pytest.mark.postgis)]


@pytest.fixture(params=ENGINES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqlStore]:
    clock = VirtualClock(NOW)
    made: SqlStore
    if request.param == "sqlite":
        made = SqliteStore(tmp_path / "beatline.db", clock)
    else:
        made = PostgisStore(request.getfixturevalue("postgres_url"), clock)
    await made.open()
    yield made
    await made.close()


@dataclass(frozen=True)
class Force:
    """A roster that is as untidy as rosters are, and where people are."""

    officers: list[Officer]
    units: list[Unit]
    beats: list[Beat]
    shifts: list[Shift]
    cells: tuple[tuple[str, float, float, int], ...]


def some(draw: random.Random, values: tuple[str, ...], most: int = 2) -> tuple[str, ...]:
    return tuple(draw.sample(values, draw.randint(0, min(most, len(values)))))


def a_force(draw: random.Random) -> Force:
    names = [f"pc-{n}" for n in range(40)]
    officers = [
        Officer(
            id=name,
            force=draw.choice(FORCES),
            role=draw.choice(ROLES),
            skills=some(draw, SKILLS),
            clearance=draw.choice(list(Clearance)),
            operations=some(draw, OPERATIONS),
        )
        for name in names
    ]
    crews = draw.sample(names, 24)
    units = [
        Unit(
            id=f"u{n}",
            callsign=draw.choice((f"C{n}", f"C{n}", "C1", "pc-3")),
            force="own",
            officers=tuple(crews[2 * n : 2 * n + 2]),
            skills=some(draw, SKILLS, 1),
            equipment=some(draw, SKILLS, 1),
        )
        for n in range(12)
    ]
    beats = [
        Beat(
            id=f"b{n}",
            name=f"Beat {n}",
            force=draw.choice(FORCES),
            area=box(n % 4 * 0.01, 51 + n // 4 * 0.01, n % 4 * 0.01 + 0.01, 51.01 + n // 4 * 0.01),
            district=draw.choice(("north", "south", "", "b3")),
        )
        for n in range(12)
    ]
    shifts = [
        Shift(
            id=f"s{n}",
            officer=draw.choice(names),
            start=NOW + draw.choice((-9, -2, -1, 0, 1)) * HOUR,
            end=NOW + draw.choice((2, 4, 8)) * HOUR - draw.choice((0, 2)) * HOUR,
            unit=draw.choice((None, "u1", "u5", "C1", "C7", "no such unit", "pc-3")),
            beat=draw.choice((None, *(f"b{n}" for n in range(12)), "Beat 2", "no such beat")),
        )
        for n in range(50)
    ]
    cells = tuple(
        (
            name,
            round(draw.uniform(-0.005, 0.045), 3),
            round(draw.uniform(50.995, 51.035), 3),
            NOW - draw.choice((1, 29, 30, 31, 90)) * MINUTE,
        )
        for name in draw.sample(names, 25)
    )
    return Force(officers, units, beats, [one for one in shifts if one.end > one.start], cells)


def an_area(draw: random.Random) -> BaseGeometry:
    lon, lat = draw.uniform(0, 0.04), draw.uniform(51, 51.03)
    wide = draw.uniform(0.001, 0.02)
    shapes: tuple[BaseGeometry, ...] = (
        box(lon, lat, lon + wide, lat + wide),
        Point(lon, lat).buffer(wide),
        Polygon([(lon, lat), (lon + wide, lat), (lon, lat + wide)]),
        box(0.01, 51.01, 0.02, 51.02),
    )
    return draw.choice(shapes)


def a_briefing(draw: random.Random, number: int) -> Briefing:
    beats = ("b1", "b3", "Beat 2", "Beat 7", "north", "south", "no such beat", "nowhere")
    units = ("u1", "u5", "C1", "C3", "C7", "pc-3", "pc-9", "no such unit")
    parts = {
        "beats": some(draw, beats, 3),
        "roles": some(draw, ROLES),
        "skills": some(draw, (*SKILLS, "nobody has it")),
        "units": some(draw, units, 3),
        "officers": tuple(f"pc-{n}" for n in draw.sample(range(44), 12)),
        "forces": some(draw, FORCES),
        "operations": some(draw, OPERATIONS),
    }
    named = draw.sample(sorted(parts), draw.choice((0, 1, 1, 1, 2, 3)))
    audience = Audience(area=an_area(draw) if draw.random() < 0.3 else None, **{name: parts[name] for name in named})
    marking = Marking(
        level=draw.choice(list(Clearance)),
        shared_with=some(draw, ("next", "far")),
        operations=some(draw, OPERATIONS) if draw.random() < 0.3 else (),
        handling=draw.choice(((), (), (), *(((one,)) for one in Handling))),
    )
    return Briefing(
        force="own",
        source="briefings",
        source_id=str(number),
        category="briefing",
        title="Stolen van",
        grade=Grade.PRIORITY,
        reported_at=NOW,
        audience=audience,
        marking=marking,
        valid=Interval(draw.choice((None, NOW, NOW - HOUR)), None),
    )


def the_day(record: Record) -> tuple[int, float]:
    return NOW + 24 * HOUR, 500.0


class Live:
    """The live match over the same roster, everybody connected and on duty."""

    def __init__(self, force: Force, states: list[OfficerState]) -> None:
        self.picture = LivePicture()
        self.picture.beats.put(force.beats)
        self.situations = Situations(self.picture.books)
        self.situations.roster(force.units, force.shifts, NOW)
        by_id = {one.officer: one for one in states}
        for officer in force.officers:
            self.situations.put(officer, replace(by_id[officer.id], status=UnitStatus.AVAILABLE), NOW)

    def asked(self, item: Briefing) -> list[tuple[str, str]]:
        """(officer, refusal) of those whom it is addressed to."""
        slots = self.picture.apply([Stored(item, 1, NOW)], the_day)
        pairs = of_records(self.picture, self.situations, slots, NOW)
        assert (pairs.via == Via.ADDRESSED).all()
        released, refused = release(pairs, self.picture, self.situations.rights(), NOW)
        names = self.situations.officers
        found = [(names[slot], "") for slot in released.officer.tolist()]
        found += [
            (names[slot], Refusal(reason).text)
            for slot, reason in zip(refused.officer.tolist(), refused.reason.tolist(), strict=True)
        ]
        everybody = self.situations.duty.nonzero()[0].astype("int32")
        theirs = of_officers(self.picture, self.situations, everybody, NOW)
        assert sorted(theirs.officer.tolist()) == sorted(pairs.officer.tolist())
        self.picture.drop(int(slots[0]))
        return sorted(found)


@pytest.mark.parametrize("seed", range(6))
async def test_the_store_and_the_live_match_agree_on_everybody(store: SqlStore, seed: int) -> None:
    draw = random.Random(seed)
    force = a_force(draw)
    await store.put_officers(force.officers)
    await store.put_units(force.units)
    await store.put_beats(force.beats)
    await store.put_shifts(force.shifts)
    states = await store.take([one.id for one in force.officers], "node", NOW)
    terms = {state.officer: state.term for state in states}
    await store.record(Tick(NOW, "node", (), terms, cells=force.cells, number=1))
    live = Live(force, await store.heads(sorted(terms)))
    matched = 0
    for number in range(60):
        item = a_briefing(draw, number)
        expected = live.asked(item)
        found = [(one.officer, one.refusal) for one in await store.would_address(item, refusals_of)]
        assert found == expected, (item.audience, item.marking)
        matched += len(found)
    assert matched > 100
