"""What holds for every answer of the HTTP side."""

from __future__ import annotations

from typing import Any

import pytest

from app.api.assembly import CREDENTIALS
from app.identity import Role
from app.runtime import Runtime
from tests.app.api.conftest import incident


@pytest.mark.parametrize("name", [*sorted(CREDENTIALS), "Access_Token"])
async def test_a_token_in_the_address_is_refused_even_when_it_is_good(client: Any, runtime: Runtime, name: str) -> None:
    token = runtime.issuer.issue("pc-1", Role.OFFICER)
    for caller in (client(None), client(Role.OFFICER)):
        answer = await caller.get(f"/v1/incidents?{name}={token}")
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        assert token not in answer.text


async def test_nothing_is_cached_or_guessed_at(client: Any) -> None:
    for path in ("/v1/incidents", "/healthz", "/nowhere"):
        headers = (await client(Role.OFFICER).get(path)).headers
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=0-5"},
        {"Range": "bytes=99999999999999999999-"},
        {"Accept": "image/png"},
        {"Accept-Encoding": "br;q=x"},
        {"If-None-Match": "*"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Content-Length": "-1"},
        {"Content-Length": "nine"},
        {"Expect": "200-ok"},
    ],
)
async def test_odd_headers_do_no_harm(client: Any, headers: dict[str, str]) -> None:
    answer = await client(Role.OFFICER).get("/v1/incidents", headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (200, "FeatureCollection")


async def test_what_is_not_there_and_what_is_not_done(client: Any) -> None:
    officer = client(Role.OFFICER)
    assert (await officer.get("/v1/nothing")).status_code == 404
    answer = await officer.delete("/v1/incidents")
    assert answer.status_code == 405
    assert answer.json()["status"] == 405
    assert (await officer.get("/v1/incidents/")).status_code == 404
    assert (await officer.get("/docs")).status_code == 404


async def test_the_device_socket_asked_for_without_an_upgrade(client: Any) -> None:
    for role in (None, Role.OFFICER):
        answer = await client(role).get("/v1/device")
        assert (answer.status_code, answer.json()["status"]) == (426, 426)
        assert (answer.headers["upgrade"], answer.headers["content-type"]) == ("websocket", "application/problem+json")
        assert "beatline.v1" in answer.json()["detail"]
    assert (await client(Role.OFFICER).get("/v1/device?token=x")).status_code == 400


async def test_a_fault_of_ours_is_a_problem_without_a_trace(
    client: Any, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(runtime.store, "put", broken)
    answer = await client(Role.FEED).post("/v1/incidents", json=incident())
    assert (answer.status_code, answer.json()["status"]) == (500, 500)
    assert "hunter2" not in answer.text
