"""Bad devices: each misbehaviour has its named answer, the server stays up, and the others notice nothing."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from tests.journeys.kit import Device, Server, iso, metres_from

pytestmark = pytest.mark.slow


async def _closed(device: Device, patience_s: float = 10.0) -> int | None:
    for _ in range(int(patience_s / 0.02)):
        if device.closed is not None:
            return device.closed
        await asyncio.sleep(0.02)
    return None


async def _others_are_well(server: Server) -> None:
    officer = await Device(server, f"well-{time.monotonic_ns()}").on_patrol(metres_from(server.place, 150, 0))
    await officer.alert_of(server.post())
    await officer.close()


@pytest.mark.parametrize(
    ("frame", "close"),
    [
        ("{not json", 4400),
        (b"\x00\x01binary", 4400),
        ("[1, 2]", 4400),
        ('"text"', 4400),
        (json.dumps({"type": "position"}), None),
        (json.dumps({"type": "no_such_type"}), None),
        (json.dumps({"type": "ack", "seq": "seven"}), None),
        (json.dumps({"type": "status", "status": "asleep", "at": "2026-11-22T12:00:00.000Z"}), None),
        (json.dumps({"type": "x", "pad": "y" * 70_000}), 1009),
    ],
)
async def test_a_bad_frame(server: Server, frame: str | bytes, close: int | None) -> None:
    device = await Device(server, "bad").on_patrol(server.place)
    await device.send_raw(frame)
    if close is None:
        await device.expect("error")
        assert device.closed is None
        await device.close()
    else:
        assert await _closed(device) == close
    await _others_are_well(server)


async def test_who_never_identifies_is_shown_out(server: Server) -> None:
    from websockets.asyncio.client import connect

    url = server.url.replace("http", "ws") + "/v1/device"
    async with connect(url, subprotocols=["beatline.v1"], compression=None) as socket:  # type: ignore[list-item]
        assert json.loads(await socket.recv())["type"] == "hello"
        with pytest.raises(Exception, match="4401"):
            await asyncio.wait_for(socket.recv(), 8)


async def test_a_thousand_messages_at_once(server: Server) -> None:
    device = await Device(server, "flood").on_patrol(server.place)
    for n in range(1000):
        await device.at(metres_from(server.place, n / 100, 0))
    await asyncio.sleep(0.5)
    assert device.closed is None
    assert [m for m in device.inbox if m["type"] == "error"] == []
    try:
        for _ in range(1000):
            await device.send({"type": "heartbeat", "t": 1, "acked_seq": 0})
    except Exception:
        pass
    assert await _closed(device) == 4429
    assert next(m for m in device.inbox if m["type"] == "error")["code"] == "rate_limited"
    await _others_are_well(server)


async def test_positions_from_the_future_and_from_null_island_move_nobody(server: Server) -> None:
    device = await Device(server, "liar").on_patrol(metres_from(server.place, 20_000, 0))
    alert_id = server.post()
    await device.at(server.place, at=iso(3600))
    await device.at((0.0, 0.0))
    await device.at((999.0, 91.0))
    await device.at(server.place)  # 20 km in no time
    await device.hears_nothing_of(alert_id, for_s=0.7)
    await device.close()


async def test_a_device_that_never_acknowledges_is_held_back_and_cut_off(server: Server) -> None:
    slow = await Device(server, "slow").on_patrol(metres_from(server.place, 100, 0))
    slow.acks = False
    for n in range(90):
        server.post(
            source_id=f"S-{n}", category="suspicious", grade="standard", title="x", at=metres_from(server.place, n, n)
        )
    await asyncio.sleep(1)
    sent = [m for m in slow.inbox if m["type"] == "alert"]
    assert 0 < len(sent) <= 72
    await _others_are_well(server)
    assert await _closed(slow, 25) == 4101


async def test_a_token_in_the_address_is_refused(server: Server) -> None:
    from websockets.asyncio.client import connect
    from websockets.exceptions import InvalidStatus

    url = server.url.replace("http", "ws") + f"/v1/device?access_token={server.token('pc')}"
    with pytest.raises(InvalidStatus) as refused:
        await connect(url, subprotocols=["beatline.v1"], compression=None)  # type: ignore[list-item]
    assert refused.value.response.status_code == 400
    with server.http() as http:
        assert http.get(f"/v1/incidents?access_token={server.token('pc')}").status_code == 400
    assert server.token("pc") not in server.log()


async def test_a_briefing_request_that_cannot_be_answered_gets_a_clear_answer(server: Server) -> None:
    device = await Device(server, "pc").on_patrol(server.place)
    for key, fields, code in (
        ("b-1", {}, "no_beat"),
        ("b-2", {"beat": "no such beat"}, "unknown_beat"),
        ("b-3", {"since": "yesterday"}, "bad_field"),
    ):
        await device.send({"type": "briefing_request", "key": key, **fields})
        error = await device.expect("error", ref=key)
        assert error["code"] == code
    await device.close()


async def test_heartbeats_are_answered(server: Server) -> None:
    device = await Device(server, "pc").on_patrol(server.place)
    await device.send({"type": "heartbeat", "t": 42, "acked_seq": 0})
    beat = await device.expect("heartbeat_ack", t=42)
    assert beat["head_seq"] == beat["sent_seq"]
    alert = await device.alert_of(server.post())
    after = await device.until(lambda m: m["type"] == "heartbeat_ack" and m["sent_seq"] == alert["seq"], 4)
    assert after["head_seq"] == alert["seq"]
    await device.close()
