"""The dispatcher at four in the morning: who has the briefing, who has answered, and whom nobody gets to answer."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from app.drivers import store_of
from app.receipt_forms import is_whole
from app.settings import settings_of
from geo.access import refusals_of
from geo.clock import HOUR, SystemClock
from geo.model import Audience, Briefing, Grade, Interval
from streams.processes.escalation import jobs_of
from tests.journeys.kit import Device, Message, Server, beatline, iso
from tests.journeys.test_dispatcher_watches_an_alert import Desk
from tests.redis_server import RedisServer

pytestmark = pytest.mark.slow

OFFICERS = ("pc-1", "pc-2", "sgt-1")


def roster(server: Server, folder: Path) -> None:
    """Two constables and their sergeant, on shift on B7; pc-9 is in bed."""
    lon, lat = server.place
    ring = [[lon - 0.01, lat - 0.01], [lon + 0.01, lat - 0.01], [lon + 0.01, lat + 0.01], [lon - 0.01, lat - 0.01]]
    roles = {"pc-1": "response", "pc-2": "response", "sgt-1": "sergeant", "pc-9": "response"}
    document = {
        "officers": [{"id": who, "role": role, "name": who.upper()} for who, role in roles.items()],
        "units": [{"id": "u1", "callsign": "LX21", "officers": ["pc-1"]}],
        "beats": [{"id": "B7", "name": "Strand", "area": {"type": "Polygon", "coordinates": [ring]}}],
        "shifts": [
            {"id": f"s-{who}", "officer": who, "beat": "B7", "start": iso(-3600), "end": iso(3600 * 6)}
            for who in OFFICERS
        ],
    }
    file = folder / "roster.json"
    file.write_text(json.dumps(document))
    beatline("roster", "import", str(file), "--data", str(server.data))


def push(server: Server, **fields: Any) -> str:
    body = {
        "title": "Silver van",
        "body": "**Do not stop it alone.**",
        "audience": {"roles": ["response"]},
        "must_ack": True,
        "escalate_after_s": 600,
        **fields,
    }
    with server.http() as dispatcher:
        answer = dispatcher.post("/v1/briefings", json=body, headers={"Idempotency-Key": "k-1"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def on_duty(server: Server, officer: str) -> Device:
    device = await Device(server, officer).on_patrol(server.place)
    await device.expect("status", status="available", position="ok")
    return device


async def acknowledge(device: Device, briefing: str) -> Message:
    alert = await device.alert_of(briefing)
    answer = {"alert_id": briefing, "rev": alert["rev"], "at": iso(), "choice": "acknowledged"}
    await device.send({"type": "respond", "key": f"{device.officer}-{alert['rev']}", **answer})
    return alert


def counts(desk: Desk, briefing: str) -> dict[str, int]:
    return dict(desk.receipts.get(briefing, {}).get("counts", {}))


def listed(desk: Desk, briefing: str) -> set[str]:
    """Who is on the dispatcher's own list."""
    return {who["officer"] for who in desk.unanswered.get(briefing, {}).get("officers", ())}


def climbs_fast(server: Server, every_s: int) -> str:
    """A must-ack for the constables as another process of this install publishes it, faster than a person may."""
    now = SystemClock().now()
    briefing = Briefing(
        force="own", source="briefings", source_id="fast", category="other", title="Silver van", text="Not alone.",
        grade=Grade.STANDARD, reported_at=now, valid=Interval(now, now + HOUR), must_ack=True,
        escalate_after_s=every_s, audience=Audience(roles=("response",)),
    )  # fmt: skip

    async def publish() -> None:
        store = store_of(settings_of(data=server.data))
        await store.open()
        assert await store.publish(briefing, refusals_of, "disp-1", jobs=jobs_of(briefing, now)) is not None
        await store.close()

    asyncio.run(publish())
    return briefing.id


async def test_queued_stored_seen_answered_as_it_happens(own_server: Server, tmp_path: Path) -> None:
    server = own_server
    roster(server, tmp_path)
    desk = await Desk(server).open()
    one = await on_duty(server, "pc-1")
    it = push(server)
    await desk.sees(lambda: counts(desk, it) == {"queued": 2, "stored": 1})
    assert [who["officer"] for who in desk.receipts[it]["waiting"]] == ["pc-2", "pc-9", "pc-1"]
    alert = await one.alert_of(it)
    await one.send({"type": "seen", "alert_id": it, "rev": alert["rev"], "at": iso()})
    await desk.sees(lambda: counts(desk, it) == {"queued": 2, "seen": 1})
    await acknowledge(one, it)
    await desk.sees(lambda: counts(desk, it) == {"queued": 2, "answered": 1})
    (answered,) = desk.receipts[it]["answered"]
    assert (answered["officer"], answered["name"], answered["callsign"]) == ("pc-1", "PC-1", "LX21")
    two = await on_duty(server, "pc-2")
    await desk.sees(lambda: counts(desk, it) == {"queued": 1, "stored": 1, "answered": 1})
    with server.http() as dispatcher:
        document = dispatcher.get(f"/v1/briefings/{it}/receipts").json()
        evidence = dispatcher.get(f"/v1/briefings/{it}/receipts?format=evidence").json()
    assert document["counts"] == {"queued": 1, "stored": 1, "answered": 1}
    assert is_whole(evidence)
    table = beatline("briefing", "receipts", it, "--url", server.url, "--token", server.token("disp-1", "dispatcher"))
    assert "PC-9 (pc-9)" in table.stdout
    again = await Desk(server).open()
    await again.sees(lambda: counts(again, it) == document["counts"])
    for end in (one, two, desk, again):
        await end.close()


async def test_said_again_then_the_sergeant_then_my_own_list(own_server: Server, tmp_path: Path) -> None:
    server = own_server
    roster(server, tmp_path)
    desk = await Desk(server).open()
    one, sergeant = await on_duty(server, "pc-1"), await on_duty(server, "sgt-1")
    it = await asyncio.to_thread(climbs_fast, server, 3)
    first = await one.alert_of(it, patience_s=8)
    again = await one.until(lambda m: m.get("alert_id") == it and m.get("rev", 0) > first["rev"], patience_s=10)
    assert (again["type"], again["must_ack"]) == ("alert", True)
    await sergeant.until(lambda m: m["type"] == "alert" and "- PC-1 (LX21)" in m["text"], patience_s=15)
    await desk.sees(lambda: listed(desk, it) == {"pc-1", "pc-2"}, within_s=15)  # pc-9, who is in bed, is not asked
    await acknowledge(one, it)
    await desk.sees(lambda: listed(desk, it) == {"pc-2"})
    two = await on_duty(server, "pc-2")
    await acknowledge(two, it)
    await desk.sees(lambda: it not in desk.unanswered)
    with server.http() as dispatcher:
        assert dispatcher.get("/v1/briefings?unanswered=true").json()["briefings"] == []
    for end in (one, two, sergeant, desk):
        await end.close()


async def test_it_climbs_on_after_the_server_was_killed(own_server: Server, tmp_path: Path) -> None:
    server = own_server
    roster(server, tmp_path)
    one = await on_duty(server, "pc-1")
    it = await asyncio.to_thread(climbs_fast, server, 4)
    await one.alert_of(it, patience_s=8)
    server.kill()
    await one.connect_lost()
    await asyncio.sleep(4)
    server.start()
    await one.connect(resume=True)
    desk = await Desk(server).open()
    await desk.sees(lambda: listed(desk, it) == {"pc-1", "pc-2"}, within_s=40)
    await acknowledge(one, it)
    await desk.sees(lambda: listed(desk, it) == {"pc-2"})
    await one.close()
    await desk.close()


@pytest.mark.postgis
@pytest.mark.redis
async def test_an_answer_at_another_process_is_on_the_screen(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEATLINE_STORE", postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    with RedisServer() as redis:
        monkeypatch.setenv("BEATLINE_REDIS", redis.url)
        with Server(tmp_path / "data") as here, Server(tmp_path / "data") as there:
            roster(here, tmp_path)
            desk = await Desk(here).open()
            one, two = await on_duty(there, "pc-1"), await on_duty(here, "pc-2")
            it = push(here)
            await desk.sees(lambda: counts(desk, it) == {"queued": 1, "stored": 2})
            await acknowledge(one, it)
            await desk.sees(lambda: answered(desk, it, 1))
            await acknowledge(two, it)
            await desk.sees(lambda: answered(desk, it, 2))
            for end in (one, two, desk):
                await end.close()


def answered(desk: Desk, briefing: str, officers: int) -> bool:
    return counts(desk, briefing).get("answered") == officers
