"""The dispatcher assigns a call: the crew tasked with it is told, wherever it is and however busy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.journeys.kit import Device, Server, beatline, iso, metres_from

pytestmark = pytest.mark.slow


async def test_own_tasking_reaches_a_busy_crew_across_town(own_server: Server) -> None:
    server = own_server
    with server.http("dispatcher") as dispatcher:
        unit = {"callsign": "LX21", "officers": ["pc-1"]}
        assert dispatcher.put("/v1/units/lx21", json=unit).status_code in (200, 201)
        officer = {"role": "response", "clearance": "official"}
        assert dispatcher.put("/v1/officers/pc-1", json=officer).status_code in (200, 201)
    tasked = await Device(server, "pc-1").on_patrol(metres_from(server.place, 9_000, 0), status="busy")
    other = await Device(server, "pc-2").on_patrol(metres_from(server.place, 9_000, 0))
    alert_id = server.post(grade="standard", category="theft", title="Shoplifter detained", assigned=["LX21"])
    alert = await tasked.alert_of(alert_id)
    assert alert["priority"] == 1
    assert alert["style"] in ("interrupt", "notify")
    assert any("task" in why["text"].lower() or why["term"] == "tasking" for why in alert["why"])
    await other.hears_nothing_of(alert_id, for_s=0.5)
    await tasked.close()
    await other.close()


async def test_a_call_without_a_place_goes_to_the_beat(own_server: Server, tmp_path: Path) -> None:
    server = own_server
    lon, lat = server.place
    square = [[lon - 0.01, lat - 0.01], [lon + 0.01, lat - 0.01], [lon + 0.01, lat + 0.01], [lon - 0.01, lat + 0.01]]
    roster = {
        "officers": [{"id": "pc-1", "role": "response"}],
        "units": [{"id": "u1", "callsign": "LX21", "officers": ["pc-1"]}],
        "beats": [{"id": "B7", "name": "Strand", "area": {"type": "Polygon", "coordinates": [[*square, square[0]]]}}],
        "shifts": [{"id": "s1", "officer": "pc-1", "unit": "u1", "beat": "B7", "start": iso(-3600), "end": iso(3600)}],
    }
    file = tmp_path / "roster.json"
    file.write_text(json.dumps(roster))
    beatline("roster", "import", str(file), "--data", str(server.data))
    on_beat = await Device(server, "pc-1").on_patrol(server.place)
    state = await on_beat.until(lambda m: m["type"] == "status" and m.get("shift") is not None)
    assert state["shift"]["beat"] == "B7"
    elsewhere = await Device(server, "pc-2").on_patrol(server.place)
    alert_id = server.post(place=None, beat="B7", category="domestic", title="Sensitive call", sensitive=True)
    alert = await on_beat.alert_of(alert_id)
    assert alert["place"] is None
    assert alert["distance_m"] is None
    await elsewhere.hears_nothing_of(alert_id, for_s=0.5)
    await on_beat.close()
    await elsewhere.close()
