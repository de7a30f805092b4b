"""Records as features, deliveries and emergencies as a control room reads them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import shapely

from app.api.features import (
    DeliveryView,
    EmergencyView,
    Feature,
    delivery_of,
    emergency_of,
    feature_of,
    json_response,
    text_at,
)
from geo.clock import parse_instant
from geo.marking import Grading
from geo.model import Disposition, Emergency, Grade, Incident, IntelReport, Stored, Verdict
from geo.store.rows import Act, Delivery
from streams.console.states import DeliveryState

AT = parse_instant("2026-11-22T18:04:30.250Z")
INCIDENT = Incident(
    force="own", source="cad", source_id="1", category="robbery", title="Robbery", grade=Grade.EMERGENCY, reported_at=AT
)


def test_a_record_without_a_place_is_a_feature_without_a_geometry() -> None:
    feature = feature_of(Stored(INCIDENT, 3, AT))
    Feature.model_validate(feature)
    assert (feature["geometry"], feature["version"]) == (None, 3)
    assert isinstance(feature["properties"], dict)
    assert feature["properties"]["updated_at"] == "2026-11-22T18:04:30.250Z"
    assert feature["properties"]["text"] == ""


def test_a_report_shows_its_grading() -> None:
    report = IntelReport(
        force="own",
        source="i",
        source_id="1",
        category="drugs",
        title="t",
        grade=Grade.ROUTINE,
        reported_at=AT,
        place=shapely.Point(1, 2),
        grading=Grading.parse("1-B-P"),
    )
    feature = feature_of(Stored(report, 1, AT))
    assert isinstance(feature["properties"], dict)
    assert feature["properties"]["grading"] == "1-B-P"
    assert feature["geometry"] == {"type": "Point", "coordinates": [1.0, 2.0]}


OWED = Delivery("pc-1", 1, Verdict.NOTIFY, 2, Act.ALERT, AT, None, None, None, "", None)


@pytest.mark.parametrize("state", DeliveryState)
def test_a_row_says_how_far_it_got(state: DeliveryState) -> None:
    late = replace(OWED, act=Act.CANCEL, reason="expired", unconfirmed_at=AT)
    view = DeliveryView.model_validate(delivery_of(late, state))
    assert (view.state, view.reason, view.unconfirmed_at) == (state, "expired", text_at(AT))
    view = DeliveryView.model_validate(delivery_of(replace(OWED, answer=Disposition.ATTENDING, answered_at=AT), state))
    assert (view.answer, view.reason, view.unconfirmed_at) == ("attending", None, None)


def test_an_emergency() -> None:
    call = Emergency(
        force="own",
        source="device",
        source_id="k",
        category="officer_emergency",
        title="t",
        grade=Grade.EMERGENCY,
        reported_at=AT,
        officer="pc-1",
        taken_over_by="d-1",
        taken_over_at=AT,
    )
    view = EmergencyView.model_validate(emergency_of(Stored(call, 2, AT)))
    assert (view.officer, view.taken_over_by, view.taken_over_at) == ("pc-1", "d-1", text_at(AT))


def test_the_response_carries_type_status_and_headers() -> None:
    response = json_response({"a": 1}, 201, "application/geo+json", Location="/x")
    assert (response.status_code, response.headers["content-type"]) == (201, "application/geo+json")
    assert response.headers["location"] == "/x"
    assert json.loads(bytes(response.body)) == {"a": 1}
