"""Why, and why not, over HTTP: in sentences, from what was kept, and only as far as the asker may know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from httpx import AsyncClient

from app.identity import Role
from app.runtime import Runtime
from geo.model import Officer, UnitStatus
from geo.position import Fix
from geo.store.rows import Answers, StatusChanged
from tests.app.api.conftest import PLACE, incident

Clients = Callable[..., AsyncClient]
URL = "/v1/decisions"


async def on_duty(
    runtime: Runtime, name: str = "pc-1", north_m: float = 200, status: UnitStatus = UnitStatus.AVAILABLE, **rights: Any
) -> None:
    now = runtime.clock.now()
    await runtime.pipeline.connect(Officer(id=name, **{"force": "own", **rights}), now)
    await runtime.store.answer(Answers(statuses=(StatusChanged(name, status, now),)))
    runtime.pipeline.status(name, status, now)
    runtime.pipeline.moved(name, Fix(now, PLACE[0], PLACE[1] + north_m / 111_200, 5.0))


async def post(client: Clients, source_id: str = "417", **fields: Any) -> str:
    answer = await client(Role.DISPATCHER).post("/v1/incidents", json=incident(source_id, **fields))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def ask(client: AsyncClient, **query: Any) -> Any:
    answer = await client.get(URL, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def until(client: AsyncClient, **query: Any) -> Any:
    for _ in range(200):
        found = await ask(client, **query)
        if found["decisions"]:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("nothing was decided")


async def cell_written(runtime: Runtime, officer: str = "pc-1") -> None:
    for _ in range(600):
        (state,) = await runtime.store.heads([officer])
        if state.cell is not None:
            return
        runtime.pipeline.wake()
        await asyncio.sleep(0.02)
    raise AssertionError("no cell was written")


async def test_why_did_i_get_this(client: Clients, runtime: Runtime) -> None:
    await on_duty(runtime)
    record = await post(client, grade="emergency", hazards=["weapon"])
    found = await until(client(Role.DISPATCHER), officer="pc-1", record=record)
    (one,) = found["decisions"]
    assert (one["record"], one["title"], one["officer"]) == (record, "Robbery in progress", "pc-1")
    assert (one["act"], one["verdict"], one["rule"], one["priority"]) == (
        "alert", "interrupt", "must_threat_to_life", 1,
    )  # fmt: skip
    assert found["answer"] == [one["sentence"]]
    assert one["sentence"].startswith("Interrupted: an immediate threat to life within reach")
    assert 195 < one["facts"]["distance_m"] < 205
    assert one["terms"]["hazard"] > 0
    assert one["policy"] == runtime.policy.version


async def test_why_did_i_not_out_of_reach(client: Clients, runtime: Runtime) -> None:
    await on_duty(runtime, north_m=9_000)
    record = await post(client)
    await cell_written(runtime)
    found = await ask(client(Role.DISPATCHER), officer="pc-1", record=record)
    assert found["decisions"] == []
    assert "9.0 km away at " in found["answer"][0]
    assert "beyond its reach of " in found["answer"][0]


async def test_of_an_officer_in_the_last_day_newest_first(client: Clients, runtime: Runtime) -> None:
    await on_duty(runtime)
    auditor = client(Role.AUDITOR)
    records = []
    for number in ("1", "2"):
        records.append(await post(client, number, grade="emergency", hazards=["weapon"]))
        await until(auditor, officer="pc-1", record=records[-1])
    found = await ask(auditor, officer="pc-1", limit=1)
    assert [one["record"] for one in found["decisions"]] == [records[1]]
    assert found["answer"] is None
    rest = await ask(auditor, officer="pc-1", limit=1, cursor=found["cursor"])
    assert [one["record"] for one in rest["decisions"]] == [records[0]]
    assert (await ask(auditor, officer="pc-1", to="2020-01-01T00:00:00Z"))["decisions"] == []


async def test_an_officer_reads_his_own_and_nobody_elses(client: Clients, runtime: Runtime) -> None:
    await on_duty(runtime)
    await on_duty(runtime, "pc-2")
    record = await post(client, grade="emergency", hazards=["weapon"])
    own = client(Role.OFFICER, id="pc-1")
    found = await until(own, record=record)
    assert {one["officer"] for one in found["decisions"]} == {"pc-1"}
    assert (await own.get(URL, params={"officer": "pc-2"})).status_code == 403
    assert {one["officer"] for one in (await until(client(Role.DISPATCHER), record=record))["decisions"]} == {
        "pc-1", "pc-2",
    }  # fmt: skip


async def test_what_the_asker_may_not_see_stays_so(client: Clients, runtime: Runtime) -> None:
    await on_duty(runtime, operations=("ALPHA",))
    body = incident("secret", grade="emergency", hazards=["weapon"], marking={"operations": ["ALPHA"]})
    answer = await client(Role.DISPATCHER, operations=("ALPHA",)).post("/v1/incidents", json=body)
    record = answer.json()["id"]
    await until(client(Role.DISPATCHER, operations=("ALPHA",)), officer="pc-1", record=record)
    outsider = client(Role.DISPATCHER)
    (one,) = (await ask(outsider, officer="pc-1"))["decisions"]
    assert one["sentence"] == "About a record that you may not see."
    assert [one[name] for name in ("record", "title", "rule", "score", "terms", "facts")] == [
        None, None, None, None, {}, {},
    ]  # fmt: skip
    for asked in (record, "inc-none"):
        for also in ({}, {"officer": "pc-1"}):
            assert (await outsider.get(URL, params={"record": asked} | also)).status_code == 404


async def test_an_officer_of_another_force_looks_like_none(client: Clients, runtime: Runtime) -> None:
    await on_duty(runtime, "px-9", force="neighbour")
    record = await post(client, grade="emergency", hazards=["weapon"], marking={"shared_with": ["neighbour"]})
    await until(client(Role.AUDITOR, force="neighbour"), officer="px-9", record=record)
    assert (await ask(client(Role.AUDITOR), record=record))["decisions"] == []
    for name in ("px-9", "nobody"):
        assert (await client(Role.AUDITOR).get(URL, params={"officer": name})).status_code == 404


async def test_who_was_never_here(client: Clients, runtime: Runtime) -> None:
    record = await post(client)
    await client(Role.DISPATCHER).put("/v1/officers/pc-7", json={})
    found = await ask(client(Role.DISPATCHER), officer="pc-7", record=record)
    assert "no device of the officer was ever connected" in found["answer"][0]
    before = await ask(client(Role.DISPATCHER), officer="pc-7", record=record, to="2020-01-01T00:00:00Z")
    assert "not known here yet" in before["answer"][0]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "officer"),
        ({"officer": "pc-1", "from": "yesterday"}, "from"),
        ({"record": "x", "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"record": "a\x00"}, "record"),
        ({"officers": "pc-1"}, "officers"),
    ],
)
async def test_a_question_that_cannot_be_asked(client: Clients, query: dict[str, str], field: str) -> None:
    answer = await client(Role.DISPATCHER).get(URL, params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)


async def test_a_cursor_of_nobody(client: Clients, runtime: Runtime) -> None:
    await on_duty(runtime)
    answer = await client(Role.DISPATCHER).get(URL, params={"officer": "pc-1", "cursor": "x"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_a_feed_asks_nothing(client: Clients) -> None:
    assert (await client(Role.FEED).get(URL, params={"officer": "pc-1"})).status_code == 403
