"""A feed sends what could choke somebody: each is refused or kept apart with its reason, and the stream goes on."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from tests.journeys.kit import Device, Server, metres_from

pytestmark = pytest.mark.slow


def polygon(points: int) -> dict[str, Any]:
    ring = [
        [-0.12 + 0.02 * math.cos(2 * math.pi * n / points), 51.5 + 0.02 * math.sin(2 * math.pi * n / points)]
        for n in range(points)
    ]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


POISON: dict[str, tuple[dict[str, Any], int, str]] = {
    "five megabytes": ({"text": "x" * 5_000_000}, 413, "too_long"),
    "nul": ({"title": "a\0b"}, 422, "nul_in_text"),
    "turned writing": ({"title": "Man with \u202enug a"}, 422, "unsafe_text"),
    "turned name": ({"source_id": "C-1\u2066"}, 422, "unsafe_text"),
    "terminal": ({"title": "\x1b[2Jall clear"}, 422, "unsafe_text"),
    "polygon": ({"place": polygon(100_000)}, 413, "too_long"),
    "half a surrogate": ({"title": "\ud800"}, 400, ""),
}


async def test_each_is_refused_alone_and_between_good_ones(server: Server) -> None:
    officer = await Device(server, "near").on_patrol(metres_from(server.place, 200, 0))
    lon, lat = server.place
    good = {
        "source": "poisoned-cad",
        "category": "robbery",
        "title": "Robbery",
        "grade": "emergency",
        "place": {"type": "Point", "coordinates": [lon, lat]},
    }
    with server.http("feed") as feed:
        for name, (fields, status, reason) in POISON.items():
            bad = good | {"source_id": f"bad {name}"} | fields
            answer = feed.post("/v1/incidents", content=json.dumps(bad), headers={"Content-Type": "application/json"})
            assert answer.status_code == status, (name, answer.text[:300])
            assert answer.headers["content-type"] == "application/problem+json"
            batch = json.dumps([bad, good | {"source_id": f"good {name}"}])
            answer = feed.post("/v1/incidents/batch", content=batch, headers={"Content-Type": "application/json"})
            if status == 400:
                assert answer.status_code == 400
                continue
            refused, accepted = answer.json()["results"]
            assert refused["problem"]["errors"][0]["reason"] == reason, name
            assert accepted["status"] == 201
            await officer.alert_of(accepted["id"])
        for deep in (b"[" * 500_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000):
            answer = feed.post("/v1/incidents", content=deep, headers={"Content-Type": "application/json"})
            assert answer.status_code == 400
    with server.http("admin") as admin:
        kept = {letter["reason"] for letter in admin.get("/v1/rejected").json()["rejected"]}
    assert {"nul_in_text", "unsafe_text", "too_long"} <= kept
    goes_on = server.post(
        category="assault", title="and the stream goes on"
    )  # a robbery would be the other feed's twin
    await officer.alert_of(goes_on)
    await officer.close()
