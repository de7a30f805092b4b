"""Rule 7: the same thing from two sources is shown as one. He is told of one of them; the other is kept, unsaid."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from geo.model import Verdict
from geo.pairs import Bool, Int32, Int64, UInt8
from geo.picture import LivePicture
from geo.store.rows import Act
from streams.held import TOLD_TASKED, Held, holds_live
from streams.relevance.score import Must, Scored


@dataclass(slots=True)
class Duplicates:
    """Rows (``at``) that are shown with a twin of theirs, whose strongest told style is ``style``; ``faces`` are slots
    of records that are to be decided once more, because they now stand for a twin as well."""

    at: Int64
    style: UInt8
    faces: set[int] = field(default_factory=set)


def nothing_twice() -> Duplicates:
    """No row has a twin."""
    return Duplicates(np.zeros(0, np.int64), np.zeros(0, np.uint8))


def shown_with_another(
    scored: Scored, held: Held, picture: LivePicture, act: UInt8, verdict: UInt8, inside: Bool, now: int
) -> Duplicates:
    """Which of the rows that would be said are the same thing as what he holds already, or is told in this very piece.

    Not what is graver than what he was told (grade up, a new hazard), nor what must be delivered and was not told as
    loudly: that is said. Officers who may see one of the two only are told of that one: what is not released is not
    here, and is not held.
    """
    twins = picture.twins
    if not len(twins):
        return nothing_twice()
    concerned = np.zeros(len(picture.stored), np.bool_)
    concerned[twins.slots()] = True
    saying = (act == Act.ALERT) & concerned.take(scored.pairs.record) & ~_standing(scored, held) & inside
    rows = saying.nonzero()[0]
    style = np.zeros(len(scored), np.uint8)
    found = nothing_twice()
    for record in np.unique(scored.pairs.record[rows]).tolist():
        mine = rows[scored.pairs.record[rows] == record]
        for twin in twins.of(record):
            told = _told_of(scored, held, picture, mine, twin, now)
            style[mine] = np.maximum(style[mine], told)
            if told.any():
                found.faces.add(twin)
            both = mine[_best_is_the_twin(scored, saying, style, mine, twin)]
            style[both] = np.maximum(style[both], verdict[both])
    found.at = (style > 0).nonzero()[0]
    found.style = style[found.at]
    return found


def stands_for(held: Held, picture: LivePicture, officer: Int32, record: Int32) -> Int32:
    """For each pair: the slot of the twin that is shown with it, and not by itself; -1 for most."""
    shown = np.full(len(officer), -1, np.int32)
    if not len(picture.twins):
        return shown
    for slot in set(picture.twins.slots()).intersection(np.unique(record).tolist()):
        rows = np.flatnonzero(record == slot)
        for twin in reversed(picture.twins.of(slot)):
            held_row = held.lookup(officer[rows], np.full(len(rows), twin, np.int32))
            known = np.flatnonzero(held_row >= 0)
            behind = known[_behind(held, held_row[known])]
            shown[rows[behind]] = twin
    return shown


def to_be_said_again(scored: Scored, held: Held, picture: LivePicture, act: UInt8) -> Int64:
    """Rows that stand as told, whose twin came behind them since they were last said: with both sources, silently."""
    if not len(picture.twins):
        return np.zeros(0, np.int64)
    concerned = np.zeros(len(picture.stored), np.bool_)
    concerned[picture.twins.slots()] = True
    standing = (act == Act.VERDICT) & concerned.take(scored.pairs.record) & _standing(scored, held)
    rows = standing.nonzero()[0]
    officer, record = scored.pairs.officer[rows], scored.pairs.record[rows]
    twin = stands_for(held, picture, officer, record)
    rows, officer, twin = rows[twin >= 0], officer[twin >= 0], twin[twin >= 0]
    behind = held.lookup(officer, twin)
    newer: Int64 = rows[held.since[behind] > held.told_at[scored.held_row[rows]]]
    return newer


def _standing(scored: Scored, held: Held) -> Bool:
    """Rows that his device shows already."""
    standing = np.zeros(len(scored), np.bool_)
    known = np.flatnonzero(scored.held_row >= 0)
    standing[known] = holds_live(held, scored.held_row[known])
    return standing


def _behind(held: Held, row: Int32) -> Bool:
    """Held rows that are kept as shown with another: never said, but counted as told."""
    kept: Bool = held.act[row] == Act.VERDICT
    kept &= held.inside[row] & (held.told_style[row] > 0) & (held.verdict[row] == Verdict.HOLD)
    return kept


def _told_of(scored: Scored, held: Held, picture: LivePicture, rows: Int64, twin: int, now: int) -> UInt8:
    """How strongly each officer was told of the twin that his device shows: 0 where not, and where this row is graver
    than that."""
    told = np.zeros(len(rows), np.uint8)
    if not picture.live[twin] or picture.valid_to[twin] <= now:
        return told
    officer, record = scored.pairs.officer[rows], scored.pairs.record[rows]
    face = held.lookup(officer, np.full(len(rows), twin, np.int32))
    known = np.flatnonzero(face >= 0)
    row = face[known]
    shown = holds_live(held, row) & (held.told_style[row] > 0)
    graver = picture.grade[record[known]] > held.told_grade[row]
    graver |= (picture.hazards[record[known]] & ~held.told_hazards[row]) != 0
    must = scored.must[rows[known]]
    graver |= (must > 0) & (held.told_style[row] < Verdict.INTERRUPT)
    graver |= (must == Must.OWN_TASKING) & (held.told_style[row] < TOLD_TASKED)
    told[known] = np.where(shown & ~graver, held.told_style[row], 0)
    return told


def _best_is_the_twin(scored: Scored, saying: Bool, style: UInt8, rows: Int64, twin: int) -> Bool:
    """Where both are new to him in this piece: whether the twin is the one that he is told of. The higher score, and of
    equals the lower slot, which was there first."""
    others = np.flatnonzero(saying & (scored.pairs.record == twin) & (style == 0))
    _, here, there = np.intersect1d(scored.pairs.officer[rows], scored.pairs.officer[others], return_indices=True)
    lost = np.zeros(len(rows), np.bool_)
    mine, its = scored.total[rows[here]], scored.total[others[there]]
    first = twin < scored.pairs.record[rows[0]]
    lost[here] = (its > mine) | ((its == mine) & first)
    lost &= scored.must[rows] != Must.OWN_TASKING
    return lost
