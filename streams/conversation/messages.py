"""The messages of PROTOCOL.md, both directions: what each carries, its limits, and its JSON.

Fields keep the names and the order of PROTOCOL.md; ``type`` comes first. Unknown fields are ignored by both sides.
Times are RFC 3339 UTC with milliseconds, distances metres, bearings degrees from true north, coordinates WGS84.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

from geo.model import Disposition, UnitStatus
from streams.conversation.protocol import MAX_FRAME_BYTES

_NO_NUL = r"^[^\u0000]*$"
Key: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NO_NUL)]
"""An id made by a device or a source; NUL is refused, as everywhere in texts."""
Words: TypeAlias = Annotated[str, Meta(max_length=4_000, pattern=_NO_NUL)]
Seq: TypeAlias = Annotated[int, Meta(ge=0, le=2**53)]
Moment: TypeAlias = Annotated[str, Meta(max_length=40, description="RFC 3339 time with a zone")]


class Style(StrEnum):
    """How an alert appears on the device."""

    INTERRUPT = "interrupt"
    NOTIFY = "notify"
    MAP = "map"


AlertKind: TypeAlias = Literal["incident", "intel", "briefing", "emergency", "summary"]
CancelReason: TypeAlias = Literal["closed", "cancelled", "expired", "out_of_reach"]
PurgeReason: TypeAlias = Literal["not_entitled", "withdrawn"]
PositionState: TypeAlias = Literal["ok", "stale", "none"]
Geometry: TypeAlias = dict[str, object]


# --------------------------------------------------------------------------- parts of messages
class Limits(Struct, frozen=True):
    """What a connection is held to."""

    max_frame_bytes: int = MAX_FRAME_BYTES
    max_unacked: int = 64


class OfficerWords(Struct, frozen=True):
    """Who the server takes the device's holder for."""

    id: str
    callsign: str | None
    roles: tuple[str, ...]


class WhyWords(Struct, frozen=True):
    """One reason: a named term of the score, its weight in log-odds, and a sentence."""

    term: str
    weight: float
    text: str


class SourceWords(Struct, frozen=True):
    """Where a record came from."""

    system: str
    reference: str


class ShiftWords(Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """The officer's shift; ``from`` <= t < ``to``."""

    id: str
    start: str
    end: str
    beat: str | None


# --------------------------------------------------------------------------- server to device
class Hello(Struct, frozen=True, tag_field="type", tag="hello"):
    """First frame, within 1 s of accept. The device corrects its clock by ``server_time``."""

    protocol: str
    node: str
    nonce: str
    heartbeat_s: int
    server_time: str
    limits: Limits


class Ready(Struct, frozen=True, tag_field="type", tag="ready"):
    """The answer to ``identify`` or ``resume``."""

    session: str
    epoch: str
    head_seq: int
    mode: Literal["snapshot", "replay"]
    officer: OfficerWords
    resume_s: int


class Alert(Struct, frozen=True, tag_field="type", tag="alert", kw_only=True):
    """A new alert, or a new ``rev`` of one that the device holds: it replaces. Inside ``reset`` without seq."""

    seq: int | UnsetType = UNSET
    prev_seq: int | UnsetType | None = UNSET
    alert_id: str
    rev: int
    kind: AlertKind
    priority: int
    style: Style
    category: str
    title: str
    text: str
    place: Geometry | None
    place_text: str
    distance_m: float | None
    bearing_deg: float | None
    issued_at: str
    occurred_at: str | None
    expires_at: str | None
    hazards: tuple[str, ...]
    marking: str
    grading: str | None
    must_ack: bool
    score: float
    why: tuple[WhyWords, ...]
    source: SourceWords


class Cancel(Struct, frozen=True, tag_field="type", tag="cancel"):
    """No longer live; keep in history."""

    seq: int
    prev_seq: int | None
    alert_id: str
    rev: int
    reason: CancelReason


class Purge(Struct, frozen=True, tag_field="type", tag="purge"):
    """Erase from the device."""

    seq: int
    prev_seq: int | None
    alert_id: str
    reason: PurgeReason


class CaughtUp(Struct, frozen=True, tag_field="type", tag="caught_up"):
    """All that was owed has been sent; what follows is live."""

    seq: int


class Reset(Struct, frozen=True, tag_field="type", tag="reset"):
    """Continuity cannot be proven: replace everything held. With ``more`` the list goes on in the next frame."""

    epoch: str
    as_of_seq: int
    alerts: tuple[Alert, ...]
    more: bool


class Confirmed(Struct, frozen=True, tag_field="type", tag="confirmed"):
    """This ``respond``, ``emergency`` or ``emergency_cancel`` is durable."""

    key: str


class StatusReport(Struct, frozen=True, tag_field="type", tag="status"):
    """The officer's state as the server knows it, after ``caught_up`` and whenever it changes."""

    status: UnitStatus
    position: PositionState
    shift: ShiftWords | None


class BriefingDocument(Struct, frozen=True, tag_field="type", tag="briefing"):
    """The answer to ``briefing_request``."""

    request: str
    briefing: dict[str, object]


class HeartbeatAck(Struct, frozen=True, tag_field="type", tag="heartbeat_ack"):
    """Answers a ``heartbeat`` with its ``t``; comes unasked (``t`` null) 2 s after the last message of a burst."""

    t: int | float | str | None
    head_seq: int
    sent_seq: int


class Reconnect(Struct, frozen=True, tag_field="type", tag="reconnect"):
    """Drain: go away politely, come back after this."""

    after_ms: int


class AuthExpiring(Struct, frozen=True, tag_field="type", tag="auth_expiring"):
    """The token runs out at ``at``; the connection is closed with 4401 then."""

    at: str


class Error(Struct, frozen=True, tag_field="type", tag="error"):
    """The message named by ``ref`` was refused; the connection stays unless a close follows."""

    code: str
    message: str
    ref: str | None


# --------------------------------------------------------------------------- device to server
class Position(Struct, frozen=True, tag_field="type", tag="position"):
    """Best effort, newest wins, never answered; at least every 30 s on duty."""

    at: Moment
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None


class FirstPosition(Struct, frozen=True):
    """The fields of a position, inside ``identify`` or ``resume``."""

    at: Moment
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None


class Identify(Struct, frozen=True, tag_field="type", tag="identify"):
    """Within 5 s of ``hello``, or close 4401. ``proof`` is for deployments that bind tokens: not this one."""

    device_id: Key
    token: Annotated[str, Meta(max_length=16_384)] = ""
    app: Annotated[str, Meta(max_length=200)] = ""
    position: FirstPosition | None = None
    proof: str | None = None


class Resume(Struct, frozen=True, tag_field="type", tag="resume"):
    """As ``identify``, and how far the device has durably stored which series."""

    device_id: Key
    epoch: Annotated[str, Meta(max_length=200)]
    seq: Seq
    token: Annotated[str, Meta(max_length=16_384)] = ""
    app: Annotated[str, Meta(max_length=200)] = ""
    position: FirstPosition | None = None
    proof: str | None = None


class Ack(Struct, frozen=True, tag_field="type", tag="ack"):
    """This message, and every sequenced message sent before it on this connection, is durably stored."""

    seq: Seq


class Seen(Struct, frozen=True, tag_field="type", tag="seen"):
    """It was on the screen."""

    alert_id: Key
    rev: Seq
    at: Moment


class Respond(Struct, frozen=True, tag_field="type", tag="respond"):
    """The officer's answer; idempotent by ``key``; resend until ``confirmed``."""

    key: Key
    alert_id: Key
    rev: Seq
    at: Moment
    choice: Disposition
    text: Words | None = None


class StatusChange(Struct, frozen=True, tag_field="type", tag="status"):
    """What the officer is doing; ``off_duty`` stops positions and every alert at once."""

    status: UnitStatus
    at: Moment


class EmergencyCall(Struct, frozen=True, tag_field="type", tag="emergency"):
    """P1 to every unit in reach and to the control room; resend until ``confirmed``."""

    key: Key
    at: Moment
    lon: float | None = None
    lat: float | None = None
    text: Words | None = None


class EmergencyCancel(Struct, frozen=True, tag_field="type", tag="emergency_cancel"):
    """Takes back the emergency of this officer whose key was ``emergency``."""

    key: Key
    emergency: Key
    at: Moment


class BriefingRequest(
    Struct, frozen=True, tag_field="type", tag="briefing_request", rename={"start": "from", "end": "to"}
):
    """The patrol-start briefing; defaults from the shift."""

    key: Key
    beat: Key | None = None
    start: Moment | None = None
    end: Moment | None = None
    since: Moment | None = None


class Heartbeat(Struct, frozen=True, tag_field="type", tag="heartbeat"):
    """Every ``heartbeat_s``, the first after a random part of it. ``acked_seq`` is that of the last ``ack``."""

    t: int | float | Annotated[str, Meta(max_length=64)] | None = None
    acked_seq: Seq | None = None


class Reauth(Struct, frozen=True, tag_field="type", tag="reauth"):
    """Replaces the credentials of this connection."""

    token: Annotated[str, Meta(max_length=16_384)] = ""
    proof: str | None = None


DeviceMessage: TypeAlias = (
    Identify
    | Resume
    | Ack
    | Seen
    | Respond
    | Position
    | StatusChange
    | EmergencyCall
    | EmergencyCancel
    | BriefingRequest
    | Heartbeat
    | Reauth
)
ServerMessage: TypeAlias = (
    Hello
    | Ready
    | Alert
    | Cancel
    | Purge
    | CaughtUp
    | Reset
    | Confirmed
    | StatusReport
    | BriefingDocument
    | HeartbeatAck
    | Reconnect
    | AuthExpiring
    | Error
)
DEVICE_MESSAGES: tuple[type[Struct], ...] = DeviceMessage.__args__
SERVER_MESSAGES: tuple[type[Struct], ...] = ServerMessage.__args__


def tag_of(message: Struct | type[Struct]) -> str:
    """The ``type`` of a message on the wire."""
    return str(message.__struct_config__.tag)
