"""Health, metrics and descriptions: free on this machine, and honest about what does not work."""

from __future__ import annotations

from typing import Any

import pytest

from app.identity import Role
from app.runtime import Runtime
from geo.errors import StoreUnavailable
from tests.app.api.conftest import incident

FREE = ("/healthz", "/readyz", "/metrics", "/openapi.json", "/asyncapi.json")


@pytest.mark.parametrize("path", FREE)
async def test_free_on_this_machine_only(client: Any, path: str) -> None:
    assert (await client(None).get(path)).status_code == 200
    assert (await client(None, address="::1").get(path)).status_code == 200
    assert (await client(None, address="198.51.100.4").get(path)).status_code == 401
    assert (await client(Role.AUDITOR, address="198.51.100.4").get(path)).status_code == 200


async def test_ready_says_what_it_holds(client: Any) -> None:
    await client(Role.FEED).post("/v1/incidents", json=incident())
    ready = (await client(None).get("/readyz")).json()
    assert ready["status"] == "ready"
    assert ready["devices"] == 0


async def test_not_ready_while_the_store_is_away(
    client: Any, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> float:
        raise StoreUnavailable("no store")

    monkeypatch.setattr(runtime.store, "ping", away)
    answer = await client(None).get("/readyz")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await client(None).get("/healthz")).status_code == 200


async def test_not_ready_before_the_live_path_runs(client: Any, runtime: Runtime) -> None:
    runtime.started = False
    assert (await client(None).get("/readyz")).status_code == 503


async def test_metrics_count_what_happened(client: Any) -> None:
    await client(Role.FEED).post("/v1/incidents", json=incident())
    text = (await client(None).get("/metrics")).text
    assert 'beatline_records_total{kind="incident",outcome="new"} 1.0' in text
    assert 'beatline_requests_total{method="POST",route="/v1/incidents",status="201"} 1.0' in text


async def test_the_descriptions_describe(client: Any) -> None:
    assert (await client(None).get("/openapi.json")).json()["openapi"].startswith("3.")
    assert (await client(None).get("/asyncapi.json")).json()["asyncapi"].startswith("3.")
