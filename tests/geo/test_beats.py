"""Which beat a record belongs to."""

from __future__ import annotations

import numpy as np
import shapely

from geo.beats import BeatMap
from geo.codebook import Codebooks
from geo.model import Beat, Grade, Incident

CITY, CENTRE = shapely.box(-1.6, 53.7, -1.4, 53.9), shapely.box(-1.56, 53.79, -1.53, 53.81)


def incident(place: shapely.Point | None = None, beat: str | None = None, force: str = "own") -> Incident:
    return Incident(
        force=force,
        source="test",
        source_id="1",
        category="other",
        title="t",
        grade=Grade.ROUTINE,
        place=place,
        beat=beat,
        reported_at=0,
    )


def beats() -> tuple[BeatMap, Codebooks]:
    books = Codebooks()
    known = BeatMap(books)
    known.put(
        [
            Beat(id="LD-1", name="City", force="own", area=CITY),
            Beat(id="LD-2", name="Centre", force="own", area=CENTRE),
            Beat(id="NY-1", name="City", force="neighbour", area=CITY),
        ]
    )
    return known, books


def test_a_beat_is_named_by_id_or_by_name_within_the_force() -> None:
    known, books = beats()
    assert books.beats.text(known.code_of(incident(beat="LD-1"))) == "LD-1"
    assert books.beats.text(known.code_of(incident(beat="City"))) == "LD-1"
    assert books.beats.text(known.code_of(incident(beat="City", force="neighbour"))) == "NY-1"
    assert books.beats.text(known.code_of(incident(beat="Centre", force="neighbour"))) == "Centre"
    assert len(known) == 3
    assert (found := known.get("LD-1")) is not None
    assert found.name == "City"


def test_without_a_name_the_smallest_area_round_the_place_counts() -> None:
    known, books = beats()
    assert books.beats.text(known.code_of(incident(shapely.Point(-1.54, 53.80)))) == "LD-2"
    assert books.beats.text(known.code_of(incident(shapely.Point(-1.45, 53.75)))) == "LD-1"
    assert books.beats.text(known.code_of(incident(shapely.Point(-1.45, 53.75), force="neighbour"))) == "NY-1"
    assert known.code_of(incident(shapely.Point(-2.5, 53.75))) == 0
    assert known.code_of(incident()) == 0
    assert BeatMap(Codebooks()).code_of(incident(shapely.Point(-1.54, 53.80))) == 0


def test_a_changed_area_counts_at_once() -> None:
    known, books = beats()
    place = incident(shapely.Point(-1.54, 53.80))
    assert known.code_of(place)
    known.put([Beat(id="LD-2", name="Centre", force="own", area=shapely.box(0, 51, 1, 52))])
    assert books.beats.text(known.code_of(place)) == "LD-1"


def test_a_text_that_is_no_beat_may_be_a_district_of_the_force() -> None:
    known, books = beats()
    known.put([Beat(id=f"C-{n}", name=f"C{n}", force="own", area=CITY, district="Central") for n in (1, 2)])
    named = known.code_of(incident(beat="Central"))
    codes = np.array([books.beats.code(text) for text in ("C-1", "C-2", "LD-1", "never seen")], np.int32)
    assert known.districts(codes).tolist() == [named, named, 0, 0]
    assert books.beats.text(known.code_of(incident(beat="Central", force="neighbour"))) == "Central"
    known.put([Beat(id="Central", name="Central", force="own", area=CITY)])
    assert books.beats.text(known.code_of(incident(beat="Central"))) == "Central", "a beat of that name comes first"


def test_the_beats_of_some_forces() -> None:
    known, _ = beats()
    known.put([Beat(id="A-1", name="A1", force="neighbour", area=CITY)])
    assert [beat.id for beat in known.of({"neighbour"})] == ["A-1", "NY-1"]
    assert {beat.force for beat in known.of({"own"})} == {"own"}
    assert known.of(()) == []


def test_the_beats_that_an_area_meets_are_remembered_until_beats_change() -> None:
    books = Codebooks()
    beats = BeatMap(books)
    area = shapely.box(0.5, 0.5, 0.6, 0.6)
    assert beats.meeting(area).tolist() == []
    beats.put([Beat(id="b", name="B", force="own", area=shapely.box(0, 0, 1, 1))])
    beats.put([Beat(id="far", name="F", force="own", area=shapely.box(5, 5, 6, 6))])
    assert [books.beats.text(code) for code in beats.meeting(area).tolist()] == ["b"]
    assert beats.meeting(area) is beats.meeting(area)
    beats.put([Beat(id="b", name="B", force="own", area=shapely.box(2, 2, 3, 3))])
    assert beats.meeting(area).tolist() == []
    assert [books.beats.text(code) for code in beats.meeting(shapely.box(1, 1, 2, 2)).tolist()] == ["b"]  # a corner
