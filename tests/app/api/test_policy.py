"""The policy over HTTP: read with its author, replaced all or nothing, and nobody's change overwritten unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib import resources

import pytest
from httpx import AsyncClient, Response

from app.identity import Role
from app.runtime import Runtime

Clients = Callable[..., AsyncClient]
UK = resources.files("streams.relevance").joinpath("policies", "uk.toml").read_text("utf-8")
CALMER = UK.replace('edition = "', 'edition = "calmer ')
TOML = {"Content-Type": "application/toml"}


async def put(client: AsyncClient, text: str | bytes, tag: str | None = "*", **query: str) -> Response:
    headers = TOML if tag is None else {**TOML, "If-Match": tag}
    return await client.put("/v1/policy", content=text, headers=headers, params=query)


async def test_a_new_store_has_the_policy_that_the_server_was_started_with(client: Clients, runtime: Runtime) -> None:
    answer = await client(Role.AUDITOR).get("/v1/policy")
    found = answer.json()
    assert (answer.headers["ETag"], found["n"], found["actor"], found["name"]) == ('"1"', 1, "beatline", "uk")
    assert found["text"] == UK
    assert (found["version"], found["problem"]) == (found["here"], None)


async def test_an_admin_puts_another_in_force_and_it_is_known_who_did(client: Clients, runtime: Runtime) -> None:
    admin = client(Role.ADMIN, id="sgt-12")
    answer = await put(admin, CALMER, '"1"', note="quieter nights", file="night.toml")
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"2"')
    for _ in range(100):
        if runtime.policy.version == answer.json()["version"]:
            break
        await asyncio.sleep(0.02)
    assert (await admin.get("/v1/policy")).json()["here"] == answer.json()["version"]
    versions = (await client(Role.DISPATCHER).get("/v1/policy/versions")).json()["versions"]
    assert (versions[0]["actor"], versions[0]["note"]) == ("sgt-12", "quieter nights")
    assert [one["n"] for one in versions] == [2, 1]
    assert (await admin.get("/v1/policy/versions/1")).json()["text"] == UK
    assert (await admin.get("/v1/policy/versions/3")).status_code == 404
    ready = (await client(None).get("/readyz")).json()
    assert (ready["policy"], ready["policy_problem"]) == (answer.json()["version"], None)


async def test_the_same_again_is_no_new_one(client: Clients) -> None:
    answer = await put(client(Role.ADMIN), UK)
    assert (answer.status_code, answer.json()["n"]) == (200, 1)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("own_tasking = true", "own_tasking = false", "silences a part of the must-deliver set"),
        ("[bands]", "[bands", "not TOML"),
        ("flood_ends", "flood_end", "flood_end"),
    ],
)
async def test_what_cannot_be_is_refused_with_file_line_and_reason_and_the_running_one_stays(
    client: Clients, runtime: Runtime, old: str, new: str, reason: str
) -> None:
    before = runtime.policy
    answer = await put(client(Role.ADMIN), UK.replace(old, new, 1), file="night.toml")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "urn:beatline:problem:policy-error")
    (error,) = problem["errors"]
    assert error["field"].startswith("night.toml:")
    assert int(error["field"].partition(":")[2]) > 0
    assert reason in problem["detail"]
    assert runtime.policy is before
    assert (await client(Role.ADMIN).get("/v1/policy")).json()["n"] == 1


async def test_who_has_not_seen_what_is_in_force_does_not_overwrite_it(client: Clients) -> None:
    admin = client(Role.ADMIN)
    assert (await put(admin, CALMER, None)).status_code == 428
    assert (await put(admin, CALMER, '"7"')).status_code == 412
    assert (await put(admin, CALMER, "seven")).status_code == 422
    assert (await put(admin, CALMER, '"1"')).status_code == 201
    assert (await put(admin, CALMER + "# more\n", '"1"')).status_code == 412


async def test_of_many_admins_at_once_one_wins_and_the_others_are_told(client: Clients) -> None:
    texts = [CALMER + f"# {number}\n" for number in range(5)]
    answers = await asyncio.gather(*(put(client(Role.ADMIN, id=f"a{n}"), text, '"1"') for n, text in enumerate(texts)))
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412, 412]


async def test_what_is_no_toml_text_is_not_taken(client: Clients) -> None:
    admin = client(Role.ADMIN)
    assert (await admin.put("/v1/policy", json={}, headers={"If-Match": "*"})).status_code == 415
    assert (await put(admin, b"\xff\xfe")).status_code == 422
    assert (await put(admin, UK + "# \0")).status_code == 422
    assert (await put(admin, "#" * 1_100_000)).status_code == 413


@pytest.mark.parametrize("role", [Role.OFFICER, Role.FEED, Role.DISPATCHER, Role.AUDITOR, Role.ANALYST])
async def test_nobody_else_changes_it(client: Clients, role: Role) -> None:
    assert (await put(client(role), CALMER)).status_code == 403
