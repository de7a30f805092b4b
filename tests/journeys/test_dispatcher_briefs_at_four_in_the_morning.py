"""The dispatcher at four in the morning: pushed once although the answer was lost, on every device, and taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.briefed_force import NORTH, SOUTH, acknowledge, import_force, push, receipts, shift
from tests.journeys.kit import Device, Server

pytestmark = pytest.mark.slow


async def test_who_has_it_who_has_read_it_and_who_is_in_bed(data: Path) -> None:
    import_force(
        data,
        [shift("pc-1", NORTH), shift("pc-2", NORTH), shift("pc-3", SOUTH)],
        pc_1={}, pc_2={}, pc_3={}, pc_4={},
    )  # fmt: skip
    with Server(data) as server:
        phone = await Device(server, "pc-1").on_patrol(server.place)
        car = await Device(server, "pc-1", device_id="pc-1-car").on_patrol(server.place)
        tried = push(server, query="?dry_run=true", audience={"beats": [NORTH]}, must_ack=True)
        assert tried.status_code == 200
        assert push(server, audience={"beats": ["north-2"]}).status_code == 422
        first = push(server, audience={"beats": [NORTH]}, must_ack=True)
        again = push(server, audience={"beats": [NORTH]}, must_ack=True)
        assert (first.status_code, again.status_code) == (201, 201)
        it = first.json()["id"]
        assert again.json()["id"] == it
        for device in (phone, car):
            alert = await device.alert_of(it)
            assert (alert["kind"], alert["must_ack"], alert["priority"], alert["rev"]) == ("briefing", True, 1, 1)
        await phone.hears_nothing_of("bri-nothing", for_s=0.3)
        assert receipts(server, it)["pc-2"] == "queued"
        assert "pc-3" not in receipts(server, it)
        await acknowledge(phone, it)
        assert receipts(server, it)["pc-1"] == "answered"
        cleared = await car.until(lambda m: m.get("alert_id") == it and m["type"] == "alert" and not m["must_ack"])
        assert cleared["style"] == "map"
        await car.cut()
        await car.connect()
        await car.expect("caught_up")
        assert car.held[it]["must_ack"] is False
        server.kill()
        server.start()
        late = await Device(server, "pc-2").on_patrol(server.place)
        assert (await late.alert_of(it))["must_ack"]
        with server.http() as desk:
            taken = desk.post(f"/v1/briefings/{it}/withdraw", json={"reason": "wrong van"})
        assert taken.status_code == 200, taken.text
        assert (await late.expect("purge", alert_id=it))["reason"] == "withdrawn"
        for device in (phone, car, late):
            await device.close()


async def test_two_desks_edit_the_same_briefing_and_the_second_is_told(data: Path) -> None:
    import_force(data, [shift("pc-1", NORTH)], pc_1={})
    with Server(data) as server:
        officer = await Device(server, "pc-1").on_patrol(server.place)
        it = push(server, audience={"beats": [NORTH]}, must_ack=True).json()["id"]
        await acknowledge(officer, it)
        with server.http() as one, server.http("dispatcher", "desk-2") as two:
            version = one.get(f"/v1/briefings/{it}").headers["etag"]
            won = one.patch(f"/v1/briefings/{it}", json={"title": "Silver van, armed"}, headers={"If-Match": version})
            lost = two.patch(f"/v1/briefings/{it}", json={"title": "White van"}, headers={"If-Match": version})
        assert (won.status_code, lost.status_code) == (200, 412)
        assert "Silver van, armed" in lost.text
        alert = await officer.until(lambda m: m.get("alert_id") == it and m.get("title") == "Silver van, armed")
        assert alert["must_ack"], "a change of substance is acknowledged anew"
        assert alert["style"] in ("interrupt", "notify")
        await officer.close()
