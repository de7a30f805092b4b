"""A small force that is briefed: constables, a sergeant, two beats, shifts; and its desk"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.kit import PLACE, Device, Message, Server, beatline, iso, metres_from

NORTH, SOUTH = "north-1", "south-1"
HOURS = 3_600


def square(east_m: float, north_m: float, side_m: float = 1_000) -> dict[str, Any]:
    """A beat's area, its south-west corner so many metres from Charing Cross."""
    corners = ((0, 0), (side_m, 0), (side_m, side_m), (0, side_m), (0, 0))
    return {
        "type": "Polygon",
        "coordinates": [[list(metres_from(PLACE, east_m + x, north_m + y)) for x, y in corners]],
    }


def shift(officer: str, beat: str, start_s: float = -HOURS, end_s: float = 7 * HOURS, name: str = "") -> dict[str, Any]:
    """From so many seconds from now to so many."""
    return {
        "id": f"{name or 's'}-{officer}", "officer": officer, "beat": beat, "start": iso(start_s), "end": iso(end_s)
    }  # fmt: skip


def import_force(data: Path, shifts: list[dict[str, Any]], force: str = "own", **officers: dict[str, Any]) -> None:
    """Beats north-1 (round Charing Cross) and south-1 of the own force, and these officers (name=fields)."""
    document = {
        "officers": [{"id": name.replace("_", "-"), **fields} for name, fields in officers.items()],
        "beats": []
        if force != "own"
        else [
            {"id": NORTH, "name": "Strand", "district": "West End", "area": square(-500, -500)},
            {"id": SOUTH, "name": "Embankment", "district": "West End", "area": square(-500, -1_500)},
        ],
        "shifts": shifts,
    }
    file = data.parent / f"roster-{force}.json"
    file.write_text(json.dumps(document))
    data.mkdir(exist_ok=True)
    beatline("migrate", "--data", str(data))
    beatline("roster", "import", str(file), "--data", str(data), "--force", force)


def push(server: Server, key: str = "k-1", query: str = "", **fields: Any) -> httpx.Response:
    """A briefing from the desk."""
    body = {"title": "Silver van", "body": "Used in **three** thefts. Do not stop it alone.", **fields}
    with server.http() as desk:
        return desk.post(f"/v1/briefings{query}", json=body, headers={"Idempotency-Key": key})


async def acknowledge(device: Device, briefing: str) -> Message:
    """Answers the alert about it; the alert."""
    alert = await device.alert_of(briefing)
    said = {"alert_id": briefing, "rev": alert["rev"], "at": iso(), "choice": "acknowledged"}
    key = f"{device.device_id}-{briefing}-{alert['rev']}"
    await device.send({"type": "respond", "key": key, **said})
    await device.expect("confirmed", key=key)
    return alert


def receipts(server: Server, briefing: str) -> dict[str, str]:
    """Officer -> how far it has got with him."""
    with server.http() as desk:
        answer = desk.get(f"/v1/briefings/{briefing}/receipts")
    assert answer.status_code == 200, answer.text
    return {one["officer"]: one["state"] for one in answer.json()["receipts"]}


def patrol(server: Server, officer: str, **asked: str) -> dict[str, Any]:
    """His patrol-start briefing over HTTP."""
    with server.http("officer", officer) as http:
        answer = http.get("/v1/patrol-briefing", params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def asks(device: Device, key: str = "b-1", **asked: str) -> dict[str, Any]:
    """The same on the socket."""
    await device.send({"type": "briefing_request", "key": key, **asked})
    answer = await device.expect("briefing", request=key, patience_s=15)
    return dict(answer["briefing"])


def items_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every item, in the order in which it is read."""
    return [item for section in document["sections"] for item in section["items"]]
