"""``status`` is said when the officer's state has changed, and looked for a while after something came in."""

from __future__ import annotations

import json

from geo.model import Shift, UnitStatus
from streams.conversation.protocol import Phase, SessionLimits
from streams.conversation.session import ServerSession
from streams.delivery.presence import Connection, Person
from streams.delivery.reporting import LOOKS, Reporting, shift_words
from tests.streams.delivery.test_presence import Line
from tests.streams.speaking import NOW


class States:
    position = "none"
    shift: Shift | None = None

    def position_of(self, officer_id: str) -> str:
        return self.position

    def shift_of(self, officer_id: str) -> Shift | None:
        return self.shift


def seated() -> tuple[Reporting, States, Person, Line]:
    line, states, person = Line(), States(), Person("o1")
    session = ServerSession(SessionLimits(), "n", "x", NOW, 0.0)
    session.frames()
    session.phase = Phase.LIVE
    connection = Connection(session, line)
    connection.person = person
    person.connections.append(connection)
    return Reporting(states), states, person, line


def test_only_what_is_new_is_said() -> None:
    reporting, states, person, line = seated()
    (connection,) = person.connections
    reporting.report(connection)
    reporting.report(connection)
    states.position = "ok"
    reporting.report(connection)
    person.status = UnitStatus.EN_ROUTE
    reporting.report(connection)
    reporting.report(connection, always=True)
    told = [json.loads(frame) for frame in line.sent]
    assert [(one["status"], one["position"]) for one in told] == [
        ("off_duty", "none"),
        ("off_duty", "ok"),
        ("en_route", "ok"),
        ("en_route", "ok"),
    ]


def test_a_shift_is_told_with_its_beat() -> None:
    reporting, states, person, line = seated()
    states.shift = Shift(id="s1", officer="o1", start=NOW, end=NOW + 1_000_000, beat="B7")
    reporting.report(person.connections[0])
    assert json.loads(line.sent[0])["shift"] == {
        "id": "s1",
        "from": "2026-11-22T18:00:00.000Z",
        "to": "2026-11-22T18:00:01.000Z",
        "beat": "B7",
    }
    assert shift_words("s1", NOW, NOW, None).start == "2026-11-22T18:00:00.000Z"


def test_who_is_watched_is_looked_at_for_a_while() -> None:
    reporting, states, person, line = seated()
    reporting.watch(person)
    reporting.look()
    states.position = "ok"
    reporting.look()
    assert len(line.sent) == 2
    for _ in range(LOOKS):
        reporting.look()
    states.position = "stale"
    reporting.look()
    assert len(line.sent) == 2


def test_nothing_is_said_before_he_is_in_or_after_he_has_gone() -> None:
    reporting, _, person, line = seated()
    (connection,) = person.connections
    connection.session.phase = Phase.JOINING
    reporting.report(connection)
    connection.session.phase = Phase.LIVE
    connection.person = None
    reporting.report(connection)
    assert not line.sent
