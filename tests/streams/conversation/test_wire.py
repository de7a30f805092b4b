"""Messages to JSON and back, and what each kind of nonsense is called."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.conversation.messages import Ack, Alert, DeviceMessage, Heartbeat, Identify, Respond
from streams.conversation.wire import decode_device, decode_server, encode, moment_of, ref_of
from streams.errors import Malformed, ProtocolError


def test_type_comes_first_and_numbers_stay_what_they_were() -> None:
    assert encode(Ack(7)) == b'{"type":"ack","seq":7}'
    beat = decode_device(b'{"t":17,"type":"heartbeat","unknown":{"a":[1]}}')
    assert beat == Heartbeat(17)
    assert encode(Heartbeat(17)).startswith(b'{"type":"heartbeat","t":17,')


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"1",
        b'"identify"',
        b"{}",
        b'{"type":null}',
        b'{"type":["ack"]}',
        b"\xff\xfe",
        b"[" * 50_000,
    ],
)
def test_what_is_no_message(payload: bytes) -> None:
    with pytest.raises(Malformed):
        decode_device(payload)


@pytest.mark.parametrize(
    ("payload", "code", "ref"),
    [
        (b'{"type":"hello"}', "unknown_type", "hello"),
        (b'{"type":"ack","seq":-1}', "bad_field", "ack"),
        (b'{"type":"ack","seq":1.5}', "bad_field", "ack"),
        (b'{"type":"ack","seq":99999999999999999999}', "bad_field", "ack"),
        (b'{"type":"respond","key":"k"}', "bad_field", "k"),
        (b'{"type":"respond","key":"k\\u0000","alert_id":"a","rev":1,"at":"x","choice":"handled"}', "bad_field", "k\0"),
        (b'{"type":"status","status":"asleep","at":"x"}', "bad_field", "status"),
        (b'{"type":"position","at":"x","lon":1e999,"lat":0}', "bad_field", "position"),
        (b'{"type":"identify","token":"t"}', "bad_field", "identify"),
    ],
)
def test_what_is_refused_and_the_connection_stays(payload: bytes, code: str, ref: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        decode_device(payload)
    assert not isinstance(refused.value, Malformed)
    assert (refused.value.code, refused.value.ref) == (code, ref)


def test_a_token_may_be_missing_so_that_the_answer_is_4401() -> None:
    assert decode_device(b'{"type":"identify","device_id":"d"}') == Identify("d")


def test_a_device_ignores_what_it_does_not_know() -> None:
    with pytest.raises(ProtocolError):
        decode_server(b'{"type":"weather"}')
    with pytest.raises(ProtocolError):
        decode_server(b'{"type":"alert"}')
    assert not isinstance(decode_server(b'{"type":"caught_up","seq":1,"new":2}'), Alert)


@given(st.binary(max_size=60))
def test_no_bytes_break_it(payload: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        decode_device(payload)


def test_times_need_a_zone() -> None:
    assert moment_of("1970-01-01T00:00:01Z", "k") == 1_000_000
    with pytest.raises(ProtocolError) as refused:
        moment_of("1970-01-01T00:00:01", "k")
    assert (refused.value.code, refused.value.ref) == ("bad_field", "k")


def test_a_message_is_called_by_its_key_or_its_type() -> None:
    keyed: DeviceMessage = decode_device(
        b'{"type":"respond","key":"k","alert_id":"a","rev":1,"at":"x","choice":"handled"}'
    )
    assert isinstance(keyed, Respond)
    assert ref_of(keyed) == "k"
    assert ref_of(Ack(1)) == "ack"
