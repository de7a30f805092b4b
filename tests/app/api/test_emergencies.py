"""Emergencies in the control room: seen, taken over by one, closed."""

from __future__ import annotations

from typing import Any

import shapely

from app.identity import Role
from app.runtime import Runtime
from geo.model import Emergency, Grade, RecordKind, record_id
from tests.app.api.conftest import PLACE


async def pressed(runtime: Runtime, key: str = "sos-1", force: str = "own") -> str:
    now = runtime.clock.now()
    call = Emergency(
        force=force,
        source="device",
        source_id=key,
        category="officer_emergency",
        title="Officer emergency",
        grade=Grade.EMERGENCY,
        place=shapely.Point(PLACE),
        reported_at=now,
        officer="pc-1",
        callsign="LX21",
    )
    await runtime.store.put([call])
    return record_id(RecordKind.EMERGENCY, force, "device", key)


async def test_it_is_listed_taken_over_and_closed(client: Any, runtime: Runtime) -> None:
    it = await pressed(runtime)
    dispatcher = client(Role.DISPATCHER)
    (listed,) = (await dispatcher.get("/v1/emergencies")).json()["emergencies"]
    assert (listed["id"], listed["officer"], listed["callsign"], listed["taken_over_by"]) == (it, "pc-1", "LX21", None)
    taken = await dispatcher.post(f"/v1/emergencies/{it}/takeover")
    assert (taken.status_code, taken.json()["taken_over_by"]) == (200, "dispatcher-1")
    closed = await dispatcher.post(f"/v1/emergencies/{it}/close")
    assert (closed.json()["status"], closed.json()["closed_by"]) == ("closed", "dispatcher-1")
    assert (await dispatcher.get("/v1/emergencies")).json()["emergencies"] == []
    assert len((await dispatcher.get("/v1/emergencies?closed=true")).json()["emergencies"]) == 1


async def test_only_one_can_take_it_over(client: Any, runtime: Runtime) -> None:
    it = await pressed(runtime)
    first, second = client(Role.DISPATCHER), client(Role.DISPATCHER, id="dispatcher-2")
    assert (await first.post(f"/v1/emergencies/{it}/takeover")).status_code == 200
    refused = await second.post(f"/v1/emergencies/{it}/takeover")
    assert refused.status_code == 409
    assert "dispatcher-1" in refused.json()["detail"]
    again = await first.post(f"/v1/emergencies/{it}/takeover")
    assert (again.status_code, again.json()["version"]) == (200, 2)


async def test_a_closed_one_stays_closed(client: Any, runtime: Runtime) -> None:
    it = await pressed(runtime)
    dispatcher = client(Role.DISPATCHER)
    first = (await dispatcher.post(f"/v1/emergencies/{it}/close")).json()
    second = (await client(Role.DISPATCHER, id="late").post(f"/v1/emergencies/{it}/close")).json()
    assert first == second
    assert (await dispatcher.post(f"/v1/emergencies/{it}/takeover")).status_code == 409


async def test_another_forces_call_is_not_there(client: Any, runtime: Runtime) -> None:
    it = await pressed(runtime, force="other")
    dispatcher = client(Role.DISPATCHER)
    assert (await dispatcher.get("/v1/emergencies")).json()["emergencies"] == []
    assert (await dispatcher.post(f"/v1/emergencies/{it}/close")).status_code == 404
