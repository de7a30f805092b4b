"""The `status` message: the officer's state as the server knows it, told whenever it has changed."""

from __future__ import annotations

from typing import Protocol

from geo.clock import format_instant
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
        status = StatusReport(
            person.status,
            told.position if person.followed and told is not None else known,
            shift_words(self._states.shift_of(person.officer)),
        )
        connection.session.report(status, always)
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


def shift_words(shift: Shift | None) -> ShiftWords | None:
    """A shift as ``status`` has it."""
    if shift is None:
        return None
    return ShiftWords(shift.id, format_instant(shift.start), format_instant(shift.end), shift.beat)
