"""Officers shared with other processes: whom those have taken is let go, and what they owe him is said here too.

An officer has one owner, the process that took him last; it decides for him and numbers what he is told. Another
process with a device of his is a *follower*: it compares the head of his series with what the device was given, and
reads the rest from the store. It finds out by a hint, or by looking: every second who has been taken, every two how far
the series are.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from time import monotonic

import numpy as np

from geo.clock import MINUTE, SECOND, Clock, Instant
from geo.errors import StoreUnavailable
from geo.model import Principal
from geo.position import Fix
from geo.store.contract import Store
from geo.store.process_rows import Seat
from geo.store.rows import Act, OfficerState
from streams.conversation.protocol import Close
from streams.delivery import again
from streams.delivery.again import World
from streams.delivery.presence import Connection, Person
from streams.delivery.seats import Seats, know, officer_of
from streams.delivery.unsaid import Unsaid
from streams.hints.contract import About, Hint
from streams.officers.situations import Situations
from streams.pipeline import Delivered, Pipeline

_log = logging.getLogger(__name__)

LOOK_S = 1.0
FOLLOW_S = 2.0
LEAST_S = 0.02
"""Between two looks, however many hints there are."""
MARGIN = 10 * SECOND
"""What others took is looked for again so far back: it is seen when it is committed, not when it is dated."""
RETAKE_S = 30.0
"""A follower leaves the owner alone for so long after it lost an officer who has devices at both."""
RECENT_S = 4.5
FIX_KEPT = 2 * MINUTE
"""A fix that came while off duty counts when the officer comes on duty within this."""
MANY = 500
"""For more officers at once one hint to look at everybody."""
READS = 8

Mark = tuple[Connection, int]


class Elsewhere:
    """``settled`` returns when everything recorded so far has been pushed; ``tell`` publishes a hint; ``living`` are
    the other processes whose lease holds, and ``alone`` says that there is no trace of any."""

    def __init__(
        self,
        store: Store,
        pipeline: Pipeline,
        seats: Seats,
        world: World,
        settled: Callable[[], Awaitable[None]],
        watch: Callable[[Person], None],
        clock: Clock,
        tell: Callable[[Hint], None],
    ) -> None:
        self._store, self._pipeline, self._here, self._clock = store, pipeline, seats, clock
        self._settled, self._watch, self._tell = settled, watch, tell
        pipeline.ownership.as_said = self._as_said
        self._followed = Situations(pipeline.picture.books)
        self._followed.shifts = pipeline.situations.shifts
        self._world = world
        self._followers_world = replace(world, own=self._followed)
        self.living: frozenset[str] = frozenset()
        self.alone = True
        self.fresher: Callable[[str], Awaitable[bool]] | None = None
        """Whether the owner has a fresh fix of his: then a follower's fix does not take him back."""
        self._seats: dict[str, dict[str, Seat]] = {}
        self.unsaid = Unsaid(store, seats.persons, self._read, self.world_of)
        self._doubts: dict[str, Principal] = {}
        self._since: Instant = 0
        self._asked: set[str] = set()
        self._signal = asyncio.Event()
        self._followed_at = 0.0
        self._lost_at: dict[str, float] = {}
        self._recent: dict[str, float] = {}
        """Officers who sat down here lately: what they said at another process just before may come after."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._reads = asyncio.Semaphore(READS)

    # ------------------------------------------------------------------ what others say, and what they are told
    def hear(self, hint: Hint) -> None:
        """Look now, where it concerns anybody here."""
        if hint.about is About.OFFICER and (not hint.id or self._concerns(hint.id)):
            self._asked.add(hint.id)
            self._signal.set()
        elif hint.about is About.SEAT and (not hint.id or self._concerns(hint.id)):
            self._signal.set()

    def _concerns(self, officer: str) -> bool:
        return officer in self._here.persons or self._pipeline.owns(officer)

    def delivered(self, batch: Sequence[Delivered]) -> None:
        """Something new is owed: followers of these officers may read it."""
        if not self._seats:
            return
        told: dict[str, bool] = {}
        for item in batch:
            fanout, owed = item.fanout, item.seqs > 0
            urgent = bool((owed & (fanout.priority == 1)).any())
            for row in np.flatnonzero(owed).tolist():
                officer = fanout.officers[row]
                if officer in self._seats and self.shares(officer):
                    told[officer] = told.get(officer, False) or urgent
        if len(told) > MANY:
            self._tell(Hint(About.OFFICER, urgent=any(told.values())))
            return
        for officer, urgent in told.items():
            self._tell(Hint(About.OFFICER, officer, urgent))

    def changed(self, officer: str) -> None:
        """What he said here is in the store: whoever owns him by now, and his followers, may read it."""
        if not self.alone:
            self._tell(Hint(About.OFFICER, officer))

    def sat(self, seat: Seat) -> None:
        """A device has sat down here."""
        self._seats.get(seat.officer, {}).pop(seat.device, None)
        self._recent[seat.officer] = monotonic()
        self._tell(Hint(About.SEAT, seat.officer, urgent=True))

    def shares(self, officer: str) -> bool:
        """A living process has a seat of his."""
        seats = self._seats.get(officer)
        return seats is not None and any(seat.node in self.living for seat in seats.values())

    # ------------------------------------------------------------------ looking
    async def run(self) -> None:
        """For ever. A store that is away is looked at again."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._signal.wait(), LOOK_S)
            self._signal.clear()
            try:
                await self.make_sure()
                await self.unsaid.say()
                if self.alone and not self._strays():
                    continue
                await self.look()
                await self.follow()
            except StoreUnavailable as error:
                _log.info("what other processes do cannot be seen: %s", error)
            except Exception:
                _log.exception("looking at what other processes do failed")
            await asyncio.sleep(LEAST_S)

    def doubt(self, principal: Principal) -> None:
        """He was to be taken and the store did not answer: it may have given him to this process all the same."""
        self._doubts[principal.id] = principal

    async def make_sure(self) -> None:
        """Whom the store holds to be this process's is decided for here, or nobody would."""
        doubts, slots, term = dict(self._doubts), self._pipeline.situations.slot_of, self._pipeline.situations.term
        for state in await self._store.heads(sorted(doubts)) if doubts else []:
            slot = slots.get(state.officer)
            if state.owner != self._here.node or (slot is not None and int(term[slot]) == state.term):
                continue
            person = self._here.persons.get(state.officer)
            if person is not None and person.known:
                await self._retake(person)
            if person is None:
                await self._pipeline.connect(officer_of(doubts[state.officer]), self._clock.now())
                self._pipeline.disconnected(state.officer)
        for officer, principal in doubts.items():
            if self._doubts.get(officer) is principal:
                del self._doubts[officer]

    def _strays(self) -> bool:
        """Somebody is connected here whom this process does not decide for: not even alone, after a taking whose
        answer was lost, or a tick that could not be written."""
        return any(one.known and not self._pipeline.owns(one.officer) for one in self._here.persons.values())

    async def look(self) -> None:
        """Officers and devices that others have taken: theirs now."""
        asked_at = self._clock.now()
        states, seats = await self._store.taken_elsewhere(self._here.node, self._since)
        self._since = asked_at - MARGIN
        await self._pipeline.taken(states)
        for seat in seats:
            if seat.node in self.living:
                self._seats.setdefault(seat.officer, {})[seat.device] = seat
            gone = self._here.taken(seat)
            if gone is not None:
                self._pipeline.disconnected(gone.officer)

    async def follow(self) -> None:
        """The heads of those who are shared, where somebody hinted, and of all of them every two seconds."""
        asked, self._asked = self._asked, set()
        everybody = "" in asked or monotonic() - self._followed_at >= FOLLOW_S
        if everybody:
            self._followed_at = monotonic()
        await self._settled()
        followed = self._begin_to_follow()
        owned = {officer for officer in self._seats if self._pipeline.owns(officer) and self.shares(officer)}
        self._recent = {name: at for name, at in self._recent.items() if monotonic() - at < RECENT_S}
        wanted = followed.keys() | owned | {name for name in self._recent if self._pipeline.owns(name)}
        if not everybody:
            wanted = wanted & asked | {officer for officer in asked if self._pipeline.owns(officer)}
        if not wanted:
            return
        states = await self._store.heads(sorted(wanted))
        await asyncio.gather(*(self._compare(state) for state in states))

    def _begin_to_follow(self) -> dict[str, Person]:
        """Whoever is connected here and decided for elsewhere. All that was owed until this process lost him has been
        given to his devices: it is told by the head that they know."""
        followed = {}
        for person in self._here.persons.values():
            if not person.known or self._pipeline.owns(person.officer):
                continue
            followed[person.officer] = person
            person.followed = True
            self._lost_at.setdefault(person.officer, monotonic())
            for connection in person.connections:
                if connection.given is None and connection.session.live:
                    connection.given = connection.session.head_seq
        for officer in self._lost_at.keys() - followed.keys():
            del self._lost_at[officer]
            self._followed.drop(officer)
        return followed

    async def _compare(self, state: OfficerState) -> None:
        person = self._here.persons.get(state.officer)
        if self._pipeline.owns(state.officer):
            self._owner_hears(state, person)
            return
        if person is None:
            return
        know(person, state)
        if state.owner not in self.living:
            await self._retake(person)
            return
        self._watch(person)
        for connection in list(person.connections):
            if connection.session.live and connection.given is not None and state.seq > connection.given:
                await self._read(person, connection, state, connection.given, None)

    def _owner_hears(self, state: OfficerState, person: Person | None) -> None:
        """He has said at another process what he is doing."""
        if state.owner != self._here.node or (person is not None and state.status_at <= person.status_at):
            return
        if person is not None:
            know(person, state)
            self._watch(person)
        self._pipeline.status(state.officer, state.status, state.status_at)
        if person is not None and person.on_duty and person.fix is not None:
            fix, person.fix = person.fix, None  # kept while he was off duty, as far as was known here
            if self._clock.now() - fix.at <= FIX_KEPT:
                self._pipeline.moved(state.officer, fix)

    # ------------------------------------------------------------------ what the owner has written
    async def _read(
        self, person: Person, connection: Connection, state: OfficerState, after: int, until: int | None
    ) -> None:
        """Says what is numbered after ``after``, up to ``until`` (None: all, as a follower)."""
        async with self._reads:
            found = await self._store.resumption(person.officer, connection.device, after)
            rows = [row for row in found.rows if row.seq > after and (until is None or row.seq <= until)]
            if not person.on_duty:  # as the owner does
                for row in rows:
                    if row.act is Act.ALERT:
                        connection.leave_unsaid(row.seq)
                rows = [row for row in rows if row.act is not Act.ALERT]
            await self._pipeline.abreast(rows)
        world = self.world_of(connection, state)
        now = self._clock.now()
        asked = again.ask(world, person.officer, rows, now)
        over = [one.row.record for one in asked if one.live is None and one.row.act is Act.ALERT]
        statuses = await self._store.records(over) if over else {}
        if until is None:
            if connection.given is None or connection.given > after:
                return  # somebody else was faster
            connection.given = max(after, found.head_seq)
            connection.session.skip(found.head_seq)
        for word in again.words_again(world, asked, statuses, now):
            connection.session.offer(word, monotonic())
        connection.flush()

    def world_of(self, connection: Connection, state: OfficerState) -> World:
        """In which to ask what may be said again to him. Where another process decides for him, what he may see is
        asked here too: by the token of this connection, and by his status."""
        if self._pipeline.owns(connection.officer):
            return self._world
        assert connection.principal is not None
        officer = self._pipeline.rights_of(officer_of(connection.principal))
        self._followed.put(officer, self._as_said(state), self._clock.now())
        return self._followers_world

    def _as_said(self, state: OfficerState) -> OfficerState:
        """The row, with what he said here a moment ago: taken for off duty, he would be told to erase what he holds."""
        person = self._here.persons.get(state.officer)
        if person is None or not person.known or person.status_at <= state.status_at:
            return state
        return replace(state, status=person.status, status_at=person.status_at)

    # ------------------------------------------------------------------ taking him back
    def marks(self, person: Person) -> list[Mark]:
        """To be asked before he is taken: how far each of his devices here has been given the series."""
        return [
            (one, one.session.head_seq if one.given is None else one.given)
            for one in person.connections
            if one.session.live
        ]

    async def took(self, person: Person, marks: Sequence[Mark], state: OfficerState) -> None:
        """This process decides for him from now on. What others had written until then is said to his devices here."""
        person.followed = False
        self._lost_at.pop(person.officer, None)
        self._followed.drop(person.officer)
        lacking = [(one, mark) for one, mark in marks if state.seq > mark and one.session.live]
        for connection, mark in lacking:  # what is decided here meanwhile is pushed, with newer numbers
            connection.session.owed.lacks(mark)
        for connection, _ in marks:
            connection.given = None
        for connection, mark in lacking:
            try:
                await self._read(person, connection, state, mark, state.seq)
                connection.session.owed.complete(mark)
            except StoreUnavailable:  # it may lack something: resuming, it asks for it
                connection.session.close(Close.SERVER_ERROR, "the store cannot be reached")
                connection.flush()

    async def adopted(self, states: Sequence[OfficerState]) -> None:
        """Officers of a dead process; some may have a device here. To be called at once: how far all of them have been
        given the series is asked before anything is waited for, or what is decided here meanwhile would pass for it."""
        found = [(self._here.persons.get(state.officer), state) for state in states]
        marked = [
            (person, self.marks(person), state)
            for person, state in found
            if person is not None and self._pipeline.owns(state.officer)
        ]
        for person, _, state in marked:
            self._pipeline.situations.set_connected(state.officer, True, self._clock.now())
            know(person, state)
        await asyncio.gather(*(self.took(person, marks, state) for person, marks, state in marked))

    def moved(self, person: Person, fix: Fix) -> None:
        """A device of his here has moved: the owner is where the freshest fix arrives, but two devices of one officer
        do not pull him to and fro."""
        person.fix = fix
        if person.officer in self._tasks or not person.followed:
            return
        since = monotonic() - self._lost_at.get(person.officer, 0.0)
        if self.shares(person.officer) and since < RETAKE_S:
            return
        task = asyncio.get_running_loop().create_task(self._retake_unless_fresher(person, fix))
        self._tasks[person.officer] = task
        task.add_done_callback(lambda _: self._tasks.pop(person.officer, None))

    async def _retake_unless_fresher(self, person: Person, fix: Fix) -> None:
        try:
            if self.shares(person.officer) and self.fresher is not None and await self.fresher(person.officer):
                self._lost_at[person.officer] = monotonic()
                return
            await self._retake(person)
        except StoreUnavailable:
            return
        if self._pipeline.owns(person.officer):
            self._pipeline.moved(person.officer, fix)

    async def _retake(self, person: Person) -> None:
        principal = next((one.principal for one in person.connections if one.session.live), None)
        if principal is None:
            return
        marks = self.marks(person)
        state = await self._pipeline.connect(officer_of(principal), self._clock.now())
        know(person, state)
        await self.took(person, marks, state)
        self._watch(person)

    async def close(self) -> None:
        """What is under way is given up."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
