"""One entry of the roster, from a decoded body."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.api.entries import beat_of, officer_of, shift_of, unit_of
from app.errors import Invalid
from geo.marking import Clearance

SQUARE = [[-0.1, 51.5], [-0.09, 51.5], [-0.09, 51.51], [-0.1, 51.51], [-0.1, 51.5]]
BOW = [[-0.1, 51.5], [-0.09, 51.51], [-0.09, 51.5], [-0.1, 51.51], [-0.1, 51.5]]


def test_an_officer() -> None:
    officer = officer_of("pc-1", {"skills": ["taser", " taser ", ""], "clearance": "OFFICIAL-SENSITIVE"}, "wyp")
    assert (officer.id, officer.force, officer.role, officer.skills) == ("pc-1", "wyp", "response", ("taser",))
    assert officer.clearance is Clearance.OFFICIAL_SENSITIVE


def test_a_unit_and_a_shift() -> None:
    assert unit_of("u1", {"callsign": "LX21", "officers": ["pc-1"]}, "own").officers == ("pc-1",)
    shift = shift_of("s1", {"officer": "pc-1", "start": "2026-11-22T18:00:00+01:00", "end": "2026-11-22T18:00:00Z"})
    assert shift.end - shift.start == 3_600_000_000


def test_what_a_unit_has_with_it_and_what_a_beat_is_a_part_of() -> None:
    unit = unit_of("u1", {"callsign": "LX21", "equipment": ["defibrillator", " defibrillator "]}, "own")
    assert (unit.equipment, unit.skills) == (("defibrillator",), ())
    body = {"area": {"type": "Polygon", "coordinates": [SQUARE]}, "district": " Central "}
    assert beat_of("b1", body, "own").district == "Central"


def test_a_beat_that_crosses_itself_is_mended() -> None:
    beat = beat_of("b1", {"area": {"type": "Polygon", "coordinates": [BOW]}}, "own")
    assert (beat.name, beat.area.is_valid, beat.area.geom_type) == ("b1", True, "MultiPolygon")


def test_an_entry_is_put_as_it_was_read() -> None:
    assert officer_of("pc-1", {"id": "pc-1", "force": "wyp", "name": "A"}, "wyp") == officer_of(
        "pc-1", {"name": "A"}, "wyp"
    )


@pytest.mark.parametrize(
    ("parse", "body", "field", "reason"),
    [
        (officer_of, {"id": "pc-2"}, "id", "contradiction"),
        (unit_of, {"callsign": "A", "force": "other"}, "force", "contradiction"),
        (officer_of, {"id": None}, "id", "contradiction"),
        (officer_of, [], "body", "model_type"),
        (officer_of, {"clearance": "cosmic"}, "clearance", "not_one_of"),
        (beat_of, {"area": {"type": "LineString", "coordinates": SQUARE[:2]}}, "area", "bad_place"),
        (
            beat_of,
            {"area": {"type": "Polygon", "coordinates": [[[1, 1], [120, 95], [1, 2], [1, 1]]]}},
            "area",
            "bad_place",
        ),
        (shift_of, {"officer": "a", "start": "2026-11-22T18:00:00", "end": "2026-11-22T19:00:00Z"}, "start", "no_zone"),
        (
            shift_of,
            {"officer": "a", "start": "2026-11-22T18:00:00Z", "end": "2026-11-22T18:00:00Z"},
            "end",
            "end_before_start",
        ),
    ],
)
def test_what_is_wrong_is_named(parse: Callable[..., Any], body: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse("x", body, "own")
    assert (refused.value.errors[0].field, refused.value.errors[0].reason) == (field, reason)
