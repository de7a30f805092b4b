"""The device's end of the conversation, without I/O: what it sends, what it holds, when it comes back.

The caller pumps: ``opened`` when the socket is open, ``receive`` for every text frame, ``tick`` a few times a second;
after each it makes ``holding`` durable, takes ``events()``, writes ``frames()``, and hangs up when ``hang_up`` is set.
An acknowledgement leaves with ``frames()``: so what it says is durable is durable.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from geo.clock import Instant, format_instant, parse_instant
from geo.model import Disposition, UnitStatus
from streams.conversation.holding import Effect, Holding
from streams.conversation.messages import (
    Ack,
    Alert,
    AuthExpiring,
    BriefingDocument,
    BriefingRequest,
    Cancel,
    CaughtUp,
    Confirmed,
    DeviceMessage,
    EmergencyCall,
    EmergencyCancel,
    Error,
    FirstPosition,
    Heartbeat,
    HeartbeatAck,
    Hello,
    Identify,
    Position,
    Purge,
    Ready,
    Reconnect,
    Reset,
    Respond,
    Resume,
    Seen,
    ServerMessage,
    StatusChange,
    StatusReport,
)
from streams.conversation.protocol import HEARTBEAT_S, Close
from streams.conversation.wire import decode_server, encode
from streams.errors import ProtocolError

ANSWER_S = 5.0
"""A heartbeat is always answered: not a byte for a beat and this long, and the connection is dead (noticed in 25 s)."""
RESEND_S = 10.0
"""What is not confirmed is said again after this."""
MAX_BACKOFF_S = 30.0
FIRST_BACKOFF_S = 0.5


class Step(Enum):
    """What the device does after a connection has ended."""

    RESUME = "resume"
    NEW_TOKEN = "new_token"  # noqa: S105 (a step, not a secret)
    QUIET = "quiet"
    STOP = "stop"
    ERASED = "erased"


_STEP_AFTER = {
    Close.REPLACED: Step.QUIET,
    Close.MALFORMED: Step.STOP,
    Close.NOT_AUTHENTICATED: Step.NEW_TOKEN,
    Close.REVOKED: Step.ERASED,
    Close.UNSUPPORTED_PROTOCOL: Step.STOP,
}

Event: TypeAlias = Effect | Ready | CaughtUp | StatusReport | Confirmed | AuthExpiring | BriefingDocument | Error
Keyed: TypeAlias = Respond | EmergencyCall | EmergencyCancel | BriefingRequest


@dataclass(frozen=True, slots=True)
class Next:
    """``step``, and the seconds to wait before it."""

    step: Step
    after_s: float


class DeviceSession:
    """One device through all its connections. ``now`` is always monotonic seconds; ``speed`` that of the server's clock
    (1 but for a replayed shift)."""

    def __init__(
        self,
        device_id: str,
        token: str,
        rng: random.Random,
        app: str = "beatline",
        holding: Holding | None = None,
        speed: float = 1.0,
    ) -> None:
        self.device_id, self.token, self.app = device_id, token, app
        self.holding = holding or Holding()
        self.unconfirmed: dict[str, Keyed] = {}
        self.hang_up: str | None = None
        """Why the caller should drop the connection and resume: a gap, silence, a drain."""
        self.live = False
        """``caught_up`` was received on this connection."""
        self.head_seq = 0
        self._rng, self._speed = rng, speed
        self._events: list[Event] = []
        self._out: list[DeviceMessage] = []
        self._position: FirstPosition | None = None
        self._tries = 0
        self._asked_after_s: float | None = None
        self._server_time, self._server_time_at = 0, 0.0
        self._opened(0.0)

    def _opened(self, now: float) -> None:
        self._heard_at = now
        self._beat_s = float(HEARTBEAT_S)
        self._beat_at = self._resend_at = float("inf")
        self._last_seq: int | None = None
        self._acked_seq: int | None = None
        self._resets: list[Reset] = []
        self._ready = self.live = False
        self.hang_up = None
        self._out.clear()

    # ------------------------------------------------------------------ the pump's side
    def opened(self, now: float) -> None:
        """A new connection; the server speaks first."""
        self._opened(now)

    def receive(self, payload: bytes, now: float) -> None:
        """One text frame. What cannot be read, or is not known, is ignored."""
        self._heard_at = now
        if self.hang_up is not None:
            return
        try:
            message = decode_server(payload)
        except ProtocolError:
            return
        self._take(message, now)

    def frames(self) -> list[bytes]:
        """What is to be written now. Call it after ``holding`` is durable: an ack may be among it."""
        if self._ready and self._last_seq is not None and self._last_seq != self._acked_seq:
            self._acked_seq = self._last_seq
            self._out.append(Ack(self._last_seq))
        out, self._out = self._out, []
        return [encode(message) for message in out]

    def events(self) -> list[Event]:
        """What has happened since the last call."""
        events, self._events = self._events, []
        return events

    def tick(self, now: float) -> None:
        """Heartbeats, repetitions, and the silence of the other end."""
        if now - self._heard_at > self._beat_s + ANSWER_S:
            self.hang_up = "silence"
        if now >= self._beat_at:
            self._beat_at = now + self._beat_s
            self._out.append(Heartbeat(t=round(now, 3), acked_seq=self._acked_seq))
        if now >= self._resend_at:
            self._resend(now)

    def closed(self, code: int, now: float, retry_after_s: float | None = None) -> Next:
        """The connection ended (1006 where nothing was said). ``retry_after_s`` is that of a refused handshake."""
        self._ready = self.live = False
        self._beat_at = self._resend_at = float("inf")
        step = _STEP_AFTER.get(code, Step.RESUME)
        if step is Step.ERASED:
            self.holding.clear()
        asked, self._asked_after_s = self._asked_after_s, None
        after_s = retry_after_s if retry_after_s is not None else asked
        if after_s is None:
            after_s = self._rng.uniform(0.0, min(MAX_BACKOFF_S, FIRST_BACKOFF_S * 2 ** min(self._tries, 10)))
            if code == Close.TOO_MANY:
                after_s += MAX_BACKOFF_S
        self._tries += 1
        return Next(step, after_s)

    def server_now(self, now: float) -> Instant:
        """The server's time, as far as ``hello`` told: what every ``at`` is written in."""
        return self._server_time + int((now - self._server_time_at) * 1e6 * self._speed)

    # ------------------------------------------------------------------ the officer's side
    def position(self, position: Position) -> None:
        """The newest fix; kept for the next ``identify`` where there is no connection."""
        self._position = FirstPosition(
            position.at, position.lon, position.lat, position.accuracy_m, position.speed_mps, position.heading_deg
        )
        if self._ready:
            self._out.append(position)

    def status(self, status: UnitStatus, now: float) -> None:
        if self._ready:
            self._out.append(StatusChange(status, self._at(now)))

    def seen(self, alert_id: str, now: float) -> None:
        if self._ready and (rev := self.holding.revs.get(alert_id)):
            self._out.append(Seen(alert_id, rev, self._at(now)))

    def respond(self, key: str, alert_id: str, choice: Disposition, now: float, text: str | None = None) -> None:
        """Said again until it is confirmed, over as many connections as that takes."""
        self._say(Respond(key, alert_id, self.holding.revs.get(alert_id, 0), self._at(now), choice, text), now)

    def emergency(
        self, key: str, now: float, lon: float | None = None, lat: float | None = None, text: str | None = None
    ) -> None:
        self._say(EmergencyCall(key, self._at(now), lon, lat, text), now)

    def cancel_emergency(self, key: str, emergency: str, now: float) -> None:
        self._say(EmergencyCancel(key, emergency, self._at(now)), now)

    def request_briefing(self, key: str, now: float, beat: str | None = None) -> None:
        self._say(BriefingRequest(key, beat), now)

    def _say(self, message: Keyed, now: float) -> None:
        self.unconfirmed[message.key] = message
        if self._ready:
            self._out.append(message)
            self._resend_at = min(self._resend_at, now + RESEND_S)

    def _resend(self, now: float) -> None:
        self._out.extend(self.unconfirmed.values())
        self._resend_at = now + RESEND_S if self.unconfirmed else float("inf")

    def _at(self, now: float) -> str:
        return format_instant(self.server_now(now))

    # ------------------------------------------------------------------ what the server says
    def _take(self, message: ServerMessage, now: float) -> None:
        match message:
            case Hello():
                self._hello(message, now)
            case Ready():
                self._is_ready(message, now)
            case Alert() | Cancel() | Purge():
                self._sequenced(message)
            case Reset():
                self._reset(message)
            case HeartbeatAck():
                self._heartbeat_ack(message)
            case Reconnect():
                self._asked_after_s, self.hang_up = message.after_ms / 1_000, "drain"
            case _:
                self._other(message)

    def _hello(self, hello: Hello, now: float) -> None:
        self._server_time, self._server_time_at = parse_instant(hello.server_time), now
        self._beat_s = float(hello.heartbeat_s)
        self._beat_at = now + self._rng.uniform(0.0, self._beat_s)
        held = self.holding
        self._out.append(
            Identify(self.device_id, self.token, self.app, self._position)
            if held.epoch is None
            else Resume(self.device_id, held.epoch, held.seq, self.token, self.app, self._position)
        )

    def _is_ready(self, ready: Ready, now: float) -> None:
        self._ready, self._tries, self.head_seq = True, 0, ready.head_seq
        self.holding.belongs_to(ready.officer.id)
        self._resend(now)
        self._events.append(ready)

    def _sequenced(self, message: Alert | Cancel | Purge) -> None:
        if not isinstance(message.seq, int):
            return
        if message.prev_seq != self._last_seq:
            self.hang_up = "gap"
            return
        self._last_seq = message.seq
        self.head_seq = max(self.head_seq, message.seq)
        if effect := self.holding.apply(message):
            self._events.append(effect)

    def _reset(self, reset: Reset) -> None:
        self._resets.append(reset)
        if not reset.more:
            self._events.append(self.holding.replace(self._resets))
            self._resets = []

    def _heartbeat_ack(self, beat: HeartbeatAck) -> None:
        self.head_seq = max(self.head_seq, beat.head_seq)
        if beat.sent_seq != (self._last_seq or 0):
            self.hang_up = "gap"

    def _other(self, message: CaughtUp | StatusReport | Confirmed | AuthExpiring | BriefingDocument | Error) -> None:
        if isinstance(message, CaughtUp):
            self.live = True
        elif isinstance(message, Confirmed):
            self.unconfirmed.pop(message.key, None)
        elif isinstance(message, BriefingDocument):
            self.unconfirmed.pop(message.request, None)
        elif isinstance(message, Error) and message.ref is not None and message.code not in _TRY_AGAIN:
            self.unconfirmed.pop(message.ref, None)
        self._events.append(message)


_TRY_AGAIN = frozenset({"rate_limited", "not_identified", "try_again"})
"""Codes of ``error`` after which the same message may be said again."""
