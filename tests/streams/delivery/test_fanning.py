"""A fan-out in slices: everybody once, P1 first, never a newer word before an older one about the same record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Any

import pytest

from geo.model import UnitStatus
from geo.store.rows import Act
from streams.conversation.protocol import Phase, SessionLimits
from streams.conversation.session import ServerSession
from streams.delivery import fanning
from streams.delivery.fanning import Fanning
from streams.delivery.presence import Connection, Person
from streams.delivery.speech import SharedParts
from tests.streams.speaking import NOW, delivered, incident


class Line:
    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []

    def send(self, payload: bytes) -> None:
        self.got.append(json.loads(payload))

    def send_all(self, payloads: Sequence[bytes]) -> None:
        for payload in payloads:
            self.send(payload)

    def close(self, code: int, reason: str) -> None: ...
    def read_on(self) -> None: ...


class Floor:
    """Officers o0.. with a device each, all live."""

    def __init__(self, size: int) -> None:
        self.persons: dict[str, Person] = {}
        self.lines: list[Line] = []
        self.names = [f"o{number}" for number in range(size)]
        for name in self.names:
            person = self.persons[name] = Person(name)
            person.known, person.status = True, UnitStatus.AVAILABLE
            session = ServerSession(SessionLimits(), "n", "x", NOW, monotonic())
            session.frames()
            session.phase = Phase.LIVE
            line = Line()
            person.connections.append(Connection(session, line))
            self.lines.append(line)
        self.fanning = Fanning(self.persons, SharedParts(lambda record: None))

    def got(self, officer: int) -> list[int]:
        return [message["seq"] for message in self.lines[officer].got]


async def test_a_small_one_has_left_when_deliver_returns() -> None:
    floor = Floor(3)
    floor.fanning.deliver([delivered([*floor.names, "stranger"], [1, 0, 1, 1])])
    assert [floor.got(number) for number in range(3)] == [[1], [], [1]]
    assert floor.fanning.pushed == 2


async def test_a_large_one_goes_in_slices_and_all_are_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanning, "SLICE_S", 0.0)
    floor = Floor(200)
    floor.fanning.deliver([delivered(floor.names, [1] * 200)])
    assert 0 < floor.fanning.pushed < 200
    floor.fanning.deliver([delivered(floor.names, [2] * 200, incident("2"))])
    await floor.fanning.drained()
    assert all(floor.got(number) == [1, 2] for number in range(200))


async def test_a_fan_out_is_put_into_words_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanning, "PIECE", 40)
    floor = Floor(100)
    floor.fanning.deliver([delivered([*floor.names, "stranger"], [*range(1, 101), 101])])
    await floor.fanning.drained()
    assert [floor.got(number) for number in range(100)] == [[number + 1] for number in range(100)]


async def test_p1_goes_before_what_waits_but_not_before_an_older_word_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fanning, "SLICE_S", 0.0)
    floor = Floor(64)
    floor.fanning.deliver([delivered(floor.names, [1] * 64, priority=3)])
    floor.fanning.deliver([delivered(floor.names, [2] * 64, incident("2"), priority=3)])
    floor.fanning.deliver([delivered(floor.names, [3] * 64, incident("3"), priority=1)])
    floor.fanning.deliver([delivered(floor.names, [4] * 64, incident("2"), priority=1, rev=2)])
    await floor.fanning.drained()
    assert floor.got(63) == [3, 1, 2, 4]


async def test_off_duty_no_alert_but_what_takes_back() -> None:
    floor = Floor(1)
    floor.persons["o0"].status = UnitStatus.OFF_DUTY
    floor.fanning.deliver([delivered(["o0"], [1])])
    floor.fanning.deliver([delivered(["o0"], [2], act=Act.CANCEL)])
    assert floor.got(0) == [2]
    assert floor.persons["o0"].connections[0].session.head_seq == 2


async def test_who_is_slow_is_held_for_and_nobody_else_waits() -> None:
    floor = Floor(2)
    slow = floor.persons["o0"].connections[0].session
    slow.block(0.0)
    floor.fanning.deliver([delivered(floor.names, [1, 1])])
    assert (floor.got(0), floor.got(1)) == ([], [1])
    assert (slow.owed.waiting, floor.fanning.held) == (1, 1)


async def test_nothing_owed_is_nothing_said() -> None:
    floor = Floor(1)
    floor.fanning.deliver([delivered(["o0"], [0])])
    assert floor.got(0) == []


async def test_what_devices_say_waits_for_a_push_and_is_read_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanning, "SLICE_S", 0.0)
    floor = Floor(200)
    before = floor.fanning.puts_off
    floor.fanning.deliver([delivered(floor.names, [1] * 200)])
    assert (before, floor.fanning.puts_off) == (False, True)
    heard: list[tuple[int, int]] = []
    monkeypatch.setattr(fanning, "SLICE_S", 1.0)

    def fails() -> None:
        raise ValueError("a poisoned message")

    def reads(number: int) -> None:
        heard.append((number, len(floor.got(199))))

    floor.fanning.later(fails)
    for number in range(3):
        floor.fanning.later(partial(reads, number))
    assert heard == []
    await floor.fanning.drained()
    assert heard == [(0, 1), (1, 1), (2, 1)]
    assert floor.fanning.puts_off == before


async def test_a_push_that_takes_long_puts_nothing_off_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanning, "SLICE_S", 0.0)
    monkeypatch.setattr(fanning, "PUT_OFF_S", 0.0)
    floor = Floor(200)
    floor.fanning.deliver([delivered(floor.names, [1] * 200)])
    assert not floor.fanning.puts_off
    assert floor.got(199) == []
    await floor.fanning.drained()
    assert floor.got(199)
