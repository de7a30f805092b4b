"""The numbers of PROTOCOL.md: sizes, times, rates and close codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

PROTOCOL = "beatline.v1"
"""The subprotocol of the handshake and ``hello.protocol``."""

MAX_FRAME_BYTES = 64 * 1024
HEARTBEAT_S = 20
RESUME_S = 1_800


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """What one connection is held to; seconds are of the monotonic clock."""

    max_unacked: int = 64
    beyond_for_p1: int = 8
    """How many P1 messages may be sent when the window is shut."""
    window_s: float = 2.0
    """The window in bytes is this long at the measured rate of acknowledgement."""
    min_window_bytes: int = 16 * 1024
    max_window_bytes: int = 256 * 1024
    max_waiting: int = 1_000
    """More alerts than this held back for one device: it is told to come back (close 4101)."""
    identify_s: float = 5.0
    silent_s: float = 45.0
    stalled_s: float = 15.0
    burst_s: float = 2.0
    """An unasked heartbeat_ack comes this long after the last sequenced message."""
    expiring_s: float = 60.0
    """How long before its end a token is announced as expiring."""
    positions_per_s: float = 10.0
    position_burst: int = 60
    messages_per_s: float = 2.0
    message_burst: int = 120
    refusals: int = 60
    """So many messages refused for their number, and the connection is closed with 4429."""
    early_bytes: int = 64 * 1024
    """What may wait behind an ``identify`` that is being answered, before reading stops."""
    replay_max: int = 300
    replay_s: int = RESUME_S


class Close:
    """Close codes: each tells the device what to do next."""

    DRAIN = 4100
    SLOW = 4101
    SERVER_ERROR = 4102
    REPLACED = 4103
    MALFORMED = 4400
    NOT_AUTHENTICATED = 4401
    REVOKED = 4403
    UNSUPPORTED_PROTOCOL = 4404
    TOO_MANY = 4429
    SILENT = 1001
    """Nothing heard for 45 s: most likely there is nobody left to read the code."""
    TOO_LARGE = 1009


class Phase(IntEnum):
    """Where one conversation is."""

    AWAITING = 0
    JOINING = 1
    LIVE = 2
    OVER = 3
