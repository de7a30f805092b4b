"""Why was he told, and why was he not: the inspector asks, in the control room's own words, and reads sentences."""

from __future__ import annotations

import pytest

from tests.journeys.kit import Device, Server, metres_from

pytestmark = pytest.mark.slow


async def test_why_and_why_not(server: Server) -> None:
    near = await Device(server, "near").on_patrol(metres_from(server.place, 200, 0))
    far = await Device(server, "far").on_patrol(metres_from(server.place, 19_000, 0))
    record = server.post(grade="emergency", hazards=["weapon"])
    alert = await near.alert_of(record)
    assert len(" · ".join(why["text"] for why in alert["why"])) <= 88, "two lines"
    with server.http("auditor", "inspector") as http:
        told = http.get("/v1/decisions", params={"officer": near.officer, "record": record}).json()
        assert told["answer"][0].startswith("Interrupted: an immediate threat to life within reach")
        assert told["decisions"][0]["rule"] == "must_threat_to_life"
        untold = http.get("/v1/decisions", params={"officer": far.officer, "record": record}).json()
        assert untold["decisions"] == []
        assert untold["answer"][0].startswith("Not told: ")
    with server.http("officer", "far") as http:
        assert http.get("/v1/decisions", params={"officer": near.officer}).status_code == 403
        assert http.get("/v1/decisions").json()["decisions"] == []
    for device in (near, far):
        await device.close()
