"""An officer presses the button: everybody in reach and the control room know, and it stands until it is closed."""

from __future__ import annotations

import asyncio

from tests.journeys.kit import PLACE, Device, Server, iso, metres_from


async def test_his_colleagues_and_the_control_room_know(server: Server) -> None:
    caller = await Device(server, "caller").on_patrol(PLACE)
    colleague = await Device(server, "colleague").on_patrol(metres_from(PLACE, 500, 0), status="at_scene")
    lon, lat = PLACE
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
        assert [(e["id"], e["officer"]) for e in listed] == [(alert["alert_id"], "caller")]
        assert dispatcher.post(f"/v1/emergencies/{alert['alert_id']}/takeover").status_code == 200
        assert dispatcher.get("/v1/emergencies").json()["emergencies"][0]["taken_over_by"] == "dispatcher-1"
        assert dispatcher.post(f"/v1/emergencies/{alert['alert_id']}/close").status_code == 200
    cancel = await colleague.expect("cancel", alert_id=alert["alert_id"])
    assert cancel["reason"] == "closed"
    await caller.close()
    await colleague.close()


async def test_he_cancels_it_himself(server: Server) -> None:
    caller = await Device(server, "caller").on_patrol(PLACE)
    colleague = await Device(server, "colleague").on_patrol(metres_from(PLACE, 800, 0))
    await caller.send({"type": "emergency", "key": "sos-1", "at": iso()})
    await caller.expect("confirmed", key="sos-1")
    alert = await colleague.until(lambda m: m["type"] == "alert" and m["kind"] == "emergency")
    await caller.send({"type": "emergency_cancel", "key": "sos-2", "emergency": "sos-1", "at": iso()})
    await caller.expect("confirmed", key="sos-2")
    await colleague.expect("cancel", alert_id=alert["alert_id"])
    await caller.close()
    await colleague.close()


async def test_over_budget_it_still_interrupts(server: Server) -> None:
    colleague = await Device(server, "colleague").on_patrol(PLACE)
    for n in range(5):
        await colleague.alert_of(server.post(source_id=f"C-{n}", at=metres_from(PLACE, 50 * n, 0)))
    caller = await Device(server, "caller").on_patrol(metres_from(PLACE, 400, 0))
    await caller.send({"type": "emergency", "key": "sos", "at": iso()})
    alert = await colleague.until(lambda m: m["type"] == "alert" and m["kind"] == "emergency")
    assert alert["style"] == "interrupt"
    await asyncio.sleep(0)
    await caller.close()
    await colleague.close()
