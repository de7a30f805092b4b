"""The sergeant corrects an item at noon: whoever was briefed with it is told, wherever he is, which item it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.journeys.briefed_force import NORTH, SOUTH, asks, import_force, items_of, shift
from tests.journeys.kit import Device, Server, metres_from

pytestmark = pytest.mark.slow


def report(server: Server, **fields: Any) -> str:
    lon, lat = server.place
    body = {
        "source": "intel", "category": "vehicle_crime", "grading": "2-B-P", "lookout": True, "grade": "standard",
        "place": {"type": "Point", "coordinates": [lon, lat]}, "title": "Silver van AB12 CDE", **fields,
    }  # fmt: skip
    with server.http("feed") as feed:
        answer = feed.post("/v1/intel", json=body)
    assert answer.status_code in (200, 201), answer.text
    return str(answer.json()["id"])


async def test_what_was_in_the_briefing_is_corrected_closed_and_taken_back(data: Path) -> None:
    import_force(data, [shift("pc-1", SOUTH), shift("pc-2", SOUTH)], pc_1={}, pc_2={})
    with Server(data) as server:
        van, house, source = (report(server, source_id=name, title=f"Report {name}") for name in "abc")
        away = metres_from(server.place, 15_000, 0)
        briefed = await Device(server, "pc-1").on_patrol(away)
        other = await Device(server, "pc-2").on_patrol(away)
        document = await asks(briefed, beat=NORTH)
        number = {item["alert_id"]: item["number"] for item in items_of(document)}
        assert {van, house, source} <= set(number)
        await briefed.hears_nothing_of(van, for_s=0.3)
        report(server, source_id="a", title="Report a: driver is armed", hazards=["firearm"])
        correction = await briefed.alert_of(van)
        assert correction["title"] == "Report a: driver is armed"
        assert any(f"tem {number[van]}" in why["text"] for why in correction["why"]), correction["why"]
        report(server, source_id="b", title="Report b", status="closed")
        assert (await briefed.expect("cancel", alert_id=house))["reason"] == "closed"
        report(server, source_id="c", title="Report c", marking="OFFICIAL-SENSITIVE")
        assert (await briefed.expect("purge", alert_id=source))["reason"] == "not_entitled"
        for record in (van, house, source):
            await other.hears_nothing_of(record, for_s=0.1)
        again = {item["alert_id"] for item in items_of(await asks(briefed, "b-2", beat=NORTH))}
        assert source not in again
        await briefed.close()
        await other.close()


async def test_a_correction_waits_for_who_was_in_a_dead_spot_and_outlives_the_server(data: Path) -> None:
    import_force(data, [shift("pc-1", SOUTH)], pc_1={})
    with Server(data) as server:
        van = report(server, source_id="a")
        officer = await Device(server, "pc-1").on_patrol(metres_from(server.place, 15_000, 0))
        assert van in {item["alert_id"] for item in items_of(await asks(officer, beat=NORTH))}
        await officer.cut()
        server.kill()
        server.start()
        report(server, source_id="a", title="Silver van found burnt out", grade="priority")
        await officer.connect(resume=True)
        assert (await officer.alert_of(van))["title"] == "Silver van found burnt out"
        assert officer.holes == []
        await officer.close()
