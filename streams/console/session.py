"""The server's end of one console's conversation, without I/O: what it is shown and when, and when it ends.

What is to be shown is kept as keys, newest wins: a console that does not read costs one entry per unit and record,
and gets the state of the moment when it reads again; after 15 s of that it is cut off (4101).

    AWAITING --open--> JOINING --begin--> LIVE
        \\________________\\_______________\\--> OVER
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeAlias

from geo.clock import SECOND, Instant, format_instant
from geo.model import Principal
from streams.console.board import Board, Key, Topic
from streams.console.messages import (
    CONSOLE_PROTOCOL,
    ROOM_IN_SNAPSHOT,
    ConsoleHeartbeat,
    ConsoleHeartbeatAck,
    ConsoleHello,
    ConsoleMessage,
    ConsoleReauth,
    Coverage,
    IncidentGone,
    MoveViewport,
    Open,
    RoomMessage,
    Snapshot,
    StoreState,
    UnansweredShown,
    UnitGone,
    Viewport,
    decode_console,
    encode,
    portion,
    snapshot_frame,
)
from streams.conversation.messages import AuthExpiring, Error, Reconnect, tag_of
from streams.conversation.protocol import HEARTBEAT_S, MAX_FRAME_BYTES, Close, Phase, SessionLimits
from streams.conversation.rates import Pace
from streams.errors import Malformed, NotAuthenticated, ProtocolError, RateLimited

KEYS_AT_ONCE = 50
"""Keys turned into messages at a stretch: about 3 ms where none was made before."""
_NEVER = float("inf")
_ABOUT_RECORDS = (Topic.DELIVERIES, Topic.RECEIPTS)
"""Said only to who holds the record that they are about."""
Verify: TypeAlias = Callable[[str], tuple[Principal, float]]


class ConsoleSession:
    """``now`` is monotonic seconds, ``wall`` the wire's time. ``verify`` says who holds a token, and for how many more
    seconds; it raises NotAuthenticated."""

    def __init__(self, limits: SessionLimits, node: str, verify: Verify, wall: Instant, now: float) -> None:
        self._limits, self._verify, self._pace = limits, verify, Pace(limits, now)
        self._opened_at = self._heard_at = now
        self._expires_at, self._expiring_told = _NEVER, False
        self.phase = Phase.AWAITING
        self.goodbye: tuple[int, str] | None = None
        self.principal: Principal | None = None
        self.viewport: Viewport | None = None
        self.blocked_at: float | None = None
        """Since when the transport has had more to write than it should."""
        self._shown: set[Key] = set()
        self._part: int | None = None
        """The number of the next part of a snapshot that is under way."""
        self._to_come: dict[Key, None] = {}
        self._made: deque[tuple[Key, bytes]] = deque()
        self._changed: tuple[dict[Key, None], ...] = tuple({} for _ in Topic)
        self._notes: dict[str, bytes] = {}
        self._out: list[bytes] = []
        self._say(
            ConsoleHello(
                protocol=CONSOLE_PROTOCOL,
                node=node,
                heartbeat_s=HEARTBEAT_S,
                server_time=format_instant(wall),
                max_frame_bytes=MAX_FRAME_BYTES,
            )
        )

    @property
    def over(self) -> bool:
        return self.phase is Phase.OVER

    @property
    def live(self) -> bool:
        return self.phase is Phase.LIVE

    @property
    def waiting(self) -> bool:
        """There is more to say."""
        return bool(self._out or self._notes or any(self._changed)) or (self.live and self._part is not None)

    @property
    def backlog(self) -> int:
        """Changes, and items of a snapshot, that are still to be said."""
        return len(self._to_come) + len(self._made) + sum(map(len, self._changed))

    # ------------------------------------------------------------------ what the console says
    def receive(self, payload: bytes, now: float, wall: Instant) -> None:
        """One text frame."""
        if self.over:
            return
        self._heard_at = now
        try:
            if not self._pace.message(now):
                raise RateLimited("too many messages")
            self._take(decode_console(payload), now, wall)
        except Malformed as error:
            self.close(Close.MALFORMED, str(error))
        except NotAuthenticated as error:
            self.close(Close.NOT_AUTHENTICATED, str(error))
        except ProtocolError as error:
            self._say(Error(error.code, str(error), error.ref))
            if self._pace.refused > self._limits.refusals:
                self.close(Close.TOO_MANY, "too many messages")

    def _take(self, message: ConsoleMessage, now: float, wall: Instant) -> None:
        if isinstance(message, ConsoleHeartbeat):
            self._say(ConsoleHeartbeatAck(message.t, format_instant(wall)))
        elif isinstance(message, Open):
            if self.phase is not Phase.AWAITING:
                raise ProtocolError("this connection is open already", code="already_open", ref="open")
            self._admit(message.token, now)
            self.viewport, self.phase = _checked(message.viewport, "open"), Phase.JOINING
        elif self.phase is Phase.AWAITING:
            raise ProtocolError("open comes first", code="not_open", ref=tag_of(message))
        elif isinstance(message, MoveViewport):
            self.viewport = _checked(message.viewport, "viewport")
            self._again()
        else:
            self._reauth(message, now)

    def _reauth(self, message: ConsoleReauth, now: float) -> None:
        before = self.principal
        self._admit(message.token, now)
        assert before is not None
        assert self.principal is not None
        if self.principal.id != before.id:
            raise NotAuthenticated("reauth is for the same dispatcher")
        if _rights(before) != _rights(self.principal):
            self._again()

    def _admit(self, token: str, now: float) -> None:
        principal, left_s = self._verify(token)
        if principal.role != "dispatcher":
            raise NotAuthenticated(f"the control-room socket is for dispatchers, not for the role {principal.role}")
        self.principal = principal
        self._expires_at, self._expiring_told = now + left_s, False

    def receive_binary(self) -> None:
        self.close(Close.MALFORMED, "messages are text frames")

    # ------------------------------------------------------------------ what the room says
    def begin(self) -> None:
        """What there is to show is known: a snapshot comes first."""
        if self.phase is Phase.JOINING:
            self.phase = Phase.LIVE
            self._again()

    def touch(self, keys: Iterable[Key]) -> None:
        """These have changed."""
        if self.live:
            for key in keys:
                if key not in self._to_come:
                    self._changed[key[0]][key] = None

    def store_is(self, state: StoreState) -> None:
        if self.live:
            self._notes["store"] = encode(state)

    def coverage_is(self, partial: bool) -> None:
        if self.live:
            self._notes["coverage"] = encode(Coverage(partial))

    def drain(self, after_ms: int) -> None:
        """This process goes away."""
        if not self.over:
            self._say(Reconnect(after_ms))
            self.close(Close.DRAIN, "the server goes away")

    def tick(self, now: float, wall: Instant) -> None:
        """Time has passed."""
        if self.over:
            return
        if self.phase is Phase.AWAITING and now - self._opened_at > self._limits.identify_s:
            self.close(Close.NOT_AUTHENTICATED, "no open")
        elif now >= self._expires_at:
            self.close(Close.NOT_AUTHENTICATED, "the token has expired")
        elif now - self._heard_at > self._limits.silent_s:
            self.close(Close.SILENT, "nothing heard")
        elif self.blocked_at is not None and now - self.blocked_at > self._limits.stalled_s:
            self.close(Close.SLOW, "nothing read")
        elif not self._expiring_told and now >= self._expires_at - self._limits.expiring_s:
            self._expiring_told = True
            self._say(AuthExpiring(format_instant(wall + int((self._expires_at - now) * SECOND))))

    def close(self, code: int, reason: str) -> None:
        if not self.over:
            self.phase, self.goodbye = Phase.OVER, (code, reason)
            self._to_come.clear()
            self._made.clear()
            self._notes.clear()
            for changed in self._changed:
                changed.clear()

    # ------------------------------------------------------------------ what goes out
    def frames(self, board: Board, wall: Instant) -> list[bytes]:
        """The next few frames, about 64 KiB at most; none and nothing ``waiting``: all has been said."""
        out, self._out = self._out, []
        if not self.live:
            return out
        out += self._notes.values()
        self._notes.clear()
        if self._part is not None:
            out += self._next_part(board, wall)
            return out + (self._deltas(board, wall, Topic.EMERGENCY) if self._part else [])
        return out + next((some for topic in Topic if (some := self._deltas(board, wall, topic))), [])

    def _again(self) -> None:
        """A new snapshot, from the start."""
        self._part, self._made = 0, deque()
        self._to_come.clear()
        self._shown.clear()

    def _next_part(self, board: Board, wall: Instant) -> list[bytes]:
        assert self.principal is not None
        if self._part == 0 and not self._to_come:
            self._to_come = dict.fromkeys(board.keys(self.principal, self.viewport))
            for changed in self._changed:
                changed.clear()
        if self._size() < ROOM_IN_SNAPSHOT:
            keys = list(islice(self._to_come, KEYS_AT_ONCE))
            for key in keys:
                del self._to_come[key]
            self._made.extend(board.messages(keys, self.principal, self.viewport, wall).items())
            if self._to_come and self._size() < ROOM_IN_SNAPSHOT:
                return []
        return [self._part_of_snapshot(board)]

    def _size(self) -> int:
        return sum(len(message) + 1 for _, message in self._made)

    def _part_of_snapshot(self, board: Board) -> bytes:
        assert self.principal is not None
        assert self._part is not None
        made = [message for _, message in self._made]
        end = portion(made, 0)
        items = [self._made.popleft() for _ in range(end)]
        shown = {key for key, _ in items}
        self._shown |= shown
        items = [(key, message) for key, message in items if key[0] not in _ABOUT_RECORDS or self._has(key[1])]
        more = bool(self._to_come or self._made)
        store = StoreState(board.store, format_instant(board.store_since))
        head = Snapshot(self._part, more, self.viewport, store, board.partial.get(self.principal.force, False))
        self._part = self._part + 1 if more else None
        return snapshot_frame(head, [message for _, message in items])

    def _deltas(self, board: Board, wall: Instant, topic: Topic) -> list[bytes]:
        assert self.principal is not None
        changed = self._changed[topic]
        keys = list(islice(changed, KEYS_AT_ONCE))
        messages = board.messages(keys, self.principal, self.viewport, wall) if keys else {}
        frames: list[bytes] = []
        size = 0
        for key in keys:
            if size > MAX_FRAME_BYTES:
                break
            del changed[key]
            if (frame := self._delta(board, key, messages.get(key))) is not None:
                frames.append(frame)
                size += len(frame)
        return frames

    def _delta(self, board: Board, key: Key, message: bytes | None) -> bytes | None:
        topic, name = key
        known = key in self._shown
        if topic in _ABOUT_RECORDS:
            return message if self._has(name) else None
        if message is not None and (topic is not Topic.EMERGENCY or board.live(name)):
            self._shown.add(key)
            if not known and topic <= Topic.RECORD:
                for about in _ABOUT_RECORDS:
                    self._changed[about][about, name] = None
            return message
        self._shown.discard(key)
        if not known:
            return None
        if message is not None:
            return message
        if topic is Topic.UNANSWERED:
            return encode(UnansweredShown(name, "", "", 0, (), 0))
        return encode(UnitGone(name) if topic is Topic.UNIT else IncidentGone(name))

    def _has(self, record: str) -> bool:
        """The console holds the record that these deliveries are about."""
        return (Topic.RECORD, record) in self._shown or (Topic.EMERGENCY, record) in self._shown

    def _say(self, message: RoomMessage) -> None:
        self._out.append(encode(message))


def _checked(viewport: Viewport | None, ref: str) -> Viewport | None:
    if viewport is not None and (viewport[0] > viewport[2] or viewport[1] > viewport[3]):
        raise ProtocolError("a viewport is west, south, east, north", code="bad_field", ref=ref)
    return viewport


def _rights(principal: Principal) -> tuple[object, ...]:
    return principal.force, principal.clearance, frozenset(principal.operations)
