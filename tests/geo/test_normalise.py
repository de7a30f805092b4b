"""One gate for all sources: what is checked, what is completed, and that all problems are named at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.clock import HOUR, Instant
from geo.marking import Clearance, Marking
from geo.model import Grade, Incident, Interval, Record, RecordKind
from geo.normalise import Intake, RawRecord, normalise, normalise_all, times_assumed, with_times_of
from geo.place import LonLat
from geo.reasons import Reason, Refused

NOW: Instant = 1_800_000_000_000_000
AREA = shapely.box(-1.0, 51.0, 1.0, 52.0)


def _grade_of(category: str) -> Grade:
    return Grade.PRIORITY if category == "burglary" else Grade.ROUTINE


INTAKE = Intake("own", _grade_of, NOW)


def raw(**fields: object) -> RawRecord:
    given: dict[str, object] = {"source": "cad", "source_id": "1", "category": "burglary", "title": "Burglary"}
    return RawRecord(**(given | fields))  # type: ignore[arg-type]


def good(record: RawRecord, intake: Intake = INTAKE) -> Record:
    made = normalise(record, intake)
    assert not isinstance(made, Refused), made.message
    return made


def reasons(record: RawRecord, intake: Intake = INTAKE) -> list[tuple[str, Reason]]:
    made = normalise(record, intake)
    assert isinstance(made, Refused)
    return [(problem.field, problem.reason) for problem in made.problems]


def test_four_fields_are_enough() -> None:
    record = good(raw())
    assert isinstance(record, Incident)
    assert (record.force, record.grade, record.reported_at) == ("own", Grade.PRIORITY, NOW)
    assert record.occurred == Interval(NOW, NOW)


def test_the_sources_grade_goes_before_the_policys() -> None:
    assert good(raw(grade=Grade.EMERGENCY)).grade is Grade.EMERGENCY


@pytest.mark.parametrize("text", ["Vehicle crime", " vehicle-crime ", "VEHICLE_CRIME"])
def test_one_category_is_written_one_way(text: str) -> None:
    assert good(raw(category=text)).category == "vehicle_crime"


def test_all_problems_are_named_together() -> None:
    bad = raw(source_id=" ", title="a\0b", place=(0.0, 0.0), occurred=Interval(NOW, NOW - 1))
    assert set(reasons(bad)) == {
        ("source_id", Reason.NO_SOURCE_ID),
        ("title", Reason.NUL_IN_TEXT),
        ("place", Reason.NULL_ISLAND),
        ("occurred_to", Reason.END_BEFORE_START),
    }


@pytest.mark.parametrize("field", ["source", "category", "title"])
def test_what_is_required_must_not_be_blank(field: str) -> None:
    assert reasons(raw(**{field: "  "})) == [(field, Reason.MISSING)]


def test_texts_that_cannot_be_stored_or_shown() -> None:
    assert reasons(raw(text="\ud800")) == [("text", Reason.NOT_UNICODE)]
    assert reasons(raw(title="x" * 301)) == [("title", Reason.TOO_LONG)]
    assert reasons(raw(assigned=("DB17", "DB\0"))) == [("assigned", Reason.NUL_IN_TEXT)]
    assert reasons(raw(marking=Marking(operations=("A\0",)))) == [("marking", Reason.NUL_IN_TEXT)]


@pytest.mark.parametrize("letter", ["\u202e", "\u2066", "\x1b", "\x07", "\x7f", "\x9b"])
@pytest.mark.parametrize("field", ["source_id", "title", "text", "place_text"])
def test_what_hides_what_a_text_says_is_refused(letter: str, field: str) -> None:
    (problem,) = reasons(raw(**{field: f"a{letter}b"}))
    assert problem == (field, Reason.UNSAFE_TEXT)


def test_every_script_and_line_ends_are_welcome() -> None:
    text = "\u05e9\u05dc\u05d5\u05dd \u200f(\u0639\u0631\u0628\u064a)\r\n\tl\u00edne \u2013 \u8b66\u5bdf \U0001f6a8"
    assert good(raw(text=text)).text == text


def test_an_outline_of_too_many_points_is_refused() -> None:
    angles = np.linspace(0, 2 * np.pi, 10_001)
    ring = np.column_stack([np.cos(angles) * 0.01 - 1.5, np.sin(angles) * 0.01 + 53.8])
    assert reasons(raw(place=shapely.Polygon(ring))) == [("place", Reason.TOO_LONG)]
    assert good(raw(place=shapely.Polygon(ring[::2]))).place is not None


# --------------------------------------------------------------------------- places
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ((0.0, 0.0), Reason.NULL_ISLAND),
        ((10.0, 90.0), Reason.BAD_PLACE),
        ((-200.0, 10.0), Reason.BAD_PLACE),
        ((float("nan"), 51.0), Reason.BAD_PLACE),
        ((37.7, -122.4), Reason.SWAPPED),
    ],
)
def test_points_that_are_no_places(place: LonLat, reason: Reason) -> None:
    assert reasons(raw(place=place)) == [("place", reason)]
    assert reasons(raw(place=shapely.Point(*place))) == [("place", reason)]


def test_the_whole_earth_is_taken_unless_the_install_names_an_area() -> None:
    far = raw(place=(150.0, -30.0))
    assert good(far).place == shapely.Point(150.0, -30.0)
    assert reasons(far, replace(INTAKE, area=AREA)) == [("place", Reason.OUT_OF_AREA)]
    assert reasons(far, replace(INTAKE, area=(-1.0, 51.0, 1.0, 52.0))) == [("place", Reason.OUT_OF_AREA)]
    assert good(raw(place=(0.5, 51.5)), replace(INTAKE, area=AREA)).place == shapely.Point(0.5, 51.5)


def test_swapped_coordinates_are_seen_by_the_area_and_by_the_sources_extent() -> None:
    swapped = raw(place=(51.5, -0.1))
    assert good(raw(place=(51.5, -0.1))).place is not None
    assert reasons(swapped, replace(INTAKE, area=AREA)) == [("place", Reason.SWAPPED)]
    assert reasons(raw(place=(51.5, -0.1)), replace(INTAKE, extent=(-9.0, 49.0, 3.0, 61.0))) == [
        ("place", Reason.SWAPPED)
    ]


def test_outside_the_sources_extent_is_no_reason_alone() -> None:
    assert good(raw(place=(20.0, 40.0)), replace(INTAKE, extent=(-9.0, 49.0, 3.0, 61.0))).place is not None


def test_a_polygon_that_crosses_itself_is_mended_and_one_beyond_mending_refused() -> None:
    bow_tie = shapely.Polygon([(0, 51), (1, 52), (1, 51), (0, 52)])
    place = good(raw(place=bow_tie)).place
    assert place is not None
    assert place.is_valid
    assert reasons(raw(place=shapely.Polygon())) == [("place", Reason.BAD_PLACE)]


def test_no_place_is_normal() -> None:
    assert good(raw(sensitive=True)).place is None


# --------------------------------------------------------------------------- times
def test_reported_at_is_when_it_happened_where_nothing_else_is_said() -> None:
    record = good(raw(occurred=Interval(NOW - HOUR, NOW)))
    assert record.reported_at == NOW - HOUR
    assert times_assumed(record) == ()


def test_times_that_nobody_gave_stay_those_of_the_first_arrival() -> None:
    first = good(raw())
    again = good(raw(), replace(INTAKE, received_at=NOW + HOUR))
    assert times_assumed(again) == ("reported_at", "occurred")
    assert again != first
    assert with_times_of(again, first) == first
    assert with_times_of(again, None) == again


def test_given_times_are_never_replaced() -> None:
    first, later = good(raw(reported_at=NOW)), good(raw(reported_at=NOW + 5))
    assert with_times_of(later, first).reported_at == NOW + 5


def test_valid_to_before_the_report_is_backwards() -> None:
    assert reasons(raw(reported_at=NOW, valid=Interval(None, NOW - 1))) == [("valid_to", Reason.END_BEFORE_START)]
    assert reasons(raw(valid=Interval(NOW, NOW - 1))) == [("valid_to", Reason.END_BEFORE_START)]


# --------------------------------------------------------------------------- markings and kinds
def test_above_the_ceiling_is_refused() -> None:
    assert reasons(raw(marking=Marking(Clearance.SECRET))) == [("marking", Reason.ABOVE_CEILING)]


def test_intelligence_without_a_grading_is_refused() -> None:
    assert reasons(raw(kind=RecordKind.INTEL)) == [("grading", Reason.MISSING)]


@given(st.lists(st.tuples(st.floats(-200, 200), st.floats(-100, 100)), max_size=8))
def test_many_at_once_is_the_same_as_one_by_one(places: list[LonLat]) -> None:
    intake = replace(INTAKE, area=AREA)
    together = normalise_all([raw(place=place) for place in places], intake)
    assert together == [normalise(raw(place=place), intake) for place in places]
