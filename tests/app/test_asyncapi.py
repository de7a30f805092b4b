"""The AsyncAPI document and the message classes are one truth."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from app.asyncapi import CLOSE_CODES, document
from streams.console.messages import CONSOLE_MESSAGES, ROOM_MESSAGES
from streams.conversation.messages import DEVICE_MESSAGES, SERVER_MESSAGES, tag_of
from streams.conversation.protocol import Close
from tests.streams.console.test_messages import CONSOLE, ROOM
from tests.streams.conversation.test_messages import DEVICE, SERVER

SIDES = {"device": DEVICE_MESSAGES, "server": SERVER_MESSAGES, "console": CONSOLE_MESSAGES, "room": ROOM_MESSAGES}


def resolved(reference: str) -> dict[str, Any]:
    found: Any = document()
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    assert isinstance(found, dict)
    return found


def payload_of(side: str, tag: str) -> dict[str, Any]:
    message = resolved(f"#/components/messages/{side}.{tag}")
    assert message["name"] == tag
    assert message["summary"]
    return resolved(message["payload"]["$ref"])


@pytest.mark.parametrize("tag", SERVER)
def test_every_message_of_the_server_with_its_fields(tag: str) -> None:
    payload = payload_of("server", tag)
    assert list(payload["properties"]) == ["type", *SERVER[tag].split()]
    assert payload["properties"]["type"] == {"enum": [tag]}


@pytest.mark.parametrize("tag", DEVICE)
def test_every_message_of_the_device_with_its_fields(tag: str) -> None:
    assert set(payload_of("device", tag)["properties"]) == {"type", *DEVICE[tag].split()}


@pytest.mark.parametrize("tag", ROOM)
def test_every_message_to_a_console_with_its_fields(tag: str) -> None:
    assert set(payload_of("room", tag)["properties"]) == {"type", *ROOM[tag].split()}


@pytest.mark.parametrize("tag", CONSOLE)
def test_every_message_of_a_console_with_its_fields(tag: str) -> None:
    assert set(payload_of("console", tag)["properties"]) == {"type", *CONSOLE[tag].split()}


@pytest.mark.parametrize(
    ("channel", "address", "protocol", "operations"),
    [
        ("device", "/v1/device", "beatline.v1", {"fromDevice": "receive", "toDevice": "send"}),
        ("console", "/v1/console", "beatline.console.v1", {"fromConsole": "receive", "toConsole": "send"}),
    ],
)
def test_both_directions_are_operations_of_their_channel(
    channel: str, address: str, protocol: str, operations: dict[str, str]
) -> None:
    assert resolved(f"#/channels/{channel}")["address"] == address
    headers = resolved(f"#/channels/{channel}/bindings/ws/headers/properties")
    assert headers["Sec-WebSocket-Protocol"]["const"] == protocol
    listed = []
    for name, action in operations.items():
        operation = document()["operations"][name]
        assert (operation["action"], operation["channel"]["$ref"]) == (action, f"#/channels/{channel}")
        listed += [message["$ref"] for message in operation["messages"]]
    assert len(listed) == len(resolved(f"#/channels/{channel}")["messages"])
    for reference in listed:
        assert resolved(resolved(reference)["$ref"])["payload"]


def test_there_are_no_other_operations_and_no_message_is_left_out() -> None:
    assert set(document()["operations"]) == {"fromDevice", "toDevice", "fromConsole", "toConsole"}
    assert len(document()["components"]["messages"]) == sum(map(len, SIDES.values()))


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [found for value in part.values() for found in references(value)]
        return [found for value in part for found in references(value)] if isinstance(part, list) else []

    found = references(document())
    assert found
    assert all(resolved(reference) for reference in found)


def test_every_close_code_says_what_to_do() -> None:
    known = {value for name, value in vars(Close).items() if name.isupper() and value != Close.SILENT}
    assert set(CLOSE_CODES) == known
    assert json.loads(json.dumps(document()))["asyncapi"] == "3.0.0"


@pytest.mark.parametrize(("side", "message"), [(side, one) for side, some in SIDES.items() for one in some])
def test_the_schema_says_what_the_class_requires(side: str, message: type[Struct]) -> None:
    required = [field.encode_name for field in msgspec.structs.fields(message) if field.required]
    assert set(payload_of(side, tag_of(message))["required"]) >= set(required)
