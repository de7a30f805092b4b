"""The messages of the console carry what the AsyncAPI document says, ``type`` first, and parts of a snapshot fit."""

from __future__ import annotations

import json

import msgspec
import pytest
from msgspec import Struct

from streams.console.messages import (
    CONSOLE_MESSAGES,
    ROOM_IN_SNAPSHOT,
    ROOM_MESSAGES,
    ConsoleHeartbeat,
    MoveViewport,
    Open,
    Snapshot,
    StoreState,
    UnitGone,
    decode_console,
    decode_room,
    encode,
    portion,
    snapshot_frame,
)
from streams.console.views import of_unit
from streams.conversation.messages import tag_of
from streams.errors import Malformed, ProtocolError
from tests.streams.console.desk import unit

ROOM = {
    "hello": "protocol node heartbeat_s server_time max_frame_bytes",
    "snapshot": "part more viewport store partial emergencies incidents deliveries receipts unanswered units",
    "unit": "officer callsign beat status node position",
    "unit_gone": "officer",
    "incident": "id version kind category grade status title text place place_text beat assigned hazards sensitive "
    "marking reported_at updated_at expires_at",
    "incident_gone": "id",
    "emergency": "id version officer callsign status live recorded title text place reported_at taken_over_by "
    "taken_over_at closed_by",
    "deliveries": "id counts unconfirmed left_out",
    "receipts": "id version must_ack counts waiting left_out answered",
    "unanswered": "id title marking count officers left_out",
    "store": "state since",
    "coverage": "partial",
    "heartbeat_ack": "t server_time",
    "reconnect": "after_ms",
    "auth_expiring": "at",
    "error": "code message ref",
}
CONSOLE = {"open": "token viewport", "viewport": "viewport", "heartbeat": "t", "reauth": "token"}


def fields(message: type[Struct]) -> str:
    return " ".join(field.encode_name for field in msgspec.structs.fields(message))


def test_every_message_is_there_with_its_fields() -> None:
    assert {tag_of(message): fields(message) for message in ROOM_MESSAGES} == ROOM
    assert {tag_of(message): fields(message) for message in CONSOLE_MESSAGES} == CONSOLE


@pytest.mark.parametrize("message", [*ROOM_MESSAGES, *CONSOLE_MESSAGES])
def test_messages_are_values_told_apart_by_type(message: type[Struct]) -> None:
    assert message.__struct_config__.frozen
    assert message.__struct_config__.tag_field == "type"
    assert message.__doc__


def test_both_ends_read_what_the_other_says() -> None:
    for ours in (Open("t", (-1.0, 50.0, 1.0, 52.0)), MoveViewport(), ConsoleHeartbeat(3)):
        assert decode_console(encode(ours)) == ours
    assert decode_room(encode(UnitGone("pc-1"))) == UnitGone("pc-1")
    with pytest.raises(ProtocolError):
        decode_room(b'{"type":"nonsense"}')


@pytest.mark.parametrize(
    ("payload", "error", "code"),
    [
        (b"{", Malformed, "malformed"),
        (b"[]", Malformed, "malformed"),
        (b"{}", Malformed, "malformed"),
        (b"[" * 100_000, Malformed, "malformed"),
        (b'{"type":"identify"}', ProtocolError, "unknown_type"),
        (b'{"type":"viewport","viewport":[1,2,3]}', ProtocolError, "bad_field"),
        (b'{"type":"viewport","viewport":[1,2,3,91]}', ProtocolError, "bad_field"),
        (b'{"type":"open","token":5}', ProtocolError, "bad_field"),
    ],
)
def test_what_is_no_message(payload: bytes, error: type[ProtocolError], code: str) -> None:
    with pytest.raises(error) as refused:
        decode_console(payload)
    assert refused.value.code == code


def test_a_part_of_a_snapshot_holds_messages_as_they_are() -> None:
    items = [of_unit(unit(f"pc-{number}")) for number in range(3)]
    head = Snapshot(0, True, None, StoreState("up", "2026-11-22T18:00:00.000Z"), False)
    part = snapshot_frame(head, items)
    read = decode_room(part)
    assert isinstance(read, Snapshot)
    assert [one.officer for one in read.units] == ["pc-0", "pc-1", "pc-2"]
    assert json.loads(part)["units"][0] == json.loads(items[0])
    assert list(json.loads(part)) == ["type", *ROOM["snapshot"].split()]


def test_parts_stay_within_a_frame() -> None:
    items = [b"x" * 20_000] * 5 + [b"y" * 200_000, b"z"]
    ends, start = [], 0
    while start < len(items):
        start = portion(items, start)
        ends.append(start)
    assert ends == [3, 5, 6, 7]
    assert ROOM_IN_SNAPSHOT < 65_536
