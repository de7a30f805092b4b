"""Force ICT runs two processes on PostgreSQL and Redis; one dies, and no officer notices more than a reconnect."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.journeys.kit import Device, Server, beatline, metres_from
from tests.redis_server import RedisServer
from tests.servers import Postgres

pytestmark = [pytest.mark.postgis, pytest.mark.redis, pytest.mark.slow]


_SCENES = count(1)


@pytest.fixture(scope="module")
def _two(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    data = tmp_path_factory.mktemp("two") / "data"
    with RedisServer() as redis, contextlib.ExitStack() as servers, pytest.MonkeyPatch.context() as patch:
        url = postgres.database()
        patch.setenv("BEATLINE_STORE", url.replace("postgresql://", "postgresql+asyncpg://"))
        patch.setenv("BEATLINE_REDIS", redis.url)
        yield servers.enter_context(Server(data)), servers.enter_context(Server(data))


@pytest.fixture
def pair(_two: tuple[Server, Server]) -> tuple[Server, Server]:
    """Two servers with one data folder (all that they share there is the issuer's key), at a place of a test's own."""
    number = next(_SCENES)
    for server in _two:
        server.scene(number)
    return _two


def delivery(server: Server, record: str, device: Device) -> dict[str, Any] | None:
    """What the control room reads of this officer and record, at this process."""
    with server.http() as http:
        rows = http.get(f"/v1/incidents/{record}/deliveries").json()["deliveries"]
    return next((row for row in rows if row["officer"] == device.officer), None)


async def eventually(look: Any, within_s: float) -> Any:
    until = time.monotonic() + within_s
    while not (found := await asyncio.to_thread(look)):
        assert time.monotonic() < until, "in vain"
        await asyncio.sleep(0.2)
    return found


async def moved(device: Device, server: Server, **fields: Any) -> Device:
    """The device comes back at another process, with all that it holds."""
    device._server = server
    return await device.connect(**fields)


async def test_the_newest_connection_wins_at_any_process(pair: tuple[Server, Server]) -> None:
    first, second = pair
    older = await Device(first, "pc1", device_id="phone").on_patrol(first.place)
    newer = await Device(second, "pc1", device_id="phone").connect()
    await newer.expect("caught_up")
    until = time.monotonic() + 2
    while older.closed is None and time.monotonic() < until:
        await asyncio.sleep(0.02)
    assert older.closed == 4103
    assert newer.closed is None
    await newer.at(first.place)
    incident = first.post()
    await newer.alert_of(incident)
    await newer.close()


async def test_two_devices_of_one_officer_at_two_processes_both_get_every_alert(pair: tuple[Server, Server]) -> None:
    first, second = pair
    phone = await Device(first, "pc1", device_id="phone").on_patrol(first.place)
    tablet = await Device(second, "pc1", device_id="tablet").on_patrol(first.place)
    for number, server in enumerate((first, second, first)):
        incident = server.post(title=f"number {number}")
        await tablet.alert_of(incident)
        await phone.alert_of(incident)
    tablet.inbox.clear()
    await phone.status("off_duty")
    await tablet.expect("status", status="off_duty")
    incident = second.post(title="nobody is on duty")
    await phone.hears_nothing_of(incident)
    await tablet.hears_nothing_of(incident, for_s=0.1)
    for device in (phone, tablet):
        assert device.holes == []
        await device.close()


async def test_a_stopped_process_comes_back_and_takes_nothing_back_from_the_living(
    pair: tuple[Server, Server],
) -> None:
    first, second = pair
    device = await Device(first, "pc1", device_id="phone").on_patrol(first.place)
    await device.expect("status", status="available")
    first.pause()
    try:
        newer = await Device(second, "pc1", device_id="phone").on_patrol(first.place)
        await asyncio.sleep(9)  # its lease lapses, its officers are adopted
        incident = second.post(title="while it was stopped")
        await newer.alert_of(incident)
    finally:
        first.resume()
    until = time.monotonic() + 4
    while device.closed is None and time.monotonic() < until:
        await asyncio.sleep(0.02)
    assert device.closed == 4103
    again = first.post(title="after it came back")
    await newer.alert_of(again)
    assert newer.holes == []
    await newer.close()


async def test_a_p1_that_nobody_stored_is_unconfirmed_after_ten_seconds(pair: tuple[Server, Server]) -> None:
    first, second = pair
    device = await Device(first, "pc1").on_patrol(first.place)
    await device.expect("status", status="available")
    await asyncio.sleep(0.5)
    await device.cut()
    incident = second.post(hazards=["weapon"])
    row = await eventually(
        lambda: (lambda found: found if found and found.get("unconfirmed_at") else None)(
            delivery(second, incident, device)
        ),
        within_s=15,
    )
    assert row["stored_at"] is None


async def test_another_store_makes_both_begin_anew_by_themselves(pair: tuple[Server, Server]) -> None:
    first, second = pair
    device = await Device(first, "pc1").on_patrol(first.place)
    incident = first.post()
    await device.alert_of(incident)
    before = device.epoch
    await asyncio.to_thread(beatline, "migrate", "--restored")
    await asyncio.wait_for(device.connect_lost(), 20)
    assert device.closed == 4100
    for server in pair:
        await asyncio.to_thread(server.wait_until_ready)
    await moved(device, second, resume=True)
    assert (await device.expect("ready"))["mode"] == "snapshot"
    assert device.epoch != before
    await device.alert_of(incident)
    await device.close()


async def test_one_of_two_is_killed_and_the_other_goes_on(pair: tuple[Server, Server]) -> None:
    first, second = pair
    near = await Device(first, "near").on_patrol(metres_from(first.place, 200, 0))
    away = await Device(first, "away").on_patrol(metres_from(first.place, 0, 200))
    beside = await Device(second, "beside").on_patrol(metres_from(first.place, -200, 0))
    both = first.post(title="told at both processes")
    for device in (near, away, beside):
        await device.alert_of(both)
    await asyncio.sleep(0.3)  # what they have stored is in the store
    await away.cut()
    await asyncio.sleep(0.3)
    first.kill()
    after = second.post(title="after the kill")
    await beside.alert_of(after)
    await near.connect_lost()
    await moved(near, second, resume=True)
    assert (await near.expect("ready"))["mode"] == "replay"
    await near.alert_of(after)
    owed = await eventually(lambda: delivery(second, after, away), within_s=15)
    assert owed["stored_at"] is None
    await moved(away, second, resume=True)
    assert (await away.expect("ready"))["mode"] == "replay"
    await away.alert_of(after)
    stored = await eventually(lambda: (delivery(second, after, away) or {}).get("stored_at"), within_s=5)
    assert stored is not None
    for device in (near, away, beside):
        assert device.holes == []
        assert len({(alert["alert_id"], alert["rev"]) for alert in device.shown}) == len(device.shown)
        await device.close()
