"""Briefings over HTTP: tried dry, pushed once, changed over what was read, taken back; and every bad one refused."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.identity import Role
from app.runtime import Runtime
from geo.clock import DAY, HOUR, MINUTE, SECOND
from geo.model import Officer
from geo.store.briefing_rows import Step
from geo.store.process_rows import JobKind
from tests.app.api.conftest import SENSITIVE
from tests.app.api.pushed import INSIDE, PATH, at, briefing, faults, key, pushed, roster


@pytest.fixture
async def dispatcher(client: Any, runtime: Runtime) -> Any:
    await roster(runtime)
    return client(Role.DISPATCHER, clearance=SENSITIVE)


# ------------------------------------------------------------------ pushed
async def test_it_is_the_same_after_it_has_been_changed_and_when_it_would_be_over(
    dispatcher: Any, runtime: Runtime
) -> None:
    body = briefing(valid_to=at(runtime.clock.now() + SECOND // 2))
    first = (await dispatcher.post(PATH, json=body, headers=key())).json()
    await dispatcher.patch(f"{PATH}/{first['id']}", json={"title": "Grey van"}, headers={"If-Match": '"1"'})
    await asyncio.sleep(0.6)
    again = await dispatcher.post(PATH, json=body, headers=key())
    assert (again.status_code, again.json()["id"]) == (201, first["id"])


async def test_the_key_is_ones_own(client: Any, dispatcher: Any) -> None:
    other = client(Role.DISPATCHER, id="d-2")
    answer = await other.post(PATH, json=briefing(title="Another"), headers=key())
    assert answer.status_code == 201
    assert answer.json()["id"] != await pushed(dispatcher)


@pytest.mark.parametrize(("name", "reason"), [(None, "missing"), ("a b", "bad_key"), ("x" * 129, "bad_key")])
async def test_a_push_needs_a_key(dispatcher: Any, name: str | None, reason: str) -> None:
    answer = await dispatcher.post(PATH, json=briefing(), headers={} if name is None else key(name))
    assert faults(answer) == [("Idempotency-Key", reason)]


async def test_steps_and_the_next_asking_are_scheduled_with_it(dispatcher: Any, runtime: Runtime) -> None:
    seen: list[Any] = []
    publish = runtime.store.publish

    async def noted(item: Any, door: Any, actor: str = "", over: Any = None, jobs: Any = ()) -> Any:
        seen.extend(jobs)
        return await publish(item, door, actor, over, jobs)

    runtime.store.publish = noted  # type: ignore[method-assign, assignment]
    begins = runtime.clock.now() + HOUR
    it = await pushed(dispatcher, must_ack=True, escalate_after_s=60, valid_from=at(begins))
    begins -= begins % 1_000
    asked, *steps = seen
    assert (asked.kind, asked.subject) == (JobKind.ADDRESSING, it)
    assert [(job.kind, job.subject, job.due_at) for job in steps] == [
        (JobKind.ESCALATION, f"{it} 1 {step}", begins + step * MINUTE) for step in (1, 2, 3)
    ]


# ------------------------------------------------------------------ tried dry
async def test_a_dry_run_says_who_would_get_it_and_who_not_and_writes_nothing(
    dispatcher: Any, runtime: Runtime
) -> None:
    body = briefing(marking="OFFICIAL-SENSITIVE")
    answer = await dispatcher.post(f"{PATH}?dry_run=true", json=body)
    told = answer.json()
    assert answer.status_code == 200, answer.text
    assert told["counts"] == {"would_get": 1, "not_entitled": 3, "by_reason": {"clearance": 3}}
    assert [one["officer"] for one in told["would_get"]] == ["d"]
    assert [(one["officer"], one["reason"]) for one in told["not_entitled"]] == [
        (officer, "clearance") for officer in "abc"
    ]
    assert (told["more"], told["briefing"]["marking_text"]) == (0, "OFFICIAL-SENSITIVE")
    assert await runtime.store.records([told["briefing"]["id"]]) == {}
    assert (await dispatcher.get(PATH)).json()["briefings"] == []


async def test_its_lists_name_people_and_can_be_cut(dispatcher: Any, runtime: Runtime) -> None:
    told = (await dispatcher.post(f"{PATH}?dry_run=true&limit=1", json=briefing())).json()
    assert told["would_get"] == [
        {"officer": "a", "name": "Ann Able", "callsign": told["would_get"][0]["callsign"]} | {"reason": None}
    ]
    assert told["more"] == 3


AUDIENCES = [
    ({"officers": ["a", "p"]}, ["a"]),
    ({"beats": ["N1"]}, ["a"]),
    ({"beats": ["South"]}, ["b"]),
    ({"roles": ["detective"]}, ["c"]),
    ({"skills": ["drone"]}, ["a"]),
    ({"units": ["LX21"]}, ["a"]),
    ({"operation": "ALPHA"}, ["c"]),
    ({"area": INSIDE}, ["a"]),
    ({"force": "own"}, ["a", "b", "c", "d"]),
    ({"force": True, "roles": ["response"], "beats": ["N1", "S1"]}, ["a", "b"]),
]


@pytest.mark.parametrize(("audience", "who"), AUDIENCES, ids=lambda part: str(part)[:40])
async def test_any_combination_of_an_audience(dispatcher: Any, audience: dict[str, Any], who: list[str]) -> None:
    told = (await dispatcher.post(f"{PATH}?dry_run=true", json=briefing(audience=audience))).json()
    assert [one["officer"] for one in told["would_get"]] == who


# ------------------------------------------------------------------ said before it is sent
CAUTIONS = [
    ({"audience": {"beats": ["N1"], "roles": ["detective"]}}, "nobody"),
    ({"audience": {"officers": ["nobody-1"]}}, "nobody"),
    ({"audience": {"officers": ["a", "b"]}, "marking": "OFFICIAL-SENSITIVE"}, "only_not_entitled"),
    ({"audience": {}}, "everybody"),
    ({"audience": None}, "everybody"),
]


@pytest.mark.parametrize(("change", "code"), CAUTIONS, ids=lambda part: str(part)[:60])
async def test_nobody_everybody_and_only_the_not_entitled_are_asked_about(
    dispatcher: Any, change: dict[str, Any], code: str
) -> None:
    body = briefing(**change)
    dry = (await dispatcher.post(f"{PATH}?dry_run=true", json=body)).json()
    assert (dry["warnings"][0]["code"], dry["warnings"][0]["confirm"]) == (code, True)
    answer = await dispatcher.post(PATH, json=body, headers=key())
    assert faults(answer) == [("audience", code)]
    assert "?confirm=true" in answer.json()["errors"][0]["message"]
    sent = await dispatcher.post(f"{PATH}?confirm=true", json=body, headers=key())
    assert (sent.status_code, sent.json()["warnings"][0]["code"]) == (201, code)


async def test_parts_that_together_leave_nobody_out_are_asked_about(client: Any, runtime: Runtime) -> None:
    await runtime.store.put_officers([Officer(id=f"o{n}", force="own") for n in range(12)])
    body = briefing(audience={"roles": ["response"]})
    answer = await client(Role.DISPATCHER).post(PATH, json=body, headers=key())
    assert faults(answer) == [("audience", "everybody")]
    assert "all 12 officers" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"audience": {"roles": ["response", "dog handeler"]}}, "unknown_roles", "dog handeler"),
        ({"audience": {"skills": ["taser", "flying"]}}, "unknown_skills", "flying"),
        ({"audience": {"officers": ["a", "zz", "p"]}}, "unknown_officers", "zz, p"),
        ({"must_ack": True}, "no_escalation", "no sergeant"),
    ],
)
async def test_what_may_be_misspelt_or_forgotten_is_said_and_does_not_stop_it(
    dispatcher: Any, change: dict[str, Any], code: str, words: str
) -> None:
    answer = await dispatcher.post(PATH, json=briefing(**change), headers=key())
    (warning,) = answer.json()["warnings"]
    assert (answer.status_code, warning["code"], warning["confirm"]) == (201, code, False)
    assert words in warning["message"]


async def test_an_area_at_sea_is_said(dispatcher: Any, runtime: Runtime) -> None:
    for _ in range(200):
        if len(runtime.picture.beats) == 3:
            break
        await asyncio.sleep(0.02)
    sea = [[[-30, 40], [-29, 40], [-29, 41], [-30, 41], [-30, 40]]]
    body = briefing(audience={"area": {"type": "Polygon", "coordinates": sea}})
    told = (await dispatcher.post(f"{PATH}?dry_run=true", json=body)).json()
    assert [warning["code"] for warning in told["warnings"]] == ["nobody", "area_without_beats"]
    assert "none of the 2 beats" in told["warnings"][1]["message"]


# ------------------------------------------------------------------ templates
async def test_a_lookout_from_its_template(dispatcher: Any) -> None:
    (lookout,) = [
        one
        for one in (await dispatcher.get("/v1/briefing-templates")).json()["templates"]
        if one["name"] == "lookout_vehicle"
    ]
    answers = {
        field["name"]: "AB12 CDE" if field["one_line"] else "Watch it"
        for field in lookout["fields"]
        if field["required"]
    }
    it = await pushed(dispatcher, title=None, body=None, template="lookout_vehicle", fields=answers)
    read = (await dispatcher.get(f"{PATH}/{it}")).json()
    assert (read["title"], read["template"], read["category"]) == ("Lookout: AB12 CDE", "lookout_vehicle", "suspicious")
    assert read["body"].startswith("**Registration:** AB12 CDE\n\n## Wanted for\nWatch it")


# ------------------------------------------------------------------ changed
@pytest.mark.parametrize(
    ("patch", "asked_anew"),
    [
        ({"title": "Grey van"}, True),
        ({"body": "Gone"}, True),
        ({"place_text": "Station"}, True),
        ({"attachments": [{"title": "Photo", "reference": "https://a.example"}]}, True),
        ({"escalate_after_s": 90}, False),
        ({"valid_to": None}, False),
        ({"audience": {"beats": ["N1"]}}, False),
    ],
)
async def test_only_what_matters_has_to_be_acknowledged_anew(
    dispatcher: Any, runtime: Runtime, patch: dict[str, Any], asked_anew: bool
) -> None:
    ends = at(runtime.clock.now() + 2 * HOUR)
    it = await pushed(dispatcher, must_ack=True, escalate_after_s=60, valid_to=ends)
    assert (await dispatcher.patch(f"{PATH}/{it}", json=patch, headers={"If-Match": '"1"'})).status_code == 200
    read = (await dispatcher.get(f"{PATH}/{it}")).json()
    assert (read["version"], read["ack_version"]) == (2, 2 if asked_anew else 1)


async def test_a_change_that_changes_nothing_makes_no_version(dispatcher: Any) -> None:
    spot = {"type": "Point", "coordinates": [-0.1501234567891, 51.55]}
    it = await pushed(dispatcher, place=spot, audience={"area": INSIDE})
    answer = await dispatcher.patch(f"{PATH}/{it}", json={"title": "Silver van"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["version"], answer.json()["changed"]) == (200, 1, [])


@pytest.mark.parametrize(("tag", "status"), [(None, 428), ("*", 422), ("soon", 422), ('"7"', 412), ('W/"1"', 200)])
async def test_a_change_names_what_it_has_read(dispatcher: Any, tag: str | None, status: int) -> None:
    it = await pushed(dispatcher)
    headers = {} if tag is None else {"If-Match": tag}
    assert (await dispatcher.patch(f"{PATH}/{it}", json={"title": "Grey"}, headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"valid_to": "2020-01-01T00:00:00Z"}, "valid_to"),
        ({"title": None}, "title"),
        ({"source": "cad"}, "source"),
        ({"audience": {"beats": ["N9"]}}, "audience.beats.0"),
        ({"audience": {}}, "audience"),
        ({"body": "\u202e"}, "body"),
        ([], "body"),
    ],
)
async def test_a_bad_change_is_refused_by_field_and_kept(
    dispatcher: Any, runtime: Runtime, patch: object, field: str
) -> None:
    it = await pushed(dispatcher)
    answer = await dispatcher.patch(f"{PATH}/{it}", json=patch, headers={"If-Match": '"1"'})
    assert [name for name, _ in faults(answer)] == [field]
    (letter,) = await runtime.store.rejected()
    assert letter.where == f"PATCH {PATH}/{it}"


async def test_a_change_can_be_tried_dry(dispatcher: Any) -> None:
    it = await pushed(dispatcher)
    answer = await dispatcher.patch(
        f"{PATH}/{it}?dry_run=true", json={"audience": {"beats": ["N1"]}}, headers={"If-Match": '"1"'}
    )
    told = answer.json()
    assert (told["dry_run"], told["changed"]) == (True, ["audience, beats: N1 added", "audience, forces: own removed"])
    assert [one["officer"] for one in told["would_get"]] == ["a"]
    assert (await dispatcher.get(f"{PATH}/{it}")).json()["version"] == 1


# ------------------------------------------------------------------ superseded, withdrawn
@pytest.mark.parametrize("body", [{"reason": "x" * 501}, {"why": "x"}, {"reason": "\u202e"}, 7])
async def test_a_withdrawal_for_no_readable_reason_is_refused(dispatcher: Any, body: object) -> None:
    it = await pushed(dispatcher)
    assert (await dispatcher.post(f"{PATH}/{it}/withdraw", json=body)).status_code == 422
    assert (await dispatcher.get(f"{PATH}/{it}")).json()["withdrawn"] is False


# ------------------------------------------------------------------ read
async def test_lists_by_what_is_live_mine_and_unanswered(client: Any, dispatcher: Any, runtime: Runtime) -> None:
    live = await pushed(dispatcher, "k-1", must_ack=True)
    later = await pushed(dispatcher, "k-2", valid_from=at(runtime.clock.now() + DAY // 2))
    gone = await pushed(dispatcher, "k-3")
    await dispatcher.post(f"{PATH}/{gone}/withdraw")
    other = client(Role.DISPATCHER, id="d-2")
    theirs = await pushed(other, "k-1")
    await runtime.store.step_up(live, ["a", "b"], Step.DISPATCHER)

    async def ids(query: str) -> set[str]:
        return {one["id"] for one in (await dispatcher.get(f"{PATH}?{query}")).json()["briefings"]}

    assert await ids("") == {live, later, gone, theirs}
    assert await ids("live=true") == {live, theirs}
    assert await ids("live=false") == {later, gone}
    assert await ids("mine=true") == {live, later, gone}
    assert await ids("live=true&mine=true") == {live}
    (waiting,) = (await dispatcher.get(f"{PATH}?unanswered=true")).json()["briefings"]
    assert (waiting["id"], waiting["unanswered"]) == (live, ["a", "b"])
    assert (await dispatcher.get(f"{PATH}?lively=true")).status_code == 422


async def test_pages_lead_on(dispatcher: Any) -> None:
    made = {await pushed(dispatcher, f"k-{n}") for n in range(3)}
    first = (await dispatcher.get(f"{PATH}?limit=2")).json()
    second = (await dispatcher.get(f"{PATH}?limit=2&cursor={first['cursor']}")).json()
    assert {one["id"] for one in (*first["briefings"], *second["briefings"])} == made
    assert second["cursor"] is None


async def test_only_entitled_eyes(client: Any, dispatcher: Any, runtime: Runtime) -> None:
    """By role, force, clearance, operation and audience, in the list and one by one."""
    owner = client(Role.DISPATCHER, clearance=SENSITIVE, operations=["ALPHA"])
    ids = {
        "all": await pushed(owner, "1"),
        "north": await pushed(owner, "2", audience={"beats": ["N1"]}),
        "sensitive": await pushed(owner, "3", marking="OFFICIAL-SENSITIVE"),
        "alpha": await pushed(owner, "4", marking={"tier": "OFFICIAL", "operations": ["ALPHA"]}),
        "shared": await pushed(
            owner, "5", marking={"tier": "OFFICIAL", "shared_with": ["partner"]}, audience={"force": ["own", "partner"]}
        ),
        "recipients": await pushed(
            owner, "6", marking={"tier": "OFFICIAL", "handling": ["RECIPIENTS ONLY"]}, audience={"units": ["LX21"]}
        ),
        "later": await pushed(owner, "7", valid_from=at(runtime.clock.now() + HOUR)),
        "withdrawn": await pushed(owner, "8", marking={"tier": "OFFICIAL", "shared_with": ["partner"]}),
    }
    await owner.post(f"{PATH}/{ids['withdrawn']}/withdraw")
    readers = {
        "dispatcher": (client(Role.DISPATCHER), {"all", "north", "shared", "recipients", "later", "withdrawn"}),
        "owner": (owner, set(ids)),
        "analyst": (client(Role.ANALYST), {"all", "north", "shared", "later", "withdrawn"}),
        "a": (client(Role.OFFICER, id="a"), {"all", "north", "shared", "recipients"}),
        "b": (client(Role.OFFICER, id="b", clearance=SENSITIVE, operations=["ALPHA"]), {"all", "shared"}),
        "c": (client(Role.OFFICER, id="c", operations=["ALPHA"]), {"all", "alpha", "shared"}),
        "c without": (client(Role.OFFICER, id="c"), {"all", "shared"}),
        "d": (client(Role.OFFICER, id="d", clearance=SENSITIVE), {"all", "sensitive", "shared"}),
        "stranger": (client(Role.OFFICER, id="nobody"), set()),
        "partner": (client(Role.OFFICER, id="p", force="partner"), {"shared"}),
        "their control": (client(Role.DISPATCHER, force="partner"), {"shared"}),
        "third": (client(Role.DISPATCHER, force="third", clearance=SENSITIVE, operations=["ALPHA"]), set()),
    }
    names = {it: name for name, it in ids.items()}
    for who, (reader, may) in readers.items():
        listed = (await reader.get(PATH)).json()["briefings"]
        assert {names[one["id"]] for one in listed} == may, who
        for name, it in ids.items():
            answer = await reader.get(f"{PATH}/{it}")
            assert answer.status_code == (200 if name in may else 404), (who, name)
    theirs = (await readers["their control"][0].get(f"{PATH}/{ids['shared']}")).json()
    assert (theirs["audience"], "versions" in theirs) == (None, False)
    assert (await readers["a"][0].get(f"{PATH}/{ids['all']}")).json()["audience"] is None


async def test_another_force_changes_and_replaces_nothing(client: Any, dispatcher: Any) -> None:
    it = await pushed(dispatcher, marking={"tier": "OFFICIAL", "shared_with": ["partner"]})
    theirs = client(Role.DISPATCHER, force="partner")
    patch = await theirs.patch(f"{PATH}/{it}", json={"title": "x"}, headers={"If-Match": '"1"'})
    assert (patch.status_code, (await theirs.post(f"{PATH}/{it}/withdraw")).status_code) == (403, 403)
    answer = await theirs.post(f"{PATH}?confirm=true", json=briefing(supersedes=it), headers=key())
    assert faults(answer) == [("supersedes", "not_yours")]
    secret = await pushed(dispatcher, "k-2")
    hidden = await theirs.post(f"{PATH}?confirm=true", json=briefing(supersedes=secret), headers=key())
    assert faults(hidden) == [("supersedes", "unknown_briefing")]
    assert (await theirs.post(f"{PATH}/{secret}/withdraw")).status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DISPATCHER])
async def test_only_dispatchers_push(client: Any, dispatcher: Any, role: Role) -> None:
    it = await pushed(dispatcher)
    other = client(role)
    assert (await other.post(PATH, json=briefing(), headers=key())).status_code == 403
    assert (await other.patch(f"{PATH}/{it}", json={}, headers={"If-Match": '"1"'})).status_code == 403
    assert (await other.post(f"{PATH}/{it}/withdraw")).status_code == 403
    if role not in (Role.OFFICER, Role.ANALYST):
        assert (await other.get(PATH)).status_code == 403


async def test_history_shows_no_version_that_its_reader_may_not_read(client: Any, dispatcher: Any) -> None:
    it = await pushed(dispatcher, marking="OFFICIAL-SENSITIVE", title="Secret source")
    for tag, patch in (('"1"', {"title": "Secret van"}), ('"2"', {"title": "Van", "marking": "OFFICIAL"})):
        answer = await dispatcher.patch(f"{PATH}/{it}", json=patch, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text
    other = client(Role.DISPATCHER, id="d-2")
    read = await other.get(f"{PATH}/{it}")
    assert [one["version"] for one in read.json()["versions"]] == [3]
    late = await other.patch(f"{PATH}/{it}", json={"title": "x"}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert "Secret" not in read.text + late.text
    assert [one["version"] for one in (await dispatcher.get(f"{PATH}/{it}")).json()["versions"]] == [1, 2, 3]
