"""How a device comes in: `identify` or `resume` -> all of what it lacks, or a reset; never a part."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import numpy as np

from geo.clock import SECOND, Clock, Instant, format_instant
from geo.model import Principal, Stored
from geo.store.contract import Store
from geo.store.process_rows import Seat
from geo.store.rows import Act, DeviceCursor, OfficerState, OwedRow, Resumption, StoredOnDevice
from streams.conversation import frames
from streams.conversation.messages import Identify, OfficerWords, Ready, Resume
from streams.conversation.protocol import RESUME_S, SessionLimits
from streams.delivery import again
from streams.delivery.again import Asked, World
from streams.delivery.presence import Connection
from streams.delivery.receipts import Receipts
from streams.delivery.seats import officer_of
from streams.delivery.together import Together
from streams.held import suspended
from streams.pipeline import Pipeline

_OFFERS_KEPT = 50_000
_NO_SERIES = ""
"""The epoch of a cursor that says nothing: the next resume of the device is a reset."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What was said to a device that has come in."""

    replayed: int
    reset: bool


class Joining:
    """Asks the store and the pipeline, and lets the session say the answer."""

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        world: World,
        receipts: Receipts,
        clock: Clock,
        auth_clock: Clock,
        limits: SessionLimits,
    ) -> None:
        self._store, self._pipeline, self._world, self._receipts = store, pipeline, world, receipts
        self._clock, self._auth_clock, self._limits = clock, auth_clock, limits
        self.world_of: Callable[[Connection, OfficerState], World] = lambda connection, state: world
        """Another one where a second device of his has come in at another process meanwhile, which decides now."""
        self.whole = self.resets = 0
        """Resumes answered with all that was lacking, and with a reset instead."""
        self._lacking = Together(store.resumptions)
        self._offers: OrderedDict[tuple[str, str], tuple[int, int]] = OrderedDict()
        """(officer, device) -> ``as_of_seq`` of a reset that the device may not have received, and up to which number
        it then lacks nothing."""

    async def take(self, principal: Principal, seat: Seat | None = None) -> OfficerState:
        """This process decides for the officer from now on; ``seat`` is where his device sits."""
        if self._receipts.concern(principal.id):
            await self._receipts.flush()
        return await self._pipeline.connect(officer_of(principal), self._clock.now(), seat)

    async def answer(self, connection: Connection, message: Identify | Resume, state: OfficerState) -> Joined:
        """Says ``ready``, then the replay or the reset, then ``caught_up``. The officer is connected already, so what
        is decided meanwhile waits in the session: no gap opens. Raises StoreUnavailable, having said nothing."""
        found = await self._resumption(connection, message, state)
        if found is not None and self._provable(found, message, state):
            asked, over = await self._ask(connection, state, found.rows)
            if not self._silenced(connection, state, asked):
                return self._replay(connection, state, found, asked, over)
        return await self._reset(connection, message, state, found)

    # ------------------------------------------------------------------ whole
    async def _resumption(
        self, connection: Connection, message: Identify | Resume, state: OfficerState
    ) -> Resumption | None:
        """What the device lacks, as far as the store knows, or None where it does not resume this series."""
        if not isinstance(message, Resume) or message.epoch != state.epoch:
            return None
        officer, device = connection.officer, connection.device
        offered = self._offers.get((officer, device))
        if offered is not None and message.seq >= offered[0]:
            await self._store_cursor(connection, state.epoch, offered[1])
        return await self._lacking.ask((officer, device, message.seq))

    def _provable(self, found: Resumption, message: Identify | Resume, state: OfficerState) -> bool:
        """It is all that the device lacks, and may be said as it is."""
        cursor, oldest_at = found.cursor, found.oldest_at
        return (
            found.whole
            and cursor is not None
            and cursor.epoch == state.epoch
            and isinstance(message, Resume)
            and message.seq <= found.head_seq
            and len(found.rows) <= self._limits.replay_max
            and (oldest_at is None or self._clock.now() - oldest_at <= self._limits.replay_s * SECOND)
        )

    def _silenced(self, connection: Connection, state: OfficerState, asked: list[Asked]) -> bool:
        """Off duty no alert is said, and a replay without its alerts would be a part."""
        told = any(one.row.act is Act.ALERT and one.live is not None for one in asked)
        on_duty = connection.person is None or connection.person.on_duty
        return told and not (on_duty and self.world_of(connection, state).on_duty(connection.officer))

    def _replay(
        self,
        connection: Connection,
        state: OfficerState,
        found: Resumption,
        asked: list[Asked],
        over: dict[str, Stored],
    ) -> Joined:
        now, session = monotonic(), connection.session
        if session.over:
            return Joined(0, reset=False)
        words = again.words_again(self._world, asked, over, self._clock.now())
        above = found.cursor.above if found.cursor is not None else frozenset[int]()
        self._say_ready(connection, state, found.head_seq, replay=True)
        session.replay(words, found.head_seq, above, now)
        session.caught_up(found.head_seq, now)
        self.whole += 1
        return Joined(len(words), reset=False)

    # ------------------------------------------------------------------ or reset
    async def _reset(
        self, connection: Connection, message: Identify | Resume, state: OfficerState, found: Resumption | None
    ) -> Joined:
        rows = await self._store.told(connection.officer) if state.seq else []
        head = max(state.seq, found.head_seq if found is not None else 0)
        as_of = max(head, max((row.seq for row in rows), default=0))
        asked, _ = await self._ask(connection, state, rows)
        aside = await self._put_aside(connection.officer)
        alerts = again.reset_again(self._world, asked, self._clock.now())
        now, session = monotonic(), connection.session
        if session.over:
            return Joined(0, reset=True)
        self._say_ready(connection, state, as_of, replay=False)
        session.reset(frames.reset_frames(state.epoch, as_of, alerts), as_of)
        session.caught_up(as_of, now)
        if self._silenced(connection, state, asked):
            connection.leave_unsaid(min(row.seq for row in rows))
        if aside is not None:
            connection.leave_unsaid(aside)
        self._note_reset(connection, message, state, as_of)
        if isinstance(message, Resume):
            self.resets += 1
        return Joined(len(alerts), reset=True)

    async def _put_aside(self, officer: str) -> int | None:
        """The lowest number of what was live on his devices when he went off duty. A reset does not show it; where his
        coming back only keeps it for later, nothing would say it again to a device that was reset meanwhile."""
        held, slot = self._pipeline.held, self._pipeline.situations.slot_of.get(officer)
        if slot is None or not suspended(held, held.of_officers(np.array([slot], np.int32))).any():
            return None
        words = await self._store.held([officer])
        return min((word.seq for word in words if word.act is Act.ALERT and not word.inside), default=None)

    def _note_reset(self, connection: Connection, message: Identify | Resume, state: OfficerState, as_of: int) -> None:
        """A device that identified holds nothing, so the reset is where its series begins. One that wanted to resume
        may lose this reset on the way and come back with its old seq: until it has shown that it stored it, what the
        store knows of it stays, and it is remembered here what was offered. But where the reset left something unsaid,
        the device lacks that in either case, whatever it had stored before: nothing is taken for granted any more, or
        it would not be told at another process that it comes back to."""
        key, unsaid = (connection.officer, connection.device), connection.unsaid
        if unsaid is not None:
            self._receipts.cursor(self._cursor(connection, DeviceCursor(_NO_SERIES, 0)))
        if isinstance(message, Identify) or message.epoch != state.epoch:
            self._offers.pop(key, None)
            if unsaid is None:
                self._receipts.cursor(self._cursor(connection, DeviceCursor(state.epoch, as_of)))
            return
        self._offers[key] = (as_of, as_of if unsaid is None else min(as_of, unsaid))
        self._offers.move_to_end(key)
        if len(self._offers) > _OFFERS_KEPT:
            self._offers.popitem(last=False)

    async def _store_cursor(self, connection: Connection, epoch: str, floor: int) -> None:
        self._receipts.cursor(self._cursor(connection, DeviceCursor(epoch, floor)))
        await self._receipts.flush()
        self._offers.pop((connection.officer, connection.device), None)

    def _cursor(self, connection: Connection, cursor: DeviceCursor) -> StoredOnDevice:
        return StoredOnDevice(connection.officer, connection.device, cursor, (), self._clock.now())

    # ------------------------------------------------------------------ both
    async def _ask(
        self, connection: Connection, state: OfficerState, rows: tuple[OwedRow, ...] | list[OwedRow]
    ) -> tuple[list[Asked], dict[str, Stored]]:
        """The rows as of now, and the records among them that are over."""
        await self._pipeline.abreast(rows)
        now: Instant = self._clock.now()
        asked = again.ask(self.world_of(connection, state), connection.officer, rows, now)
        over = [one.row.record for one in asked if one.live is None and one.row.act is Act.ALERT]
        return asked, await self._store.records(over) if over else {}

    def _say_ready(self, connection: Connection, state: OfficerState, head_seq: int, replay: bool) -> None:
        principal = connection.principal
        assert principal is not None
        left_s = (principal.expires_at - self._auth_clock.now()) / SECOND
        ready = Ready(
            secrets.token_hex(8),
            state.epoch,
            head_seq,
            "replay" if replay else "snapshot",
            self._officer(principal),
            RESUME_S,
        )
        connection.session.ready(ready, monotonic() + left_s, format_instant(principal.expires_at))

    def _officer(self, principal: Principal) -> OfficerWords:
        situations = self._world.situations
        slot = situations.slot_of.get(principal.id)
        profile = None if slot is None else situations.profiles[slot]
        callsign = "" if slot is None else situations.books.callsigns.text(int(situations.callsign[slot]))
        roles = (principal.role,) if profile is None else (principal.role, profile.role)
        return OfficerWords(principal.id, callsign or None, tuple(dict.fromkeys(roles)))
