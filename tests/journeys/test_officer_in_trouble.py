"""An officer presses the button: everybody in reach and the control room know, and it stands until it is closed."""

from __future__ import annotations

from tests.journeys.kit import Device, Server, iso, metres_from


async def test_his_colleagues_and_the_control_room_know(server: Server) -> None:
    caller = await Device(server, "caller").on_patrol(server.place)
    colleague = await Device(server, "colleague").on_patrol(metres_from(server.place, 500, 0), status="at_scene")
    lon, lat = server.place
    press = {"type": "emergency", "key": "sos-1", "at": iso(), "lon": lon, "lat": lat, "text": "officer down"}
    for _ in range(3):  # resent until confirmed: one emergency
        await caller.send(press)
    await caller.expect("confirmed", key="sos-1")
    alert = await colleague.until(lambda m: m["type"] == "alert" and m["kind"] == "emergency")
    assert alert["priority"] == 1
    assert alert["style"] in ("interrupt", "notify")
    assert alert["category"] == "officer_emergency"
    with server.http("dispatcher") as dispatcher:
        listed = dispatcher.get("/v1/emergencies").json()["emergencies"]
        mine = [e for e in listed if e["id"] == alert["alert_id"]]
        assert [e["officer"] for e in mine] == [server.named("caller")]
        assert dispatcher.post(f"/v1/emergencies/{alert['alert_id']}/takeover").status_code == 200
        listed = dispatcher.get("/v1/emergencies").json()["emergencies"]
        assert [e["taken_over_by"] for e in listed if e["id"] == alert["alert_id"]] == ["dispatcher-1"]
        assert dispatcher.post(f"/v1/emergencies/{alert['alert_id']}/close").status_code == 200
    cancel = await colleague.expect("cancel", alert_id=alert["alert_id"])
    assert cancel["reason"] == "closed"
    await caller.close()
    await colleague.close()


async def test_he_cancels_it_himself(server: Server) -> None:
    caller = await Device(server, "caller").on_patrol(server.place)
    colleague = await Device(server, "colleague").on_patrol(metres_from(server.place, 800, 0))
    await caller.send({"type": "emergency", "key": "sos-1", "at": iso()})
    await caller.expect("confirmed", key="sos-1")
    alert = await colleague.until(lambda m: m["type"] == "alert" and m["kind"] == "emergency")
    await caller.send({"type": "emergency_cancel", "key": "sos-2", "emergency": "sos-1", "at": iso()})
    await caller.expect("confirmed", key="sos-2")
    await colleague.expect("cancel", alert_id=alert["alert_id"])
    await caller.close()
    await colleague.close()


async def test_over_budget_it_still_interrupts(server: Server) -> None:
    colleague = await Device(server, "colleague").on_patrol(server.place)
    for n in range(5):
        await colleague.alert_of(server.post(source_id=f"C-{n}", at=metres_from(server.place, 50 * n, 0)))
    caller = await Device(server, "caller").on_patrol(metres_from(server.place, 400, 0))
    await caller.send({"type": "emergency", "key": "sos", "at": iso()})
    alert = await colleague.until(lambda m: m["type"] == "alert" and m["kind"] == "emergency")
    assert alert["style"] == "interrupt"
    await caller.send({"type": "emergency_cancel", "key": "sos-over", "emergency": "sos", "at": iso()})
    await caller.expect("confirmed", key="sos-over")
    await caller.close()
    await colleague.close()
