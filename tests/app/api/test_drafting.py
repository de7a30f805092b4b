"""A body becomes a briefing or the list of what is wrong with it, and a briefing the body that makes it again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from app.api.drafting import body_of_briefing, draft_of, unsafe_texts
from app.errors import FieldError, Invalid
from geo.clock import DAY, HOUR, Instant, format_instant, parse_instant
from geo.marking import Clearance, Handling
from geo.model import Attachment, Audience, Briefing, Grade, Hazard, Interval
from geo.normalise import Intake

NOW: Instant = parse_instant("2026-11-22T04:00:00Z")
INTAKE = Intake(force="own", grade_of=lambda _: Grade.ROUTINE, received_at=NOW)
RING: dict[str, Any] = {"type": "Polygon", "coordinates": [[[0.1, 51], [0.2, 51], [0.2, 52], [0.1, 51]]]}
FULL = {
    "title": " Silver van ",
    "body": "**Stop**\n\n- it",
    "audience": {
        "area": RING,
        "beats": ["N1", " N1 "],
        "roles": ["response"],
        "skills": ["taser"],
        "units": ["LX21"],
        "officers": ["a"],
        "force": ["own", "partner"],
        "operation": ["ALPHA"],
    },
    "priority": 1,
    "must_ack": True,
    "escalate_after_s": 300,
    "valid_from": "2026-11-22T05:00:00Z",
    "valid_to": "2026-11-22T09:00:00+01:00",
    "marking": {"tier": "OFFICIAL", "sensitive": True, "shared_with": ["partner"], "handling": ["RECIPIENTS ONLY"]},
    "attachments": [{"title": "Photo", "reference": "https://a.example/1", "sha256": "AB" * 32}],
    "supersedes": "bri-1",
    "place": {"type": "Point", "coordinates": [0.15, 51.5]},
    "place_text": "Station",
    "beat": "N1",
    "category": "Vehicle crime",
    "hazards": ["dog", "weapon"],
}


def drafted(**fields: Any) -> Briefing:
    body = {"title": "Van", "body": "Stop it", **fields}
    return draft_of({name: value for name, value in body.items() if value is not None}, INTAKE, "d-1 k").briefing


def faults(body: object, intake: Intake = INTAKE) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        draft_of(body, intake, "d-1 k")
    return [(error.field, error.reason) for error in refused.value.errors]


def test_everything_that_can_be_said_is_understood() -> None:
    draft = draft_of(FULL, INTAKE, "d-1 k")
    briefing = draft.briefing
    assert draft.notes == ()
    assert (briefing.force, briefing.source, briefing.source_id) == ("own", "briefings", "d-1 k")
    assert (briefing.title, briefing.text, briefing.category) == ("Silver van", "**Stop**\n\n- it", "vehicle_crime")
    assert (briefing.grade, briefing.must_ack, briefing.escalate_after_s) == (Grade.EMERGENCY, True, 300)
    assert briefing.valid == Interval(NOW + HOUR, NOW + 4 * HOUR)
    assert (briefing.marking.level, briefing.marking.handling) == (
        Clearance.OFFICIAL_SENSITIVE,
        (Handling.RECIPIENTS_ONLY,),
    )
    assert briefing.attachments == (Attachment("Photo", "https://a.example/1", "ab" * 32),)
    assert briefing.hazards == (Hazard.WEAPON, Hazard.DOG)
    audience = briefing.audience
    assert replace(audience, area=None) == Audience(
        beats=("N1",),
        roles=("response",),
        skills=("taser",),
        units=("LX21",),
        officers=("a",),
        forces=("own", "partner"),
        operations=("ALPHA",),
    )
    assert audience.area is not None
    assert audience.area.geom_type == "Polygon"


def test_a_briefing_is_read_back_from_its_own_body() -> None:
    for briefing in (draft_of(FULL, INTAKE, "d-1 k").briefing, drafted()):
        assert draft_of(body_of_briefing(briefing), INTAKE, "d-1 k").briefing == briefing


def test_what_is_not_said_is_assumed_and_noted() -> None:
    draft = draft_of({"title": "Van", "body": "Stop it"}, INTAKE, "d-1 k")
    assert draft.notes == (f"valid_to: {format_instant(NOW + 12 * HOUR)}, 12 hours after it begins",)
    assert draft.briefing.valid == Interval(None, NOW + 12 * HOUR)
    assert (draft.briefing.grade, draft.briefing.must_ack, draft.briefing.category) == (Grade.STANDARD, False, "other")
    later = drafted(valid_from=format_instant(NOW + DAY))
    assert later.valid.end == NOW + DAY + 12 * HOUR


@pytest.mark.parametrize(
    ("force", "marking", "forces"),
    [
        (True, "OFFICIAL", ("own",)),
        (False, "OFFICIAL", ()),
        ("own", "OFFICIAL", ("own",)),
        ("partner", {"shared_with": ["partner"]}, ("partner",)),
        (["partner", "own"], {"shared_with": ["partner"]}, ("partner", "own")),
    ],
)
def test_the_forces_that_it_is_for(force: object, marking: object, forces: tuple[str, ...]) -> None:
    assert drafted(audience={"force": force}, marking=marking).audience.forces == forces


def test_an_area_outside_the_install_is_refused_and_one_that_meets_it_is_not() -> None:
    intake = replace(INTAKE, area=(0.15, 50.0, 3.0, 53.0))
    body = {"title": "Van", "body": "Stop it", "audience": {"area": RING}}
    assert draft_of(body, intake, "k").briefing.audience.area is not None
    away = replace(INTAKE, area=box(10, 50, 11, 51))
    assert faults(body, away) == [("audience.area", "out_of_area")]


@pytest.mark.parametrize(
    "area",
    [
        {"type": "LineString", "coordinates": [[0, 51], [1, 52]]},
        {"type": "Polygon", "coordinates": [[[0.1, 51], [0.2, 51], [0.1, 51]]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[0.1, 51], [0.2, 51], [0.3, 51], [0.1, 51]]]},
        {"type": "Polygon", "coordinates": [[["a", 51], [0.2, 51], [0.3, 51], [0.1, 51]]]},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_an_area_that_is_none_is_refused(area: dict[str, Any]) -> None:
    ((field, reason),) = faults({"title": "Van", "body": "Stop it", "audience": {"area": area}})
    assert (field, reason) == ("audience.area", "bad_place")


def test_several_areas_are_one_audience() -> None:
    shifted = [[[x + 1, y] for x, y in RING["coordinates"][0]]]
    both = {"type": "MultiPolygon", "coordinates": [RING["coordinates"], shifted]}
    area = drafted(audience={"area": both}).audience.area
    assert area is not None
    assert area.geom_type == "MultiPolygon"


def test_a_template_makes_title_body_and_category_and_may_be_overruled() -> None:
    fields = {"subject": "Man, 40s", "description": "Tall", "reason": "Robbery", "action": "Call"}
    made = drafted(title=None, body=None, template="lookout_person", fields=fields)
    assert (made.title, made.category, made.template) == ("Lookout: Man, 40s", "suspicious", "lookout_person")
    own = drafted(title="Look", body=None, template="lookout_person", fields=fields, category="robbery")
    assert (own.title, own.category) == ("Look", "robbery")
    assert drafted(template="iimarch").template == "iimarch", "a body that somebody wrote from it himself"
    assert faults({"title": "x", "template": "iimarch"}) == [("body", "missing")]


def test_unsafe_texts_are_found_wherever_they_stand() -> None:
    body = {"a": ["x", {"b\u202e": "\x07"}], "c": "fine\n\ttoo", "d": 7}
    assert {(error.field, error.reason) for error in unsafe_texts(body)} == {
        ("a.1", "unsafe_text"),
        ("a.1.b\u202e", "unsafe_text"),
    }
    deep: Any = "x"
    for _ in range(30):
        deep = [deep]
    assert [error.reason for error in unsafe_texts(deep)] == ["too_deep"]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.floats() | st.text(max_size=20) | st.sampled_from([RING]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FULL["audience"], "x"]), inner),  # type: ignore[misc]
    max_leaves=5,
)


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from([*FULL, "x"]), VALUES, max_size=4), st.booleans())
def test_whatever_is_sent_is_drafted_or_refused(changes: dict[str, Any], whole: bool) -> None:
    body = ({**FULL, **changes}) if whole else changes
    briefing, errors = _drafted_or_refused(body)
    assert (briefing is None) is bool(errors)
    assert all(one.field and one.reason and one.message for one in errors)
    if briefing is not None:
        assert briefing.valid.end is not None
        assert draft_of(body_of_briefing(briefing), INTAKE, "d-1 k").briefing.title == briefing.title


def _drafted_or_refused(body: object) -> tuple[Briefing | None, tuple[FieldError, ...]]:
    try:
        return draft_of(body, INTAKE, "d-1 k").briefing, ()
    except Invalid as error:
        return None, error.errors
