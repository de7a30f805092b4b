"""The device socket over real connections, with a plain client written from PROTOCOL.md."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.typing import Subprotocol

from app.identity import Role
from app.websocket import whole_texts
from tests.app.device_server import BEATLINE, LEEDS, Serving, moment, serving


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Serving]:
    async with serving(tmp_path) as one:
        yield one


# ---------------------------------------------------------------- the handshake
async def test_hello_comes_first_and_the_subprotocol_is_agreed(server: Serving) -> None:
    async with server.device() as device:
        assert device.socket.subprotocol == "beatline.v1"
        hello = await device.next(1.0)
        assert hello["type"] == "hello"
        assert hello["protocol"] == "beatline.v1"
        assert not device.socket.response or "Sec-WebSocket-Extensions" not in device.socket.response.headers


async def test_another_version_of_the_protocol_is_told_so(server: Serving) -> None:
    async with server.device(subprotocols=[Subprotocol("beatline.v9")]) as device:
        assert await device.closed() == 4404


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/devices", 404), ("/", 404), ("/v1/device?token=x", 400), ("/v1/device?a=1&Ticket=", 400)],
)
async def test_other_addresses_and_credentials_in_the_address_are_refused(
    server: Serving, path: str, status: int
) -> None:
    server_address = server.address.replace("/v1/device", path)
    with pytest.raises(InvalidStatus) as refused:
        async with connect(server_address, subprotocols=[BEATLINE]):
            pass
    assert refused.value.response.status_code == status


async def test_a_foreign_page_is_refused_and_our_own_is_not(server: Serving) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with server.device(origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with server.device(origin=f"http://127.0.0.1:{server.port}") as device:
        assert (await device.next())["type"] == "hello"


# ---------------------------------------------------------------- who comes in
@pytest.mark.slow
async def test_who_never_identifies_is_hung_up_on(server: Serving) -> None:
    async with server.device() as device:
        assert await device.closed(7.0) == 4401


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c"])
async def test_a_token_that_is_none_is_not_let_in(server: Serving, token: str) -> None:
    async with server.device() as device:
        await device.send("identify", token=token, device_id="d", app="x")
        assert await device.closed() == 4401


async def test_a_feeds_token_is_not_for_this(server: Serving) -> None:
    async with server.device() as device:
        await device.send("identify", token=server.token("f1", Role.FEED), device_id="d", app="x")
        assert await device.closed() == 4401


async def test_an_expired_token_and_one_that_expires_on_the_way(server: Serving) -> None:
    async with server.device() as device:
        await device.send("identify", token=server.token("o1", minutes=0.03), device_id="d", app="x")
        await device.until("auth_expiring")
        assert await device.closed() == 4401


async def test_the_newest_connection_of_a_device_wins(server: Serving) -> None:
    async with server.officer() as old, server.officer(device_id="d2") as other:
        async with server.officer() as new:
            assert await old.closed() == 4103
            await new.send("heartbeat", t=1)
            await new.until("heartbeat_ack", t=1)
        await other.send("heartbeat", t=2)
        await other.until("heartbeat_ack", t=2)


# ---------------------------------------------------------------- bad input
async def test_what_is_no_message(server: Serving) -> None:
    for payload, code in (("{", 4400), ("[]", 4400), (b"\x00\x01", 4400), ("x" * 70_000, 1009)):
        async with server.officer() as device:
            await device.socket.send(payload)
            assert await device.closed() == code
    async with server.device() as device:
        await device.socket.send(json.dumps({"type": "identify", "pad": "x" * 70_000}))
        assert await device.closed() == 1009


async def test_a_frame_of_exactly_64_kib_in_pieces_is_a_message(server: Serving) -> None:
    async with server.officer() as device:
        text = json.dumps({"type": "heartbeat", "t": 3, "pad": ""})
        text = text[:-2] + "x" * (65_536 - len(text)) + text[-2:]
        await device.socket.send([text[:10], text[10:40_000], text[40_000:]])
        await device.until("heartbeat_ack", t=3)


async def test_a_thousand_messages_at_once_harm_nobody_else(server: Serving) -> None:
    async with server.officer("o2", "d2") as other, server.officer() as device:
        for _ in range(1_000):
            await device.socket.send('{"type":"nonsense"}')
        assert await device.closed() == 4429
        assert any(message.get("code") == "rate_limited" for message in device.seen)
        await server.post()
        assert (await other.until("alert"))["title"] == "Stabbing"


async def test_a_thousand_positions_at_once_are_no_error(server: Serving) -> None:
    async with server.officer() as device:
        for number in range(1_000):
            await device.send("position", at=moment(), lon=LEEDS[0] + number * 1e-7, lat=LEEDS[1])
        await device.send("heartbeat", t=4)
        await device.until("heartbeat_ack", t=4)
        assert not [message for message in device.seen if message["type"] == "error"]


async def test_half_a_frame_and_then_nothing(server: Serving) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    await shake_hands(reader, writer)
    writer.write(b"\x81\xfe\x10")
    writer.close()
    await writer.wait_closed()
    async with server.officer() as device:
        await device.send("heartbeat", t=5)
        await device.until("heartbeat_ack", t=5)


# ---------------------------------------------------------------- what it is all for
async def test_an_alert_with_reasons_acknowledged_resumed_and_cancelled(server: Serving) -> None:
    async with server.officer() as device:
        types = [message["type"] for message in device.seen[:5]]
        assert types == ["hello", "ready", "reset", "caught_up", "status"]
        epoch = device.seen[1]["epoch"]
        record = await server.post()
        alert = await device.until("alert")
        assert (alert["alert_id"], alert["prev_seq"], alert["priority"]) == (record, None, 1)
        assert alert["why"]
        assert 250 <= alert["distance_m"] <= 350
        await device.send("ack", seq=alert["seq"])
        await device.send("respond", key="k", alert_id=record, rev=1, at=moment(), choice="attending")
        await device.until("confirmed", key="k")
        second = await server.post("2")
        missed = await device.until("alert")
    async with server.device() as again:
        await again.send("resume", token=server.token("o1"), device_id="d1", app="x", epoch=epoch, seq=alert["seq"])
        ready = await again.until("ready")
        assert ready["mode"] == "replay"
        replayed = await again.until("alert")
        assert (replayed["alert_id"], replayed["seq"], replayed["rev"]) == (second, missed["seq"], missed["rev"])
        await again.until("caught_up")
        assert [message["type"] for message in again.seen].count("alert") == 1
        await server.post(status="closed")
        cancel = await again.until("cancel")
        assert (cancel["alert_id"], cancel["reason"], cancel["prev_seq"]) == (record, "closed", replayed["seq"])


async def test_far_away_nothing_comes(server: Serving) -> None:
    async with server.officer(place=(LEEDS[0] + 0.4, LEEDS[1])) as far:
        await server.post()
        assert await far.quiet() == []


async def test_a_client_that_never_reads_does_not_hold_up_the_others(server: Serving) -> None:
    async with server.officer("o2", "d2") as quick:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1_024)
        await shake_hands(reader, writer)
        words: list[dict[str, object]] = [
            {"type": "identify", "token": server.token("deaf"), "device_id": "d", "app": "x"},
            {"type": "status", "status": "available", "at": moment()},
            {"type": "position", "at": moment(), "lon": LEEDS[0], "lat": LEEDS[1]},
        ]
        writer.write(b"".join(masked(json.dumps(word).encode()) for word in words))
        await until(lambda: server.runtime.pipeline.situations.slot_of.get("deaf") is not None)
        await until(lambda: server.runtime.pipeline.position_of("deaf") == "ok")
        for number in range(70):
            await server.post(str(number), title=f"Stabbing {number}")
            alert = await quick.until("alert")
            await quick.send("ack", seq=alert["seq"])
        (deaf,) = server.runtime.hub.persons["deaf"].connections
        assert (len(deaf.session.owed.window), deaf.session.owed.waiting) == (70, 0)
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        await until(lambda: "deaf" not in server.runtime.hub.persons)


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not happened():
            await asyncio.sleep(0.01)


async def shake_hands(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The opening handshake by hand; then nothing more is read."""
    writer.write(
        b"GET /v1/device HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert b"101" in await reader.readline()


def masked(payload: bytes) -> bytes:
    """A text frame as clients send it, with a mask of zeros."""
    return bytes((0x81, 0xFE)) + len(payload).to_bytes(2, "big") + bytes(4) + payload


async def test_the_server_says_goodbye(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        opened = server.device()
        device = await opened.__aenter__()
        await device.send("identify", token=server.token("o1"), device_id="d", app="x")
        await device.until("status")
        server.runtime.hub.drain()
        assert (await device.until("reconnect"))["after_ms"] >= 0
        assert await device.closed() == 4100
        await opened.__aexit__(None, None, None)


# ---------------------------------------------------------------- the short way in
def frame_of(text: bytes, first: int = 0x81) -> bytes:
    return Frame(Opcode(first & 15), text, bool(first & 128)).serialize(mask=True, extensions=[])


@pytest.mark.parametrize("size", [0, 1, 3, 125, 126, 127, 130, 4_000, 65_535])
def test_whole_texts_are_read_as_the_protocol_reads_them(size: int) -> None:
    text = bytes(n % 128 for n in range(size))
    assert whole_texts(frame_of(text)) == [text]
    assert whole_texts(frame_of(text) + frame_of(b"{}") + frame_of(text)) == [text, b"{}", text]


@pytest.mark.parametrize("first", [0x01, 0x80, 0x82, 0x88, 0x89])
def test_all_else_is_the_protocols_business(first: int) -> None:
    assert whole_texts(frame_of(b"{}") + frame_of(b"ab", first)) is None


def test_a_piece_of_a_frame_an_unmasked_one_and_a_long_one_too() -> None:
    whole = frame_of(b"x" * 300)
    assert all(whole_texts(whole[:end]) is None for end in range(1, len(whole)))
    assert whole_texts(b"\x81\x02{}") is None
    assert whole_texts(b"\x81\x02{}{}{}{}") is None
    assert whole_texts(b"\xc1" + frame_of(b"{}")[1:]) is None
    assert whole_texts(frame_of(b"x" * 65_536)) is None
    assert whole_texts(b"\x81\xfe\x00\x02\0\0\0\0{}") is None


async def test_after_a_ping_and_a_message_in_pieces_messages_go_on(server: Serving) -> None:
    async with server.officer() as device:
        await device.send("heartbeat", t=1)
        await device.until("heartbeat_ack", t=1)
        await (await device.socket.ping())
        await device.send("heartbeat", t=2)
        await device.until("heartbeat_ack", t=2)
        await device.socket.send(['{"type":"heart', 'beat","t":3}'])
        await device.until("heartbeat_ack", t=3)
