"""The shapes of a briefing: bounded and strict; every bad one is refused with what and where, and kept as a letter."""

from __future__ import annotations

from typing import Any

import pytest

from app.api.bodies import read_as
from app.api.briefing_bodies import BriefingBody, BriefingChanges, Withdrawal
from app.errors import Invalid
from app.identity import Role
from app.runtime import Runtime
from geo.briefing_templates import TEMPLATES
from tests.app.api.conftest import SENSITIVE
from tests.app.api.pushed import PATH, briefing, faults, key, pushed, roster


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


# ------------------------------------------------------------------ bad input
@pytest.fixture
async def dispatcher(client: Any, runtime: Runtime) -> Any:
    await roster(runtime)
    return client(Role.DISPATCHER, clearance=SENSITIVE)


def ring(*points: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*map(list, points), list(points[0])]]}


BOW = ring((-0.19, 51.52), (-0.12, 51.58), (-0.12, 51.52), (-0.19, 51.58))
ROUGH = ring(*((-0.15 + 0.00001 * (n % 7), 51.5 + n * 1e-6) for n in range(10_001)))
BAD = [
    ({"title": None}, "title", "missing"),
    ({"title": "two\nlines"}, "title", "contradiction"),
    ({"title": "x" * 301}, "title", "too_long"),
    ({"body": None}, "body", "missing"),
    ({"body": " \n"}, "body", "missing"),
    ({"body": "x" * 20_001}, "body", "too_long"),
    ({"body": "a\0b"}, "body", "nul_in_text"),
    ({"body": "Ford \u202eemag"}, "body", "unsafe_text"),
    ({"title": "\u2066van"}, "title", "unsafe_text"),
    ({"audience": {"beats": ["N1", "S\u202e1"]}}, "audience.beats.1", "unsafe_text"),
    ({"colour": "red"}, "colour", "unknown_field"),
    ({"audience": {"colour": "red"}}, "audience.colour", "unknown_field"),
    ({"audience": "all"}, "audience", None),
    ({"audience": {"beats": ["N2"]}}, "audience.beats.0", "unknown_beat"),
    ({"audience": {"beats": ["P1"]}}, "audience.beats.0", "unknown_beat"),
    ({"audience": {"units": ["LX12"]}}, "audience.units.0", "unknown_unit"),
    ({"audience": {"force": "partner"}}, "audience.force", "not_shared"),
    ({"audience": {"area": {"type": "Point", "coordinates": [-0.1, 51.5]}}}, "audience.area", "bad_place"),
    ({"audience": {"area": ROUGH}}, "audience.area", "too_long"),
    ({"audience": {"area": ring((-0.1, 95), (-0.2, 95), (-0.2, 96))}}, "audience.area", "swapped"),
    ({"beat": "N7"}, "beat", "unknown_beat"),
    ({"priority": 5}, "priority", None),
    ({"priority": "1"}, "priority", None),
    ({"must_ack": "yes"}, "must_ack", None),
    ({"escalate_after_s": 60}, "escalate_after_s", "contradiction"),
    ({"must_ack": True, "escalate_after_s": 1}, "escalate_after_s", None),
    ({"valid_to": "2020-01-01T00:00:00Z"}, "valid_to", "already_over"),
    ({"valid_to": "2099-01-01T00:00:00Z"}, "valid_to", "too_long"),
    ({"valid_to": "2030-01-01T00:00:00"}, "valid_to", "no_zone"),
    ({"valid_from": "soon"}, "valid_from", "bad_time"),
    ({"marking": "COSMIC"}, "marking", "bad_marking"),
    ({"marking": "SECRET"}, "marking", "above_ceiling"),
    ({"marking": {"tier": "OFFICIAL", "operations": ["OAK"]}}, "marking", "not_yours"),
    ({"marking": {"tier": "OFFICIAL", "handling": ["EMBARGOED"]}}, "valid_from", "missing"),
    ({"attachments": [{"title": "x", "reference": "http://a.example"}]}, "attachments.0.reference", "bad_address"),
    ({"attachments": [{"title": "x", "reference": "javascript:1"}]}, "attachments.0.reference", "bad_address"),
    (
        {"attachments": [{"title": "x", "reference": "https://a.example", "sha256": "00"}]},
        "attachments.0.sha256",
        "bad_digest",
    ),
    ({"supersedes": "bri-none"}, "supersedes", "unknown_briefing"),
    ({"place": {"type": "Point", "coordinates": [0, 0]}}, "place", "null_island"),
    ({"template": "sonnet"}, "template", None),
    ({"fields": {"intent": "x"}, "body": None}, "fields", "contradiction"),
    ({"template": "iimarch", "fields": {"intent": "x"}}, "body", "contradiction"),
    (
        {"template": "iimarch", "body": None, "fields": {"intent": "x", "colour": "red"}},
        "fields.colour",
        "unknown_field",
    ),
    ({"template": "iimarch", "body": None, "fields": {"intent": "x"}}, "fields.method", "missing"),
]


@pytest.mark.parametrize(("change", "field", "reason"), BAD, ids=lambda part: str(part)[:50])
async def test_each_fault_says_what_and_where_and_is_kept(
    dispatcher: Any, runtime: Runtime, change: dict[str, Any], field: str, reason: str | None
) -> None:
    answer = await dispatcher.post(PATH, json=briefing(**change), headers=key())
    named = faults(answer)
    assert field in [name if reason else name[: len(field)] for name, _ in named]
    if reason is not None:
        assert (field, reason) in named
    (letter,) = await runtime.store.rejected()
    assert (letter.where, letter.actor) == (f"POST {PATH}", "dispatcher-1@own")
    assert (await dispatcher.get(PATH)).json()["briefings"] == []


async def test_all_faults_are_said_together(dispatcher: Any) -> None:
    body = briefing(title=None, valid_to="2020-01-01T00:00:00Z", escalate_after_s=60, marking="COSMIC")
    named = faults(await dispatcher.post(PATH, json=body, headers=key()))
    assert {field for field, _ in named} == {"title", "valid_to", "escalate_after_s", "marking"}


@pytest.mark.parametrize(
    "fault", [{}, {"title": None}, {"colour": "red"}, {"body": "\u202e"}, {"valid_to": "2020-01-01T00:00:00Z"}]
)
async def test_above_the_ceiling_the_body_is_not_kept_whatever_else_is_wrong(
    dispatcher: Any, runtime: Runtime, fault: dict[str, Any]
) -> None:
    body = briefing(marking="SECRET", place_text="Agent X is in town", **fault)
    assert ("marking", "above_ceiling") in faults(await dispatcher.post(PATH, json=body, headers=key()))
    it = await pushed(dispatcher, "k-2")
    patch = {name: value for name, value in body.items() if name != "audience"}
    answer = await dispatcher.patch(f"{PATH}/{it}", json=patch, headers={"If-Match": '"1"'})
    assert ("marking", "above_ceiling") in faults(answer)
    assert "Agent X" not in "".join(letter.raw for letter in await runtime.store.rejected())


async def test_the_example_of_the_description_is_taken(dispatcher: Any) -> None:
    example = BriefingBody.model_json_schema()["example"]
    assert (await dispatcher.post(PATH, json=example, headers=key())).status_code == 201


async def test_an_unknown_beat_names_the_nearest(dispatcher: Any) -> None:
    answer = await dispatcher.post(PATH, json=briefing(audience={"beats": ["Nort one"]}), headers=key())
    assert "there is no beat 'Nort one'; nearest: North one" in answer.json()["detail"]


async def test_a_polygon_that_crosses_itself_is_mended_and_says_where(dispatcher: Any) -> None:
    answer = await dispatcher.post(PATH, json=briefing(audience={"area": BOW}), headers=key())
    assert answer.status_code == 201, answer.text
    (note,) = [note for note in answer.json()["notes"] if note.startswith("audience.area")]
    assert "crossed itself" in note
    assert "at -0.155, 51.55" in note
    read = (await dispatcher.get(answer.headers["location"])).json()
    assert read["audience"]["area"]["type"] == "MultiPolygon"


async def test_a_megabyte_is_too_large_and_is_kept_as_a_letter(dispatcher: Any, runtime: Runtime) -> None:
    answer = await dispatcher.post(PATH, json=briefing(body="x" * 1_100_000), headers=key())
    assert answer.status_code == 413
    (letter,) = await runtime.store.rejected()
    assert (letter.reason, letter.where) == ("too_large", f"POST {PATH}")


@pytest.mark.parametrize("depth", [25, 400, 900, 100_000])
async def test_a_body_of_a_thousand_boxes_is_refused(dispatcher: Any, depth: int) -> None:
    body = b'{"audience":' + b"[" * depth + b"]" * depth + b"}"
    answer = await dispatcher.post(PATH, content=body, headers=key(**{"Content-Type": "application/json"}))
    assert answer.status_code in (400, 422)


async def test_markdown_with_a_script_is_shown_as_text_and_said(dispatcher: Any) -> None:
    body = briefing(body="<script>alert(1)</script> [x](javascript:alert(1)) **now**")
    answer = await dispatcher.post(PATH, json=body, headers=key())
    assert any("<script>" in note for note in answer.json()["notes"])
    assert any("javascript:" in note for note in answer.json()["notes"])
    read = (await dispatcher.get(answer.headers["location"])).json()
    assert "<script" not in read["html"]
    assert "&lt;script&gt;" in read["html"]
    assert "<strong>now</strong>" in read["html"]
    assert "href" not in read["html"]


async def test_right_to_left_scripts_are_welcome(dispatcher: Any) -> None:
    it = await pushed(dispatcher, title="שלום", body="مرحبا **جدا**")
    assert 'dir="auto"' in (await dispatcher.get(f"{PATH}/{it}")).json()["html"]


async def test_a_tangle_is_refused_at_once_and_says_where(dispatcher: Any) -> None:
    """Three hundred random corners would take 20 s to mend, with everybody else waiting."""
    corners = [(-0.19 + 0.07 * ((n * 7919) % 997) / 997, 51.5 + 0.08 * ((n * 104_729) % 991) / 991) for n in range(300)]
    answer = await dispatcher.post(PATH, json=briefing(audience={"area": ring(*corners)}), headers=key())
    assert faults(answer) == [("audience.area", "bad_place")]
    assert "more than 100 times, first at -0.1" in answer.json()["detail"]
