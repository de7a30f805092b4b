"""Every noun goes into a document and comes back equal; equal content has one digest."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from geo.document import digest_of, document_of, noun_of_text, record_of, record_of_text, text_of
from geo.errors import BadRecord
from geo.marking import Clearance, Grading, Handling, Marking
from geo.model import (
    Audience,
    Beat,
    Briefing,
    Emergency,
    Grade,
    Hazard,
    Incident,
    IntelReport,
    Interval,
    Officer,
    Record,
    RecordKind,
    Shift,
    Subject,
    SubjectKind,
    Unit,
    Watch,
    WatchOn,
)

AREA = Polygon([(0, 0), (1, 0), (1, 1)], [[(0.5, 0.2), (0.6, 0.2), (0.6, 0.3)]])
INCIDENT = Incident(
    force="own",
    source="cad",
    source_id="1",
    category="burglary",
    title="Burglary",
    grade=Grade.PRIORITY,
    place=Point(-1.5, 53.8),
    assigned=("A1", "A2"),
    occurred=Interval(5, None),
    reported_at=1_700_000_000_000_000,
    hazards=(Hazard.WEAPON, Hazard.DOG),
    marking=Marking(Clearance.OFFICIAL_SENSITIVE, (Handling.EMBARGOED,), ("EYES",), ("OAK",), ("other",)),
    provenance=(("code", "12"),),
)
BASE = {"force": "own", "source": "s", "category": "c", "title": "t", "grade": Grade.ROUTINE, "reported_at": 1}
INTEL = IntelReport(
    **BASE,  # type: ignore[arg-type]
    source_id="2",
    place=AREA,
    grading=Grading.parse("2-B-C", ("ask first",)),
    subjects=(Subject(SubjectKind.VEHICLE, "blue van", (("vrm", "AB12CDE"),)),),
    lookout=True,
)
BRIEFING = Briefing(
    **BASE,  # type: ignore[arg-type]
    source_id="3",
    audience=Audience(area=MultiPolygon([AREA, box(3, 3, 4, 4)]), beats=("B1",), roles=("dog",)),
    must_ack=True,
)
EMERGENCY = Emergency(**BASE, source_id="4", officer="o1", callsign="A1", taken_over_at=7)  # type: ignore[arg-type]
RECORDS = [INCIDENT, INTEL, BRIEFING, EMERGENCY]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.kind.value)
def test_a_record_comes_back_equal_by_way_of_json(record: Record) -> None:
    document = json.loads(json.dumps(document_of(record)))
    assert document["kind"] == record.kind.value
    assert record_of(document) == record
    assert record_of_text(record.kind, text_of(record)) == record


def test_the_place_is_geojson() -> None:
    assert document_of(INCIDENT)["place"] == {"type": "Point", "coordinates": [-1.5, 53.8]}
    place = json.loads(json.dumps(document_of(INTEL)["place"]))
    assert place["type"] == "Polygon"
    assert place["coordinates"][0][0] == [0.0, 0.0]


def test_nouns_of_the_roster_come_back_equal() -> None:
    officer = Officer(id="o1", force="own", skills=("dog",), clearance=Clearance.SECRET, operations=("OAK",))
    assert noun_of_text(Officer, text_of(officer)) == officer
    beat = Beat(id="B1", name="North", force="own", area=AREA)
    assert noun_of_text(Beat, text_of(beat)) == beat
    unit = Unit(id="u1", callsign="A1", force="own", officers=("o1",))
    assert noun_of_text(Unit, text_of(unit)) == unit
    shift = Shift(id="s1", officer="o1", start=1, end=2, beat="B1")
    assert noun_of_text(Shift, text_of(shift)) == shift


def test_what_the_roster_does_not_say_is_not_in_its_content() -> None:
    """So the same roster file is no new version after an upgrade."""
    beat = Beat(id="B1", name="North", force="own", area=AREA)
    unit = Unit(id="u1", callsign="A1", force="own")
    assert "district" not in text_of(beat)
    assert "equipment" not in text_of(unit)
    central, equipped = dataclasses.replace(beat, district="Central"), dataclasses.replace(unit, equipment=("defib",))
    assert noun_of_text(Beat, text_of(central)) == central
    assert noun_of_text(Unit, text_of(equipped)) == equipped


def test_a_record_that_is_no_geofence_says_nothing_of_it() -> None:
    """So its digest is what it was before there were geofences: the same row again is no new version."""
    plain = Incident(
        force="own", source="cad", source_id="7", category="other", title=',"watch":null', grade=Grade.ROUTINE,
        reported_at=0,
    )  # fmt: skip
    assert "watch" not in text_of(plain).replace(r",\"watch\":null", "")
    assert record_of_text(RecordKind.INCIDENT, text_of(plain)) == plain
    watched = dataclasses.replace(plain, watch=Watch((WatchOn.ENTER, WatchOn.DWELL), 60))
    assert record_of_text(RecordKind.INCIDENT, text_of(watched)) == watched
    assert digest_of(watched) != digest_of(plain)


def test_equal_content_has_one_digest_and_any_change_another() -> None:
    assert digest_of(INCIDENT) == digest_of(record_of(document_of(INCIDENT)))
    changes = {"title": "x", "place": Point(-1.5, 53.80001), "hazards": (), "sensitive": True, "occurred": Interval(6)}
    digests = {digest_of(dataclasses.replace(INCIDENT, **{name: value})) for name, value in changes.items()}  # type: ignore[arg-type]
    assert len(digests) == len(changes)
    assert digest_of(INCIDENT) not in digests


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=30),
    st.floats(-180, 180),
    st.floats(-90, 90),
    st.integers(-(2**60), 2**60),
)
def test_any_text_place_and_instant_survive(text: str, lon: float, lat: float, at: int) -> None:
    record = dataclasses.replace(INCIDENT, text=text, place=Point(lon, lat), reported_at=at)
    assert record_of_text(record.kind, text_of(record)) == record


def test_what_is_no_record_is_refused_in_words() -> None:
    with pytest.raises(BadRecord, match="no kind of record"):
        record_of({"kind": "rumour"})
    with pytest.raises(BadRecord, match="grade"):
        record_of({**document_of(INCIDENT), "grade": "urgent"})


def test_an_empty_place_survives() -> None:
    place: BaseGeometry = Polygon()
    record = dataclasses.replace(INCIDENT, place=place)
    found = record_of_text(record.kind, text_of(record)).place
    assert found is not None
    assert found.is_empty
