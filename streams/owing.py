"""RECORD: what a tick decided becomes what is owed, durable before anybody hears of it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.clock import SECOND, Instant
from geo.errors import StoreUnavailable
from geo.model import Stored, Verdict
from geo.pairs import Int64
from geo.picture import LivePicture
from geo.store.contract import Store
from geo.store.process_rows import Job, JobKind
from geo.store.rows import Act, Budget, Fanout, Receipted, Tick
from streams.breath import Breath
from streams.held import Held
from streams.noise.budget import Spent
from streams.officers.situations import Situations
from streams.recording import Words, each_fanout

log = logging.getLogger("beatline.owing")

CONFIRMED_WITHIN = 10 * SECOND
"""A P1 that no device has stored by then is on the dispatcher's screen as unconfirmed."""
_SOME = 32
"""Fan-outs handled between two looks at the time: a shift begins with thousands of small ones."""
_PATIENCE_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
"""Waits between tries of a store that is away; the last one repeats."""
Cells = tuple[tuple[str, float, float, Instant], ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What the exit is given, once it is durable: one record's fan-out of a tick.

    ``seqs[i]`` belongs to ``fanout.officers[i]``; 0 where nothing is owed (a verdict kept for "why not", or an officer
    whom another process owns by now). ``stored`` is the record in the version that was decided on; its text is only
    for officers with a seq.
    """

    fanout: Fanout
    seqs: Int64
    stored: Stored


class Owing:
    """Gathers the words of a tick. They count in memory at once, so that the next piece of the tick knows of them;
    they are written whole or not at all, and written until it works: nothing is counted as passed."""

    def __init__(
        self, store: Store, picture: LivePicture, situations: Situations, held: Held, owner: str, counts: Counter[str]
    ) -> None:
        self._store, self._picture, self._situations, self._held = store, picture, situations, held
        self._owner, self._counts = owner, counts
        self.confirms = True
        """Whether a P1 that no device has stored in time is looked for: not where the time is not the store's."""
        self._number = 0
        self._words: list[Words] = []
        self._breath = Breath()
        self._spent: dict[int, None] = {}

    def say(self, words: Words) -> None:
        """To be written with this tick."""
        if len(words):
            self._held.put(words.held)
            self._words.append(words)

    def spend(self, spent: Spent, now: Instant) -> None:
        """Interruptions that were paid for."""
        self._situations.tokens[spent.officer] = spent.tokens
        self._situations.tokens_at[spent.officer] = now
        self._spent.update(dict.fromkeys(spent.officer.tolist()))

    async def durable(self, policy: str, cells: Cells, now: Instant) -> tuple[list[Delivered], list[str]]:
        """Writes the tick; returns what may be delivered, and the officers whom another process owns by now."""
        words, self._words = self._words, []
        spent, self._spent = self._spent, {}
        fanouts: list[Fanout] = []
        stored: list[Stored] = []
        for fanout, item in each_fanout(words, self._picture, self._situations, self._held, policy, now):
            fanouts.append(fanout)
            stored.append(item)
            if len(fanouts) % _SOME == 0:
                await self._breath.taken()
        if not fanouts and not cells:
            return [], []
        receipted = await self._written_somehow(tuple(fanouts), list(spent), cells, now)
        delivered: list[Delivered] = []
        lost: list[str] = []
        for start in range(0, len(fanouts), _SOME):
            self._count(fanouts[start : start + _SOME])
            await self._breath.taken()
        for number, (fanout, item, seqs) in enumerate(zip(fanouts, stored, receipted.seqs, strict=True), 1):
            if number % _SOME == 0:
                await self._breath.taken()
            said = fanout.act != Act.VERDICT
            if seqs.any():
                delivered.append(Delivered(fanout, seqs, item))
            lost += [fanout.officers[row] for row in np.flatnonzero(said & (seqs == 0)).tolist()]
        return delivered, lost

    def _tick(self, fanouts: tuple[Fanout, ...], spent: list[int], cells: Cells, now: Instant) -> Tick:
        situations = self._situations
        budgets = tuple(
            Budget(situations.officers[slot], float(situations.tokens[slot]), int(situations.tokens_at[slot]))
            for slot in spent
        )
        named = {name for fanout in fanouts for name in fanout.officers}
        named.update(budget.officer for budget in budgets)
        named.update(cell[0] for cell in cells)
        terms = {name: int(situations.term[situations.slot_of[name]]) for name in named}
        self._number += 1
        jobs = unconfirmed_jobs(fanouts, now) if self.confirms else ()
        return Tick(now, self._owner, fanouts, terms, budgets, cells, self._number, jobs=jobs)

    async def _written_somehow(
        self, fanouts: tuple[Fanout, ...], spent: list[int], cells: Cells, now: Instant
    ) -> Receipted:
        """A tick that the store cannot take at all is written fan-out by fan-out, so that what poisons it stands alone.
        Its officers have no numbers then, as if another process owned them: they are taken anew, with what they really
        hold. What counts as told in memory and is written nowhere would be lost."""
        try:
            return await self._written(self._tick(fanouts, spent, cells, now))
        except Exception:
            log.exception("a tick of %d fan-outs cannot be recorded, trying one by one", len(fanouts))
        numbers: list[int] = []
        seqs: list[Int64] = []
        for fanout in fanouts:
            try:
                written = await self._written(self._tick((fanout,), [], (), now))
            except Exception:
                log.exception("what was decided about %s cannot be recorded", fanout.record)
                self._counts["poisoned"] += 1
                written = Receipted((0,), (np.zeros(len(fanout.officers), np.int64),))
            numbers += written.fanouts
            seqs += written.seqs
        return Receipted(tuple(numbers), tuple(seqs))

    async def _written(self, tick: Tick) -> Receipted:
        """A try that failed may have been written all the same, its answer lost on the way: from then on the tick says
        so, and is not written twice."""
        tries = 0
        while True:
            try:
                return await self._store.record(tick)
            except StoreUnavailable as error:
                wait = _PATIENCE_S[min(tries, len(_PATIENCE_S) - 1)]
                log.warning("the store cannot record, trying again in %.2f s: %s", wait, error)
                self._counts["record_retries"] += 1
                tries, tick = tries + 1, replace(tick, again=True)
                await asyncio.sleep(wait)

    def _count(self, fanouts: Sequence[Fanout]) -> None:
        """``said_interrupt``, ``said_cancel``, ``kept_hold``, ...: how often each was said, or kept as a verdict."""
        for fanout in fanouts:
            both = np.bincount(fanout.act.astype(np.intp) * len(Verdict) + fanout.verdict)
            for code in both.nonzero()[0].tolist():
                act, verdict = Act(code // len(Verdict)), Verdict(code % len(Verdict))
                name = verdict.text if act in (Act.ALERT, Act.VERDICT) else act.name.lower()
                self._counts[f"said_{name}" if act else f"kept_{name}"] += int(both[code])


def unconfirmed_jobs(fanouts: Sequence[Fanout], now: Instant) -> tuple[Job, ...]:
    """A look, in time, at who has not stored what is said with priority 1: one a record and second."""
    due_at = -(-(now + CONFIRMED_WITHIN) // SECOND) * SECOND
    urgent = {one.record for one in fanouts if ((one.act == Act.ALERT) & (one.priority == 1)).any()}
    return tuple(Job(JobKind.UNCONFIRMED, record, due_at) for record in sorted(urgent))
