"""THE PATROL-START BRIEFING, from what was asked to the document. The path:

ASK       patrol.asking        who asks, of which beat, for what time, since when: said, else from his shift
GATHER    patrol.gathering     the beat's records of 30 days as columns; the few that may matter as documents; once
                               for all who ask (patrol.sharing)
RELEASE   geo.access.release   what this reader may know of them: the one door       } patrol.judging, in a thread
SCORE     relevance.score      with the shift for its moment (patrol.weighing)       }
SORT      patrol.sections      a sergeant's order, nothing twice, a screenful each, numbered through
SAY       patrol.items         what, where, when, how sure, why
CHECK     Store.versions_now   what is shown is what the store holds; else once more
DISCLOSE  Store.disclose       by whoever shows it, before the first byte leaves
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterable, Sequence

from geo.clock import HOUR, Clock
from geo.model import Principal, Stored
from geo.store.contract import Store
from streams.patrol.asking import Asked, Question, question_of
from streams.patrol.document import PatrolBriefing
from streams.patrol.gathering import Shared, Turn, chosen, shared_of
from streams.patrol.own_part import own_part
from streams.patrol.problem_places import named, spots
from streams.patrol.sharing import Shelf
from streams.patrol.weighing import weighing
from streams.patrol.where import ground
from streams.relevance.policy import Policy

__all__ = ["Asked", "Compiler"]

AT_A_TIME = 200
"""Documents that are read together: a few milliseconds of the loop, then others get their turn."""
ATTEMPTS = 2
"""What changed while it was made is gathered anew once; what changes again is left to the live path."""

Tasked = Callable[[str, str], Sequence[str]]
"""(force, callsign) -> ids of what is assigned to the unit, wherever it is: the live picture knows."""


def _nothing(force: str, callsign: str) -> Sequence[str]:
    return ()


class Compiler:
    """Makes briefings. The part of a beat and shift is gathered once and shared by all who ask for it; the reader's own
    part is made in a thread."""

    def __init__(
        self, store: Store, policy: Callable[[], Policy], clock: Clock, zone: str = "UTC", tasked: Tasked = _nothing
    ) -> None:
        self._store, self._policy, self._clock, self._zone, self._tasked = store, policy, clock, zone, tasked
        self._shelf = Shelf()

    async def briefing(self, reader: Principal, asked: Asked) -> PatrolBriefing:
        """The briefing as this reader may see it, now. Nothing is written: whoever shows it discloses it first.

        Raises BadBriefing: a beat that is not known (names the nearest), since in the future, to before from, ...
        """
        question = await question_of(self._store, reader, asked, self._clock.now(), self._zone)
        elsewhere = await self._elsewhere(question)
        stale: frozenset[str] = frozenset()
        for _ in range(ATTEMPTS):
            key = self._key(question)
            shared = await self._shelf.get(key, question.at, lambda: self._gathered(question))
            await self._with_places(shared, question)
            before = await self._store.as_of(shared.changed_since(question.since), question.since)
            made = await asyncio.to_thread(own_part, shared, question, before, elsewhere)
            stale = await self._stale(made)
            if not stale:
                return made
            self._shelf.drop(key)
        return await asyncio.to_thread(own_part, shared, question, before, elsewhere, stale)

    def wrote(self, items: Iterable[Stored]) -> None:
        """The store holds these now: what was gathered without them is gathered anew."""
        self._shelf.wrote(items)

    def _key(self, question: Question) -> Hashable:
        beat, policy = question.beat, self._policy().version
        hours = (question.start // HOUR, question.until // HOUR)
        return (beat.force, beat.id, beat.area.wkb, *hours, policy, str(question.zone))

    async def _gathered(self, question: Question) -> Shared:
        """GATHER: two questions to the store, then a thread."""
        policy = self._policy()
        turn = Turn(
            force=question.beat.force,
            beat=question.beat,
            ground=await asyncio.to_thread(ground, question.beat.area),
            start=question.start,
            until=question.until,
            at=question.at,
            policy=policy,
            weighing=weighing(policy, question.until - question.start),
        )
        history = await self._store.beat_history(turn.query())
        numbers = (await asyncio.to_thread(chosen, history.columns, turn)).tolist()
        records: list[Stored] = []
        for start in range(0, len(numbers), AT_A_TIME):
            records += await self._store.documents(numbers[start : start + AT_A_TIME])
        briefings = await self._store.live_briefings_of(turn.force, turn.at)
        return await asyncio.to_thread(shared_of, turn, history, records, briefings)

    async def _with_places(self, shared: Shared, question: Question) -> None:
        """Problem places are worked out once for each clearance."""
        clearance = question.reader.officer.clearance
        if clearance not in shared.places:
            found = await asyncio.to_thread(spots, shared, clearance, str(question.zone))
            shared.places[clearance] = named(found, await self._store.documents(found.named_by))

    async def _elsewhere(self, question: Question) -> list[Stored]:
        callsign = question.reader.callsign
        names = self._tasked(question.reader.officer.force, callsign) if callsign else ()
        return list((await self._store.records(list(names))).values()) if names else []

    async def _stale(self, made: PatrolBriefing) -> frozenset[str]:
        """CHECK: records that have another version than the one that is shown. Their marking may be another too."""
        shown = {item.record: item.version for item in made.items if item.record is not None}
        newest = await self._store.versions_now(list(shown))
        return frozenset(name for name, version in shown.items() if newest.get(name) != version)
