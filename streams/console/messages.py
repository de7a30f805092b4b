"""The messages of the control-room socket `/v1/console`, both directions, and their JSON.

Times are RFC 3339 UTC with milliseconds, coordinates WGS84 in GeoJSON order. Unknown fields are ignored by both sides.
A message about something replaces what was said about it before; nothing here has to be acknowledged.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from geo.model import UnitStatus
from streams.conversation.messages import AuthExpiring, Error, Geometry, Reconnect, tag_of
from streams.conversation.protocol import MAX_FRAME_BYTES
from streams.conversation.wire import refusal_of

CONSOLE_PROTOCOL = "beatline.console.v1"
"""The subprotocol of the handshake and ``hello.protocol``."""

Viewport: TypeAlias = tuple[
    Annotated[float, Meta(ge=-180, le=180)],
    Annotated[float, Meta(ge=-90, le=90)],
    Annotated[float, Meta(ge=-180, le=180)],
    Annotated[float, Meta(ge=-90, le=90)],
]
"""West, south, east, north in degrees."""
StoreWord: TypeAlias = Literal["up", "down"]
Token: TypeAlias = Annotated[str, Meta(max_length=16_384)]
Beat: TypeAlias = int | float | Annotated[str, Meta(max_length=64)] | None


# --------------------------------------------------------------------------- parts of messages
class FixShown(Struct, frozen=True):
    """The newest trusted fix, and when it was taken."""

    lon: float
    lat: float
    accuracy_m: float | None
    at: str


class UnconfirmedOfficer(Struct, frozen=True):
    """Owed a P1 for more than 10 s, and on no device of his. ``pushed``: a socket of his has it all the same."""

    officer: str
    owed_at: str
    pushed: bool


class WaitingOfficer(Struct, frozen=True):
    """Somebody who has not answered: queued, pushed, unconfirmed, stored or seen, since when, and how far it has
    climbed for him (0 not, 1 said again, 2 his sergeant knows, 3 the dispatcher's list)."""

    officer: str
    name: str
    callsign: str | None
    state: str
    since: str
    step: int


class AnsweredOfficer(Struct, frozen=True):
    """Somebody who has answered, what and when."""

    officer: str
    name: str
    callsign: str | None
    answer: str
    text: str
    at: str


# --------------------------------------------------------------------------- server to console
class ConsoleHello(Struct, frozen=True, tag_field="type", tag="hello"):
    """First frame. The console says ``open`` within 5 s, or is hung up on (4401)."""

    protocol: str
    node: str
    heartbeat_s: int
    server_time: str
    max_frame_bytes: int


class UnitShown(Struct, frozen=True, tag_field="type", tag="unit"):
    """An officer whose device is connected, to whichever process; ``position`` null before the first fix and off duty.
    Inside the viewport, or without a position."""

    officer: str
    callsign: str | None
    beat: str | None
    status: UnitStatus
    node: str
    position: FixShown | None


class UnitGone(Struct, frozen=True, tag_field="type", tag="unit_gone"):
    """Not connected any more, or out of the viewport."""

    officer: str


class IncidentShown(Struct, frozen=True, tag_field="type", tag="incident"):
    """A live record (incident, intelligence, briefing) inside the viewport, or without a place, that this dispatcher
    may see. ``text`` is its first 1,000 characters: all of it is at the HTTP API."""

    id: str
    version: int
    kind: Literal["incident", "intel", "briefing"]
    category: str
    grade: str
    status: str
    title: str
    text: str
    place: Geometry | None
    place_text: str
    beat: str | None
    assigned: tuple[str, ...]
    hazards: tuple[str, ...]
    sensitive: bool
    marking: str
    reported_at: str
    updated_at: str
    expires_at: str


class IncidentGone(Struct, frozen=True, tag_field="type", tag="incident_gone"):
    """Closed, expired, out of the viewport, or not this dispatcher's to see any more; its deliveries go with it."""

    id: str


class EmergencyShown(Struct, frozen=True, tag_field="type", tag="emergency"):
    """An officer's call for help, wherever the viewport is. Not ``live``: it is over, and this is the last of it.
    Not ``recorded``: sent before it could be recorded, because the store is away."""

    id: str
    version: int
    officer: str
    callsign: str
    status: str
    live: bool
    recorded: bool
    title: str
    text: str
    place: Geometry | None
    reported_at: str
    taken_over_by: str | None
    taken_over_at: str | None
    closed_by: str | None


class DeliveriesShown(Struct, frozen=True, tag_field="type", tag="deliveries"):
    """How far a live P1 has got: how many officers are in each state, and who has not got it on any device after
    10 s. ``left_out`` more than are listed; who has it and who answered what is at the HTTP API."""

    id: str
    counts: dict[str, int]
    unconfirmed: tuple[UnconfirmedOfficer, ...]
    left_out: int


class ReceiptsShown(Struct, frozen=True, tag_field="type", tag="receipts"):
    """How far a live briefing of this dispatcher's force has got with everybody whom it is for: how many are in each
    state, who has not answered (those first for whom it has climbed highest, then who has waited longest; ``left_out``
    more than are listed), and who answered last. Each person and every time: GET /v1/briefings/{id}/receipts."""

    id: str
    version: int
    must_ack: bool
    counts: dict[str, int]
    waiting: tuple[WaitingOfficer, ...]
    left_out: int
    answered: tuple[AnsweredOfficer, ...]


class UnansweredShown(Struct, frozen=True, tag_field="type", tag="unanswered"):
    """A must-ack that these officers have not answered, said again and told to their sergeants: now it is the
    dispatcher's, wherever the viewport is. ``count`` 0: nobody is waited for any more, and it leaves the list."""

    id: str
    title: str
    marking: str
    count: int
    officers: tuple[WaitingOfficer, ...]
    left_out: int


class StoreState(Struct, frozen=True, tag_field="type", tag="store"):
    """Whether the record can be read and written. While it is down what is shown here is what was known before."""

    state: StoreWord
    since: str


class Coverage(Struct, frozen=True, tag_field="type", tag="coverage"):
    """``partial``: other processes cannot be asked for their units just now, so some may be missing."""

    partial: bool


class Snapshot(Struct, frozen=True, tag_field="type", tag="snapshot"):
    """Everything in the viewport, in as many parts as it takes: part 0 replaces all that was shown before. It follows
    ``open`` and every ``viewport``."""

    part: int
    more: bool
    viewport: Viewport | None
    store: StoreState
    partial: bool
    emergencies: tuple[EmergencyShown, ...] = ()
    incidents: tuple[IncidentShown, ...] = ()
    deliveries: tuple[DeliveriesShown, ...] = ()
    receipts: tuple[ReceiptsShown, ...] = ()
    unanswered: tuple[UnansweredShown, ...] = ()
    units: tuple[UnitShown, ...] = ()


class ConsoleHeartbeatAck(Struct, frozen=True, tag_field="type", tag="heartbeat_ack"):
    """Answers a ``heartbeat``: this server lives, and this is its time."""

    t: Beat
    server_time: str


# --------------------------------------------------------------------------- console to server
class Open(Struct, frozen=True, tag_field="type", tag="open"):
    """A dispatcher's token, and what of the map to show: without ``viewport``, everything."""

    token: Token = ""
    viewport: Viewport | None = None


class MoveViewport(Struct, frozen=True, tag_field="type", tag="viewport"):
    """The map was moved: a new snapshot follows."""

    viewport: Viewport | None = None


class ConsoleHeartbeat(Struct, frozen=True, tag_field="type", tag="heartbeat"):
    """Every ``heartbeat_s``; silence for 45 s and the server hangs up."""

    t: Beat = None


class ConsoleReauth(Struct, frozen=True, tag_field="type", tag="reauth"):
    """Replaces the credentials of this connection, of the same dispatcher; a new snapshot follows where his rights
    are others."""

    token: Token = ""


ConsoleMessage: TypeAlias = Open | MoveViewport | ConsoleHeartbeat | ConsoleReauth
RoomMessage: TypeAlias = (
    ConsoleHello
    | Snapshot
    | UnitShown
    | UnitGone
    | IncidentShown
    | IncidentGone
    | EmergencyShown
    | DeliveriesShown
    | ReceiptsShown
    | UnansweredShown
    | StoreState
    | Coverage
    | ConsoleHeartbeatAck
    | Reconnect
    | AuthExpiring
    | Error
)
CONSOLE_MESSAGES: tuple[type[Struct], ...] = ConsoleMessage.__args__
ROOM_MESSAGES: tuple[type[Struct], ...] = RoomMessage.__args__

_encoder = msgspec.json.Encoder()
_console_decoder: msgspec.json.Decoder[ConsoleMessage] = msgspec.json.Decoder(ConsoleMessage)
_room_decoder: msgspec.json.Decoder[RoomMessage] = msgspec.json.Decoder(RoomMessage)
_TYPES = frozenset(tag_of(message) for message in CONSOLE_MESSAGES)
_ROOM_TYPES = frozenset(tag_of(message) for message in ROOM_MESSAGES)


def encode(message: RoomMessage | ConsoleMessage) -> bytes:
    """A message -> its JSON text, ``type`` first."""
    return _encoder.encode(message)


def decode_console(payload: bytes) -> ConsoleMessage:
    """What a console sent. Raises Malformed (close 4400), or ProtocolError (answer ``error``, go on)."""
    try:
        return _console_decoder.decode(payload)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise refusal_of(payload, error, _TYPES) from None


def decode_room(payload: bytes) -> RoomMessage:
    """What the server sent; raises as :func:`decode_console`. A console ignores an unknown type."""
    try:
        return _room_decoder.decode(payload)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise refusal_of(payload, error, _ROOM_TYPES) from None


# --------------------------------------------------------------------------- snapshots, from messages made already
ROOM_IN_SNAPSHOT = MAX_FRAME_BYTES - 1_024
"""Bytes for the items of one part; the rest of the frame is its head."""
_LISTS = {b"emergency": 0, b"incident": 1, b"deliveries": 2, b"receipts": 3, b"unanswered": 4, b"unit": 5}
_NAMES = (b"emergencies", b"incidents", b"deliveries", b"receipts", b"unanswered", b"units")
_NONE = b"".join(b',"%b":[]' % name for name in _NAMES) + b"}"


def snapshot_frame(head: Snapshot, items: Iterable[bytes]) -> bytes:
    """One part: ``items`` are messages as they would be sent alone, at most :data:`ROOM_IN_SNAPSHOT` bytes of them."""
    lists: tuple[list[bytes], ...] = tuple([] for _ in _NAMES)
    for item in items:
        lists[_LISTS[_tag(item)]].append(item)
    start = _encoder.encode(head)
    assert start.endswith(_NONE)
    parts = [b'"%b":[%b]' % (name, b",".join(some)) for name, some in zip(_NAMES, lists, strict=True)]
    return start[: -len(_NONE)] + b"," + b",".join(parts) + b"}"


def _tag(item: bytes) -> bytes:
    """``{"type":"unit",...`` -> ``unit``."""
    return item[9 : item.index(b'"', 9)]


def portion(items: Sequence[bytes], start: int, room: int = ROOM_IN_SNAPSHOT) -> int:
    """The end of what fits into one part from ``start``: one item at least."""
    size, end = 0, start
    while end < len(items) and (end == start or size + len(items[end]) + 1 <= room):
        size, end = size + len(items[end]) + 1, end + 1
    return end
