"""How a briefing reads: whole for its own force's control room, and only what concerns them for others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.api.audiences import Reach, Warned
from app.api.briefing_bodies import BriefingView, Caution, TemplateList
from app.api.briefing_views import (
    is_live,
    lists_of,
    said,
    shown_of,
    templates_object,
    version_of,
    view_of,
    warnings_object,
)
from app.identity import Role
from app.runtime import Runtime
from geo.clock import HOUR, Instant
from geo.model import Audience, Briefing, Grade, Interval, Principal, Status, Stored
from geo.store.briefing_rows import Addressee
from tests.app.api.pushed import roster

NOW: Instant = 1_800_000_000_000_000
BRIEFING = Briefing(
    force="own",
    source="briefings",
    source_id="d-1 k",
    category="other",
    title="Van",
    text="**Stop** it <b>",
    grade=Grade.PRIORITY,
    reported_at=NOW,
    valid=Interval(None, NOW + HOUR),
    audience=Audience(roles=("response",)),
    provenance=(("author", "d-1"), ("request", "00")),
)


def reader(role: Role = Role.DISPATCHER, force: str = "own") -> Principal:
    return Principal(id="x", role=role.value, force=force, expires_at=NOW + HOUR)


def test_it_is_what_openapi_says() -> None:
    listed = view_of(Stored(BRIEFING, 1, NOW), reader(), NOW)
    assert BriefingView.model_validate(listed).model_dump(exclude_unset=True, mode="json") == listed
    view = shown_of(Stored(BRIEFING, 1, NOW), reader(), NOW)
    assert BriefingView.model_validate(view).model_dump(exclude_unset=True, mode="json") == view
    assert (view["html"], view["text"]) == ('<p dir="auto"><strong>Stop</strong> it &lt;b&gt;</p>', "Stop it <b>")
    assert (view["author"], view["edited_by"], view["priority"]) == ("d-1", "d-1", 2)
    assert "request" not in str(view)


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (reader(), {"roles": ["response"]}),
        (reader(Role.ANALYST), {"roles": ["response"]}),
        (reader(Role.OFFICER), None),
        (reader(force="partner"), None),
    ],
)
def test_whom_it_is_for_is_the_senders_business(who: Principal, seen: object) -> None:
    edited = replace(BRIEFING, changed=("title: Van", "audience, officers: a added"))
    view = view_of(Stored(edited, 1, NOW), who, NOW)
    assert view["audience"] == seen
    assert view["changed"] == (["title: Van", "audience, officers: a added"] if seen else ["title: Van"])


@pytest.mark.parametrize(
    ("change", "live"),
    [
        ({}, True),
        ({"status": Status.CLOSED}, False),
        ({"valid": Interval(NOW + 1, None)}, False),
        ({"valid": Interval(NOW, NOW + 1)}, True),
        ({"valid": Interval(None, NOW)}, False),
        ({"valid": Interval()}, True),
    ],
)
def test_live_is_open_begun_and_not_over(change: dict[str, Any], live: bool) -> None:
    assert is_live(replace(BRIEFING, **change), NOW) is live


def test_a_version_names_who_made_it() -> None:
    edited = replace(BRIEFING, provenance=(*BRIEFING.provenance, ("edited_by", "d-2")), changed=("title: x",))
    assert version_of(Stored(edited, 2, NOW)) == {
        "version": 2,
        "at": "2027-01-15T08:00:00.000Z",
        "by": "d-2",
        "changed": ["title: x"],
    }
    assert (said(edited, "author"), said(edited, "nothing")) == ("d-1", "")


async def test_lists_are_cut_and_say_how_many_more(runtime: Runtime) -> None:
    await roster(runtime)
    people = (*(Addressee(name) for name in "abc"), Addressee("d", "clearance"), Addressee("p", left_at=NOW))
    lists = await lists_of(runtime, Reach(people), 2)
    assert lists["more"] == 1
    assert [one["officer"] for one in lists["would_get"]] == ["a", "b"]  # type: ignore[attr-defined]
    assert lists["not_entitled"] == [{"officer": "d", "name": "", "callsign": None, "reason": "clearance"}]
    assert (await lists_of(runtime, Reach(people), 0))["more"] == 4


def test_warnings_and_templates_are_what_openapi_says() -> None:
    (warning,) = warnings_object([Warned("nobody", "audience", "matches nobody", confirm=True)])
    assert Caution.model_validate(warning).confirm is True
    templates = TemplateList.model_validate({"templates": templates_object()}).templates
    assert [one.name for one in templates] == ["iimarch", "lookout_vehicle", "lookout_person", "missing_person"]
