"""What this reader may know of what was gathered, and how much each matters to his shift: the door, then the score"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geo.access import release
from geo.clock import Instant
from geo.model import Officer, Stored, UnitStatus
from geo.pairs import Bool, Float32, Via, candidates
from geo.picture import LivePicture
from geo.store.rows import OfficerState
from streams import matching
from streams.held import Held
from streams.officers.situations import Situations
from streams.patrol.weighing import Weighing
from streams.relevance.score import FACT_NAMES, TERM_NAMES, Scored, score
from streams.relevance.wording import why_of

_SAID_ELSEWHERE = ("reach", "approach", "freshness", "certainty", "beat", "hazard", "novelty")
"""Terms whose sentences the item says itself: where, when, how sure, how dangerous."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks: his rights are the narrower of token and roster. ``addressed`` are the briefings that are his by the
    roster, ``answered`` when he answered each; ``cell`` where he was within the last half hour. Who does not ``patrol``
    (a dispatcher, an analyst) looks at what others are briefed with: nothing is for him by name."""

    officer: Officer
    callsign: str = ""
    beat: str = ""
    addressed: frozenset[str] = frozenset()
    answered: tuple[tuple[str, Instant], ...] = ()
    cell: tuple[float, float] | None = None
    cell_at: Instant | None = None
    patrols: bool = True


@dataclass(frozen=True, slots=True)
class Scores:
    """One way of weighing: 0..1, the terms, and what the sentences are made of."""

    total: float
    must: bool
    terms: list[float]
    facts: list[float]

    def why(self, item: Stored, most: int = 2) -> tuple[str, ...]:
        """The most telling reasons that the item does not say by itself."""
        named = zip(TERM_NAMES, self.terms, strict=True)
        terms = [np.nan if name in _SAID_ELSEWHERE else value for name, value in named]
        return tuple(why.text for why in why_of(TERM_NAMES, terms, FACT_NAMES, self.facts, item.record, most))


@dataclass(frozen=True, slots=True)
class Judged:
    """A record that he may know. ``shift`` weighs it as something that goes on, ``history`` as something known."""

    slot: int
    id: str
    item: Stored
    live: bool
    metres: float
    in_beat: bool
    addressed: bool
    tasked: bool
    shift: Scores
    history: Scores

    def moved_to(self, slot: int) -> Judged:
        """The same under another number."""
        rest = (self.metres, self.in_beat, self.addressed, self.tasked, self.shift, self.history)
        return Judged(slot, self.id, self.item, self.live, *rest)


def judged(
    picture: LivePicture, distance_m: Float32, in_beat: Bool, reader: Reader, weighing: Weighing, now: Instant
) -> list[Judged]:
    """Of all that the picture holds, what this reader may know at ``now``. Whoever reads counts as on duty."""
    slots = np.flatnonzero(picture.version[: len(distance_m)]).astype(np.int32)
    situations = _one(reader, picture, now)
    officer = np.zeros(len(slots), np.int32)
    via = matching.rematch(picture, situations, officer, slots, now).via & ~np.uint8(Via.HELD | Via.PLACE | Via.BEAT)
    via[in_beat[slots]] |= np.uint8(Via.BEAT)
    via[distance_m[slots] <= 0] |= np.uint8(Via.PLACE)
    his = {picture.slot_of[name] for name in reader.addressed if name in picture.slot_of}
    mine = [row for row, slot in enumerate(slots.tolist()) if slot in his] if his else []
    via[mine] |= np.uint8(Via.ADDRESSED)
    matched, nowhere = via.copy(), np.full(len(slots), np.nan, np.float32)
    if not reader.patrols:
        via &= ~np.uint8(Via.ADDRESSED | Via.TASKED)
    situations.fix_at[0], situations.accuracy_m[0] = now, 0  # distances are the beat's, and exact
    pairs = candidates(officer, slots, distance_m[slots], nowhere, via)
    released, _ = release(pairs, picture, situations.rights(), now)
    by_shift = _scores(score(released, picture, situations, Held(), weighing.shift, now))
    by_history = _scores(score(released, picture, situations, Held(), weighing.history, now))
    how_of = dict(zip(slots.tolist(), matched.tolist(), strict=True))
    ways = [how_of[slot] for slot in released.record.tolist()]
    rows = zip(released.record.tolist(), ways, by_shift, by_history, strict=True)
    names = {slot: name for name, slot in picture.slot_of.items()}
    found = []
    for slot, how, now_scores, then_scores in rows:
        item = picture.stored[slot]
        assert item is not None
        found.append(
            Judged(
                slot,
                names[slot],
                item,
                bool(picture.live[slot]) and int(picture.valid_from[slot]) <= now < int(picture.valid_to[slot]),
                float(distance_m[slot]),
                bool(in_beat[slot]),
                bool(how & Via.ADDRESSED),
                bool(how & Via.TASKED),
                now_scores,
                then_scores,
            )
        )
    return found


def _scores(scored: Scored) -> list[Scores]:
    columns = (scored.total, scored.must > 0, scored.terms, scored.facts)
    return [Scores(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _one(reader: Reader, picture: LivePicture, now: Instant) -> Situations:
    """The reader alone, in the picture's own books."""
    situations, officer = Situations(picture.books), reader.officer
    at = reader.cell_at if reader.cell is not None else None
    situations.put(
        officer,
        OfficerState(officer.id, "", 0, "", 1, UnitStatus.AVAILABLE, now, 0.0, now, reader.cell, at, now),
        now,
    )
    situations.callsign[0] = picture.books.callsigns.code(reader.callsign)
    situations.beat[0] = picture.beats.code_of_text(officer.force, reader.beat) if reader.beat else 0
    return situations
