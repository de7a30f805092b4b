"""Both directions of matching equal the brute-force matrix."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from geo.beats import BeatMap
from geo.codebook import Codebooks
from geo.marking import Clearance, Marking
from geo.model import (
    Audience,
    Beat,
    Briefing,
    Emergency,
    Grade,
    Incident,
    Interval,
    Officer,
    Record,
    Shift,
    Status,
    Stored,
    Unit,
    UnitStatus,
)
from geo.pairs import Candidate, Int32, Pairs, Via
from geo.picture import LivePicture
from geo.place import covers, distance_m, local_shape, nearest_of
from geo.position import Fix
from geo.store.rows import OfficerState
from streams.matching import of_officers, of_records, rematch, with_held
from streams.officers.situations import Situations

NOW = 1_800_000_000_000_000
SECOND = 1_000_000
FORCES = ("own", "neighbour")
SQUARE = shapely.box(-0.02, 51.49, 0.02, 51.51)
FAR = shapely.box(2.9, 51.4, 3.1, 51.6)


@dataclass(frozen=True)
class Where:
    """An officer as the test knows him."""

    id: str
    force: str
    lon: float
    lat: float
    accuracy_m: float
    age_s: int
    role: str
    skills: tuple[str, ...]


def state_of(officer: str) -> OfficerState:
    return OfficerState(officer, "e", 0, "o", 1, UnitStatus.AVAILABLE, NOW, 2.0, NOW, seen_at=NOW)


centres = st.sampled_from([(0.0, 51.5), (0.0, 51.5), (0.0, 51.5), (179.99, -16.8)])
near_deg = st.floats(-0.05, 0.05, allow_nan=False)


@st.composite
def points(draw: st.DrawFn) -> tuple[float, float]:
    lon, lat = draw(centres)
    lon += draw(near_deg)
    return (lon - 360 if lon > 180 else lon), lat + draw(near_deg)


@st.composite
def places(draw: st.DrawFn) -> BaseGeometry | None:
    lon, lat = draw(points())
    size = draw(st.sampled_from([0.0005, 0.004, 0.03]))
    match draw(st.sampled_from(["none", "point", "point", "point", "line", "area", "points"])):
        case "none":
            return None
        case "line":
            return shapely.LineString([(lon, lat), (lon + size, lat + size / 2), (lon + size, lat - size)])
        case "area":
            return shapely.Point(lon, lat).buffer(size, quad_segs=2)
        case "points":
            return shapely.MultiPoint([(lon, lat), (lon - size, lat)])
    return shapely.Point(lon, lat)


texts = st.sampled_from


def some_of(*names: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(texts(names), max_size=2, unique=True).map(tuple)


@st.composite
def audiences(draw: st.DrawFn) -> Audience:
    return Audience(
        area=draw(st.sampled_from([None, None, SQUARE])),
        beats=draw(some_of("b1", "North", "Uptown")),
        roles=draw(some_of("response", "dogs")),
        skills=draw(some_of("taser", "medic")),
        units=draw(some_of("u1", "C2")),
        officers=draw(some_of("p0", "p3", "nobody")),
    )


@st.composite
def records(draw: st.DrawFn, number: int) -> Record:
    kind = draw(st.sampled_from([Incident, Incident, Incident, Briefing, Emergency]))
    shared = draw(some_of(*FORCES))
    common: dict[str, Any] = {
        "force": draw(texts(FORCES)),
        "source": "test",
        "source_id": str(number),
        "category": draw(texts(("other", "burglary"))),
        "title": "t",
        "grade": Grade.ROUTINE,
        "status": draw(st.sampled_from([Status.OPEN, Status.OPEN, Status.ATTENDED, Status.CLOSED])),
        "place": draw(places()),
        "beat": draw(st.sampled_from([None, None, "b1", "North", "Uptown", "elsewhere"])),
        "assigned": draw(some_of("C1", "C2", "p4")),
        "reported_at": NOW,
        "valid": Interval(draw(st.sampled_from([None, NOW - 1, NOW, NOW + 1]))),
        "marking": Marking(Clearance.OFFICIAL, shared_with=shared),
    }
    if kind is Briefing:
        return Briefing(**common, audience=draw(audiences()))
    if kind is Emergency:
        return Emergency(**common, officer=draw(texts(("p0", "p1", "nobody"))))
    return Incident(**common)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[LivePicture, Situations, dict[int, float], list[Where]]:
    books = Codebooks()
    beats = BeatMap(books)
    beats.put([Beat(id="b1", name="North", force="own", area=SQUARE, district="Uptown")])
    picture, situations = LivePicture(books, beats), Situations(books)
    picture.for_roles = lambda record: ("dogs",) if record.category == "burglary" else ()
    shifts = [
        Shift(id="s2", officer="p2", start=NOW - 5, end=NOW + 5, beat="b1", unit="u2"),
        Shift(id="s3", officer="p3", start=NOW - 9, end=NOW, beat="b1"),
    ]
    units = [
        Unit(id="u1", callsign="C1", force="own", officers=("p1", "p5"), equipment=("taser",)),
        Unit(id="u2", callsign="C2", force="own"),
    ]
    situations.roster(units, shifts, NOW)
    officers = []
    for number in range(draw(st.integers(0, 8))):
        lon, lat = draw(points())
        where = Where(
            f"p{number}",
            draw(texts(FORCES)),
            *(draw(st.sampled_from([(lon, lat)] * 5 + [(np.nan, np.nan)]))),
            draw(st.sampled_from([3.0, 99.0, 250.0, 900.0])),
            draw(st.sampled_from([0, 119, 120, 121, 3_000])),
            draw(texts(("response", "dogs"))),
            draw(some_of("taser", "medic")),
        )
        officers.append(where)
        situations.put(
            Officer(id=where.id, force=where.force, role=where.role, skills=where.skills), state_of(where.id), NOW
        )
        if np.isfinite(where.lon):
            fix = Fix(NOW - where.age_s * SECOND, where.lon, where.lat, where.accuracy_m)
            assert situations.moved([(where.id, fix)], NOW)[0] == 0
    reach: dict[str, float] = {}
    made = [draw(records(number)) for number in range(draw(st.integers(0, 16)))]
    for record in made:
        reach[record.id] = draw(st.sampled_from([0.0, 300.0, 800.0, 2_500.0, 30_000.0]))
    # in several batches, some records twice (moved, closed, reopened), so that both levels of the index are in use
    version = 0
    for batch in range(draw(st.integers(1, 3))):
        items = [Stored(record, version := version + 1, NOW) for record in made[batch % 2 :]]
        picture.apply(items, lambda record: (NOW + 1, reach[record.id]))
        of_officers(picture, situations, np.zeros(0, np.int32), NOW)
        made = [draw(records(int(record.source_id))) if draw(st.booleans()) else record for record in made]
        for record in made:
            reach.setdefault(record.id, 400.0)
    return picture, situations, {slot: reach[record] for record, slot in picture.slot_of.items()}, officers


def brute(
    picture: LivePicture, situations: Situations, reach: dict[int, float], officers: list[Where]
) -> dict[tuple[int, int], tuple[int, float]]:
    """(officer slot, record slot) -> via, metres: one pair at a time, from the records themselves."""
    matrix = {}
    for slot in picture.slot_of.values():
        item = picture.stored[slot]
        assert item is not None
        record = item.record
        if not record.status.live or (record.valid.start is not None and record.valid.start > NOW):
            continue
        for where in officers:
            via, metres = one_pair(record, where, reach[slot], situations)
            if via:
                matrix[situations.slot_of[where.id], slot] = via, metres
    return matrix


def one_pair(record: Record, where: Where, reach: float, situations: Situations) -> tuple[int, float]:
    metres = metres_between(record, where)
    stale = where.age_s > 120
    extra = where.accuracy_m + (min(where.age_s * 10.0, 2_000.0) if stale else 0.0)
    callsign, beat = {"p1": "C1", "p5": "C1", "p2": "C2"}.get(where.id, where.id), "b1" if where.id == "p2" else ""
    via = 0
    same_force = record.force == where.force
    named = {"b1": "b1", "North": "b1" if record.force == "own" else "North", None: ""}.get(record.beat, record.beat)
    if record.beat is None and record.place is not None and record.force == "own":
        at = record.place.point_on_surface() if record.place.geom_type != "Point" else record.place
        named = "b1" if SQUARE.intersects(at) else ""
    if not isinstance(record, Briefing):
        via |= Via.PLACE if metres <= 1.2 * (reach + extra) else 0
        via |= Via.BEAT if beat and named == beat and same_force else 0
        uptown = record.beat == "Uptown" and record.place is None and record.force == "own"
        via |= Via.BEAT if beat == "b1" and uptown and same_force else 0
    elif same_force or where.force in record.marking.shared_with:
        via |= Via.ADDRESSED if in_audience(record, where, callsign, beat) else 0
    via |= Via.TASKED if callsign in record.assigned and same_force else 0
    nobodys = record.place is None and not record.beat and not record.assigned and isinstance(record, Incident)
    via |= Via.ROLE if nobodys and record.category == "burglary" and where.role == "dogs" and same_force else 0
    if isinstance(record, Emergency):
        via |= Via.FORCE if record.place is None and same_force else 0
        via = 0 if record.officer == where.id else via
    return via, metres


def in_audience(record: Briefing, where: Where, callsign: str, beat: str) -> bool:
    audience = record.audience
    beats = {"b1" if record.force == "own" or name == "b1" else name for name in audience.beats}
    skills = {*where.skills, *(("taser",) if callsign == "C1" else ())}
    return (
        (not audience.beats or beat in beats)
        and (not audience.roles or where.role in audience.roles)
        and (not audience.skills or bool(skills & set(audience.skills)))
        and (not audience.units or callsign in {"C1" if name == "u1" else name for name in audience.units})
        and (not audience.officers or where.id in audience.officers)
        and (audience.area is None or in_area(audience.area, where, beat))
    )


def in_area(area: BaseGeometry, where: Where, beat: str) -> bool:
    if np.isfinite(where.lon) and where.age_s <= 1_800:
        return bool(covers(area, np.array([where.lon]), np.array([where.lat]))[0])
    return beat == "b1" and SQUARE.intersects(area)


def metres_between(record: Record, where: Where) -> float:
    if record.place is None or not np.isfinite(where.lon):
        return np.nan
    lon, lat = np.array([where.lon]), np.array([where.lat])
    if isinstance(record.place, shapely.Point):
        return float(distance_m(lon, lat, record.place.x, record.place.y)[0])
    return float(distance_m(lon, lat, *nearest_of(local_shape(record.place), lon, lat))[0])


def rows(pairs: Pairs[Candidate]) -> dict[tuple[int, int], tuple[int, float]]:
    found = {
        (int(officer), int(record)): (int(via), float(metres))
        for officer, record, via, metres in zip(pairs.officer, pairs.record, pairs.via, pairs.distance_m, strict=True)
    }
    assert len(found) == len(pairs), "a pair came twice"
    return found


def same(left: dict[tuple[int, int], tuple[int, float]], right: dict[tuple[int, int], tuple[int, float]]) -> bool:
    assert {key: via for key, (via, _) in left.items()} == {key: via for key, (via, _) in right.items()}
    for key, (_, metres) in left.items():
        np.testing.assert_allclose(metres, right[key][1], rtol=1e-5, atol=0.01)
    return True


def everybody(situations: Situations) -> Int32:
    return np.array(sorted(situations.slot_of.values()), np.int32)


def every_record(picture: LivePicture) -> Int32:
    return np.array(sorted(picture.slot_of.values()), np.int32)


@settings(max_examples=80, deadline=None)
@given(worlds())
def test_both_directions_are_the_matrix(
    world: tuple[LivePicture, Situations, dict[int, float], list[Where]],
) -> None:
    picture, situations, reach, officers = world
    expected = brute(picture, situations, reach, officers)
    assert same(rows(of_records(picture, situations, every_record(picture), NOW)), expected)
    assert same(rows(of_officers(picture, situations, everybody(situations), NOW)), expected)
    one_by_one: dict[tuple[int, int], tuple[int, float]] = {}
    for slot in everybody(situations):
        one_by_one |= rows(of_officers(picture, situations, np.array([slot], np.int32), NOW))
    assert same(one_by_one, expected)


@settings(max_examples=40, deadline=None)
@given(worlds())
def test_held_pairs_are_matched_afresh(world: tuple[LivePicture, Situations, dict[int, float], list[Where]]) -> None:
    picture, situations, reach, officers = world
    expected = brute(picture, situations, reach, officers)
    officer, record = (
        grid.ravel().astype(np.int32) for grid in np.meshgrid(everybody(situations), every_record(picture))
    )
    fresh = rows(rematch(picture, situations, officer, record, NOW))
    assert len(fresh) == len(officer)
    for pair, (via, _) in fresh.items():
        assert via == expected.get(pair, (Via.HELD, 0.0))[0]
    moved = of_officers(picture, situations, everybody(situations), NOW, moved=True)
    left_out = set(expected) - set(rows(moved))
    assert all(expected[pair][0] in (Via.BEAT, Via.ROLE) for pair in left_out)
    together = rows(with_held(moved, officer, record, picture, situations, NOW))
    assert {pair for pair, (via, _) in together.items() if via != Via.HELD} == set(expected)
    assert len(together) == len(officer)


@pytest.mark.slow
def test_a_city_of_hundreds_is_the_matrix_too() -> None:
    """Dense enough for cells of several sizes, both levels of the index, and records in the hundreds at once."""
    random = np.random.default_rng(7)
    picture, situations = LivePicture(), Situations()
    situations.books = picture.books
    reach: dict[str, float] = {}
    for version in range(1, 5):
        items = []
        for number in random.choice(400, 250, replace=False):
            lon, lat = (float(part) for part in random.uniform((-1.7, 53.6), (-1.3, 53.9)))
            place: BaseGeometry = shapely.Point(lon, lat)
            if number % 9 == 0:
                place = shapely.box(lon, lat, lon + 0.02, lat + 0.01)
            record = Incident(
                force="own",
                source="test",
                source_id=str(number),
                category="other",
                title="t",
                grade=Grade.ROUTINE,
                status=Status.CLOSED if number % 7 == version else Status.OPEN,
                place=place,
                reported_at=NOW,
            )
            reach[record.id] = float(random.choice([150.0, 800.0, 3_000.0, 9_000.0]))
            items.append(Stored(record, version, NOW))
        picture.apply(items, lambda record: (NOW + 1, reach[record.id]))
        picture.near(np.array([-1.5]), np.array([53.7]), np.zeros(1, np.float32))
    officers = []
    for number in range(300):
        lon, lat = (float(part) for part in random.uniform((-1.7, 53.6), (-1.3, 53.9)))
        where = Where(f"o{number}", "own", lon, lat, float(random.choice([5.0, 60.0, 500.0])), 0, "response", ())
        situations.put(Officer(id=where.id, force="own"), state_of(where.id), NOW)
        situations.moved([(where.id, Fix(NOW, lon, lat, where.accuracy_m))], NOW)
        officers.append(where)
    expected = brute(picture, situations, {slot: reach[name] for name, slot in picture.slot_of.items()}, officers)
    assert len(expected) > 3_000
    assert same(rows(of_officers(picture, situations, everybody(situations), NOW)), expected)
    assert same(rows(of_records(picture, situations, every_record(picture), NOW)), expected)
    singly: dict[tuple[int, int], tuple[int, float]] = {}
    for slot in every_record(picture):
        singly |= rows(of_records(picture, situations, np.array([slot], np.int32), NOW))
    assert same(singly, expected)


def test_an_area_is_for_who_was_there_lately_and_else_for_who_is_on_a_beat_of_it() -> None:
    """Whoever has no fix, or an old one, is where his shift says."""
    picture = LivePicture()
    picture.beats.put(
        [Beat(id="in", name="", force="own", area=SQUARE), Beat(id="out", name="", force="own", area=FAR)]
    )
    situations = Situations(picture.books)
    people = {"here": ("out", 29), "was here": ("out", 31), "was away": ("in", 31), "unseen": ("in", None)}
    situations.roster(
        [],
        [Shift(id=name, officer=name, start=NOW - 1, end=NOW + 1, beat=beat) for name, (beat, _) in people.items()],
        NOW,
    )
    for name, (_, minutes) in people.items():
        cell = (3.0, 51.5) if name == "was away" else (0.0, 51.5)
        fix_at = None if minutes is None else NOW - minutes * 60 * SECOND
        state = replace(state_of(name), cell=None if fix_at is None else cell, fix_at=fix_at)
        situations.put(Officer(id=name, force="own"), state, NOW)
    briefing = Briefing(
        force="own",
        source="s",
        source_id="1",
        category="briefing",
        title="t",
        grade=Grade.ROUTINE,
        reported_at=NOW,
        audience=Audience(area=SQUARE),
    )
    slots = picture.apply([Stored(briefing, 1, NOW)], lambda record: (NOW + 1_000, 500.0))
    pairs = of_records(picture, situations, slots, NOW)
    assert {situations.officers[slot] for slot in pairs.officer.tolist()} == {"here", "was away", "unseen"}
    held = rematch(picture, situations, np.arange(4, dtype=np.int32), np.repeat(slots, 4), NOW)
    named = (held.via & Via.ADDRESSED) != 0
    assert {situations.officers[slot] for slot in held.officer[named].tolist()} == {"here", "was away", "unseen"}
