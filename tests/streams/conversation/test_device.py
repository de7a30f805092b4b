"""The device's end; and both ends joined without a socket, over connections that break in every way."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from geo.model import Disposition, UnitStatus
from geo.store.rows import Act, DeviceCursor
from streams.conversation import frames
from streams.conversation.device import DeviceSession, Step
from streams.conversation.holding import Ended, Holding, Replaced, Shown
from streams.conversation.messages import Ack, CaughtUp, Hello, Identify, Limits, OfficerWords, Position, Ready, Resume
from streams.conversation.owed import Word
from streams.conversation.protocol import Close, SessionLimits
from streams.conversation.session import ServerSession
from streams.conversation.wire import decode_device, encode
from streams.delivery.speech import Again
from tests.streams.speaking import NOW

LIMITS = SessionLimits(max_unacked=4, beyond_for_p1=2)
HELLO = encode(Hello("beatline.v1", "n", "x", 20, "2026-11-22T18:00:00.000Z", Limits()))
READY = encode(Ready("s", "e1", 0, "snapshot", OfficerWords("o", None, ()), 1_800))
AT = "2026-11-22T18:00:00.000Z"


def device(holding: Holding | None = None) -> DeviceSession:
    return DeviceSession("d", "token", random.Random(1), holding=holding)


def sent(session: DeviceSession) -> list[object]:
    return [decode_device(frame) for frame in session.frames()]


def alert(record: str, seq: int, prev: int | None, rev: int = 1) -> bytes:
    return frames.frame(Act.ALERT, seq, prev, tail(record, rev))


def tail(record: str, rev: int) -> bytes:
    own = frames.own_part(rev, 2, "notify", 10.0, 20.0, 0.5, b"[]")
    shared = (
        b'"alert_id":"%b","kind":"incident","category":"c","title":"t","text":"","place":null,"place_text":"",'
        b'"issued_at":"x","occurred_at":null,"expires_at":null,"hazards":[],"marking":"OFFICIAL","grading":null,'
        b'"must_ack":false,"source":{"system":"s","reference":"r"}}' % record.encode()
    )
    return own + shared


# ---------------------------------------------------------------- one end
def test_identifies_at_first_and_resumes_later() -> None:
    first = device()
    first.position(Position(AT, 1.0, 2.0))
    first.opened(0.0)
    first.receive(HELLO, 0.0)
    (identify,) = sent(first)
    assert isinstance(identify, Identify)
    assert identify.position is not None
    later = device(Holding(epoch="e1", seq=7, officer="o"))
    later.opened(0.0)
    later.receive(HELLO, 0.0)
    (resume,) = sent(later)
    assert isinstance(resume, Resume)
    assert (resume.epoch, resume.seq) == ("e1", 7)


def test_acknowledges_what_it_holds_and_shows_a_gap() -> None:
    session = ready()
    session.receive(alert("a", 1, None), 1.0)
    session.receive(alert("b", 2, 1), 1.0)
    assert sent(session) == [Ack(2)]
    assert [type(event) for event in session.events()] == [Shown, Shown]
    session.receive(alert("c", 5, 4), 2.0)
    assert session.hang_up == "gap"
    assert sent(session) == []
    assert session.events() == []


def ready() -> DeviceSession:
    session = device()
    session.opened(0.0)
    session.receive(HELLO, 0.0)
    session.receive(READY, 0.0)
    session.receive(encode(CaughtUp(0)), 0.0)
    session.frames(), session.events()
    return session


def test_a_server_that_has_sent_more_than_came_is_a_gap() -> None:
    session = ready()
    session.receive(b'{"type":"heartbeat_ack","t":null,"head_seq":9,"sent_seq":0}', 1.0)
    assert session.hang_up is None
    session.receive(b'{"type":"heartbeat_ack","t":null,"head_seq":9,"sent_seq":3}', 1.0)
    assert session.hang_up == "gap"


def test_heartbeats_and_silence() -> None:
    session = ready()
    session.tick(20.1)
    assert json.loads(session.frames()[0])["type"] == "heartbeat"
    session.tick(24.9)
    assert session.hang_up is None
    session.tick(25.1)
    assert session.hang_up == "silence"


def test_says_again_until_it_is_confirmed_also_on_the_next_connection() -> None:
    session = ready()
    session.respond("k", "a", Disposition.ATTENDING, 1.0)
    assert len(session.frames()) == 1
    session.tick(11.5)
    assert "k" in [json.loads(frame).get("key") for frame in session.frames()]
    session.closed(1006, 12.0)
    session.opened(13.0)
    session.receive(HELLO, 13.0)
    session.frames()
    session.receive(READY, 13.0)
    assert json.loads(session.frames()[0])["key"] == "k"
    session.receive(b'{"type":"confirmed","key":"k"}', 14.0)
    session.tick(30.0)
    assert not session.unconfirmed
    assert all(json.loads(frame)["type"] == "heartbeat" for frame in session.frames())


def test_what_it_does_after_each_close() -> None:
    steps = {
        Close.DRAIN: Step.RESUME,
        Close.REPLACED: Step.QUIET,
        Close.MALFORMED: Step.STOP,
        Close.NOT_AUTHENTICATED: Step.NEW_TOKEN,
        Close.REVOKED: Step.ERASED,
        Close.UNSUPPORTED_PROTOCOL: Step.STOP,
        1006: Step.RESUME,
    }
    for code, step in steps.items():
        assert device().closed(code, 0.0).step is step
    session = device(Holding(epoch="e", seq=3))
    session.closed(Close.REVOKED, 0.0)
    assert session.holding == Holding()
    assert session.closed(1006, 0.0, retry_after_s=12.5).after_s == 12.5
    assert device().closed(Close.TOO_MANY, 0.0).after_s >= 30.0


def test_comes_back_with_full_jitter() -> None:
    session = device()
    waits = [session.closed(1006, 0.0).after_s for _ in range(30)]
    assert all(wait <= min(30.0, 0.5 * 2**number) for number, wait in enumerate(waits))
    assert len({round(wait, 6) for wait in waits}) == 30


def test_the_clock_is_the_servers() -> None:
    session = ready()
    assert session.server_now(2.5) == NOW + 2_500_000
    session.status(UnitStatus.AVAILABLE, 2.5)
    assert json.loads(session.frames()[0])["at"] == "2026-11-22T18:00:02.500Z"


def test_a_drain_says_when_to_come_back() -> None:
    session = ready()
    session.receive(b'{"type":"reconnect","after_ms":1500}', 1.0)
    assert session.hang_up == "drain"
    assert session.closed(Close.DRAIN, 1.0).after_s == 1.5


# ---------------------------------------------------------------- both ends
@dataclass
class Server:
    """What the store and the hub do for one officer and one device, in ten lines each."""

    head: int = 0
    newest: dict[str, Word] = field(default_factory=dict)
    cursor: DeviceCursor | None = None
    offered: int | None = None
    replay_max: int = 6
    session: ServerSession | None = None

    def say(self, record: str, act: Act, priority: int) -> None:
        before = self.newest.get(record)
        rev = before.rev + 1 if before else 1
        if act is Act.CANCEL and (before is None or before.act is Act.CANCEL):
            return
        self.head += 1
        body = tail(record, rev) if act is Act.ALERT else frames.cancel_tail(record, rev, "closed")
        self.newest[record] = word = Word(self.head, record, rev, priority, act, Again(body))
        if self.session is not None:
            self.session.offer(word, 0.0)

    def join(self, message: Identify | Resume) -> None:
        session = self.session
        assert session is not None
        if isinstance(message, Resume) and self.offered is not None and message.seq >= self.offered:
            self.cursor, self.offered = DeviceCursor("e1", self.offered), None
        rows = self._lacking(message) if isinstance(message, Resume) and self.cursor else None
        whole = rows is not None and len(rows) <= self.replay_max
        mode = "replay" if whole else "snapshot"
        session.ready(Ready("s", "e1", self.head, mode, OfficerWords("o", None, ()), 1_800), 1e9, AT)  # type: ignore[arg-type]
        if whole and rows is not None and self.cursor is not None:
            session.replay(rows, self.head, self.cursor.above, 0.0)
        else:
            alive = [frames.reset_alert(word.speech.tail()) for word in self.newest.values() if word.act is Act.ALERT]
            session.reset(frames.reset_frames("e1", self.head, alive), self.head)
            if isinstance(message, Identify):
                self.cursor, self.offered = DeviceCursor("e1", self.head), None
            else:
                self.offered = self.head
        session.caught_up(self.head, 0.0)

    def _lacking(self, message: Resume) -> list[Word]:
        assert self.cursor is not None
        floor, above = self.cursor.floor, self.cursor.above
        since = min(floor, message.seq)
        words = [word for word in self.newest.values() if word.seq > since]
        return [word for word in words if word.seq > message.seq or word.seq not in above]


@dataclass
class Wire:
    """Both ends and what is under way between them."""

    server: Server = field(default_factory=Server)
    device: DeviceSession = field(default_factory=device)
    down: list[bytes] = field(default_factory=list)
    up: list[bytes] = field(default_factory=list)
    shown: dict[str, int] = field(default_factory=dict)

    def connect(self) -> None:
        self.cut()
        self.server.session = ServerSession(LIMITS, "n", "x", NOW, 0.0)
        self.device.opened(0.0)

    def cut(self) -> None:
        if self.server.session is not None:
            self.device.closed(1006, 0.0)
        self.server.session = None
        self.down.clear()
        self.up.clear()

    def downstream(self, count: int) -> None:
        if self.server.session is None:
            return
        self.down += self.server.session.frames()
        for frame in self.down[:count]:
            self.device.receive(frame, 0.0)
        del self.down[:count]
        self._look()
        self.up += self.device.frames()
        if self.device.hang_up:
            self.connect()

    def upstream(self, count: int) -> None:
        session = self.server.session
        if session is None:
            return
        taken, self.up = self.up[:count], self.up[count:]
        for frame in taken:
            for message in session.receive(frame, 0.0):
                if isinstance(message, Identify | Resume):
                    self.server.join(message)
                    list(session.early(0.0))
                elif isinstance(message, Ack):
                    self.server.cursor, self.server.offered = session.owed.cursor("e1"), None
                    self._no_hole()
            session.pump(0.0)

    def _look(self) -> None:
        """Nothing is shown twice, and no revision goes back."""
        for event in self.device.events():
            if isinstance(event, Shown):
                assert event.alert.rev > self.shown.get(event.alert.alert_id, 0)
                self.shown[event.alert.alert_id] = event.alert.rev
            elif isinstance(event, Replaced):
                for new in event.new:
                    assert new.rev > self.shown.get(new.alert_id, 0)
                    self.shown[new.alert_id] = new.rev
            else:
                assert not isinstance(event, Ended) or event.alert_id in self.shown

    def _no_hole(self) -> None:
        """Whatever the server believes to be on the device is on the device, or was never an alert there."""
        cursor = self.server.cursor
        assert cursor is not None
        for word in self.server.newest.values():
            if word.seq <= cursor.floor or word.seq in cursor.above:
                known = self.device.holding.revs.get(word.record, 0)
                assert known == word.rev or (word.act is Act.CANCEL and word.record not in self.device.holding.alerts)

    def settle(self) -> None:
        self.connect()
        for _ in range(200):
            self.downstream(1_000)
            self.upstream(1_000)
        alive = {record: word.rev for record, word in self.server.newest.items() if word.act is Act.ALERT}
        assert {name: held.rev for name, held in self.device.holding.alerts.items()} == alive


def _sequenced(frame: bytes) -> bool:
    return frame.startswith((b'{"type":"alert"', b'{"type":"cancel"'))


_steps = st.one_of(
    st.tuples(
        st.just("say"),
        st.sampled_from("abcdefghij"),
        st.sampled_from([Act.ALERT, Act.ALERT, Act.CANCEL]),
        st.integers(1, 4),
    ),
    st.tuples(st.just("down"), st.integers(1, 8)),
    st.tuples(st.just("up"), st.integers(1, 8)),
    st.tuples(st.just("cut")),
    st.tuples(st.just("connect")),
    st.tuples(st.just("lose"), st.integers(0, 5)),
    st.tuples(st.just("double"), st.integers(0, 5)),
    st.tuples(st.just("swap"), st.integers(0, 5)),
)


@given(st.lists(_steps, max_size=80), st.integers(0, 8))
@settings(max_examples=300, deadline=None)
def test_no_hole_nothing_twice_never_back(steps: list[tuple[object, ...]], replay_max: int) -> None:
    wire = Wire(Server(replay_max=replay_max))
    for step in steps:
        match step:
            case ("say", str(record), Act() as act, int(priority)):
                wire.server.say(record, act, priority)
            case ("down", int(count)):
                wire.downstream(count)
            case ("up", int(count)):
                wire.upstream(count)
            case ("cut",):
                wire.cut()
            case ("connect",):
                wire.connect()
            case (str(kind), int(place)):
                _meddle(wire, kind, place)
    wire.settle()


def _meddle(wire: Wire, kind: str, place: int) -> None:
    """A middlebox that loses, repeats or reorders a sequenced message inside a connection."""
    if wire.server.session is not None:
        wire.down += wire.server.session.frames()
    places = [number for number, frame in enumerate(wire.down) if _sequenced(frame)]
    if place >= len(places):
        return
    at = places[place]
    if kind == "lose":
        del wire.down[at]
    elif kind == "double":
        wire.down.insert(at, wire.down[at])
    elif at + 1 < len(wire.down) and _sequenced(wire.down[at + 1]):
        wire.down[at], wire.down[at + 1] = wire.down[at + 1], wire.down[at]
