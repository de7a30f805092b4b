"""The `status` message: the officer's state as the server knows it, told whenever it has changed."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from geo.clock import Instant, format_instant
from geo.model import Shift
from streams.conversation.messages import PositionState, ShiftWords, StatusReport
from streams.delivery.presence import Connection, Person

LOOKS = 25
"""So many looks in a row after something that may change the state at the pipeline's next tick."""


class States(Protocol):
    """What the pipeline knows of an officer."""

    def position_of(self, officer_id: str) -> str: ...
    def shift_of(self, officer_id: str) -> Shift | None: ...


class Reporting:
    """Looks, and tells what is new."""

    def __init__(self, states: States) -> None:
        self._states = states
        self._watched: dict[Connection, int] = {}

    def report(self, connection: Connection, always: bool = False) -> None:
        """Says ``status`` where it differs from what was said last, or in any case."""
        person = connection.person
        if person is None or not connection.session.live:
            return
        told = connection.session.told_status
        known = _POSITIONS.get(self._states.position_of(person.officer), "none")
        position = told.position if person.followed and told is not None else known
        shift = self._states.shift_of(person.officer)
        words = None if shift is None else shift_words(shift.id, shift.start, shift.end, shift.beat)
        if always or told is None or (told.status, told.position, told.shift) != (person.status, position, words):
            connection.session.report(StatusReport(person.status, position, words), always)
            connection.flush()

    def watch(self, person: Person) -> None:
        """Something came in that the pipeline has yet to judge."""
        for connection in person.connections:
            self._watched[connection] = LOOKS

    def look(self) -> None:
        """At every officer who is watched."""
        for connection, left in list(self._watched.items()):
            self.report(connection)
            if left <= 1 or connection.person is None:
                del self._watched[connection]
            else:
                self._watched[connection] = left - 1


_POSITIONS: dict[str, PositionState] = {"ok": "ok", "stale": "stale", "none": "none"}


@lru_cache(20_000)
def shift_words(id: str, start: Instant, end: Instant, beat: str | None) -> ShiftWords:
    """A shift as ``status`` has it: worded once, not each time that all officers are looked at."""
    return ShiftWords(id, format_instant(start), format_instant(end), beat)
