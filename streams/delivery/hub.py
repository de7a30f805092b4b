"""The sessions of this process: devices come, say things, are told things, and go; none waits for a slow one.

The socket's side calls ``opened``, ``received``, ``writable`` and ``lost``; the pipeline's exit calls ``deliver``. All
of these are synchronous and return at once. What has to ask the store (joining, emergencies, receipts) runs beside.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic

from geo.clock import Clock, SystemClock
from geo.errors import StoreUnavailable
from geo.model import Principal
from geo.position import Fix
from geo.store.contract import Store
from geo.store.rows import Answers, OfficerState
from streams.conversation.messages import (
    DeviceMessage,
    Identify,
    Resume,
)
from streams.conversation.protocol import Close, SessionLimits
from streams.conversation.session import ServerSession
from streams.delivery.admission import Admission
from streams.delivery.again import World
from streams.delivery.answering import Answering
from streams.delivery.draining import AFTER_MS, tell_all
from streams.delivery.elsewhere import Elsewhere
from streams.delivery.fanning import Fanning
from streams.delivery.joining import Joining
from streams.delivery.journal import Journal
from streams.delivery.lanes import Doors, Lane
from streams.delivery.patience import patiently
from streams.delivery.presence import Connection, Link, first_fix
from streams.delivery.receipts import Receipts
from streams.delivery.reporting import Reporting
from streams.delivery.seats import Seats, connection_name, know
from streams.delivery.speech import SharedParts
from streams.delivery.unrecorded import Unrecorded
from streams.errors import NotAuthenticated, ProtocolError, Revoked
from streams.hints.contract import Hint
from streams.pipeline import Delivered, Pipeline

_log = logging.getLogger(__name__)

SWEEP_S = 0.2
SWEEP_SLICE = 2_000
LOOK_SLICE = 400
"""Connections at a stretch, about 2 ms of the loop: a look at an officer is more than asking what is due."""
STATUS_EVERY = 25
"""Sweeps between two looks at whether an officer's state (a stale fix, a shift that began) has changed."""
RECEIPTS_S = 10.0
"""How long the last receipts may take: devices say again what was not written."""
AWAY_S = 5
"""A device that comes to a process that is going away is told to come back within this."""


@dataclass(frozen=True, slots=True)
class HubFigures:
    """For the metrics."""

    connections: int
    officers: int
    joining: int
    joins_refused: int
    pushed: int
    push_s: float
    held: int
    receipts_pending: int
    receipts_lost: int
    resumes_whole: int
    resumes_reset: int
    closed: dict[int, int]


class _Left(Exception):
    """The connection is over before its device was let in."""


def _nobody(hint: Hint) -> None:
    """There is nobody to tell."""


async def _nowhere(officer: str) -> Fix | None:
    return None


class Hub:
    """See the module. ``verify`` is synchronous and raises NotAuthenticated; ``clock`` gives the wire's time,
    ``auth_clock`` the time that tokens are issued in (they differ where a shift is replayed)."""

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        verify: Callable[[str], Principal],
        clock: Clock,
        node: str = "",
        limits: SessionLimits | None = None,
        auth_clock: Clock | None = None,
        journal: Journal | None = None,
        tell: Callable[[Hint], None] = _nobody,
    ) -> None:
        self._pipeline, self._verify, self._clock = pipeline, verify, clock
        self.node = node or secrets.token_hex(4)
        self.limits = limits or SessionLimits()
        self._seats = Seats(pipeline.owner)
        self.persons = self._seats.persons
        self._connections: dict[Connection, None] = {}
        shared = SharedParts(lambda record: pipeline.policy.expires_at(record))
        self._receipts, self._reporting = Receipts(store, clock), Reporting(pipeline)
        self._fanning = Fanning(self.persons, shared)
        world = World(pipeline, shared)
        watch = self._reporting.watch
        settled = self._fanning.drained
        self.elsewhere = Elsewhere(store, pipeline, self._seats, world, settled, watch, clock, tell)
        self._answering = Answering(pipeline, self._receipts, self._reporting, clock, self.elsewhere, tell)
        self._joining = Joining(store, pipeline, world, self._receipts, clock, auth_clock or SystemClock(), self.limits)
        self.unrecorded = Unrecorded(pipeline, journal, self.persons, shared, clock) if journal else None
        self._answering.unrecorded = self.unrecorded
        self._joining.world_of = self.elsewhere.world_of
        self.briefings = self._answering.briefings
        self.admission = Admission()
        self._doors = Doors(lambda: self.admission.rate)
        self._joins: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._closed: Counter[int] = Counter()
        self.draining = False
        """The process is going away: nobody comes in any more."""
        self._hurried = False
        self.recall: Callable[[str], Awaitable[Fix | None]] = _nowhere
        """Where another process saw an officer last, whose device does not say; answers within 50 ms."""

    # ------------------------------------------------------------------ life
    async def close(self) -> None:
        """Says goodbye to every device that is left, writes the last receipts, and ends."""
        self.drain()
        tasks = [task for task in (self._sweeper, *self._joins) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._answering.close()
        await self.elsewhere.close()
        try:
            await asyncio.wait_for(self._receipts.close(), RECEIPTS_S)
        except TimeoutError:
            _log.warning("the last receipts could not be written in %d s", RECEIPTS_S)
        if self.unrecorded is not None:
            self.unrecorded.close()

    def drain(self) -> None:
        """Every device is told at once to come back in a while, and hung up on (4100)."""
        self.draining = self._hurried = True
        for connection in list(self._connections):
            self.goodbye(connection)

    async def leave(self) -> None:
        """The same spread over a while, by their number; who has not been told yet is served as ever. ``drain`` cuts
        it short."""
        self.draining = True
        chance = random.Random(random.getrandbits(32))
        await tell_all(list(self._connections), self.goodbye, monotonic, chance, lambda: self._hurried)

    def goodbye(self, connection: Connection) -> None:
        if connection in self._connections and not connection.session.over:
            connection.session.drain(random.randrange(AFTER_MS))
            connection.flush()

    @property
    def figures(self) -> HubFigures:
        return HubFigures(
            len(self._connections),
            len(self.persons),
            len(self._joins),
            self.admission.refused,
            self._fanning.pushed,
            self._fanning.push_s,
            self._fanning.held,
            self._receipts.pending,
            self._receipts.lost,
            self._joining.whole,
            self._joining.resets,
            dict(self._closed),
        )

    def sent_seq(self, officer: str, record: str) -> int:
        """The newest seq handed to a socket of his here, as far as this record goes; 0: none."""
        person = self.persons.get(officer)
        here = person.connections if person is not None else ()
        return max((one.session.owed.handed_up_to(record) for one in here), default=0)

    def handed(self, officer: str) -> int:
        """The newest seq of his series handed to a socket of his here, with everything before it; 0: none."""
        person = self.persons.get(officer)
        return max((one.session.owed.handed for one in person.connections), default=0) if person is not None else 0

    def on_written(self, written: Callable[[Answers], None]) -> None:
        """Calls back with what devices reported once it is durable."""
        self._receipts.written = written

    # ------------------------------------------------------------------ the pipeline's exit
    def deliver(self, batch: Sequence[Delivered]) -> None:
        """What has been recorded, to whom it is owed."""
        self._fanning.deliver(batch)
        self.elsewhere.delivered(batch)

    # ------------------------------------------------------------------ the socket's side
    def refusal(self) -> int | None:
        """Before a socket is made: None where a device may come in, else the seconds after which it may."""
        return random.randint(1, AWAY_S) if self.draining else self.admission.ask(monotonic())

    def opened(self, link: Link) -> Connection:
        """A socket has been accepted: ``hello`` is the first frame."""
        if self._sweeper is None:
            self._sweeper = asyncio.get_running_loop().create_task(self._sweep())
        nonce = secrets.token_urlsafe(16)
        session = ServerSession(self.limits, self.node, nonce, self._clock.now(), monotonic())
        connection = Connection(session, link, connection_name(self._clock.now()))
        self._connections[connection] = None
        self.admission.came(connection, monotonic())
        if self.draining:
            self.goodbye(connection)
        connection.flush()
        return connection

    def received(self, connection: Connection, payload: bytes) -> None:
        """A text frame."""
        self._act_on_all(connection, connection.session.receive(payload, monotonic()))

    def received_binary(self, connection: Connection) -> None:
        connection.session.receive_binary()
        connection.flush()

    def heard(self, connection: Connection) -> None:
        """Bytes came, whatever they were."""
        connection.session.heard(monotonic())

    @property
    def puts_off(self) -> bool:
        """A fan-out is being pushed: what a device says now should be kept, and read when ``later`` calls."""
        return self._fanning.puts_off

    def later(self, read: Callable[[], None]) -> None:
        self._fanning.later(read)

    def blocked(self, connection: Connection) -> None:
        """The transport's buffer is above its mark."""
        connection.session.block(monotonic())

    def writable(self, connection: Connection) -> None:
        """The transport's buffer is below its mark again."""
        session = connection.session
        session.unblock()
        connection.flush()
        if session.blocked_at is None:
            session.pump(monotonic())
            connection.flush()

    def lost(self, connection: Connection, code: int) -> None:
        """The socket is gone; ``code`` is what closed it (1006: nothing was said)."""
        if self._connections.pop(connection, self) is self:
            return
        self.admission.done(connection, monotonic())
        self._closed[code] += 1
        connection.session.close(code, "")
        connection.session.goodbye = None
        gone = self._seats.leave(connection)
        if gone is not None:
            self._pipeline.disconnected(gone.officer)

    # ------------------------------------------------------------------ what devices say
    def _act_on_all(self, connection: Connection, messages: Iterable[DeviceMessage]) -> None:
        for message in messages:
            try:
                self._act_on(connection, message)
            except ProtocolError as error:
                connection.session.refuse(error)
        now = monotonic()
        connection.session.pump(now)
        connection.flush()

    def _act_on(self, connection: Connection, message: DeviceMessage) -> None:
        if isinstance(message, Identify | Resume):
            self.admission.speaks(connection, monotonic())
            job = asyncio.get_running_loop().create_task(self._join(connection, message))
            self._joins.add(job)
            job.add_done_callback(self._joins.discard)
        else:
            self._answering.act_on(connection, message)

    # ------------------------------------------------------------------ coming in
    async def _join(self, connection: Connection, message: Identify | Resume) -> None:
        session = connection.session
        try:
            principal = self._principal(message.token)
            async with self._doors.through(Lane.RESUME if isinstance(message, Resume) else Lane.NEW):
                await self._admit(connection, principal, message)
        except Revoked as error:
            session.close(Close.REVOKED, str(error))
        except NotAuthenticated as error:
            session.close(Close.NOT_AUTHENTICATED, str(error))
        except StoreUnavailable:
            session.close(Close.SERVER_ERROR, "the store cannot be reached")
        except _Left:
            pass
        except Exception:
            _log.exception("a device could not be let in")
            session.close(Close.SERVER_ERROR, "an error of this server's")
        finally:
            self.admission.done(connection, monotonic())
        connection.flush()

    def _principal(self, token: str) -> Principal:
        principal = self._verify(token)
        if principal.role != "officer":
            raise NotAuthenticated(f"the device socket is for officers, not for the role {principal.role}")
        return principal

    async def _admit(self, connection: Connection, principal: Principal, message: Identify | Resume) -> None:
        if connection.session.over:
            return
        person = self._seats.sit(connection, principal, message.device_id)
        marks = self.elsewhere.marks(person)
        state = await patiently(lambda: self._take(connection, principal))
        know(person, state)
        await self.elsewhere.took(person, marks, state)
        if (fix := first_fix(message.position) or await self.recall(person.officer)) is not None:
            self._answering.moved(connection, fix)
        await patiently(lambda: self._joining.answer(connection, message, state))
        if not connection.session.live:
            return
        self._reporting.report(connection, always=True)
        self._reporting.watch(person)
        self._act_on_all(connection, connection.session.early(monotonic()))
        connection.link.read_on()

    async def _take(self, connection: Connection, principal: Principal) -> OfficerState:
        """Not for a connection that is over by now: its device may be elsewhere already."""
        if connection.session.over:
            raise _Left
        seat = self._seats.seat_of(connection)
        try:
            state = await self._joining.take(principal, seat)
        except StoreUnavailable:
            self.elsewhere.doubt(principal)
            raise
        self.elsewhere.sat(seat)
        return state

    # ------------------------------------------------------------------ time
    async def _sweep(self) -> None:
        """One timer for all sessions."""
        sweeps = 0
        while True:
            await asyncio.sleep(SWEEP_S)
            sweeps += 1
            self._reporting.look()
            every = sweeps % STATUS_EVERY == 0
            connections, at_once = list(self._connections), LOOK_SLICE if every else SWEEP_SLICE
            for start in range(0, len(connections), at_once):
                self._sweep_slice(connections[start : start + at_once], every)
                await asyncio.sleep(0)

    def _sweep_slice(self, connections: list[Connection], look: bool) -> None:
        now = monotonic()
        for connection in connections:
            if connection.session.due <= now:
                self._act_on_all(connection, connection.session.tick(now))
            if look:
                self._reporting.report(connection)
