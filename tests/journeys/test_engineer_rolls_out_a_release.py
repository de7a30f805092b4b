"""A release is rolled out while officers are on patrol: they are sent elsewhere, and nobody storms the door."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from streams.delivery import draining
from tests.app.device_server import Device as Socket
from tests.app.device_server import serving
from tests.journeys.kit import Device, Server, metres_from

pytestmark = pytest.mark.slow


async def test_the_server_stops_and_what_was_acknowledged_is_on_record(own_server: Server) -> None:
    officers = [await Device(own_server, f"pc-{n}").on_patrol(metres_from(own_server.place, 50 * n, 0)) for n in (1, 2)]
    alert_id = own_server.post()
    for officer in officers:
        await officer.alert_of(alert_id)
    assert await asyncio.to_thread(own_server.stop) == 0
    for officer in officers:
        assert (await officer.expect("reconnect"))["after_ms"] < draining.AFTER_MS
        assert officer.closed == 4100
    own_server.start()
    for officer in officers:
        await officer.connect(resume=True)
        assert (await officer.expect("ready"))["mode"] == "replay"
        await officer.expect("caught_up")
        assert [message for message in officer.inbox if message["type"] == "alert"] == []
        await officer.close()


async def test_while_it_drains_who_is_still_here_is_served_and_who_comes_is_told_to_come_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "spread_s", lambda devices: 60.0)
    async with serving(tmp_path) as server, server.officer() as stays:
        hub = server.runtime.hub
        leaving = asyncio.create_task(hub.leave())
        await asyncio.sleep(0.3)
        with pytest.raises(InvalidStatus) as refused:
            async with server.device():
                pass
        assert refused.value.response.status_code == 503
        assert int(refused.value.response.headers["Retry-After"]) >= 1
        await server.post()
        assert (await stays.until("alert"))["title"] == "Stabbing"
        hub.drain()
        assert (await stays.until("reconnect"))["after_ms"] < draining.AFTER_MS
        assert await stays.closed() == 4100
        await asyncio.wait_for(leaving, 5)


async def test_more_than_can_come_in_at_once_are_given_appointments(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        admission = server.runtime.hub.admission
        for key in range(1_000):
            admission.speaks(key, 0.0)
        with pytest.raises(InvalidStatus) as refused:
            async with server.device():
                pass
        assert refused.value.response.status_code == 503
        assert 1 <= int(refused.value.response.headers["Retry-After"]) <= 120
        assert "Date" not in refused.value.response.headers, "said before the handshake was read"
        for key in range(1_000):
            admission.done(key, 0.0)
        async with server.device() as device:
            assert (await _first(device))["type"] == "hello"


async def _first(device: Socket) -> dict[str, object]:
    try:
        return await device.next()
    except ConnectionClosed as closed:
        raise AssertionError("hung up on") from closed
