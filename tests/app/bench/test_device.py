"""The bench's own device: frames cut as RFC 6455 says, and the protocol's first steps."""

from __future__ import annotations

import asyncio

import pytest
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from app.bench.device import BareDevice, frames, instant_text, masked, retry_after


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 70_000])
def test_frames_are_cut_wherever_the_bytes_are_split(size: int) -> None:
    sent = Frame(Opcode.TEXT, b"x" * size).serialize(mask=False) + Frame(Opcode.PING, b"!").serialize(mask=False)
    for cut in (1, 3, len(sent) // 2, len(sent) - 1):
        buffer = bytearray(sent[:cut])
        found = frames(buffer)
        buffer += sent[cut:]
        assert found + frames(buffer) == [(1, b"x" * size), (9, b"!")]
        assert not buffer


@pytest.mark.parametrize("size", [5, 126, 4_000])
def test_what_it_sends_is_a_masked_text_frame(size: int) -> None:
    reader = StreamReader()
    reader.feed_data(masked(b"y" * size))
    parsing = Frame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as done:
        next(parsing)
    assert done.value.value == Frame(Opcode.TEXT, b"y" * size)


class _Wire(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.sent = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)


def _text(payload: bytes) -> bytes:
    return Frame(Opcode.TEXT, payload).serialize(mask=False)


async def test_it_identifies_acknowledges_and_notices_a_gap() -> None:
    told: list[tuple[int, str]] = []
    device, wire = BareDevice(3, "T", -1.5, 53.8, lambda n, alert, _: told.append((n, alert))), _Wire()
    device.connection_made(wire)
    device.data_received(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + _text(b'{"type":"hello"}'))
    assert b'"type":"identify","token":"T","device_id":"bench-3"' in wire.sent
    device.data_received(_text(b'{"type":"caught_up","seq":0}'))
    assert device.settled.result()
    device.data_received(_text(b'{"type":"alert","seq":1,"prev_seq":null,"alert_id":"inc-1"}'))
    assert told == [(3, "inc-1")]
    assert wire.sent.endswith(b'{"type":"ack","seq":1}')
    assert device.gaps == 0
    device.data_received(_text(b'{"type":"alert","seq":3,"prev_seq":2,"alert_id":"inc-2"}'))
    assert device.gaps == 1


async def test_a_refused_handshake_settles_as_not_connected() -> None:
    device = BareDevice(0, "T", 0.1, 51.5, lambda *_: None)
    device.connection_made(_Wire())
    device.data_received(b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\n\r\n")
    assert device.settled.result() is False


def test_times_are_as_on_the_wire() -> None:
    assert instant_text(0.25) == "1970-01-01T00:00:00.250Z"


def test_a_refusal_says_when_to_come() -> None:
    assert retry_after(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nX: y") == 7.0
    assert retry_after(b"HTTP/1.1 503 Service Unavailable\r\nX: y") is None
