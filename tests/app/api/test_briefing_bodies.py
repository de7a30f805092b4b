"""The shapes of a briefing: bounded, strict, and nothing in them that is not asked for."""

from __future__ import annotations

import pytest

from app.api.bodies import read_as
from app.api.briefing_bodies import BriefingBody, BriefingChanges, Withdrawal
from app.errors import Invalid
from geo.briefing_templates import TEMPLATES


def test_what_can_be_pushed_can_be_changed() -> None:
    assert set(BriefingBody.model_fields) == set(BriefingChanges.model_fields)


def test_nothing_that_is_not_given_is_made_up() -> None:
    assert read_as(BriefingChanges, {}).model_dump(exclude_unset=True) == {}
    assert set(read_as(BriefingChanges, {}).model_dump().values()) == {None}


def test_every_template_can_be_named() -> None:
    for name in TEMPLATES:
        assert read_as(BriefingBody, {"template": name}).template == name


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"colour": 1}, "colour"),
        ({"priority": 0}, "priority"),
        ({"priority": True}, "priority"),
        ({"priority": 2.0}, "priority"),
        ({"must_ack": 1}, "must_ack"),
        ({"escalate_after_s": 29}, "escalate_after_s"),
        ({"escalate_after_s": 86_401}, "escalate_after_s"),
        ({"audience": {"beats": [""]}}, "audience.beats.0"),
        ({"audience": {"officers": ["x"] * 5_001}}, "audience.officers"),
        ({"attachments": [{"title": "x", "reference": "https://a"}] * 21}, "attachments"),
        ({"attachments": [{"title": "x"}]}, "attachments.0.reference"),
        ({"hazards": ["lions"]}, "hazards.0"),
        ({"fields": {"intent": 7}}, "fields.intent"),
        ({"template": "sonnet"}, "template"),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_is_wrong_is_named(document: object, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_as(BriefingChanges, document)
    assert [error.field for error in refused.value.errors] == [field]


def test_a_reason_is_short() -> None:
    assert read_as(Withdrawal, {}).reason == ""
    with pytest.raises(Invalid):
        read_as(Withdrawal, {"reason": "x" * 501})
