"""Before any route: tokens, roles, sizes, types; and the proof that no route is open by mistake."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Annotated, Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from app.api.assembly import NOUNS
from app.api.guard import Guarded, declared_roles, roles
from app.identity import Role
from app.runtime import Runtime
from geo.model import Principal
from geo.store.query_rows import Query
from tests.app.api.conftest import incident

ROUTES = list(itertools.chain.from_iterable(noun.router.routes for noun in NOUNS))

ALLOWED = {
    "POST /v1/incidents": "feed dispatcher",
    "POST /v1/incidents/batch": "feed dispatcher",
    "GET /v1/incidents": "officer dispatcher analyst",
    "GET /v1/incidents/{id}": "officer dispatcher analyst",
    "GET /v1/incidents/{id}/deliveries": "dispatcher",
    "POST /v1/intel": "feed dispatcher",
    "POST /v1/intel/batch": "feed dispatcher",
    "GET /v1/intel": "officer dispatcher analyst",
    "GET /v1/intel/{id}": "officer dispatcher analyst",
    "GET /v1/intel/{id}/deliveries": "dispatcher",
    "POST /v1/briefings": "dispatcher",
    "PATCH /v1/briefings/{id}": "dispatcher",
    "POST /v1/briefings/{id}/withdraw": "dispatcher",
    "GET /v1/briefings": "officer dispatcher analyst",
    "GET /v1/briefings/{id}": "officer dispatcher analyst",
    "GET /v1/briefings/{id}/receipts": "dispatcher auditor",
    "GET /v1/briefing-templates": "dispatcher analyst",
    "GET /v1/patrol-briefing": "officer dispatcher analyst",
    "GET /v1/patrol-briefing/disclosures": "auditor",
    "GET /v1/units": "dispatcher",
    "GET /v1/emergencies": "dispatcher",
    "POST /v1/emergencies/{id}/takeover": "dispatcher",
    "POST /v1/emergencies/{id}/close": "dispatcher",
    "GET /v1/rejected": "dispatcher admin",
    "POST /v1/rejected": "feed dispatcher",
    "GET /v1/decisions": "officer dispatcher analyst auditor",
    "GET /v1/policy": "feed dispatcher analyst auditor admin",
    "GET /v1/policy/versions": "dispatcher analyst auditor admin",
    "GET /v1/policy/versions/{n}": "dispatcher analyst auditor admin",
    "PUT /v1/policy": "admin",
    **{
        f"{verb} /v1/{noun}/{{id}}": "dispatcher admin"
        for verb in ("PUT", "GET")
        for noun in ("officers", "units", "beats", "shifts")
    },
    **{
        f"GET /{name}": "officer dispatcher analyst auditor admin feed"
        for name in ("healthz", "readyz", "metrics", "openapi.json", "asyncapi.json")
    },
}


def test_every_route_of_the_application_declares_its_roles(runtime: Runtime) -> None:
    """Walks the application itself: a route that came in by any other way than the nouns is found too."""
    assert runtime.api.routes == ROUTES
    for route in runtime.api.routes:
        assert isinstance(route, Guarded), route
        assert declared_roles(route).allowed


def test_the_roles_are_the_agreed_ones() -> None:
    found = {}
    for route in ROUTES:
        assert isinstance(route, APIRoute)
        assert route.methods is not None
        for method in route.methods:
            found[f"{method} {route.path}"] = {role.value for role in declared_roles(route).allowed}
    assert found == {route: set(allowed.split()) for route, allowed in ALLOWED.items()}


def test_a_route_without_roles_cannot_be_made() -> None:
    router = APIRouter(route_class=Guarded)
    with pytest.raises(TypeError, match="0 times"):

        @router.get("/open")
        def open_route() -> None: ...


def test_a_route_with_two_declarations_cannot_be_made() -> None:
    router = APIRouter(route_class=Guarded)
    with pytest.raises(TypeError, match="2 times"):

        @router.get("/both")
        def both(
            a: Annotated[Principal, roles(Role.ADMIN)],
            b: Annotated[Principal, roles(Role.FEED)],
        ) -> None: ...


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_refuses_every_role_that_it_does_not_name(client: Any, role: Role) -> None:
    caller = client(role, address="203.0.113.7")
    for route, allowed in ALLOWED.items():
        method, path = route.split(" ")
        answer = await caller.request(method, path.replace("{id}", "inc-0"))
        if role.value in allowed.split():
            assert answer.status_code not in (401, 403), route
        else:
            assert answer.status_code == 403, route
            assert all(name in answer.json()["detail"] for name in allowed.split())


async def test_nothing_without_a_token(client: Any) -> None:
    stranger = client(None, address="203.0.113.7")
    for route in ALLOWED:
        method, path = route.split(" ")
        answer = await stranger.request(method, path.replace("{id}", "inc-0"), content=b"{not json")
        assert answer.status_code == 401, route
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic eyJ", "eyJhbGciOiJub25lIn0.e30.", "Bearer eyJhbGciOiJub25lIn0.e30."]
)
async def test_what_is_no_bearer_token_is_refused(client: Any, value: str) -> None:
    answer = await client(None).get("/v1/incidents", headers={"Authorization": value})
    assert answer.status_code == 401


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}])
async def test_behind_a_proxy_nobody_is_on_loopback(client: Any, headers: dict[str, str]) -> None:
    assert (await client(None).get("/metrics")).status_code == 200
    assert (await client(None).get("/metrics", headers=headers)).status_code == 401


async def test_a_body_that_is_too_large_is_refused_and_noted(client: Any, runtime: Runtime) -> None:
    feed = client(Role.FEED)
    answer = await feed.post("/v1/incidents", json=incident(text="x" * 1_100_000))
    assert answer.status_code == 413

    async def chunks() -> Any:
        for _ in range(40):
            yield b" " * 50_000

    streamed = await feed.post("/v1/incidents", content=chunks(), headers={"Content-Type": "application/json"})
    assert streamed.status_code == 413
    assert {letter.reason for letter in await runtime.store.rejected()} == {"too_large"}


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", "", "json"])
async def test_a_body_of_another_type_is_refused(client: Any, kind: str) -> None:
    body = json.dumps(incident()).encode()
    answer = await client(Role.FEED).post("/v1/incidents", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/geo+json"])
async def test_json_by_its_other_names_is_taken(client: Any, kind: str) -> None:
    body = json.dumps(incident()).encode()
    answer = await client(Role.FEED).post("/v1/incidents", content=body, headers={"Content-Type": kind})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"{not json",
        b"",
        b"\xff\xfe",
        b'{"title": "\\ud800"}',
        b'{"title": NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"n": ' + b"9" * 5_000 + b"}",
        b"{}{}",
    ],
)
async def test_what_is_no_json_is_refused_and_kept(client: Any, runtime: Runtime, body: bytes) -> None:
    answer = await client(Role.FEED).post("/v1/incidents", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    (letter,) = await runtime.store.rejected()
    assert letter.actor == "feed-1@own"


async def test_too_many_requests(client: Any, runtime: Runtime) -> None:
    runtime.pace._rate = runtime.pace._burst = 1.0
    feed = client(Role.ANALYST)
    answers = [await feed.get("/v1/incidents") for _ in range(3)]
    assert [answer.status_code for answer in answers][-1] == 429
    assert int(answers[-1].headers["retry-after"]) >= 1


@pytest.mark.parametrize("gone", [True, False])
async def test_what_nobody_waits_for_any_more_is_not_taken_in(runtime: Runtime, gone: bool) -> None:
    """As a process that was stopped finds it: the request is whole, and its caller has hung up."""
    body = json.dumps(incident()).encode()
    coming: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    coming += [{"type": "http.disconnect"}] if gone else []
    said: list[dict[str, Any]] = []
    token = runtime.issuer.issue("cad", Role.FEED)

    async def receive() -> dict[str, Any]:
        if not coming:
            await asyncio.get_running_loop().create_future()
        return coming.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    headers = [(b"authorization", f"Bearer {token}".encode()), (b"content-type", b"application/json")]
    scope = {
        "type": "http", "method": "POST", "path": "/v1/incidents", "raw_path": b"/v1/incidents", "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("test", 80), "scheme": "http", "root_path": "",
        "http_version": "1.1", "asgi": {"version": "3.0"},
    }  # fmt: skip
    await runtime.api(scope, receive, send)
    assert said[0]["status"] == (503 if gone else 201)
    assert bool((await runtime.store.search(Query())).items) is not gone
