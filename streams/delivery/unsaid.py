"""Alerts that were not said to officers off duty, said after all where coming on duty did not decide them anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic

from geo.errors import StoreUnavailable
from geo.store.contract import Store
from geo.store.rows import OfficerState
from streams.delivery.again import World
from streams.delivery.presence import Connection, Person

AFTER_S = 2.0
"""So long after he is known to be on duty most of it has been decided anew, and said with a newer number."""

Read = Callable[[Person, Connection, OfficerState, int, int | None], Awaitable[None]]


class Unsaid:
    """``read`` says to a connection what is numbered after, and up to; ``world_of`` is where that is asked.

    It closes a race: what was decided for an officer who was on duty by then (he had said so at another process, or off
    and on again within one tick) is not decided again, and was dropped here, where he was still known to be off.
    """

    def __init__(
        self,
        store: Store,
        persons: Mapping[str, Person],
        read: Read,
        world_of: Callable[[Connection, OfficerState], World],
    ) -> None:
        self._store, self._persons, self._read, self._world_of = store, persons, read, world_of
        self._since: dict[Connection, float] = {}

    async def say(self) -> None:
        """To be called about once a second. Raises StoreUnavailable: nothing is forgotten by that."""
        before, now = self._since, monotonic()
        self._since = {
            connection: before.get(connection, now)
            for person in self._persons.values()
            for connection in person.connections
            if connection.unsaid is not None and connection.session.live and person.known and person.on_duty
        }
        ready = [connection for connection, since in self._since.items() if now - since >= AFTER_S]
        if ready:
            states = {state.officer: state for state in await self._store.heads(sorted({one.officer for one in ready}))}
            await asyncio.gather(*(self._say(one, states[one.officer]) for one in ready if one.officer in states))

    async def _say(self, connection: Connection, state: OfficerState) -> None:
        person, after = connection.person, connection.unsaid
        if person is None or after is None or not self._world_of(connection, state).on_duty(person.officer):
            return
        owed, connection.unsaid = connection.session.owed, None
        owed.lacks(after)
        try:
            await self._read(person, connection, state, after, state.seq)
        except StoreUnavailable:
            connection.leave_unsaid(after + 1)
            raise
        finally:
            owed.complete(after)
