"""The summary card of a flood: said once, renewed in silence, withdrawn when it is over; and the record it is about."""

from __future__ import annotations

import numpy as np

from geo.clock import SECOND, Instant, parse_instant
from geo.model import Grade, Interval, RecordKind, Stored, Summary, Verdict, record_id
from geo.pairs import Bool, Float32, Int32
from geo.picture import LivePicture
from geo.place import bearing_of
from geo.store.contract import Store
from geo.store.rows import Act
from streams.due import Due, DueKind
from streams.following import Following, Shape
from streams.held import Held, holds_live
from streams.noise.rules import Reason, Rule
from streams.officers.situations import Situations
from streams.recording import COUNT, Words, spoken_of
from streams.relevance.policy import Policy
from streams.relevance.score import BEARING, DISTANCE, FACT_NAMES, TERM_NAMES

SOURCE, SOURCE_ID = "beatline", "summary"


def card_of(force: str) -> Summary:
    """The record that all cards of a force are about. What a card counts is in its fan-out, officer by officer."""
    return Summary(
        force=force,
        source=SOURCE,
        source_id=SOURCE_ID,
        category="other",
        title="Much is happening near you",
        text="All of it is on the map.",
        grade=Grade.STANDARD,
        reported_at=0,
        valid=Interval(None, parse_instant("9000-01-01T00:00:00Z")),
    )


class Summing:
    """Says the cards of the officers of this process, at the end of a tick."""

    def __init__(
        self, store: Store, picture: LivePicture, situations: Situations, held: Held, following: Following, due: Due
    ) -> None:
        self._store, self._picture, self._situations, self._held = store, picture, situations, held
        self._following, self._due = following, due

    async def cards(self, policy: Policy, now: Instant) -> list[Words]:
        """What is to be said about floods now. Raises StoreUnavailable where a force has its first card ever."""
        attention, limits = self._held.attention, policy.noise
        again = int(limits.flood_again_s * SECOND)
        over = attention.over(now, int(limits.flood_ends))
        over = over[self._situations.duty[over]]
        say = attention.to_say(now, again)
        say = say[self._situations.duty[say] & ~np.isin(say, over)]
        empty = say[self._counted(say)[0][:, COUNT] == 0]
        over, say = np.union1d(over, empty), say[~np.isin(say, empty)]
        if not len(over) and not len(say):
            return []
        words = []
        for force in np.unique(self._situations.force[np.concatenate([over, say])]).tolist():
            slot = await self._card(self._situations.books.forces.texts[force], policy.lifetime_and_reach, now)
            for officers, ends in ((over, True), (say, False)):
                mine = officers[self._situations.force[officers] == force]
                if len(mine):
                    words.append(self._ended(mine, slot, now) if ends else self._said(mine, slot, now))
        attention.ended(over)
        attention.said(say, now)
        due = attention.next_due(say, int(limits.flood_ends), again)
        for officer, at in zip(say.tolist(), due.tolist(), strict=True):
            self._due.push(max(at, now + 1), DueKind.OFFICER, officer)
        return [some for some in words if len(some)]

    async def _card(self, force: str, shape: Shape, now: Instant) -> int:
        """The slot of the force's card; the record is made where there is none yet."""
        name = record_id(RecordKind.SUMMARY, force, SOURCE, SOURCE_ID)
        slot = self._picture.slot_of.get(name)
        if slot is None:
            await self._store.put([card_of(force)])
            found: list[Stored] = list((await self._store.records([name])).values())
            self._following.take_in(found, shape, now)
            slot = self._picture.slot_of[name]
        return slot

    def _said(self, officers: Int32, slot: int, now: Instant) -> Words:
        """What the flood hides from each, counted by category; a notify the first time, then on the map."""
        held, size = self._held, len(officers)
        row = held.lookup(officers, np.full(size, slot, np.int32))
        shown = np.zeros(size, np.bool_)
        known = np.flatnonzero(row >= 0)
        shown[known] = holds_live(held, row[known])
        facts, terms, names = self._counted(officers)
        verdict = np.where(shown, Verdict.MAP, Verdict.NOTIFY).astype(np.uint8)
        keep = facts[:, COUNT] > 0
        rules = (Rule.SUMMARY, Reason.NONE)
        return self._words(officers, slot, Act.ALERT, verdict, rules, facts, terms, names, keep, now)

    def _ended(self, officers: Int32, slot: int, now: Instant) -> Words:
        held, size = self._held, len(officers)
        row = held.lookup(officers, np.full(size, slot, np.int32))
        keep = np.zeros(size, np.bool_)
        known = np.flatnonzero(row >= 0)
        keep[known] = holds_live(held, row[known])
        facts, terms, names = self._nothing(size)
        verdict, rules = np.full(size, Verdict.NONE, np.uint8), (Rule.SUMMARY, Reason.EXPIRED)
        return self._words(officers, slot, Act.CANCEL, verdict, rules, facts, terms, names, keep, now)

    def _words(
        self,
        officers: Int32,
        slot: int,
        act: Act,
        verdict: np.ndarray[tuple[int], np.dtype[np.uint8]],
        rules: tuple[Rule, Reason],
        facts: Float32,
        terms: Float32,
        names: tuple[str, ...],
        keep: Bool,
        now: Instant,
    ) -> Words:
        record = np.full(int(keep.sum()), slot, np.int32)
        said = (act, verdict[keep], rules)
        return spoken_of(officers[keep], record, said, facts[keep], terms[keep], names, self._held, self._picture, now)

    # ------------------------------------------------------------------ what it counts
    def _counted(self, officers: Int32) -> tuple[Float32, Float32, tuple[str, ...]]:
        """(facts, terms, their names): how many, where the nearest of them is, and how many of each category."""
        picture, situations, held = self._picture, self._situations, self._held
        facts, terms, _ = self._nothing(len(officers))
        who, record = held.attention.hidden(officers)
        row = held.lookup(who, record)
        shown = row >= 0
        shown[shown] = holds_live(held, row[shown]) & (held.verdict[row[shown]] == Verdict.MAP)
        who, record = who[shown], record[shown]
        place = np.searchsorted(officers, who)
        facts[:, COUNT] = np.bincount(place, minlength=len(officers))
        east, north = picture.measure(record, situations.lon[who], situations.lat[who])
        metres, bearing = np.hypot(east, north), bearing_of(east, north)
        for nth in np.argsort(-metres, kind="stable").tolist():  # the nearest is written last
            if metres[nth] == metres[nth]:
                facts[place[nth], DISTANCE], facts[place[nth], BEARING] = metres[nth], bearing[nth]
        category = picture.category[record]
        codes, total = np.unique(category, return_counts=True)
        top = codes[np.argsort(-total, kind="stable")][: len(TERM_NAMES)]
        names = [picture.categories.texts[code] for code in top.tolist()]
        for column, code in enumerate(top.tolist()):
            terms[:, column] = np.bincount(place[category == code], minlength=len(officers))
        names += [""] * (len(TERM_NAMES) - len(names))
        return facts, terms, tuple(names)

    @staticmethod
    def _nothing(size: int) -> tuple[Float32, Float32, tuple[str, ...]]:
        facts = np.full((size, len(FACT_NAMES)), np.nan, np.float32)
        facts[:, COUNT] = 0
        return facts, np.full((size, len(TERM_NAMES)), np.nan, np.float32), ("",) * len(TERM_NAMES)
