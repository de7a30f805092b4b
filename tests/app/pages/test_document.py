"""The JSON document: stable names, plain values, places as GeoJSON, an outline that is small enough to send."""

from __future__ import annotations

import json

import shapely

from app.pages.document import document
from geo.place import geometry_of
from streams.patrol.document import Section
from tests.app.pages.scene import briefing, empty, fullest, hostile


def test_its_names_stay() -> None:
    told = document(briefing())
    assert set(told) == {
        "id",
        "request",
        "officer",
        "callsign",
        "force",
        "beat",
        "from",
        "to",
        "since",
        "compiled_at",
        "zone",
        "policy",
        "marking",
        "notes",
        "counts",
        "sections",
        "problem_places",
    }
    assert set(told["sections"][0]) == {"section", "heading", "note", "more", "items"}
    assert set(told["sections"][0]["items"][0]) == {
        "number",
        "line",
        "detail",
        "where",
        "place",
        "when",
        "age",
        "at",
        "grading",
        "why",
        "alert_id",
        "version",
        "kind",
        "category",
        "grade",
        "status",
        "hazards",
        "marking",
        "source",
        "also",
        "must_ack",
        "acknowledged",
        "body",
        "score",
    }
    assert set(told["problem_places"][0]) == {
        "place",
        "radius_m",
        "category",
        "where",
        "hours",
        "weekdays",
        "expected",
        "low",
        "high",
        "seen",
        "weeks",
        "method",
    }


def test_json_holds_it_and_gives_it_back() -> None:
    for one in (briefing(), empty(), fullest(), hostile()):
        assert json.loads(json.dumps(document(one), allow_nan=False)) == document(one)


def test_what_it_says() -> None:
    told = document(briefing())
    assert told["from"] == "2026-01-15T22:00:00.000Z"
    assert told["beat"]["id"] == "C1"
    assert told["counts"] == {"items": 11, "safety": 2, "to_acknowledge": 1, "more": 14}
    assert [section["section"] for section in told["sections"]] == [section.value for section in Section]
    first = told["sections"][0]["items"][0]
    assert first["place"] == {"type": "Point", "coordinates": [-0.1291, 51.5052]}
    assert first["grading"] == "1-A-P"
    assert told["sections"][2]["items"][0]["grading"] is None
    assert told["sections"][6]["items"][0]["alert_id"] is None
    assert told["problem_places"][0]["hours"] == [16, 19]
    assert told["problem_places"][0]["expected"] == 0.812


def test_without_a_beat_or_a_place_it_says_null() -> None:
    assert document(empty())["beat"] == {"id": "", "name": "", "area": None}


def test_an_outline_of_thousands_of_points_is_sent_as_one_to_draw() -> None:
    ward = shapely.Point(-0.12, 51.5).buffer(0.01, quad_segs=2_000)
    outline = document(briefing(beat_area=ward))["beat"]["area"]
    drawn = geometry_of(outline)
    assert len(shapely.get_coordinates(drawn)) < 200
    assert drawn.symmetric_difference(ward).area / ward.area < 0.02
