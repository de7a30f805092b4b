"""An officer presses the button while PostgreSQL is dead: colleagues and the control room know at once."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from geo.store.postgis import PostgisStore
from tests.drills.postgres import DrillPostgres
from tests.journeys.kit import Device, Server, iso, metres_from
from tests.servers import Missing, missing

pytestmark = [pytest.mark.postgis, pytest.mark.slow]


@pytest.fixture
def database() -> Iterator[DrillPostgres]:
    try:
        one = DrillPostgres()
    except Missing as error:
        missing(error, pytest.skip, pytest.fail)
        raise
    one.create()
    yield one
    one.remove()


@pytest.fixture
def server(database: DrillPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    migrated(database.url)
    monkeypatch.setenv("BEATLINE_STORE", database.url)
    with Server(tmp_path / "data") as one:
        yield one


def migrated(url: str) -> None:
    async def migrate() -> None:
        await PostgisStore(url).migrate()

    with ThreadPoolExecutor(1) as aside:  # the fixtures may stand in a loop
        aside.submit(asyncio.run, migrate()).result()


def press(server: Server, key: str = "sos") -> dict[str, object]:
    lon, lat = server.place
    return {"type": "emergency", "key": key, "at": iso(), "lon": lon, "lat": lat, "text": "officer down"}


async def confirmed(caller: Device, message: dict[str, object]) -> None:
    """Said again every second, as a device does (every ten there), until it is confirmed."""
    for _ in range(40):
        await caller.send(message)
        try:
            await caller.expect("confirmed", 1.0, key=message["key"])
        except AssertionError:
            continue
        return
    raise AssertionError("never confirmed")


async def answer(client: httpx.AsyncClient, method: str, path: str, **fields: object) -> tuple[int, float]:
    began = time.monotonic()
    status = (await client.request(method, path, **fields)).status_code  # type: ignore[arg-type]
    return status, time.monotonic() - began


async def test_killed_pressed_back_and_recorded(server: Server, database: DrillPostgres) -> None:
    caller = await Device(server, "caller").on_patrol(server.place)
    near = await Device(server, "near").on_patrol(metres_from(server.place, 400, 0))
    far = await Device(server, "far").on_patrol(metres_from(server.place, 60_000, 0))
    first = server.post()
    await near.alert_of(first)
    database.kill()
    message = press(server)
    await caller.send(message)
    alert = await near.until(lambda m: m["type"] == "alert" and m["kind"] == "emergency")
    assert alert["why"][0]["term"] == "unrecorded"
    assert alert["rev"] == 1
    with server.http("dispatcher") as dispatcher:
        shown = dispatcher.get("/v1/emergencies").json()
        assert shown["partial"] is True
        assert [(one["id"], one["recorded"]) for one in shown["emergencies"]] == [(alert["alert_id"], False)]
    assert [m for m in caller.inbox if m["type"] == "confirmed"] == []
    (journal,) = (server.data / "journal").glob("*.jsonl")
    assert alert["alert_id"] in journal.read_text()

    database.start()
    await confirmed(caller, message)
    with server.http("dispatcher") as dispatcher:
        shown = dispatcher.get("/v1/emergencies").json()
        assert shown["partial"] is False
        assert [(one["id"], one["recorded"]) for one in shown["emergencies"]] == [(alert["alert_id"], True)]
        told = dispatcher.get(f"/v1/incidents/{alert['alert_id']}/deliveries")
        assert told.status_code in (200, 404)
    assert journal.read_text() == ""
    second = server.post(title="after the outage")
    await near.alert_of(second)
    assert near.holes == []
    assert len({(m["alert_id"], m["rev"]) for m in near.shown}) == len(near.shown)
    await far.hears_nothing_of(alert["alert_id"], 0.2)
    for device in (caller, near, far):
        await device.close()


async def test_killed_together_with_the_server_the_next_one_finds_it_in_the_journal(
    server: Server, database: DrillPostgres
) -> None:
    caller = await Device(server, "caller").on_patrol(server.place)
    near = await Device(server, "near").on_patrol(metres_from(server.place, 400, 0))
    database.kill()
    message = press(server)
    await caller.send(message)
    alert = await near.until(lambda m: m["type"] == "alert" and m["kind"] == "emergency")
    server.kill()
    for device in (caller, near):
        await device.close()
    database.start()
    server.start()
    with server.http("dispatcher") as dispatcher:
        for _ in range(100):
            if listed := dispatcher.get("/v1/emergencies").json()["emergencies"]:
                break
            await asyncio.sleep(0.1)
        assert [one["id"] for one in listed] == [alert["alert_id"]]
    await near.connect(resume=True)
    await near.alert_of(alert["alert_id"])
    await caller.connect(resume=True)
    await confirmed(caller, message)
    assert not list((server.data / "journal").glob("*.jsonl"))
    assert len({(m["alert_id"], m["rev"]) for m in near.shown}) == len(near.shown)
    for device in (caller, near):
        await device.close()


@pytest.mark.parametrize("how", ["dead", "still"])
async def test_meanwhile_everything_else_is_told_to_come_again(
    server: Server, database: DrillPostgres, how: str
) -> None:
    near = await Device(server, "near").on_patrol(metres_from(server.place, 400, 0))
    first = server.post()
    await near.alert_of(first)
    if how == "dead":
        database.kill()
    else:
        database.signal_all(signal.SIGSTOP)
    body = {"source": "t", "source_id": "x", "category": "robbery", "title": "Robbery", "place": None}
    headers = {"Authorization": f"Bearer {server.token('feed-1', 'feed')}"}
    reading = {"Authorization": f"Bearer {server.token('dispatcher-1', 'dispatcher')}"}
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        ready = await client.get("/readyz")
        assert (ready.status_code, "store" in ready.json()["detail"]) == (503, True)
        answers = await asyncio.gather(
            *(answer(client, "POST", "/v1/incidents", json=body, headers=headers) for _ in range(4)),
            *(answer(client, "POST", "/v1/incidents/batch", json=[body], headers=headers) for _ in range(2)),
            *(answer(client, "GET", "/v1/incidents", headers=reading) for _ in range(4)),
            *(answer(client, "GET", "/v1/emergencies", headers=reading) for _ in range(2)),
        )
    assert [status for status, _ in answers] == [503] * 10 + [200] * 2
    assert max(seconds for _, seconds in answers) < 15, answers
    assert near.closed is None, "who is connected stays so, and keeps what he holds"
    if how == "dead":
        database.start()
    else:
        database.signal_all(signal.SIGCONT)
    for _ in range(300):
        if httpx.get(f"{server.url}/readyz", timeout=10).status_code == 200:
            break
        await asyncio.sleep(0.1)
    await near.alert_of(server.post(title="after the outage"), 15.0)
    assert near.holes == []
    await near.close()
