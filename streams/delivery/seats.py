"""Who sits where: the newest connection of a device is the one that counts, in this process and in every other."""

from __future__ import annotations

import secrets

from geo.clock import Instant
from geo.model import Officer, Principal
from geo.store.process_rows import Seat
from geo.store.rows import OfficerState
from streams.conversation.protocol import Close
from streams.delivery.presence import Connection, Person


def connection_name(opened_at: Instant) -> str:
    """A name that no other connection has, and that sorts by when it was opened: all processes use the store's time.
    A seat that is written late does not unseat the newer connection that the device has opened meanwhile."""
    return f"{opened_at:016x}-{secrets.token_hex(4)}"


class Seats:
    """The officers with a connection here. ``node`` is this process's name in the store."""

    def __init__(self, node: str) -> None:
        self.node = node
        self.persons: dict[str, Person] = {}

    def sit(self, connection: Connection, principal: Principal, device: str) -> Person:
        """The newest connection of a device wins."""
        connection.principal, connection.officer, connection.device = principal, principal.id, device
        person = self.persons.get(principal.id)
        if person is None:
            person = self.persons[principal.id] = Person(principal.id)
        for other in [one for one in person.connections if one.device == device]:
            _replaced(person, other)
        person.connections.append(connection)
        connection.person = person
        return person

    def leave(self, connection: Connection) -> Person | None:
        """The connection is gone; returns the officer if it was his last one here."""
        person, connection.person = connection.person, None
        if person is None or connection not in person.connections:
            return None
        person.connections.remove(connection)
        return self._gone(person)

    def seat_of(self, connection: Connection) -> Seat:
        """As others are to know it."""
        return Seat(connection.officer, connection.device, self.node, connection.name)

    def taken(self, seat: Seat) -> Person | None:
        """A device has sat down elsewhere: an older connection of it here is told so (4103). Returns the officer if it
        was his last one here."""
        person = self.persons.get(seat.officer)
        if person is None:
            return None
        for other in [one for one in person.connections if one.device == seat.device and one.name < seat.connection]:
            _replaced(person, other)
        return self._gone(person)

    def _gone(self, person: Person) -> Person | None:
        if person.connections:
            return None
        del self.persons[person.officer]
        return person


def _replaced(person: Person, other: Connection) -> None:
    other.session.close(Close.REPLACED, "a newer connection of this device")
    other.flush()
    person.connections.remove(other)
    other.person = None


def know(person: Person, state: OfficerState) -> None:
    """What the store knows of him, unless he has said something newer here."""
    if not person.known or state.status_at >= person.status_at:
        person.known, person.status, person.status_at = True, state.status, state.status_at
    if not person.on_duty:
        for connection in person.connections:
            connection.silence()


def officer_of(principal: Principal) -> Officer:
    """What his token says of him."""
    return Officer(
        id=principal.id,
        force=principal.force,
        clearance=principal.clearance,
        operations=principal.operations,
    )
