"""The bodies as OpenAPI shows them agree with what geo.body reads, and say what is wrong by name."""

from __future__ import annotations

import pytest

from app.api.bodies import BeatBody, IncidentBody, IntelBody, OfficerBody, ShiftBody, read_as
from app.errors import Invalid
from geo.body import INCIDENT_FIELDS, INTEL_FIELDS


def test_what_is_described_is_what_is_read() -> None:
    assert set(IncidentBody.model_fields) == INCIDENT_FIELDS
    assert set(IntelBody.model_fields) == INTEL_FIELDS


def test_the_four_required_fields() -> None:
    required = {name for name, field in IncidentBody.model_fields.items() if field.is_required()}
    assert required == {"source", "source_id", "category", "title"}


def test_defaults_are_filled() -> None:
    assert read_as(OfficerBody, {}).clearance == "official"


@pytest.mark.parametrize(
    ("document", "field", "reason"),
    [
        ({"colour": "red"}, "colour", "unknown_field"),
        ({"name": "a\0"}, "name", "nul_in_text"),
        ({"skills": ["a", "b\0"]}, "skills", "nul_in_text"),
        ({"name": 7}, "name", "string_type"),
        ([], "body", "model_type"),
        (None, "body", "model_type"),
    ],
)
def test_what_is_wrong_is_named(document: object, field: str, reason: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_as(OfficerBody, document)
    assert (refused.value.errors[0].field, refused.value.errors[0].reason) == (field, reason)


def test_missing_fields_are_all_named() -> None:
    with pytest.raises(Invalid) as refused:
        read_as(ShiftBody, {})
    assert [error.field for error in refused.value.errors] == ["officer", "start", "end"]
    with pytest.raises(Invalid):
        read_as(BeatBody, {"area": None})
