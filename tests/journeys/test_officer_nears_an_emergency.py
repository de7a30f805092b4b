"""The officer on patrol: what matters here reaches him with the reason, what is across town does not."""

from __future__ import annotations

import asyncio

from tests.journeys.kit import Device, Server, iso, metres_from


async def test_near_he_is_told_why_and_far_away_he_is_not(server: Server) -> None:
    near = await Device(server, "near").on_patrol(metres_from(server.place, 300, 0))
    far = await Device(server, "far").on_patrol(metres_from(server.place, 20_000, 0))
    alert_id = server.post()
    alert = await near.alert_of(alert_id)
    assert alert["type"] == "alert"
    assert alert["kind"] == "incident"
    assert alert["style"] in ("interrupt", "notify")
    assert alert["rev"] == 1
    assert abs(alert["distance_m"] - 300) < 10
    assert abs(alert["bearing_deg"] - 270) < 3
    assert alert["why"]
    assert all(set(why) >= {"term", "weight", "text"} for why in alert["why"])
    assert alert["source"] == {"system": "test-cad", "reference": alert["source"]["reference"]}
    await far.hears_nothing_of(alert_id)
    await near.close()
    await far.close()


async def test_driving_up_from_six_kilometres_he_is_told_when_it_comes_into_reach(server: Server) -> None:
    alert_id = server.post()
    driver = Device(server, "driver")
    await driver.connect()
    await driver.expect("caught_up")
    await driver.status("available")
    for second in range(-95, 0):  # the last minute and a half of the drive, caught up with at once
        metres = -6_000 + 60 * (second + 95)
        await driver.at(metres_from(server.place, metres, 0), at=iso(second), speed_mps=30, heading_deg=90)
        await asyncio.sleep(0.03)
        if second == -90:
            await driver.hears_nothing_of(alert_id, for_s=0.3)
    alert = await driver.alert_of(alert_id)
    assert alert["distance_m"] < 5_900
    assert alert["style"] in ("interrupt", "notify", "map")
    await driver.close()


async def test_an_alert_that_is_acknowledged_is_confirmed_and_the_dispatcher_sees_it(server: Server) -> None:
    officer = await Device(server, "pc-1").on_patrol(metres_from(server.place, 200, 0))
    alert_id = server.post()
    alert = await officer.alert_of(alert_id)
    await officer.send({"type": "seen", "alert_id": alert_id, "rev": alert["rev"], "at": alert["issued_at"]})
    answer = {"alert_id": alert_id, "rev": alert["rev"], "at": alert["issued_at"], "choice": "attending"}
    for _ in range(2):  # resent: one answer all the same
        await officer.send({"type": "respond", "key": "k-1", **answer})
    await officer.expect("confirmed", key="k-1")
    with server.http("dispatcher") as dispatcher:
        for _ in range(40):
            rows = dispatcher.get(f"/v1/incidents/{alert_id}/deliveries").json()["deliveries"]
            if rows and rows[0]["stored_at"] and rows[0]["seen_at"]:
                break
            await asyncio.sleep(0.05)
    assert [row["officer"] for row in rows] == [server.named("pc-1")]
    assert rows[0]["answer"] == "attending"
    assert rows[0]["stored_at"]
    assert rows[0]["seen_at"]
    await officer.close()


async def test_closing_the_incident_cancels_the_alert(server: Server) -> None:
    officer = await Device(server, "pc-2").on_patrol(metres_from(server.place, 200, 0))
    alert_id = server.post(source_id="C-1")
    await officer.alert_of(alert_id)
    server.post(source_id="C-1", status="closed")
    cancel = await officer.expect("cancel", alert_id=alert_id)
    assert cancel["reason"] == "closed"
    assert cancel["rev"] == 2
    assert officer.holes == []
    await officer.close()


async def test_off_duty_he_is_told_nothing(server: Server) -> None:
    officer = await Device(server, "pc-3").on_patrol(metres_from(server.place, 200, 0), status="off_duty")
    alert_id = server.post()
    await officer.hears_nothing_of(alert_id)
    await officer.status("available")
    await officer.at(metres_from(server.place, 201, 0))
    await officer.alert_of(alert_id)
    await officer.close()


async def test_a_material_change_is_told_and_the_same_again_is_not(server: Server) -> None:
    officer = await Device(server, "pc-4").on_patrol(metres_from(server.place, 200, 0))
    alert_id = server.post(source_id="C-1", category="disturbance", title="Disturbance", grade="priority")
    first = await officer.alert_of(alert_id)
    server.post(source_id="C-1", category="disturbance", title="Disturbance", grade="priority")
    await asyncio.sleep(0.5)
    assert officer.held[alert_id]["rev"] == first["rev"]
    server.post(source_id="C-1", category="disturbance", title="Disturbance", grade="emergency", hazards=["weapon"])
    second = await officer.until(lambda m: m.get("alert_id") == alert_id and m.get("rev") == first["rev"] + 1)
    assert second["style"] in ("interrupt", "notify")
    assert second["hazards"] == ["weapon"]
    server.post(
        source_id="C-1", category="disturbance", title="Disturbance", text="more", grade="emergency", hazards=["weapon"]
    )
    third = await officer.until(lambda m: m.get("alert_id") == alert_id and m.get("rev") == first["rev"] + 2)
    assert third["style"] == "map"
    await officer.close()
