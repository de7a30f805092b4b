"""The path in one go for an emergency that cannot be recorded now: decided by the same rules, written later.

Decision 0009. What is told so has a version below 0 in the picture; until it is recorded nobody else decides about it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import numpy as np

from geo.access import release
from geo.clock import Instant
from geo.model import Record, Stored
from geo.pairs import Candidate, Pairs, take
from geo.picture import LivePicture
from geo.store.rows import Act
from streams import matching
from streams.following import Following
from streams.held import Held
from streams.noise import decide as noise
from streams.noise.rules import Cause
from streams.officers.situations import Situations
from streams.owing import Delivered, Owing
from streams.recording import Words, each_fanout, rows_of_words, words_about, words_of
from streams.relevance import score as relevance
from streams.relevance.feedback import Feedback
from streams.relevance.policy import Policy

_FIRST = -1_000_000
"""The version of what is not in the store yet: below every real one, so that the recorded one is a change."""


@dataclass(frozen=True, slots=True)
class Unwritten:
    """What was said before it could be recorded. ``delivered`` has no seqs; ``officers`` are those of the words."""

    words: Words
    officers: tuple[str, ...]
    delivered: Delivered


@dataclass(frozen=True, slots=True)
class Path:
    """What of the pipeline is needed here. ``record`` is its RECORD and DELIVER, under ``one_at_a_time``; ``anew`` has
    slots decided with the next tick."""

    picture: LivePicture
    situations: Situations
    held: Held
    feedback: Feedback
    following: Following
    owing: Owing
    one_at_a_time: asyncio.Lock
    record: Callable[[Instant], Awaitable[None]]
    anew: Callable[[Iterable[int]], None]


class AtOnce:
    """``open`` are the records that were told so and are not recorded."""

    def __init__(self, path: Path) -> None:
        self._path, self._picture = path, path.picture
        self.open: dict[str, None] = {}

    def knows(self, record: str) -> bool:
        """The picture has it from the store."""
        slot = self._picture.slot_of.get(record)
        return slot is not None and bool(self._picture.version[slot] > 0)

    def say(self, record: Record, policy: Policy, now: Instant) -> Unwritten | None:
        """Who is to be told now, and of what; None where nobody is. It counts as told from here on."""
        picture, slot = self._picture, self._picture.slot_of.get(record.id)
        if self.knows(record.id) and record.id not in self.open:
            return None
        self.open[record.id] = None
        version = _FIRST
        if slot is not None:
            known = picture.stored[slot]
            version = int(picture.version[slot]) + (known is None or known.record is not record)
        if version < 0:
            self._path.following.take_in([Stored(record, version, now)], policy.lifetime_and_reach, now)
        words = self._decided(record.id, policy, now)
        if not len(words):
            return None
        self._path.held.put(words.held)
        fanout, stored = next(
            each_fanout([words], picture, self._path.situations, self._path.held, policy.version, now)
        )
        officers = fanout.officers
        return Unwritten(words, officers, Delivered(fanout, np.zeros(len(officers), np.int64), stored))

    async def record(self, record: str, said: list[Unwritten], stored: Stored, policy: Policy, now: Instant) -> None:
        """It is in the store now, as ``stored``: what was said becomes what is owed, in the order in which it was
        said, and from here on it is a record like any other. ``said`` is empty afterwards."""
        path = self._path
        async with path.one_at_a_time:
            path.following.take_in([stored], policy.lifetime_and_reach, now)
            while said:
                words = self._recorded(said.pop(0), stored)
                if words is not None:
                    path.owing.say(words)
                    await path.record(now)
            self.open.pop(record, None)
            path.anew([self._picture.slot_of[record]] if record in self._picture.slot_of else [])

    def left_alone(self, pairs: Pairs[Candidate]) -> Pairs[Candidate]:
        """The pairs without those about records that are told but not recorded."""
        if not self.open:
            return pairs
        slots = [self._picture.slot_of[name] for name in self.open if name in self._picture.slot_of]
        return take(pairs, np.flatnonzero(~np.isin(pairs.record, slots)))

    def _decided(self, record: str, policy: Policy, now: Instant) -> Words:
        """MATCH, RELEASE, SCORE and DECIDE as for any change; only what is said, not what is kept as a verdict."""
        picture, situations, held = self._picture, self._path.situations, self._path.held
        slots = np.array([picture.slot_of[record]], np.int32)
        rows = held.of_records(slots)
        pairs = matching.of_records(picture, situations, slots, now)
        pairs = matching.with_held(pairs, held.officer[rows], held.record[rows], picture, situations, now)
        released, _ = release(pairs, picture, situations.rights(), now)
        scored = relevance.score(released, picture, situations, held, policy, now, self._path.feedback)
        decided = noise.decide(scored, held, situations, picture, policy, now, Cause.RECORD)
        words = words_of(scored, decided, held, picture, now)
        return rows_of_words(words, np.flatnonzero(words.act != Act.VERDICT))

    def _recorded(self, unwritten: Unwritten, stored: Stored) -> Words | None:
        """The words of those who were told and are still this process's. Where the record says the same as what they
        were told, they hold its version."""
        slot_of, held = self._path.situations.slot_of, unwritten.words.held
        ours = [slot_of.get(name) == slot for name, slot in zip(unwritten.officers, held.officer.tolist(), strict=True)]
        slot = self._picture.slot_of.get(stored.record.id)
        rows = np.flatnonzero(ours)
        if slot is None or not len(rows):
            return None
        same = stored.record == unwritten.delivered.stored.record
        return words_about(rows_of_words(unwritten.words, rows), slot, stored.version if same else None)
