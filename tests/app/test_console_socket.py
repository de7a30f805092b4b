"""The control-room socket over real connections: let in by a dispatcher's token, shown what he may know, live."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from app.identity import Role
from app.websocket import WRITE_BUFFER_BYTES
from geo.model import Grade
from tests.app.device_server import LEEDS, Device, Serving, moment, serving
from tests.streams.speaking import incident

CONSOLE = Subprotocol("beatline.console.v1")
AROUND_LEEDS = [LEEDS[0] - 0.1, LEEDS[1] - 0.1, LEEDS[0] + 0.1, LEEDS[1] + 0.1]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Serving]:
    async with serving(tmp_path) as one:
        yield one


@contextlib.asynccontextmanager
async def dialled(server: Serving, path: str = "/v1/console", **options: Any) -> AsyncIterator[Device]:
    settings: dict[str, Any] = {"subprotocols": [CONSOLE], "open_timeout": 10, "close_timeout": 1}
    async with connect(f"ws://127.0.0.1:{server.port}{path}", **(settings | options)) as socket:
        yield Device(socket)


@contextlib.asynccontextmanager
async def console(server: Serving, viewport: list[float] | None = None, **rights: Any) -> AsyncIterator[Device]:
    async with dialled(server) as one:
        await one.send("open", token=server.token("disp-1", Role.DISPATCHER, **rights), viewport=viewport)
        await one.until("snapshot")
        yield one


# ---------------------------------------------------------------- the handshake
async def test_hello_comes_first_and_the_subprotocol_is_agreed(server: Serving) -> None:
    async with dialled(server) as one:
        assert one.socket.subprotocol == "beatline.console.v1"
        hello = await one.next(1.0)
        assert (hello["type"], hello["protocol"]) == ("hello", "beatline.console.v1")
        assert "Sec-WebSocket-Extensions" not in (one.socket.response.headers if one.socket.response else {})
    async with dialled(server, subprotocols=None) as one:
        assert (await one.next(1.0))["type"] == "hello"


async def test_the_devices_protocol_is_not_spoken_here_nor_this_one_there(server: Serving) -> None:
    async with dialled(server, subprotocols=[Subprotocol("beatline.v1")]) as one:
        assert await one.closed() == 4404
    async with server.device(subprotocols=[CONSOLE]) as device:
        assert await device.closed() == 4404


@pytest.mark.parametrize(("path", "status"), [("/v1/console?token=x", 400), ("/v1/console/", 404)])
async def test_no_credential_in_the_address(server: Serving, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with dialled(server, path):
            pass
    assert refused.value.response.status_code == status


async def test_a_foreign_page_is_refused_and_our_own_is_not(server: Serving) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with dialled(server, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with dialled(server, origin=f"http://127.0.0.1:{server.port}") as one:
        assert (await one.next())["type"] == "hello"


async def test_over_plain_http_it_says_what_is_needed(server: Serving) -> None:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{server.port}/v1/console")
    assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
    assert "beatline.console.v1" in answer.json()["detail"]


# ---------------------------------------------------------------- who comes in
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.DISPATCHER])
async def test_other_roles_are_not_let_in(server: Serving, role: Role) -> None:
    async with dialled(server) as one:
        await one.send("open", token=server.token("x", role))
        assert await one.closed() == 4401


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
async def test_a_token_that_is_none(server: Serving, token: str) -> None:
    async with dialled(server) as one:
        await one.send("open", token=token)
        assert await one.closed() == 4401


@pytest.mark.parametrize(("payload", "code"), [("{", 4400), (b"{}", 4400), ("x" * 70_000, 1009)])
async def test_what_is_no_message(server: Serving, payload: str | bytes, code: int) -> None:
    async with console(server) as one:
        await one.socket.send(payload)
        assert await one.closed() == code


async def test_a_message_in_pieces(server: Serving) -> None:
    async with console(server) as one:
        text = json.dumps({"type": "heartbeat", "t": 3})
        await one.socket.send([text[:5], text[5:9], text[9:]])
        await one.until("heartbeat_ack", t=3)


# ---------------------------------------------------------------- what it is all for
async def test_an_alert_as_the_dispatcher_sees_it(server: Serving) -> None:
    async with console(server, AROUND_LEEDS) as desk, server.officer() as device:
        unit = await desk.until("unit", officer="o1")
        assert (unit["status"], unit["node"]) == ("available", server.runtime.hub.node)
        record = await server.post()
        shown = await desk.until("incident", id=record)
        assert shown["place"]["coordinates"] == pytest.approx([LEEDS[0], LEEDS[1] + 0.0027])
        alert = await device.until("alert")
        await desk.until("deliveries", id=record, counts={"pushed": 1})
        await device.send("ack", seq=alert["seq"])
        await desk.until("deliveries", id=record, counts={"stored": 1})
        await device.send("seen", alert_id=record, rev=1, at=moment())
        await desk.until("deliveries", id=record, counts={"seen": 1})
        await device.send("respond", key="k", alert_id=record, rev=1, at=moment(), choice="attending")
        await desk.until("deliveries", id=record, counts={"answered": 1})
        await server.post(status="closed")
        await desk.until("incident_gone", id=record)


async def test_an_officer_in_trouble_outside_the_viewport(server: Serving) -> None:
    async with console(server, [10.0, 10.0, 11.0, 11.0]) as desk, server.officer() as device:
        await device.send("emergency", key="e1", at=moment(), lon=LEEDS[0], lat=LEEDS[1])
        call = await desk.until("emergency", officer="o1")
        assert (call["live"], call["recorded"], call["status"]) == (True, True, "open")
        await device.send("emergency_cancel", key="e2", emergency="e1", at=moment())
        await desk.until("emergency", id=call["id"], live=False, status="cancelled")


async def test_what_another_force_may_not_know_does_not_come(server: Serving) -> None:
    async with console(server, force="other") as theirs, console(server) as ours, server.officer():
        await ours.until("unit")
        record = await server.post()
        await ours.until("incident", id=record)
        assert await theirs.quiet(0.6) == []


async def test_one_that_never_reads_does_not_hold_up_the_others(server: Serving) -> None:
    slight = [incident(str(number), grade=Grade.ROUTINE, text="y" * 900) for number in range(5_000)]
    now = server.runtime.clock.now()
    await server.runtime.store.put([replace(one, reported_at=now) for one in slight])
    server.runtime.written()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1_024)
    try:
        writer.write(
            b"GET /v1/console HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        token = server.token("disp-2", Role.DISPATCHER)
        payload = json.dumps({"type": "open", "token": token}).encode()
        writer.write(b"\x81\xfe" + len(payload).to_bytes(2, "big") + bytes(4) + payload)
        async with console(server) as quick:
            await asyncio.sleep(0.5)
            kept = max(one.link.transport.get_write_buffer_size() for one in server.runtime.consoles._consoles)  # type: ignore[attr-defined]
            assert kept <= 4 * WRITE_BUFFER_BYTES
            record = await server.post("fresh")
            await quick.until("incident", 10.0, id=record)
    finally:
        writer.transport.abort()


async def test_the_server_goes_away(server: Serving) -> None:
    async with console(server) as one:
        await server.runtime.consoles.close()
        assert await one.closed() == 4100
        assert one.seen[-1]["type"] == "reconnect"
