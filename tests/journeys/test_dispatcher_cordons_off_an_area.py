"""The dispatcher: draws a cordon; who comes into it is told so, who drives past is not, lifting it takes it back."""

from __future__ import annotations

from tests.journeys.kit import Device, Server, iso, metres_from


async def test_who_drives_into_a_cordon_is_told_that_he_has_entered_it(server: Server) -> None:
    into, past = Device(server, "into"), Device(server, "past")
    for device in (into, past):
        await device.connect()
        await device.expect("caught_up")
        await device.status("available")
        await device.at(metres_from(server.place, 1_500, 900), at=iso(-60))
    corners = [(-200, -200), (200, -200), (200, 200), (-200, 200), (-200, -200)]
    area = {"type": "Polygon", "coordinates": [[metres_from(server.place, x, y) for x, y in corners]]}
    cordon = {"category": "cordon", "grade": "standard", "title": "Cordon, High Street", "hazards": []}
    watch = {"on": ["enter", "exit", "dwell"], "dwell_s": 600}
    alert_id = server.post(source_id="cordon", place=area, watch=watch, **cordon)
    await past.at(metres_from(server.place, -1_500, 900), at=iso())
    await into.at(metres_from(server.place, 10, 10), at=iso())
    alert = await into.until(lambda m: m.get("alert_id") == alert_id and m.get("style") == "notify")
    assert alert["why"][0]["text"] == "you have entered it"
    await past.hears_nothing_of(alert_id)
    server.post(source_id="cordon", place=area, watch=watch, status="closed", **cordon)
    assert (await into.expect("cancel", alert_id=alert_id))["reason"] == "closed"
    assert into.holes == []
    await into.close()
    await past.close()


async def test_a_cordon_without_an_area_is_refused_with_the_reason(server: Server) -> None:
    with server.http("dispatcher") as dispatcher:
        body = {"source": "cad", "source_id": "c", "category": "cordon", "title": "Cordon", "watch": {"on": ["enter"]}}
        answer = dispatcher.post("/v1/incidents", json=body)
    assert answer.status_code == 422
    assert "a place that is an area" in answer.text
