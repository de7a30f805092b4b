"""The AsyncAPI document and the message classes are one truth."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from app.asyncapi import CLOSE_CODES, document
from streams.conversation.messages import DEVICE_MESSAGES, SERVER_MESSAGES, tag_of
from streams.conversation.protocol import Close
from tests.streams.conversation.test_messages import DEVICE, SERVER


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


def test_both_directions_are_operations_of_the_one_channel() -> None:
    operations = document()["operations"]
    assert operations["fromDevice"]["action"] == "receive"
    assert operations["toDevice"]["action"] == "send"
    for operation in operations.values():
        assert resolved(operation["channel"]["$ref"])["address"] == "/v1/device"
    listed = [message["$ref"] for operation in operations.values() for message in operation["messages"]]
    assert len(listed) == len(DEVICE_MESSAGES) + len(SERVER_MESSAGES)
    for reference in listed:
        assert resolved(resolved(reference)["$ref"])["payload"]


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


@pytest.mark.parametrize("message", [*DEVICE_MESSAGES, *SERVER_MESSAGES])
def test_the_schema_says_what_the_class_requires(message: type[Struct]) -> None:
    side = "device" if message in DEVICE_MESSAGES else "server"
    required = [field.encode_name for field in msgspec.structs.fields(message) if field.required]
    assert set(payload_of(side, tag_of(message))["required"]) >= set(required)
