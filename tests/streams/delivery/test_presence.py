"""A connection writes what its session says, as far as the transport takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from geo.model import UnitStatus
from streams.conversation.messages import Confirmed, FirstPosition, Position
from streams.conversation.protocol import SessionLimits
from streams.conversation.session import ServerSession
from streams.delivery import presence
from streams.delivery.presence import Connection, Person, first_fix, fix_of
from streams.errors import ProtocolError
from tests.streams.speaking import NOW


class Line:
    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.writes: list[int] = []
        self.ended: tuple[int, str] | None = None
        self.full_after: int | None = None
        self.session: ServerSession | None = None

    def send(self, payload: bytes) -> None:
        self.writes.append(1)
        self._take(payload)

    def _take(self, payload: bytes) -> None:
        self.sent.append(payload)
        if self.full_after is not None and len(self.sent) >= self.full_after and self.session:
            self.session.block(0.0)

    def send_all(self, payloads: Sequence[bytes]) -> None:
        self.writes.append(len(payloads))
        for payload in payloads:
            self._take(payload)

    def close(self, code: int, reason: str) -> None:
        self.ended = (code, reason)

    def read_on(self) -> None: ...


def connection() -> tuple[Connection, Line]:
    line = Line()
    line.session = ServerSession(SessionLimits(), "n", "x", NOW, 0.0)
    return Connection(line.session, line), line


def test_short_frames_are_written_together_and_a_long_one_alone() -> None:
    one, line = connection()
    one.flush()
    for key in ("a", "b", "x" * presence.TOGETHER_BYTES, "c"):
        one.session.confirm(key)
    one.flush()
    assert line.writes == [1, 2, 1, 1]
    assert [b'"c"' in frame for frame in line.sent] == [False, False, False, False, True]


def test_writes_in_order_and_stops_where_the_transport_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "TOGETHER_BYTES", 1)
    one, line = connection()
    for number in range(4):
        one.session.confirm(str(number))
    line.full_after = 2
    one.flush()
    assert len(line.sent) == 2
    one.flush()
    assert len(line.sent) == 2
    line.full_after = None
    one.session.unblock()
    one.flush()
    assert b"".join(line.sent).count(b"confirmed") == 4
    assert b'"key":"3"' in line.sent[-1]


def test_the_last_words_are_written_before_the_close() -> None:
    one, line = connection()
    one.session.say(Confirmed("k"))
    one.session.close(4100, "bye")
    one.flush()
    one.flush()
    assert b"confirmed" in line.sent[-1]
    assert line.ended == (4100, "bye")


def test_how_far_the_device_is() -> None:
    one, _ = connection()
    one.session.epoch = "e"
    one.session.owed.sent(5, 10, 0.0)
    one.session.owed.acknowledged(5, 0.0)
    cursor, seqs = one.stored()
    assert (cursor.epoch, cursor.floor, seqs) == ("e", 5, (5,))
    assert one.stored()[1] == ()


def test_what_was_left_unsaid_is_not_stored_on_the_device() -> None:
    one, _ = connection()
    one.session.owed.continues(9)
    one.leave_unsaid(4)
    one.leave_unsaid(7)
    one.session.owed.sent(10, 10, 0.0)
    one.session.owed.acknowledged(10, 0.0)
    assert (one.stored()[0].floor, one.stored()[0].above) == (3, frozenset({10}))
    one.unsaid = None
    assert one.stored()[0].floor == 10


def test_nobody_is_off_duty_before_it_is_known() -> None:
    person = Person("o1")
    known = Person("o2")
    known.known = True
    resting = Person("o3")
    resting.known, resting.status = True, UnitStatus.BREAK
    assert [one.on_duty for one in (person, known, resting)] == [True, False, True]
    assert person.calls is person.calls


def test_a_position_becomes_a_fix() -> None:
    fields: dict[str, Any] = {"at": "2026-11-22T18:00:00Z", "lon": 1.0, "lat": 2.0, "speed_mps": 3.0}
    fix = fix_of(Position(**fields))
    assert (fix.at, fix.lon, fix.lat, fix.speed_mps, fix.accuracy_m) == (NOW, 1.0, 2.0, 3.0, None)
    assert first_fix(FirstPosition(**fields)) == fix
    assert first_fix(None) is None
    assert first_fix(FirstPosition(**(fields | {"at": "yesterday"}))) is None
    with pytest.raises(ProtocolError):
        fix_of(Position(**(fields | {"at": "yesterday"})))
