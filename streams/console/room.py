"""The consoles of this process: facts are gathered once for all of them, and none of them holds up anything.

Units come from the shared whereabouts, records from the live picture, deliveries from the store. While nobody looks,
nothing is gathered; what this process has pushed and been told is passed on as hints all the same, since a console may
be open elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Protocol

from geo.clock import SECOND, Clock, Instant, SystemClock, format_instant
from geo.errors import StoreError
from geo.model import Principal
from geo.store.contract import Store
from geo.store.rows import Delivery
from streams.breath import Breath
from streams.console import views
from streams.console.board import Board, Key, Topic
from streams.console.messages import StoreState, StoreWord
from streams.console.roll_call import RollCall
from streams.console.rounds import Rounds
from streams.console.session import ConsoleSession
from streams.console.states import SentSeq
from streams.console.telling import Telling
from streams.conversation.protocol import Phase, SessionLimits
from streams.hints.contract import About, Hint
from streams.whereabouts.contract import Whereabouts

_log = logging.getLogger(__name__)

LOOK_S = 0.25
"""How often the picture is looked at, and what has changed is said."""
UNITS_S, SHARE = 1.0, 20.0
"""Units are asked for once a second; where asking takes t seconds, every 20 t."""
PING_S, PING_PATIENCE_S = 1.0, 2.0
"""Store down is on the screen within 5 s: at most 1 s to the next question, 2 s for no answer to it."""
READ_PATIENCE_S = 10.0
UNITS_PATIENCE_S = 2.0
DRAIN_SPREAD_MS = 5_000
CLOSE_S = 2.0


def _nameless(officer: str) -> tuple[str, str]:
    """No roster here."""
    return "", ""


class Link(Protocol):
    """The socket under a console. Nothing here waits."""

    def send_all(self, payloads: Sequence[bytes]) -> None: ...
    def close(self, code: int, reason: str) -> None: ...


class Console:
    """One connection."""

    __slots__ = ("link", "session")

    def __init__(self, session: ConsoleSession, link: Link) -> None:
        self.session, self.link = session, link

    def flush(self) -> None:
        """Hangs up where it is over."""
        session = self.session
        if session.over and session.goodbye is not None:
            goodbye, session.goodbye = session.goodbye, None
            self.link.close(*goodbye)


class Room:
    """See the module. ``sent_seq`` is what this process has handed to an officer's sockets; ``verify`` is synchronous
    and raises NotAuthenticated; ``auth_clock`` is the time that tokens are issued in."""

    def __init__(
        self,
        store: Store,
        board: Board,
        whereabouts: Whereabouts,
        telling: Telling,
        sent_seq: SentSeq,
        verify: Callable[[str], Principal],
        clock: Clock,
        node: str,
        limits: SessionLimits | None = None,
        auth_clock: Clock | None = None,
        who: views.Who = _nameless,
    ) -> None:
        self._store, self._board, self._whereabouts, self.telling = store, board, whereabouts, telling
        self._sent_here, self._principal_of, self._clock = sent_seq, verify, clock
        self._auth_clock, self._node, self._limits = auth_clock or SystemClock(), node, limits or SessionLimits()
        self._consoles: dict[Console, None] = {}
        self._rounds = Rounds()
        self._who: views.Who = who
        self._roll_call = self._new_roll_call()
        self._tasks: list[asyncio.Task[None]] = []
        self._wake, self._somebody = asyncio.Event(), asyncio.Event()
        self._draining = False
        telling.listen(self.progressed)

    def __len__(self) -> int:
        """Consoles connected here."""
        return len(self._consoles)

    # ------------------------------------------------------------------ the socket's side
    def opened(self, link: Link) -> Console:
        """A socket has been accepted: ``hello`` is the first frame."""
        session = ConsoleSession(self._limits, self._node, self._verify, self._clock.now(), monotonic())
        console = Console(session, link)
        self._consoles[console] = None
        if not self._tasks:
            self._begin()
        self._say(console)
        if self._draining:
            self.goodbye(console)
        return console

    def received(self, console: Console, payload: bytes) -> None:
        """A text frame."""
        console.session.receive(payload, monotonic(), self._clock.now())
        if console.session.phase is Phase.JOINING:
            self._somebody.set()
        self._say(console)

    def received_binary(self, console: Console) -> None:
        console.session.receive_binary()
        self._say(console)

    def blocked(self, console: Console) -> None:
        """The transport's buffer is above its mark: nothing more is made for it until it is not."""
        console.session.blocked_at = monotonic()

    def writable(self, console: Console) -> None:
        console.session.blocked_at = None
        self._wake.set()

    def lost(self, console: Console) -> None:
        """The socket is gone."""
        self._consoles.pop(console, None)
        if not self._consoles:
            self._end()

    def goodbye(self, console: Console) -> None:
        console.session.drain(random.randrange(DRAIN_SPREAD_MS))
        self._say(console)

    async def close(self) -> None:
        """Every console is told to come back, to another process or to the next."""
        self._draining = True
        for console in list(self._consoles):
            self.goodbye(console)
        tasks = self._tasks
        self._end()
        self.telling.close()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_S)

    def hear(self, hint: Hint) -> None:
        """A hint from any process; one without an id: hints were lost, everything may have changed."""
        if hint.about is About.DELIVERY and self._consoles:
            for record in [hint.id] if hint.id else list(self._rounds):
                self.progressed(record)
            if not hint.id:
                self._roll_call.heard_nothing()

    def progressed(self, record: str) -> None:
        """How far this record has got has changed, here or elsewhere (a hint, the change log)."""
        if self._consoles:
            self._rounds.heard(record, monotonic())
            self._roll_call.heard(record)

    def _verify(self, token: str) -> tuple[Principal, float]:
        principal = self._principal_of(token)
        return principal, (principal.expires_at - self._auth_clock.now()) / SECOND

    # ------------------------------------------------------------------ what is said
    def _say(self, console: Console) -> None:
        """One batch, where the transport takes it; the rest has its turn soon."""
        session = console.session
        if session.blocked_at is None or session.over:
            frames = session.frames(self._board, self._clock.now())
            if frames:
                console.link.send_all(frames)
        console.flush()
        if session.waiting and session.blocked_at is None:
            self._wake.set()

    def _tell(self, keys: Sequence[Key]) -> None:
        for console in self._consoles:
            console.session.touch(keys)

    # ------------------------------------------------------------------ what is gathered
    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        reading = (self._reading, self._reading_answers, self._reading_receipts)
        watches = (self._saying, self._watching_units, self._watching_store, *reading)
        self._tasks = [loop.create_task(self._for_ever(watch), name=f"console {watch.__name__}") for watch in watches]

    def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks = []
        self._rounds, self._roll_call = Rounds(), self._new_roll_call()
        self._board.forget()

    async def _for_ever(self, watch: Callable[[], Awaitable[None]]) -> None:
        """A fault in one of them is logged, and it goes on: a console that stands still looks like a quiet night."""
        while self._consoles:
            try:
                await watch()
            except Exception:
                _log.exception("the consoles' %s failed, and goes on", getattr(watch, "__name__", "watch"))
                await asyncio.sleep(1.0)

    async def _saying(self) -> None:
        """Looks at the picture, lets each console say what it has to, and cuts off who does not read."""
        breath, looked_at = Breath(), float("-inf")
        while self._consoles:
            now, wall = monotonic(), self._clock.now()
            if now - looked_at >= LOOK_S:
                looked_at = now
                self._look()
                for console in list(self._consoles):
                    console.session.tick(now, wall)
            for console in list(self._consoles):
                if not console.session.waiting and not console.session.over:
                    continue
                self._say(console)
                await breath.taken()
            if any(one.session.waiting and one.session.blocked_at is None for one in self._consoles):
                await asyncio.sleep(0)
                continue
            await self._something(LOOK_S)

    async def _something(self, within_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._wake.wait()
        self._wake.clear()

    def _look(self) -> None:
        keys, now = self._board.look(), monotonic()
        for topic, record in keys:
            if topic > Topic.RECORD:
                continue
            if self._board.worth_watching(record):
                self._rounds.heard(record, now)
            elif not self._board.live(record):
                self._rounds.drop(record)
                self._tell(self._board.over(record))
            self._roll_call.looked_at(record)
        if keys:
            self._tell(keys)

    async def _watching_units(self) -> None:
        while self._consoles:
            began, joining = monotonic(), self._joining()
            for force in {one.session.principal.force for one in self._consoles if one.session.principal is not None}:
                await self._units(force)
            for console in joining:
                console.session.begin()
            self._wake.set()
            await self._until_somebody_opens(max(UNITS_S, SHARE * (monotonic() - began)))

    def _joining(self) -> list[Console]:
        return [one for one in self._consoles if one.session.phase is Phase.JOINING]

    async def _until_somebody_opens(self, within_s: float) -> None:
        self._somebody.clear()
        if self._joining():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._somebody.wait()

    async def _units(self, force: str) -> None:
        """Where the others cannot be asked in time, what was known stays on the map, and it says so."""
        was = self._board.partial.get(force, False)
        try:
            async with asyncio.timeout(UNITS_PATIENCE_S):
                found = await self._whereabouts.everybody(force)
        except TimeoutError:
            self._board.partial[force] = True
        else:
            breath = Breath()
            for keys in self._board.sighted(force, found):
                self._tell(keys)
                await breath.taken()
        if self._board.partial[force] is not was:
            for console in self._consoles:
                if console.session.principal is not None and console.session.principal.force == force:
                    console.session.coverage_is(self._board.partial[force])

    async def _watching_store(self) -> None:
        while self._consoles:
            since = self._clock.now()
            try:
                async with asyncio.timeout(PING_PATIENCE_S):
                    await self._store.ping()
                self._store_is("up", since)
            except (StoreError, TimeoutError):
                self._store_is("down", since)
            await asyncio.sleep(PING_S)

    def _store_is(self, state: StoreWord, since: Instant) -> None:
        board = self._board
        if not board.store_since:
            board.store_since = since
        if board.store == state:
            return
        board.store, board.store_since = state, since
        for console in self._consoles:
            console.session.store_is(StoreState(state, format_instant(since)))
        self._wake.set()

    async def _reading(self) -> None:
        """The deliveries of one record after the other, as they come due."""
        while self._consoles:
            record = self._rounds.next(monotonic())
            if record is None:
                await asyncio.sleep(0.05)
                continue
            began = monotonic()
            try:
                async with asyncio.timeout(READ_PATIENCE_S):
                    rows = await self._store.deliveries(record)
            except (StoreError, TimeoutError):
                self._rounds.read(record, monotonic(), 0.0, unsettled=True)
            else:
                unsettled = await self._tallied(record, rows)
                self._rounds.read(record, monotonic(), monotonic() - began, unsettled)

    async def _reading_answers(self) -> None:
        """Of one briefing after the other, as they come due."""
        while self._consoles:
            await self._roll_call.answers()

    async def _reading_receipts(self) -> None:
        while self._consoles:
            await self._roll_call.everything()

    def _new_roll_call(self) -> RollCall:
        return RollCall(self._store, self._board, self._who, self._sent_seq, self._clock, self._received)

    def _received(self, keys: Sequence[Key]) -> None:
        self._tell(keys)
        self._wake.set()

    async def _tallied(self, record: str, rows: Sequence[Delivery]) -> bool:
        """Shows how far it has got; whether some officers' devices still lack it."""
        tally, breath = views.Tally(record, self._sent_seq, self._clock.now()), Breath()
        for start in range(0, len(rows), views.ROWS_AT_ONCE):
            tally.add(rows[start : start + views.ROWS_AT_ONCE])
            await breath.taken()
        keys = self._board.progressed(record, tally.message())
        if keys:
            self._tell(keys)
            self._wake.set()
        return tally.unsettled

    def _sent_seq(self, officer: str, record: str) -> int:
        return max(self._sent_here(officer, record), self._board.sent_seq(officer))
