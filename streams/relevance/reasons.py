"""The reasons of a whole fan-out as JSON: the sentences of `wording`, each made once for all to whom it applies.

What holds for everybody (the grade, the hazards, the age) is put into bytes once; where he is from it, once for each
distance and direction that reads alike. The same reasons in the same order as
:func:`streams.relevance.wording.why_of` gives (12 microseconds an officer), at 2 to 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
import numpy as np

from geo.model import Record, Summary
from geo.store.rows import Fanout
from streams.relevance import wording
from streams.relevance.briefed_words import briefed_text

_FIRST, _LAST = "reach", "freshness"
_BY_FACTS = frozenset({"reach", "approach", "freshness"})
"""Terms whose sentence is made of facts; the others' of the term's weight and the record alone."""
_READ = ("distance_m", "age_s", "bearing_deg", "off_heading_deg", "speed_mps", "closing_mps", "event")
"""Facts by place; the last of a row is NaN, for what is not among them."""
_quote = msgspec.json.Encoder().encode

Piece: TypeAlias = tuple[float, int, bytes, int]
"""The order of saying (the most telling first, then as the terms stand), the reason as JSON, and its text's length."""
_NO_AGE: tuple[bytes, int] = (b"", 0)


@dataclass(frozen=True, slots=True)
class _Column:
    """One term of the score: its place, and the reasons made so far by weight."""

    name: str
    place: int
    made: dict[float, Piece | None]


class Reasons:
    """Made once per fan-out; ``of(row)`` is the JSON list for one officer."""

    def __init__(self, fanout: Fanout, record: Record, limit: int, room: int = wording.ROOM) -> None:
        self._record, self._limit, self._room = record, limit, room
        self._fact_names, self._term_names = fanout.fact_names, fanout.term_names
        self._facts: list[list[float]] = [[*row, math.nan] for row in fanout.facts.tolist()]
        self._terms: list[list[float]] = fanout.terms.tolist()
        places = {name: place for place, name in enumerate(fanout.fact_names)}
        self._distance, self._age_s, *self._ways = (places.get(name, -1) for name in _READ)
        self._briefed = places.get("briefed", -1)
        self._varying: list[_Column] = []
        self._always: list[Piece] = []
        self._named = {name: _Column(name, place, {}) for place, name in enumerate(fanout.term_names)}
        self._split(fanout)
        self._always.sort()
        self._where: dict[tuple[object, ...], str] = {}
        self._age: dict[tuple[float, float], tuple[bytes, int]] = {}

    def of(self, row: int) -> bytes:
        """A JSON list of objects with ``term``, ``weight`` and ``text``."""
        terms, facts = self._terms[row], self._facts[row]
        if isinstance(self._record, Summary):
            return self._in_full(terms, facts)
        found = self._found(terms, facts)
        age, length = self._age_of(terms, facts)
        limit, room = (self._limit - 1, self._room - length - wording.BETWEEN) if age else (self._limit, self._room)
        fit = wording.fitting([piece[3] for piece in found], limit, room)
        pieces = [found[place][2] for place in fit]
        if age:
            pieces.append(age)
        if not pieces:
            return self._in_full(terms, facts)
        return b"[" + b",".join(pieces) + b"]"

    def _found(self, terms: list[float], facts: list[float]) -> list[Piece]:
        found = list(self._always)
        varying = False
        for column in self._varying:
            if (piece := self._piece(column, terms[column.place])) is not None:
                found.append(piece)
                varying = True
        if (approach := self._approach(terms, facts)) is not None:
            found.append(approach)
            varying = True
        if varying:
            found.sort()
        where = self._reach(terms, facts)
        found = found if where is None else [where, *found]
        if text := briefed_text(facts[self._briefed]):
            found = [(0.0, 0, _reason("briefing", 0.0, text), len(text)), *found]
        return found

    def _split(self, fanout: Fanout) -> None:
        """What is the same for all, and what is not."""
        for name, column in self._named.items():
            if name in _BY_FACTS or name not in wording.SENTENCES:
                continue
            values = fanout.terms[:, column.place]
            if len(values) and np.all(values == values[0]):
                piece = self._piece(column, float(values[0]))
                if piece is not None:
                    self._always.append(piece)
            else:
                self._varying.append(column)

    def _piece(self, column: _Column, weight: float) -> Piece | None:
        if weight in column.made:
            return column.made[weight]
        text = "" if math.isnan(weight) else wording.SENTENCES[column.name]({}, weight, self._record)
        piece = (-round(weight, 2), column.place, _reason(column.name, weight, text), len(text)) if text else None
        column.made[weight] = piece
        return piece

    def _weight(self, name: str, terms: list[float]) -> float:
        column = self._named.get(name)
        return math.nan if column is None else terms[column.place]

    def _reach(self, terms: list[float], facts: list[float]) -> Piece | None:
        weight = self._weight(_FIRST, terms)
        if weight != weight:
            return None
        key = self._where_key(facts)
        text = self._where.get(key)
        if text is None:
            text = self._where[key] = self._sentence(_FIRST, weight, facts)
        return (0.0, 0, _reason(_FIRST, weight, text), len(text)) if text else None

    def _where_key(self, facts: list[float]) -> tuple[object, ...]:
        """Distances and directions that read alike have the same key."""
        distance = facts[self._distance]
        bearing, off, speed, closing, event = [facts[place] for place in self._ways]
        if distance != distance:
            return (event,) if event == event else ()
        if off == off and speed > wording.CLOSING_MPS:
            towards = _side(off)
        else:
            towards = str(round(bearing / 45) % 8) if bearing == bearing else ""
        pace = 0 if not abs(closing) > wording.CLOSING_MPS else math.copysign(1, closing)
        return (wording.metres_text(distance), distance < 15, towards, pace, event if event == event else 0)

    def _approach(self, terms: list[float], facts: list[float]) -> Piece | None:
        weight = self._weight("approach", terms)
        if weight != weight or not facts[self._ways[3]] > 0:
            return None
        text = self._sentence("approach", weight, facts)
        place = self._named["approach"].place
        return (-round(weight, 2), place, _reason("approach", weight, text), len(text)) if text else None

    def _age_of(self, terms: list[float], facts: list[float]) -> tuple[bytes, int]:
        weight, age_s = self._weight(_LAST, terms), facts[self._age_s]
        key = (weight, age_s)
        made = self._age.get(key)
        if made is None:
            text = "" if weight != weight else self._sentence(_LAST, weight, facts)
            made = self._age[key] = (_reason(_LAST, weight, text), len(text)) if text else _NO_AGE
        return made

    def _sentence(self, name: str, weight: float, facts: list[float]) -> str:
        return wording.SENTENCES[name](dict(zip(self._fact_names, facts, strict=False)), weight, self._record)

    def _in_full(self, terms: list[float], facts: list[float]) -> bytes:
        return _quote(
            wording.why_of(self._term_names, terms, self._fact_names, facts[:-1], self._record, self._limit, self._room)
        )


def _side(off_heading_deg: float) -> str:
    """Ahead, behind, or the side: 45 and 135 degrees are where the sentence changes."""
    off = abs(off_heading_deg)
    if off <= 45 or off >= 135:
        return "ahead" if off <= 45 else "behind"
    return "right" if off_heading_deg > 0 else "left"


def _reason(term: str, weight: float, text: str) -> bytes:
    return b'{"term":"%b","weight":%b,"text":%b}' % (term.encode(), _quote(round(weight, 2)), _quote(text))
