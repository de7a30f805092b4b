"""`/asyncapi.json`: the device protocol as an AsyncAPI 3.0 document, generated from the message classes."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from app.websocket import DEVICE_PATH
from streams.conversation.messages import DEVICE_MESSAGES, SERVER_MESSAGES, tag_of
from streams.conversation.protocol import MAX_FRAME_BYTES, PROTOCOL, RESUME_S, Close

_SCHEMAS = "#/components/schemas/{name}"
_TITLE = "Beatline device protocol"
_DESCRIPTION = f"""One WebSocket per device at GET {DEVICE_PATH}, subprotocol {PROTOCOL}. JSON text frames, one message
a frame, field `type` first; at most {MAX_FRAME_BYTES} bytes a frame; no permessage-deflate; no credential in the URL.
Unknown fields are ignored by both sides. A session can be resumed for {RESUME_S} s. Times are RFC 3339 UTC with
milliseconds, distances metres, bearings degrees from true north, coordinates WGS84 in GeoJSON order."""

CLOSE_CODES = {
    Close.DRAIN: "the server goes away: resume, with jitter",
    Close.SLOW: "nothing acknowledged for 15 s: resume, with jitter",
    Close.SERVER_ERROR: "an error of the server's: resume, with jitter",
    Close.REPLACED: "replaced by a newer connection of this device: stay quiet",
    Close.MALFORMED: "not a message: stop, and report a bug",
    Close.NOT_AUTHENTICATED: "not authenticated, or expired: get a new token, then resume",
    Close.REVOKED: "revoked: erase everything held, and stop",
    Close.UNSUPPORTED_PROTOCOL: "this version of the protocol is not spoken here: stop",
    Close.TOO_MANY: "too many messages: wait, then resume",
    Close.TOO_LARGE: "a frame of more than 64 KiB",
}

Document = dict[str, Any]
"""A JSON document; its shape is AsyncAPI's."""


@cache
def document() -> Document:
    """The whole document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": _TITLE,
            "version": PROTOCOL,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {"device": _channel()},
        "operations": {
            "fromDevice": _operation("receive", "What a device sends.", DEVICE_MESSAGES, "device"),
            "toDevice": _operation("send", "What the server sends.", SERVER_MESSAGES, "server"),
        },
        "components": {
            "messages": {
                **{_name("device", message): _message(message) for message in DEVICE_MESSAGES},
                **{_name("server", message): _message(message) for message in SERVER_MESSAGES},
            },
            "schemas": _schemas(),
        },
    }


def _channel() -> Document:
    messages = [
        *(_name("device", message) for message in DEVICE_MESSAGES),
        *(_name("server", message) for message in SERVER_MESSAGES),
    ]
    return {
        "address": DEVICE_PATH,
        "title": "Device socket",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "properties": {"Sec-WebSocket-Protocol": {"type": "string", "const": PROTOCOL}},
                },
                "bindingVersion": "0.1.0",
            }
        },
        "x-close-codes": {str(code): meaning for code, meaning in CLOSE_CODES.items()},
    }


def _operation(action: str, title: str, messages: Sequence[type[Struct]], side: str) -> Document:
    return {
        "action": action,
        "title": title,
        "channel": {"$ref": "#/channels/device"},
        "messages": [{"$ref": f"#/channels/device/messages/{_name(side, message)}"} for message in messages],
    }


def _name(side: str, message: type[Struct]) -> str:
    """``status`` goes both ways and means two things: a message's id names its sender too."""
    return f"{side}.{tag_of(message)}"


def _message(message: type[Struct]) -> Document:
    return {
        "name": tag_of(message),
        "title": tag_of(message).replace("_", " "),
        "summary": " ".join((inspect.getdoc(message) or "").split()),
        "contentType": "application/json",
        "payload": {"$ref": _SCHEMAS.format(name=message.__name__)},
    }


def _schemas() -> dict[str, Any]:
    messages = (*DEVICE_MESSAGES, *SERVER_MESSAGES)
    _, schemas = msgspec.json.schema_components(messages, schema_hook=_anything, ref_template=_SCHEMAS)
    return schemas


def _anything(kind: type) -> Document:
    """A value that is a document of its own: a GeoJSON geometry, a briefing."""
    if kind is not object:
        raise NotImplementedError
    return {"description": "any JSON value"}
