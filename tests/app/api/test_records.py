"""Taking in and reading: times that nobody gave, batches in slices, pages through the door."""

from __future__ import annotations

from typing import Any

import pytest

from app.api.records import SLICE, batch_of, check
from app.errors import Invalid
from app.identity import Role
from app.runtime import Runtime
from geo.model import Principal, Record, RecordKind
from tests.app.api.conftest import SENSITIVE, incident

FEED = Principal(id="cad", role="feed", force="own", expires_at=0)


async def test_results_stay_in_their_order_over_slices(runtime: Runtime) -> None:
    bodies = [incident(str(n), **({"bad": 1} if n % 7 == 0 else {})) for n in range(SLICE * 2 + 5)]
    checked = await check(runtime, FEED, RecordKind.INCIDENT, bodies)
    for n, result in enumerate(checked.results):
        assert isinstance(result, Record) is (n % 7 != 0)
        assert not isinstance(result, Record) or result.source_id == str(n)


async def test_the_arrivals_time_is_that_of_the_first_arrival(client: Any, runtime: Runtime) -> None:
    feed = client(Role.FEED)
    first = (await feed.post("/v1/incidents", json=incident())).json()
    before = (await runtime.store.records([first["id"]]))[first["id"]].record
    again = (await feed.post("/v1/incidents", json=incident(title="Other words"))).json()
    after = (await runtime.store.records([first["id"]]))[first["id"]].record
    assert again["version"] == 2
    assert after.reported_at == before.reported_at


async def test_a_write_wakes_the_live_path_and_a_repetition_does_not(
    client: Any, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(runtime.pipeline, "wake", lambda: woken.append(1))
    for _ in range(3):
        await client(Role.FEED).post("/v1/incidents", json=incident())
    assert woken == [1]


async def test_only_a_feed_replaces_what_it_could_not_read(client: Any) -> None:
    feed, low = client(Role.FEED), client(Role.DISPATCHER)
    first = (await feed.post("/v1/incidents", json=incident(marking="OFFICIAL-SENSITIVE"))).json()
    refused = await low.post("/v1/incidents", json=incident(title="Nothing to see"))
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:beatline:problem:not-allowed")
    many = (await low.post("/v1/incidents/batch", json=[incident(title="Nothing"), incident("418")])).json()
    assert [result["status"] for result in many["results"]] == [403, 201]
    high = client(Role.DISPATCHER, clearance=SENSITIVE)
    assert (await high.get(f"/v1/incidents/{first['id']}")).json()["version"] == 1
    for writer, title in ((high, "Two robbers"), (feed, "Three robbers")):
        done = await writer.post("/v1/incidents", json=incident(title=title, marking="OFFICIAL-SENSITIVE"))
        assert done.status_code == 200


async def test_an_id_twice_in_a_batch_is_two_versions_in_its_order(client: Any) -> None:
    bodies = [incident(), incident(), incident(title="Two robbers"), incident("418")]
    results = (await client(Role.FEED).post("/v1/incidents/batch", json=bodies)).json()["results"]
    assert [(one["status"], one["outcome"], one["version"]) for one in results] == [
        (201, "new", 1),
        (200, "unchanged", 1),
        (200, "changed", 2),
        (201, "new", 1),
    ]
    many = [incident(title=f"Robbery {n}") for n in range(50)]
    last = (await client(Role.FEED).post("/v1/incidents/batch", json=many)).json()["results"][-1]
    feature = (await client(Role.OFFICER).get(f"/v1/incidents/{last['id']}")).json()
    assert feature["properties"]["title"] == "Robbery 49"


def test_what_is_a_batch() -> None:
    assert batch_of([1]) == batch_of({"items": [1]}) == [1]
    for none in ({}, {"items": 1}, "x", None, [0] * 10_001):
        with pytest.raises(Invalid):
            batch_of(none)
