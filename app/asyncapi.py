"""`/asyncapi.json`: the device's and the console's protocol as AsyncAPI 3.0, generated from the message classes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from app.console_socket import CONSOLE_PATH
from app.websocket import DEVICE_PATH
from streams.console.messages import CONSOLE_MESSAGES, CONSOLE_PROTOCOL, ROOM_MESSAGES
from streams.conversation.messages import DEVICE_MESSAGES, SERVER_MESSAGES, tag_of
from streams.conversation.protocol import MAX_FRAME_BYTES, PROTOCOL, RESUME_S, Close

_SCHEMAS = "#/components/schemas/{name}"
_TITLE = "Beatline: devices and consoles"
_DESCRIPTION = f"""One WebSocket per device at GET {DEVICE_PATH}, subprotocol {PROTOCOL}. JSON text frames, one message
a frame, field `type` first; at most {MAX_FRAME_BYTES} bytes a frame; no permessage-deflate; no credential in the URL.
Unknown fields are ignored by both sides. A session can be resumed for {RESUME_S} s. Times are RFC 3339 UTC with
milliseconds, distances metres, bearings degrees from true north, coordinates WGS84 in GeoJSON order.

One WebSocket per dispatcher's console at GET {CONSOLE_PATH}, subprotocol {CONSOLE_PROTOCOL}, with the same frames and
close codes: hello, then the console's `open` with a dispatcher's token, then a snapshot, then what changes. Nothing is
acknowledged: a message about something replaces what was said of it before, and a console that comes back gets a new
snapshot. What it may not know, and what is outside its viewport, is not sent."""

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

SIDES: Mapping[str, Sequence[type[Struct]]] = {
    "device": DEVICE_MESSAGES,
    "server": SERVER_MESSAGES,
    "console": CONSOLE_MESSAGES,
    "room": ROOM_MESSAGES,
}
"""Who sends which messages; a message's id in the document begins with its sender."""

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
        "channels": {
            "device": _channel("Device socket", DEVICE_PATH, PROTOCOL, ("device", "server")),
            "console": _channel("Control-room socket", CONSOLE_PATH, CONSOLE_PROTOCOL, ("console", "room")),
        },
        "operations": {
            "fromDevice": _operation("receive", "What a device sends.", "device", "device"),
            "toDevice": _operation("send", "What the server sends to a device.", "device", "server"),
            "fromConsole": _operation("receive", "What a console sends.", "console", "console"),
            "toConsole": _operation("send", "What the server sends to a console.", "console", "room"),
        },
        "components": {
            "messages": {
                _name(side, message): _message(message) for side, messages in SIDES.items() for message in messages
            },
            "schemas": _schemas(),
        },
    }


def _channel(title: str, path: str, protocol: str, sides: Sequence[str]) -> Document:
    messages = [_name(side, message) for side in sides for message in SIDES[side]]
    return {
        "address": path,
        "title": title,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {
            "ws": {
                "method": "GET",
                "headers": {
                    "type": "object",
                    "properties": {"Sec-WebSocket-Protocol": {"type": "string", "const": protocol}},
                },
                "bindingVersion": "0.1.0",
            }
        },
        "x-close-codes": {str(code): meaning for code, meaning in CLOSE_CODES.items()},
    }


def _operation(action: str, title: str, channel: str, side: str) -> Document:
    return {
        "action": action,
        "title": title,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{_name(side, message)}"} for message in SIDES[side]],
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
    messages = dict.fromkeys(message for side in SIDES.values() for message in side)
    _, schemas = msgspec.json.schema_components(list(messages), schema_hook=_anything, ref_template=_SCHEMAS)
    return schemas


def _anything(kind: type) -> Document:
    """A value that is a document of its own: a GeoJSON geometry, a briefing."""
    if kind is not object:
        raise NotImplementedError
    return {"description": "any JSON value"}
