"""Messages to JSON and back, and what a message that cannot be read is answered with."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from geo.clock import Instant, parse_instant
from geo.errors import BadTime
from streams.conversation.messages import (
    DEVICE_MESSAGES,
    SERVER_MESSAGES,
    BriefingRequest,
    DeviceMessage,
    EmergencyCall,
    EmergencyCancel,
    Respond,
    ServerMessage,
    tag_of,
)
from streams.errors import Malformed, ProtocolError


class _Label(Struct):
    """What an undecodable message can still be called by."""

    type: object = None
    key: object = None


_encoder = msgspec.json.Encoder()
_device_decoder: msgspec.json.Decoder[DeviceMessage] = msgspec.json.Decoder(DeviceMessage)
_server_decoder: msgspec.json.Decoder[ServerMessage] = msgspec.json.Decoder(ServerMessage)
_label_decoder = msgspec.json.Decoder(_Label)
_DEVICE_TYPES = frozenset(tag_of(message) for message in DEVICE_MESSAGES)
_SERVER_TYPES = frozenset(tag_of(message) for message in SERVER_MESSAGES)


def encode(message: ServerMessage | DeviceMessage) -> bytes:
    """A message -> its JSON text, ``type`` first."""
    return _encoder.encode(message)


def decode_device(payload: bytes) -> DeviceMessage:
    """What a device sent -> the message. Raises Malformed (close 4400), or ProtocolError (answer ``error``, go on)."""
    try:
        return _device_decoder.decode(payload)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise refusal_of(payload, error, _DEVICE_TYPES) from None


def decode_server(payload: bytes) -> ServerMessage:
    """What the server sent -> the message. Raises as :func:`decode_device`; a device ignores an unknown type."""
    try:
        return _server_decoder.decode(payload)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise refusal_of(payload, error, _SERVER_TYPES) from None


def refusal_of(payload: bytes, error: Exception, known: frozenset[str]) -> ProtocolError:
    """What a message that could not be decoded is answered with; ``known`` are the types that there are."""
    if not isinstance(error, msgspec.ValidationError):
        return Malformed("this is not a JSON text")
    try:
        label = _label_decoder.decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        return Malformed("a message is one JSON object")
    if not isinstance(label.type, str):
        return Malformed("a message names its type")
    if label.type not in known:
        return ProtocolError(f"no message is called {label.type[:40]!r}", code="unknown_type", ref=label.type[:200])
    ref = label.key[:200] if isinstance(label.key, str) else label.type
    return ProtocolError(f"{label.type}: {error}", code="bad_field", ref=ref)


def moment_of(text: str, ref: str) -> Instant:
    """A time on the wire -> instant. Raises ProtocolError ``bad_field``, referring to ``ref``."""
    try:
        return parse_instant(text)
    except BadTime as error:
        raise ProtocolError(str(error), code="bad_field", ref=ref) from None


def ref_of(message: DeviceMessage) -> str:
    """What an ``error`` calls a message by: its key, else its type."""
    if isinstance(message, Respond | EmergencyCall | EmergencyCancel | BriefingRequest):
        return message.key
    return tag_of(message)


def cannot(message: DeviceMessage, code: str, reason: str) -> ProtocolError:
    """The refusal of a message that was understood."""
    return ProtocolError(reason, code=code, ref=ref_of(message))
