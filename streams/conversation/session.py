"""The server's end of one device's conversation, without I/O: what it may say and when, what it is told, when it ends.

Inputs: ``receive`` (a text frame), ``tick`` (time has passed), and what the hub knows (``ready``, ``offer``, ...), each
with ``now`` in monotonic seconds. Outputs: ``frames()`` to write, the messages that ``receive`` and ``tick`` return for
the hub to act on, and ``goodbye``, the close code and reason once the conversation is over.

    AWAITING --identify, resume--> JOINING --ready--> LIVE
        \\______________________________\\_______________\\--> OVER
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from geo.clock import Instant, format_instant
from geo.store.rows import Act
from streams.conversation.frames import frame
from streams.conversation.messages import (
    Ack,
    AuthExpiring,
    CaughtUp,
    Confirmed,
    DeviceMessage,
    Error,
    Heartbeat,
    HeartbeatAck,
    Hello,
    Identify,
    Limits,
    Position,
    Ready,
    Reauth,
    Reconnect,
    Resume,
    ServerMessage,
    StatusReport,
)
from streams.conversation.owed import Owed, Word
from streams.conversation.protocol import HEARTBEAT_S, MAX_FRAME_BYTES, PROTOCOL, Close, Phase, SessionLimits
from streams.conversation.rates import Pace
from streams.conversation.wire import cannot, decode_device, encode, ref_of
from streams.errors import Malformed, ProtocolError

_NEVER = float("inf")
_REF_MAX = 200


class ServerSession:
    """One connection. ``due`` is when ``tick`` has something to do, at the latest."""

    __slots__ = (
        "_early", "_early_bytes", "_expires_at", "_expiring_told", "_heard_at", "_late", "_limits", "_opened_at",
        "_out", "_pace", "_sent_at", "_starts_at", "blocked_at", "due", "epoch", "goodbye", "head_seq", "offered",
        "owed", "phase", "told_status")  # fmt: skip

    def __init__(self, limits: SessionLimits, node: str, nonce: str, server_time: Instant, now: float) -> None:
        self._limits = limits
        self._pace = Pace(limits, now)
        self._late: Position | None = None
        self._early: deque[DeviceMessage] | None = None
        self._early_bytes = 0
        self._heard_at = self._opened_at = now
        self._sent_at = self._expires_at = _NEVER
        self._expiring_told: str | None = None
        self.phase = Phase.AWAITING
        self.goodbye: tuple[int, str] | None = None
        self.owed = Owed(limits)
        self.epoch = ""
        self.head_seq = self._starts_at = 0
        self.offered: int | None = None
        """``as_of_seq`` of a reset that the device has not yet shown to have stored."""
        self.blocked_at: float | None = None
        """Since when the transport has had more to write than it should: nothing is pushed until it has not."""
        self.told_status: StatusReport | None = None
        self.due = now + limits.identify_s
        hello = Hello(
            PROTOCOL,
            node,
            nonce,
            HEARTBEAT_S,
            format_instant(server_time),
            Limits(MAX_FRAME_BYTES, limits.max_unacked),
        )
        self._out: list[bytes] = [encode(hello)]

    @property
    def live(self) -> bool:
        return self.phase is Phase.LIVE

    @property
    def over(self) -> bool:
        return self.phase is Phase.OVER

    # ------------------------------------------------------------------ out
    def frames(self) -> list[bytes]:
        """Swap and return: what is to be written now, in this order."""
        out = self._out
        if not out:
            return out
        self._out = []
        return out

    def unsent(self, frames: list[bytes]) -> None:
        """These could not be written yet: they come first next time."""
        self._out[:0] = frames

    def block(self, now: float) -> None:
        """The transport's buffer is above its mark."""
        self.blocked_at = now
        self.due = min(self.due, now + self._limits.stalled_s)

    def unblock(self) -> None:
        self.blocked_at = None

    def say(self, message: ServerMessage) -> None:
        if self.phase is not Phase.OVER:
            self._out.append(encode(message))

    def refuse(self, error: ProtocolError) -> None:
        """``error``; the connection stays."""
        self.say(Error(error.code, str(error)[:500], error.ref[:_REF_MAX] if error.ref else None))

    def close(self, code: int, reason: str) -> None:
        """The conversation is over. What was said before is still written."""
        if self.phase is not Phase.OVER:
            self.phase = Phase.OVER
            self.goodbye = (code, reason)
            self._early = None

    def drain(self, after_ms: int) -> None:
        """This process goes away: politely."""
        self.say(Reconnect(after_ms))
        self.close(Close.DRAIN, "the server is going away")

    # ------------------------------------------------------------------ in
    def heard(self, now: float) -> None:
        """Any byte from the device."""
        self._heard_at = now

    def receive(self, payload: bytes, now: float) -> Iterable[DeviceMessage]:
        """One text frame -> the messages that the hub has to act on, in order."""
        self._heard_at = now
        if self.phase is Phase.OVER:
            return ()
        try:
            message = decode_device(payload)
        except Malformed as error:
            self.refuse(error)
            self.close(Close.MALFORMED, str(error))
            return ()
        except ProtocolError as error:
            if self._allowed(now, error.ref):
                self.refuse(error)
            return ()
        if self.phase is Phase.JOINING:
            return self._keep_early(message, len(payload), now)
        return self._take(message, now)

    def receive_binary(self) -> None:
        self.close(Close.MALFORMED, "a message is a text frame")

    def early(self, now: float) -> Iterable[DeviceMessage]:
        """After ``ready``: what was received behind ``identify``, in order."""
        kept, self._early, self._early_bytes = self._early, None, 0
        for message in kept or ():
            if self.phase is Phase.LIVE:
                yield from self._take_allowed(message, now)

    @property
    def congested(self) -> bool:
        """So much waits behind ``identify`` that no more should be read."""
        return self._early_bytes > self._limits.early_bytes

    def _keep_early(self, message: DeviceMessage, size: int, now: float) -> Iterable[DeviceMessage]:
        if isinstance(message, Position) and not self._pace.position(now):
            self._late = message
            return ()
        if not isinstance(message, Position) and not self._allowed(now, ref_of(message)):
            return ()
        if self._early is None:
            self._early = deque()
        self._early.append(message)
        self._early_bytes += size
        return ()

    def _take(self, message: DeviceMessage, now: float) -> Iterable[DeviceMessage]:
        if isinstance(message, Position):
            if not self._pace.position(now):
                self._late = message
                self.due = min(self.due, now + 1.0 / self._limits.positions_per_s)
                return ()
            self._late = None
            return self._take_allowed(message, now)
        if isinstance(message, Ack) and self.phase is Phase.LIVE:
            return self._ack(message, now)
        if not self._allowed(now, ref_of(message)):
            return ()
        return self._take_allowed(message, now)

    def _take_allowed(self, message: DeviceMessage, now: float) -> Iterable[DeviceMessage]:
        """What the rates let through."""
        if self.phase is Phase.AWAITING:
            return self._first(message)
        match message:
            case Heartbeat():
                self.say(HeartbeatAck(message.t, self.head_seq, self.owed.last_seq or 0))
            case Ack():
                pass  # before `ready`: it cannot be about anything that was sent on this connection
            case Identify() | Resume():
                self.refuse(cannot(message, "already_identified", "this connection has identified itself"))
            case Reauth():
                self.refuse(cannot(message, "not_supported", "this server does not replace credentials: reconnect"))
            case _:
                return (message,)
        return ()

    def _first(self, message: DeviceMessage) -> Iterable[DeviceMessage]:
        if not isinstance(message, Identify | Resume):
            self.refuse(cannot(message, "not_identified", "identify or resume comes first"))
            return ()
        self.phase = Phase.JOINING
        self.due = self._heard_at + self._limits.silent_s
        return (message,)

    def _ack(self, message: Ack, now: float) -> Iterable[DeviceMessage]:
        """An ack that says something new costs nothing: there are no more of them than there are messages."""
        if self._stored(message.seq, now):
            return (message,)
        self._allowed(now, "ack")
        return ()

    def _stored(self, seq: int, now: float) -> bool:
        if self.offered is not None and seq >= self.offered:
            self.offered = None
            self.owed.acknowledged(seq, now)
            return True
        return bool(self.owed.acknowledged(seq, now))

    def _allowed(self, now: float, ref: str | None) -> bool:
        if self._pace.message(now):
            return True
        self.refuse(ProtocolError("more than 120 messages a minute", code="rate_limited", ref=ref))
        if self._pace.refused >= self._limits.refusals:
            self.close(Close.TOO_MANY, "too many messages")
        return False

    # ------------------------------------------------------------------ joining
    def ready(self, ready: Ready, expires_at: float, expires_text: str) -> None:
        """``identify`` or ``resume`` is answered; ``expires_at`` is when the token runs out, in monotonic seconds."""
        self.epoch, self._starts_at = ready.epoch, ready.head_seq
        self.head_seq = max(self.head_seq, ready.head_seq)
        self._expires_at, self._expiring_told = expires_at, expires_text
        self.say(ready)

    def reset(self, frames: list[bytes], as_of_seq: int) -> None:
        """Everything the device holds is replaced; what waits numbered up to ``as_of_seq`` is part of it."""
        self._out.extend(frames)
        self.offered = as_of_seq
        self.owed.continues(as_of_seq)
        self.owed.settled_up_to(as_of_seq)

    def replay(self, words: Iterable[Word], head_seq: int, above: frozenset[int], now: float) -> None:
        """What the device lacks, by priority, then seq; no window: at most 300 messages."""
        self.owed.continues(head_seq, above)
        self.owed.settled_up_to(head_seq)
        for word in sorted(words, key=lambda word: (word.priority, word.seq)):
            self._send(word, now)

    def caught_up(self, seq: int, now: float) -> None:
        """What follows is live."""
        self.say(CaughtUp(seq))
        if self.phase is Phase.JOINING:
            self.phase = Phase.LIVE
        self._plan(now)

    def report(self, report: StatusReport, always: bool = False) -> None:
        """The officer's state, if it is not what was told last."""
        if always or report != self.told_status:
            self.told_status = report
            self.say(report)

    def confirm(self, key: str) -> None:
        self.say(Confirmed(key))

    # ------------------------------------------------------------------ live
    def push(self, seq: int, priority: int, act: Act, tail: bytes, now: float) -> bytes | None:
        """The short way: the frame, to be written at once, where nothing stands before it. None: ``offer`` it."""
        if self.phase is not Phase.LIVE or self._out or self.blocked_at is not None:
            return None
        owed = self.owed
        if not owed.clear_way(priority):
            return None
        payload = frame(act, seq, owed.last_seq, tail)
        owed.sent(seq, len(payload), now)
        if seq > self.head_seq:
            self.head_seq = seq
        self._sent_at = now
        if self.due > now + self._limits.burst_s:
            self.due = now + self._limits.burst_s
        return payload

    def say_unrecorded(self, act: Act, tail: bytes) -> None:
        """Without a number of its own: it repeats the last one sent here, or where this connection began (0009)."""
        if self.phase is Phase.LIVE:
            last = self.owed.last_seq
            self.owed.last_seq = self._starts_at if last is None else last
            self._out.append(frame(act, self.owed.last_seq, last, tail))

    def offer(self, word: Word, now: float) -> None:
        """Something new is owed: it is held, and sent when its turn has come, perhaps now."""
        if self.phase is Phase.OVER:
            return
        if word.seq > self.head_seq:
            self.head_seq = word.seq
        self.owed.hold(word, now)
        self.due = min(self.due, now + self._limits.stalled_s)
        self.pump(now)

    def skip(self, seq: int) -> None:
        """Something new is owed that is not said now: the officer is off duty."""
        if seq > self.head_seq:
            self.head_seq = seq

    def pump(self, now: float) -> None:
        """Sends of what waits as much as may be sent."""
        if self.phase is not Phase.LIVE:
            return
        while self.blocked_at is None and (word := self.owed.next()) is not None:
            self._send(word, now)

    def _send(self, word: Word, now: float) -> None:
        payload = frame(word.act, word.seq, self.owed.last_seq, word.speech.tail())
        self._out.append(payload)
        self.owed.sent(word.seq, len(payload), now)
        self._sent_at = now
        self.due = min(self.due, now + self._limits.burst_s)

    # ------------------------------------------------------------------ time
    def tick(self, now: float) -> Iterable[DeviceMessage]:
        """What time brings: to be called when ``due`` has come."""
        limits = self._limits
        if self.phase is Phase.OVER:
            self.due = _NEVER
            return ()
        if self.phase is Phase.AWAITING and now - self._opened_at >= limits.identify_s:
            self.close(Close.NOT_AUTHENTICATED, "no identify within 5 s")
            return ()
        if now - self._heard_at >= limits.silent_s:
            self.close(Close.SILENT, "silent for 45 s")
            return ()
        if self.blocked_at is not None and now - self.blocked_at >= limits.stalled_s:
            self.close(Close.SLOW, "nothing read for 15 s")
            return ()
        if self.phase is Phase.LIVE:
            self._live_tick(now)
        late = self._late_position(now)
        self._plan(now)
        return late

    def _live_tick(self, now: float) -> None:
        limits = self._limits
        if now - self._sent_at >= limits.burst_s:
            self._sent_at = _NEVER
            self.say(HeartbeatAck(None, self.head_seq, self.owed.last_seq or 0))
        if self._expiring_told is not None and now >= self._expires_at - limits.expiring_s:
            self.say(AuthExpiring(self._expiring_told))
            self._expiring_told = None
        if now >= self._expires_at:
            self.close(Close.NOT_AUTHENTICATED, "the token has expired")
        elif self.owed.stalled(now, limits.stalled_s):
            self.close(Close.SLOW, "nothing acknowledged for 15 s")
        elif self.owed.waiting > limits.max_waiting:
            self.close(Close.SLOW, "too much is waiting: resume")

    def _late_position(self, now: float) -> Iterable[DeviceMessage]:
        late = self._late
        if late is None or self.phase is not Phase.LIVE or not self._pace.position(now):
            return ()
        self._late = None
        return (late,)

    def _plan(self, now: float) -> None:
        limits = self._limits
        due = self._heard_at + limits.silent_s
        if self.phase is Phase.AWAITING:
            due = min(due, self._opened_at + limits.identify_s)
        if self.phase is Phase.LIVE:
            expiry = self._expires_at if self._expiring_told is None else self._expires_at - limits.expiring_s
            due = min(due, self._sent_at + limits.burst_s, expiry)
            if self.owed.waiting:
                due = min(due, now + 1.0)
        if self.blocked_at is not None:
            due = min(due, self.blocked_at + limits.stalled_s)
        if self._late is not None:
            due = min(due, now + 1.0 / limits.positions_per_s)
        self.due = due
