"""One officer's series and two devices as a state machine: whatever is lost, doubled, crashed, revoked or expired."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from geo.store.rows import Act, DeviceCursor
from streams.conversation import frames
from streams.conversation.device import DeviceSession
from streams.conversation.holding import Ended, Erased, Holding, Replaced, Shown
from streams.conversation.messages import Alert, Cancel, Identify, OfficerWords, Purge, Ready, Resume
from streams.conversation.owed import Owed, Word
from streams.conversation.protocol import SessionLimits
from streams.conversation.session import ServerSession
from streams.delivery.speech import Again
from tests.streams.conversation.test_device import AT, tail
from tests.streams.speaking import NOW

LIMITS = SessionLimits(max_unacked=4, beyond_for_p1=2)
DEVICES = (0, 1)
which = st.sampled_from(DEVICES)
some = st.integers(1, 8)


@dataclass
class Series:
    """What is durable: the newest word about each record, how far each device is known to be, the epoch."""

    epoch: str = "e1"
    head: int = 0
    newest: dict[str, Word] = field(default_factory=dict)
    cursors: dict[int, DeviceCursor] = field(default_factory=dict)

    def say(self, record: str, act: Act, priority: int, reason: str) -> Word | None:
        before = self.newest.get(record)
        if act is not Act.ALERT and (before is None or before.act is not Act.ALERT):
            return None
        self.head += 1
        rev = before.rev + 1 if before else 1
        if act is Act.ALERT:
            body = tail(record, rev)
        elif act is Act.CANCEL:
            body = frames.cancel_tail(record, rev, reason)
        else:
            body = frames.purge_tail(record, reason)
        word = self.newest[record] = Word(self.head, record, rev, priority, act, Again(body))
        return word

    def lacking(self, number: int, message: Resume) -> list[Word] | None:
        """None: it cannot be proven to be all."""
        known = self.cursors.get(number)
        if known is None or known.epoch != self.epoch != "" or message.epoch != self.epoch or message.seq > self.head:
            return None
        words = [word for word in self.newest.values() if word.seq > min(known.floor, message.seq)]
        return [word for word in words if word.seq > message.seq or word.seq not in known.above]


@dataclass
class End:
    """One device, its connection, what is under way on it, and everything that its screen showed."""

    session: DeviceSession
    server: ServerSession | None = None
    down: list[bytes] = field(default_factory=list)
    up: list[bytes] = field(default_factory=list)
    offered: int | None = None
    newest: dict[str, int] = field(default_factory=dict)
    erased: dict[str, int] = field(default_factory=dict)


class SeriesMachine(RuleBasedStateMachine):
    """The server's part is what store and hub do, in a few lines; sessions, windows, owed and holdings are the real."""

    def __init__(self) -> None:
        super().__init__()
        self.series = Series()
        self.ends = {number: End(self._session(number, Holding())) for number in DEVICES}

    def _session(self, number: int, holding: Holding) -> DeviceSession:
        return DeviceSession(f"d{number}", "token", random.Random(number), holding=holding)

    # ------------------------------------------------------------------ what is said
    @rule(
        records=st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4),
        priority=st.integers(1, 4),
        number=which,
        mischief=st.sampled_from(("none", "none", "lose", "double")),
        then=st.sampled_from(("nothing", "arrives", "is durable")),
    )
    def send(self, records: list[str], priority: int, number: int, mischief: str, then: str) -> None:
        for record in records:
            self._say(self.series.say(record, Act.ALERT, priority, ""))
        if mischief != "none":
            self.meddle(number, 0, mischief == "lose")
        if then != "nothing":
            self.talk(number, then == "is durable")

    @rule(record=st.sampled_from("abcdef"))
    def expire(self, record: str) -> None:
        self._say(self.series.say(record, Act.CANCEL, 4, "expired"))

    @rule(record=st.sampled_from("abcdef"))
    def revoke(self, record: str) -> None:
        self._say(self.series.say(record, Act.PURGE, 1, "not_entitled"))

    def _say(self, word: Word | None) -> None:
        for end in self.ends.values():
            if word is not None and end.server is not None:
                end.server.offer(word, 0.0)

    # ------------------------------------------------------------------ connections
    @rule(number=which, rounds=st.sampled_from((0, 1, 2, 2, 2, 3)))
    def connect(self, number: int, rounds: int) -> None:
        """Also over a connection that the server still believes in: the newest wins. Mostly it gets as far as being
        let in, for what happens before is soon tried out."""
        self._cut(number)
        end = self.ends[number]
        end.server = ServerSession(LIMITS, "n", "x", NOW, 0.0)
        end.session.opened(0.0)
        for _ in range(rounds):
            self.deliver(number, 1_000)
            self.hear(number, 1_000)

    @rule(number=which, kind=st.sampled_from(("drop", "drop", "drop", "device", "server", "restore")))
    def fails(self, number: int, kind: str) -> None:
        """A connection; the device's app (what it holds is durable, all else is gone); the server (acknowledgements
        that had not been written are forgotten); the store, restored from a backup under another epoch."""
        for one in (number,) if kind in ("drop", "device") else DEVICES:
            self._cut(one)
        if kind == "device":
            end = self.ends[number]
            end.session = self._session(number, end.session.holding)
        elif kind == "restore":
            self._restore()

    def _restore(self) -> None:
        self.series.epoch += "'"
        self.series.cursors.clear()
        for end in self.ends.values():
            end.newest, end.erased, end.offered = {}, {}, None

    def _cut(self, number: int) -> None:
        end = self.ends[number]
        if end.server is not None:
            end.session.closed(1006, 0.0)
        end.server = None
        end.down.clear()
        end.up.clear()

    # ------------------------------------------------------------------ the wire
    @rule(number=which, count=some)
    def deliver(self, number: int, count: int) -> None:
        end = self.ends[number]
        if end.server is None:
            return
        end.down += end.server.frames()
        for frame in end.down[:count]:
            end.session.receive(frame, 0.0)
        del end.down[:count]
        self._look(number)
        end.up += end.session.frames()
        if end.session.hang_up:
            self.connect(number, 0)

    @rule(number=which, count=some)
    def hear(self, number: int, count: int) -> None:
        end = self.ends[number]
        session = end.server
        if session is None:
            return
        taken, end.up = end.up[:count], end.up[count:]
        for frame in taken:
            for message in session.receive(frame, 0.0):
                if isinstance(message, Identify | Resume):
                    self._join(number, session, message)
                    list(session.early(0.0))
            session.pump(0.0)

    @rule(number=which, writes=st.booleans())
    def talk(self, number: int, writes: bool) -> None:
        """All that is under way arrives; what is acknowledged may become durable."""
        self.deliver(number, 1_000)
        self.hear(number, 1_000)
        if writes:
            self.write_receipts(number)

    @rule(number=which, place=st.integers(0, 1), loses=st.booleans())
    def meddle(self, number: int, place: int, loses: bool) -> None:
        """A middlebox swallows or repeats a sequenced message inside a connection."""
        end = self.ends[number]
        if end.server is None:
            return
        end.down += end.server.frames()
        sequenced = (b'{"type":"alert"', b'{"type":"cancel"', b'{"type":"purge"')
        places = [at for at, frame in enumerate(end.down) if frame.startswith(sequenced)]
        if place < len(places):
            if loses:
                del end.down[places[place]]
            else:
                end.down.insert(places[place], end.down[places[place]])

    @rule(number=which)
    def repeat_acks(self, number: int) -> None:
        end = self.ends[number]
        end.up += [frame for frame in end.up if b'"ack"' in frame]

    def write_receipts(self, number: int) -> None:
        """The acknowledgements of this connection become durable."""
        end = self.ends[number]
        if end.server is not None and end.server.live and end.offered is None:
            self.series.cursors[number] = end.server.owed.cursor(self.series.epoch)

    def _join(self, number: int, session: ServerSession, message: Identify | Resume) -> None:
        series, end = self.series, self.ends[number]
        if isinstance(message, Resume) and end.offered is not None and message.seq >= end.offered:
            series.cursors[number], end.offered = DeviceCursor(series.epoch, end.offered), None
        rows = series.lacking(number, message) if isinstance(message, Resume) else None
        mode = "snapshot" if rows is None else "replay"
        officer = OfficerWords("o", None, ())
        session.ready(Ready("s", series.epoch, series.head, mode, officer, 1_800), 1e9, AT)  # type: ignore[arg-type]
        if rows is not None:
            session.replay(rows, series.head, series.cursors[number].above, 0.0)
        else:
            live = [frames.reset_alert(word.speech.tail()) for word in series.newest.values() if word.act is Act.ALERT]
            session.reset(frames.reset_frames(series.epoch, series.head, live), series.head)
            if isinstance(message, Identify) or message.epoch != series.epoch:
                series.cursors[number], end.offered = DeviceCursor(series.epoch, series.head), None
            else:
                end.offered = series.head
        session.caught_up(series.head, 0.0)

    # ------------------------------------------------------------------ what must hold
    def _look(self, number: int) -> None:
        end = self.ends[number]
        for event in end.session.events():
            match event:
                case Shown(alert):
                    self._shown(end, alert.alert_id, alert.rev)
                case Replaced(new, _):
                    for alert in new:
                        self._shown(end, alert.alert_id, alert.rev)
                case Ended(name, _) | Erased(name, _):
                    end.erased[name] = end.newest.get(name, 0)
                case _:
                    pass

    def _shown(self, end: End, name: str, rev: int) -> None:
        assert rev > end.newest.get(name, 0), "twice, or back a rev"
        assert rev > end.erased.get(name, 0), "shown after it was taken back"
        end.newest[name] = rev

    @invariant()
    def no_hole_below_what_is_acknowledged(self) -> None:
        """What the store believes to be on a device is on it, or was an alert's end that needs no place there."""
        for number, cursor in self.series.cursors.items():
            held = self.ends[number].session.holding
            if held.epoch != self.series.epoch:
                continue
            for word in self.series.newest.values():
                if word.seq <= cursor.floor or word.seq in cursor.above:
                    gone = word.act is not Act.ALERT and word.record not in held.alerts
                    assert held.revs.get(word.record, 0) >= word.rev or gone, word

    def teardown(self) -> None:
        """Left in peace, every screen is the truth."""
        live = {name: word.rev for name, word in self.series.newest.items() if word.act is Act.ALERT}
        for number, end in self.ends.items():
            self.connect(number, 0)
            for _ in range(100):
                self.deliver(number, 1_000)
                self.hear(number, 1_000)
                if end.server is not None and not end.server.owed.waiting and not end.down and not end.up:
                    self.write_receipts(number)
            assert {name: alert.rev for name, alert in end.session.holding.alerts.items()} == live


TestSeries = SeriesMachine.TestCase
TestSeries.settings = settings(max_examples=250, stateful_step_count=60, deadline=None)


# ---------------------------------------------------------------- the machine itself, proved
def _blind_to_gaps(session: DeviceSession, message: Alert | Cancel | Purge) -> None:
    assert isinstance(message.seq, int)
    session._last_seq = message.seq
    if effect := session.holding.apply(message):
        session._events.append(effect)


def _sent_is_stored(owed: Owed, epoch: str) -> DeviceCursor:
    return DeviceCursor(epoch, owed._top)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "name", "mutant"),
    [(DeviceSession, "_sequenced", _blind_to_gaps), (Owed, "cursor", _sent_is_stored)],
    ids=["a device that is blind to gaps", "a server that takes sent for stored"],
)
def test_the_machine_catches(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, mutant: object) -> None:
    monkeypatch.setattr(owner, name, mutant)
    quick = settings(TestSeries.settings, phases=[Phase.generate], database=None, report_multiple_bugs=False)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(SeriesMachine, settings=quick)
