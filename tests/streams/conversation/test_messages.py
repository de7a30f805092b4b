"""The messages carry the fields of PROTOCOL.md, in its order, ``type`` first."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Struct

from streams.conversation.messages import DEVICE_MESSAGES, SERVER_MESSAGES, ShiftWords, tag_of

SERVER = {
    "hello": "protocol node nonce heartbeat_s server_time limits",
    "ready": "session epoch head_seq mode officer resume_s",
    "alert": "seq prev_seq alert_id rev kind priority style category title text place place_text distance_m "
    "bearing_deg issued_at occurred_at expires_at hazards marking grading must_ack score why source",
    "cancel": "seq prev_seq alert_id rev reason",
    "purge": "seq prev_seq alert_id reason",
    "caught_up": "seq",
    "reset": "epoch as_of_seq alerts more",
    "confirmed": "key",
    "status": "status position shift",
    "briefing": "request briefing",
    "heartbeat_ack": "t head_seq sent_seq",
    "reconnect": "after_ms",
    "auth_expiring": "at",
    "error": "code message ref",
}
DEVICE = {
    "identify": "token proof device_id app position",
    "resume": "token proof device_id app position epoch seq",
    "ack": "seq",
    "seen": "alert_id rev at",
    "respond": "key alert_id rev at choice text",
    "position": "at lon lat accuracy_m speed_mps heading_deg",
    "status": "status at",
    "emergency": "key at lon lat text",
    "emergency_cancel": "key emergency at",
    "briefing_request": "key beat from to since",
    "heartbeat": "t acked_seq",
    "reauth": "token proof",
}


def fields(message: type[Struct]) -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(message))


def test_every_message_of_the_server_is_there() -> None:
    assert {tag_of(message): " ".join(fields(message)) for message in SERVER_MESSAGES} == SERVER


def test_every_message_of_the_device_is_there() -> None:
    found = {tag_of(message): set(fields(message)) for message in DEVICE_MESSAGES}
    assert found == {tag: set(names.split()) for tag, names in DEVICE.items()}


@pytest.mark.parametrize("message", [*SERVER_MESSAGES, *DEVICE_MESSAGES])
def test_messages_are_values_told_apart_by_type(message: type[Struct]) -> None:
    assert message.__struct_config__.frozen
    assert message.__struct_config__.tag_field == "type"
    assert message.__doc__


def test_a_shift_says_from_and_to() -> None:
    assert msgspec.json.encode(ShiftWords("s", "a", "b", None)) == b'{"id":"s","from":"a","to":"b","beat":null}'
