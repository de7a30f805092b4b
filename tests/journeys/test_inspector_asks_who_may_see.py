"""Only entitled eyes: force, clearance and operation decide, on the socket and over HTTP alike."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.journeys.kit import Device, Server, metres_from

pytestmark = pytest.mark.slow


async def test_another_force_and_a_lower_clearance_see_nothing(server: Server) -> None:
    here = metres_from(server.place, 200, 0)
    cleared = Device(server, "cleared", server.token("cleared", "officer", "--clearance", "official-sensitive"))
    plain = Device(server, "plain")
    foreign = Device(server, "foreign", server.token("foreign", "officer", "--force", "other"))
    for device in (cleared, plain, foreign):
        await device.on_patrol(here)
    sensitive = server.post(marking="OFFICIAL-SENSITIVE")
    ordinary = server.post()
    await cleared.alert_of(sensitive)
    await plain.alert_of(ordinary)
    await plain.hears_nothing_of(sensitive, for_s=0.5)
    await foreign.hears_nothing_of(ordinary, for_s=0.1)
    near: dict[str, str | int] = {"near": f"{server.place[0]},{server.place[1]}", "radius_m": 5000}
    with server.http("officer", "plain") as http:
        assert http.get(f"/v1/incidents/{sensitive}").status_code == 404
        assert http.get(f"/v1/incidents/{ordinary}").status_code == 200
        listed = http.get("/v1/incidents", params=near).json()["features"]
        assert [feature["id"] for feature in listed] == [ordinary]
    with server.http("officer", "foreign", "--force", "other") as http:
        assert http.get("/v1/incidents").json()["features"] == []
    for device in (cleared, plain, foreign):
        await device.close()


async def test_a_marking_that_is_raised_takes_the_alert_off_the_device(server: Server) -> None:
    officer = await Device(server, "plain").on_patrol(metres_from(server.place, 200, 0))
    alert_id = server.post(source_id="C-1")
    await officer.alert_of(alert_id)
    server.post(source_id="C-1", marking="OFFICIAL-SENSITIVE")
    purge = await officer.expect("purge", alert_id=alert_id)
    assert purge["reason"] == "not_entitled"
    await officer.close()


async def test_a_compartment_is_for_its_members(server: Server) -> None:
    member = Device(server, "member", server.token("member", "officer", "--operation", "ALPHA"))
    outsider = Device(server, "outsider")
    for device in (member, outsider):
        await device.on_patrol(metres_from(server.place, 200, 0))
    alert_id = server.post(marking={"tier": "OFFICIAL", "operations": ["ALPHA"]})
    await member.alert_of(alert_id)
    await outsider.hears_nothing_of(alert_id, for_s=0.5)
    await member.close()
    await outsider.close()


def test_the_ceiling_is_kept_at_intake_and_the_refusal_is_kept_too(own_server: Server) -> None:
    body = {"source": "s", "source_id": "1", "category": "robbery", "title": "t", "marking": "SECRET"}
    with own_server.http("feed") as feed:
        answer = feed.post("/v1/incidents", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "marking" in answer.text
    with own_server.http("dispatcher") as dispatcher:
        kept = dispatcher.get("/v1/rejected").json()["rejected"]
    assert len(kept) == 1


async def test_two_installs_do_not_trust_each_other(server: Server, tmp_path: Path) -> None:
    with Server(tmp_path / "another") as another:
        stranger = another.token("pc-1")
        with server.http() as http:
            answer = http.get("/v1/incidents", headers={"Authorization": f"Bearer {stranger}"})
        assert answer.status_code == 401
        device = Device(server, "pc-1", stranger)
        await device.connect()
        for _ in range(300):
            if device.closed is not None:
                break
            await device.until(lambda m: True)
            await asyncio.sleep(0.01)
        assert device.closed == 4401
