"""The officer who comes on duty late: nothing reaches him at home, and everything that is his when he is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.journeys.briefed_force import NORTH, asks, import_force, items_of, push, receipts, shift
from tests.journeys.kit import Device, Server, iso

pytestmark = pytest.mark.slow


async def test_pushed_while_he_was_in_bed_and_changed_since_his_last_shift(data: Path) -> None:
    last = shift("pc-1", NORTH, -26 * 3_600, -18 * 3_600, "last")
    import_force(data, [shift("pc-1", NORTH), last], pc_1={})
    with Server(data) as server:
        lon, lat = server.place
        body = {
            "source": "cad", "source_id": "1", "category": "burglary", "title": "Burglary, rear window",
            "grade": "standard", "reported_at": iso(-20 * 3_600), "occurred_at": iso(-20 * 3_600),
            "place": {"type": "Point", "coordinates": [lon, lat]}, "valid_to": iso(40_000),
        }  # fmt: skip
        with server.http("feed") as feed:
            old = feed.post("/v1/incidents", json=body).json()["id"]
            feed.post("/v1/incidents", json={**body, "grade": "priority", "hazards": ["weapon"]})
        it = push(server, audience={"beats": [NORTH]}, must_ack=True).json()["id"]
        device = Device(server, "pc-1")
        await device.connect()
        await device.expect("caught_up")
        await device.hears_nothing_of(it, for_s=0.5)
        assert receipts(server, it)["pc-1"] == "queued"
        await device.status("available")
        await device.at(server.place)
        alert = await device.alert_of(it)
        assert alert["must_ack"]
        document = await asks(device)
        assert document["since"] < iso(-17 * 3_600)
        shown = {item["alert_id"]: item for item in items_of(document)}
        assert {old, it} <= set(shown)
        assert shown[old]["age"], "nothing stale without its age"
        await device.close()


async def test_whoever_goes_off_duty_is_told_no_more(data: Path) -> None:
    import_force(data, [shift("pc-1", NORTH)], pc_1={})
    with Server(data) as server:
        officer = await Device(server, "pc-1").on_patrol(server.place)
        await asks(officer)
        await officer.status("off_duty")
        await officer.expect("status", status="off_duty")
        it = push(server, audience={"officers": ["pc-1"]}, must_ack=True).json()["id"]
        await officer.hears_nothing_of(it, for_s=0.7)
        assert receipts(server, it)["pc-1"] == "queued"
        await officer.close()
