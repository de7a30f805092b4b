"""THE ONE PATH from a change to a device: five entrances, one exit. Read this first.

    INDEX     Following.follow     what the store says has changed -> the live picture, the roster
    MATCH     matching             -> pairs (officer, record) to decide anew
    RELEASE   geo.access.release   -> those whose officer may know; nothing below ever holds another
    SCORE     relevance.score      -> 0..1 and its named terms
    DECIDE    noise.decide         -> interrupt, notify, map, hold, drop, with the rule that decided
    RECORD    Store.record         what is owed and to whom, one transaction a tick, durable
    DELIVER   exit                 only then does anybody hear of it

The five entrances: a record changed (:meth:`Pipeline.wake`), a unit moved, an officer changed, a time came (``due``),
the policy changed. What comes in during a tick makes the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from geo.access import release
from geo.clock import MINUTE, SECOND, Clock, Instant
from geo.errors import StoreUnavailable
from geo.model import Disposition, Officer, Shift, UnitStatus
from geo.pairs import Candidate, Int32, Pairs, take
from geo.picture import LivePicture
from geo.position import Fix
from geo.store.contract import Store
from geo.store.process_rows import Seat
from geo.store.rows import OfficerState, OwedRow
from streams import matching, new_policy, passing, recording
from streams.acknowledged import Acknowledged
from streams.at_once import AtOnce, Path
from streams.breath import Breath
from streams.due import Due, DueKind
from streams.entrances import Entrances
from streams.following import LINGER, SWEEP, Following
from streams.freeing import give_back
from streams.held import Held
from streams.noise import decide as noise
from streams.noise.flood import without_cards
from streams.noise.rules import Cause
from streams.officers.situations import Situations
from streams.owing import Cells, Delivered, Owing
from streams.ownership import Ownership
from streams.relevance import score as relevance
from streams.relevance.feedback import Feedback
from streams.relevance.for_roles import roles_for
from streams.relevance.policy import Policy
from streams.summing import Summing
from streams.work import PIECE, Work, each, officers_at_a_time, records_at_a_time

__all__ = ["Delivered", "Pipeline"]
log = logging.getLogger("beatline.pipeline")

GATHER_S = 0.05
"""Fixes are gathered this long before they make a tick: 10,000 a second are 20 ticks, not 10,000."""
TOGETHER_S = 0.004
"""Officers who connect within this are taken in one transaction."""
TIDY = 5 * SECOND
"""How often last cells are written, and officers let go."""
ROUNDS = 20  # batches of changes read at most for somebody who waits for a certain one


class Pipeline:
    """Decides for the officers of this process. ``exit`` is called after RECORD returned, before the next tick."""

    def __init__(
        self,
        store: Store,
        picture: LivePicture,
        situations: Situations,
        policy: Policy,
        clock: Clock,
        owner: str,
        exit: Callable[[Sequence[Delivered]], None],
    ) -> None:
        self.store, self.picture, self.situations, self.policy = store, picture, situations, policy
        picture.for_roles = roles_for(policy)
        self.held, self.feedback, self.counts = Held(), Feedback(), Counter[str]()
        self.owner, self._clock, self._exit, self._due = owner, clock, exit, Due()
        self.following = self._following = Following(store, picture, situations, self._due)
        self.ownership = self._ownership = Ownership(store, picture, situations, self.held, self._following, owner)
        self.owing = self._owing = Owing(store, picture, situations, self.held, owner, self.counts)
        self._summing = Summing(store, picture, situations, self.held, self._following, self._due)
        self._came, self._work, self._breath = Entrances(), Work(), Breath()
        self._one_at_a_time, self._signal = asyncio.Lock(), asyncio.Event()
        path = (picture, situations, self.held, self.feedback, self._following, self._owing, self._one_at_a_time)
        self.at_once = AtOnce(Path(*path, lambda now: self._record([], now), self._anew))
        self.acknowledged = Acknowledged(store, situations, self.held, self.feedback, self._following, self._say_anew)
        self._admitting: asyncio.Task[None] | None = None
        self._running = self._stopping = False
        self._tidied_at: Instant = 0

    # ------------------------------------------------------------------ the path
    async def tick(self) -> None:
        """One pass over everything that has come in since the last one."""
        async with self._one_at_a_time:
            now = self._clock.now()
            if self._following.is_due(now):
                await self._index(now)
            left = self._let_in(now)
            await self._breath.taken()
            await self._decide(now)
            for words in await self._summing.cards(self.policy, now):
                self._owing.say(words)
            await self._record(left, now)

    async def _index(self, now: Instant) -> None:
        try:
            changed = await self._following.follow(self.policy.lifetime_and_reach, now)
        except StoreUnavailable:
            self._units_moved(self._came.only_fixes(), now)  # where everybody is does not wait for the store
            raise
        self._work.records_changed(changed.records, Cause.RECORD)
        self._ownership.rights_changed(changed.officers)
        self.held.attention.recount(changed.officers)
        self._work.officers.update(changed.officers)

    def _let_in(self, now: Instant) -> list[str]:
        """The other four entrances -> what is to be decided anew; returns officers whose last device left."""
        if self._came.policy is not None:
            world = (self.picture, self._following, self._work, self.situations)
            self.policy = new_policy.let_in(self._came, *world, now)
            self._signal.set()  # all else that has come in makes the next tick, at once
            return []
        came, self._came = self._came, Entrances()
        self._work.records_changed(self._ownership.fetched(), Cause.RECORD)
        self._time_came(now)
        self._officers_changed(came, now)
        self._units_moved(came, now)
        return [name for name in came.gone if self.situations.set_connected(name, False, now) is not None]

    def _time_came(self, now: Instant) -> None:
        due = self._due.pop(now)
        self._work.officers.update(self.situations.advance(now).tolist())
        self._work.officers.update(slot for slot in due[DueKind.OFFICER] if self.situations.used[slot])
        if due[DueKind.RECORD]:
            ended = self.picture.expire(now).tolist()
            for slot in ended:
                self._due.push(now + LINGER, DueKind.FREE, slot)
            known = [slot for slot in due[DueKind.RECORD] if self.picture.stored[slot] is not None]
            self._work.records_changed([*ended, *known], Cause.TIME)
        for slot in due[DueKind.FREE]:
            give_back(slot, self.picture, self.held, self.feedback, self._due, now)

    def _officers_changed(self, came: Entrances, now: Instant) -> None:
        for name, status in came.statuses.items():
            self.situations.set_status(name, status)
        for name in (*came.statuses, *came.officers):
            slot = self.situations.slot_of.get(name)
            if slot is not None:
                self._work.officers.add(slot)

    def _units_moved(self, came: Entrances, now: Instant) -> None:
        batch = [(name, fix) for name, fix in came.fixes.items() if name in self.situations.slot_of]
        if not batch:
            return
        verdicts = self.situations.moved(batch, now)
        trusted = [self.situations.slot_of[batch[row][0]] for row in np.flatnonzero(verdicts == 0).tolist()]
        self._work.moved.update(trusted)
        self._ownership.placed(trusted)
        self.counts["fixes"] += len(batch)
        self.counts["fixes_distrusted"] += len(batch) - len(trusted)

    async def _decide(self, now: Instant) -> None:
        """MATCH in slices: changed records first, the gravest first of all, then officers."""
        work = self._work
        for slots, cause in work.records(self.picture, records_at_a_time(len(self.situations))):
            await each(self._of_records, slots, cause, now, self.counts)
        for slots, moved in work.officer_slots(officers_at_a_time(self.counts)):
            await each(self._of_officers, slots, Cause.MOVE if moved else Cause.OFFICER, now, self.counts)
        self.situations.steps_taken(work.moved)
        work.clear()

    async def _of_records(self, slots: Int32, cause: Cause, now: Instant) -> None:
        pairs = matching.of_records(self.picture, self.situations, slots, now)
        pairs = passing.with_passers(pairs, self.picture, self.situations, slots, self.policy, now)
        await self._pairs(self._with_held(pairs, self.held.of_records(slots), now), cause, now)

    async def _of_officers(self, slots: Int32, cause: Cause, now: Instant) -> None:
        pairs = matching.of_officers(self.picture, self.situations, slots, now, cause is Cause.MOVE)
        self.counts["officers"] += len(slots)
        self.counts["officer_pairs"] += len(pairs)
        pairs = passing.with_passed(pairs, self.picture, self.situations, slots, self.policy, now)
        pairs = self._with_held(pairs, self.held.of_officers(slots, cause is Cause.MOVE), now)
        await self._breath.taken()
        await self._pairs(self._work.not_decided_yet(pairs), cause, now)

    def _with_held(self, pairs: Pairs[Candidate], rows: Int32, now: Instant) -> Pairs[Candidate]:
        held, rows = self.held, without_cards(rows, self.held, self.picture)
        return matching.with_held(pairs, held.officer[rows], held.record[rows], self.picture, self.situations, now)

    async def _pairs(self, pairs: Pairs[Candidate], cause: Cause, now: Instant) -> None:
        """RELEASE, SCORE and DECIDE, in pieces that stay in the cache and leave the loop to others in between."""
        pairs = self.at_once.left_alone(pairs)
        for start in range(0, len(pairs), PIECE):
            piece = pairs if len(pairs) <= PIECE else take(pairs, np.arange(start, min(start + PIECE, len(pairs))))
            self._piece(piece, cause, now)
            await self._breath.taken()

    def _piece(self, pairs: Pairs[Candidate], cause: Cause, now: Instant) -> None:
        picture, situations, held = self.picture, self.situations, self.held
        released, refused = release(pairs, picture, situations.rights(), now)
        scored = relevance.score(released, picture, situations, held, self.policy, now, self.feedback)
        decided = noise.decide(scored, held, situations, picture, self.policy, now, cause)
        said = recording.words_of(scored, decided, held, picture, now)
        waiting = recording.waiting_of(scored, decided, now)
        if len(refused):
            self._owing.say(recording.words_withheld(noise.withhold(refused, held), held, picture, now))
        self._owing.say(said)
        self._owing.spend(decided.spent, now)
        held.drop(decided.gone)
        held.put(waiting)
        held.put(recording.remembered_of(scored, decided, held, picture, now))
        held.attention.hide(released.officer[decided.hidden], released.record[decided.hidden])
        for slot in decided.faces:
            self._due.push(now, DueKind.RECORD, slot)
        for slot, at in decided.later:
            self._due.push(at, DueKind.OFFICER, slot)
        for slot in waiting.officer.tolist():
            self._due.push(decided.due_at, DueKind.OFFICER, slot)
        self.counts["pairs"] += len(pairs)

    async def _record(self, left: Sequence[str], now: Instant) -> None:
        """RECORD, and only then DELIVER."""
        cells: Cells
        if left or now - self._tidied_at >= TIDY:
            self._tidied_at, cells = now, self._ownership.cells(left)
            self._ownership.let_go(now)
        else:
            cells = self._ownership.first_cells()
        delivered, lost = await self._owing.durable(self.policy.version, cells, now)
        self.counts["ticks"] += 1
        if delivered:
            try:
                self._exit(delivered)
            except Exception:
                log.exception("delivery failed: what is owed stays owed, and is sent when the device resumes")
        self._ownership.lost(lost)

    # ------------------------------------------------------------------ its life
    async def start(self) -> None:
        """Loads picture, cursor, roster, officers of dead processes. Afterwards is the moment for ``gc.freeze()``."""
        self.picture.twins.within(self.policy.noise.duplicate_m, self.policy.noise.duplicate_s)
        await self._following.load(self.policy.lifetime_and_reach, self._clock.now())
        while await self.adopt():
            pass

    async def run(self) -> None:
        """Ticks for ever: at an entrance, at a due time, at the latest after 2 s. Ends with :meth:`stop`."""
        self._running, failures = True, 0
        while not self._stopping:
            await self._something()
            try:
                await self.tick()
                failures = 0
            except StoreUnavailable as error:
                failures += 1
                log.warning("the store is away, trying again: %s", error)
            except Exception:
                failures += 1
                log.exception("a tick failed; what it was to decide is decided by the next")
            if failures:
                self.counts["ticks_failed"] += 1
                await asyncio.sleep(min(0.05 * 2 ** min(failures, 6), 2.0))
        self._running = False

    async def stop(self) -> None:
        """Lets the tick in flight end; :meth:`run` returns."""
        self._stopping = True
        self.acknowledged.close()
        self._signal.set()
        async with self._one_at_a_time:
            return

    async def _something(self) -> None:
        soon = (due := self.next_due()) is not None and due - self._clock.now() < 10 * MINUTE
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._signal.wait(), 0.25 if soon else SWEEP / SECOND)
        self._signal.clear()

    def next_due(self) -> Instant | None:
        """When something comes due by itself: what a virtual clock has to be set to."""
        return min((at for at in (self._due.next(), self.situations.shifts.next_due()) if at is not None), default=None)

    async def adopt(self) -> list[OfficerState]:
        """Goes on for some of the officers of dead processes; empty: there are no more. Raises StoreUnavailable."""
        async with self._one_at_a_time:
            states = await self._ownership.adopt(self.policy.lifetime_and_reach, self._clock.now())
            self._came.officers.update(state.officer for state in states if state.officer in self.situations.slot_of)
        self._signal.set()
        return states

    async def taken(self, states: Sequence[OfficerState]) -> list[str]:
        """Others have taken these; returns who was lost by that. What was decided for them is with the hub by then."""
        if not any(state.officer in self.situations.slot_of for state in states):
            return []
        async with self._one_at_a_time:
            return self._ownership.taken(states)

    async def abreast(self, rows: Sequence[OwedRow]) -> None:
        """What was decided by another process may be about a version that has not come here yet: reads it."""
        asked_at, following = self._clock.now(), self._following
        await self._ownership.corrections.abreast(rows, self.policy.lifetime_and_reach, asked_at, self._one_at_a_time)
        for _ in range(ROUNDS):
            if not following.lacks(rows) or not following.behind(asked_at):
                return
            async with self._one_at_a_time:
                await self._index(self._clock.now())
            self._signal.set()

    def owns(self, officer_id: str) -> bool:
        """He is decided for here, as far as this process knows."""
        return officer_id in self.situations.slot_of

    def rights_of(self, token: Officer) -> Officer:
        """What he may see: the narrower of the token's rights and the roster's."""
        return self._ownership.rights_of(token)

    async def connect(self, officer: Officer, now: Instant, seat: Seat | None = None) -> OfficerState:
        """A device of this officer is here: takes ownership, and he is decided for from now on. Rights are the
        narrower of the token's (``officer``) and the roster's. ``seat`` is written with it. Raises StoreUnavailable."""
        future = self._ownership.ask(officer, seat)
        if self._admitting is None or self._admitting.done():
            self._admitting = asyncio.get_running_loop().create_task(self._admit(now))
        state = await future
        self._came.gone.discard(officer.id)
        self._came.officers.add(officer.id)
        self._signal.set()
        return state

    async def _admit(self, now: Instant) -> None:
        """Everybody who asks within a moment is one group: a transaction for each of 10,000 is what a start cost."""
        await asyncio.sleep(TOGETHER_S)
        async with self._one_at_a_time:
            self._admitting = None
            await self._ownership.admit(self.policy.lifetime_and_reach, now)
            self.acknowledged.officers_came()

    # ------------------------------------------------------------------ the entrances: they never wait
    def wake(self) -> None:
        """The store holds changes (a hint: losing it costs at most 2 s)."""
        self._following.wake()
        self._signal.set()

    def moved(self, officer_id: str, fix: Fix) -> None:
        """A fix of one of his devices; of several before a tick the newest wins."""
        if self._running and not self._came.fixes:
            asyncio.get_running_loop().call_later(GATHER_S, self._signal.set)
        self._came.moved(officer_id, fix, self._clock.now())

    def status(self, officer_id: str, status: UnitStatus, at: Instant) -> None:
        """What he says that he is doing. Off duty holds at once: the next tick may have to wait for the store."""
        self._came.statuses[officer_id] = status
        if status is UnitStatus.OFF_DUTY:
            self.situations.set_status(officer_id, status)
        self._signal.set()

    def disconnected(self, officer_id: str) -> None:
        """His last device here has gone; he is decided for during the resume window all the same."""
        self._came.gone.add(officer_id)
        self._signal.set()

    def answered(self, officer_id: str, record: str, disposition: Disposition, rev: int) -> None:
        """His answer counts for the score of others, and he is not told louder of what he has answered."""
        self.acknowledged.answered(officer_id, record, disposition, rev)

    async def decide_these(self, pairs: Pairs[Candidate], cause: Cause, now: Instant) -> None:
        """RELEASE to RECORD for these very pairs: nothing is matched. For whoever looks back at kept verdicts."""
        self._piece(pairs, cause, now)
        for words in await self._summing.cards(self.policy, now):
            self._owing.say(words)
        await self._record([], now)

    def policy_changed(self, policy: Policy, at: Instant = 0) -> None:
        """Everything is decided anew by it, all or nothing, with the next tick. In force since ``at``."""
        self._came.policy, self.held.policy_at = policy, at
        self._signal.set()

    # ------------------------------------------------------------------ what a session asks
    def position_of(self, officer_id: str) -> str:
        """``ok``, ``stale`` or ``none``."""
        return self.situations.position_of(officer_id, self._clock.now())

    def shift_of(self, officer_id: str) -> Shift | None:
        """The shift that he is on now."""
        return self.situations.shift_of(officer_id, self._clock.now())

    def _say_anew(self, officers: Iterable[str]) -> None:
        self._came.officers.update(officers)
        self._signal.set()

    def _anew(self, slots: Iterable[int]) -> None:
        self._work.records_changed(slots, Cause.RECORD)
        self._signal.set()
