"""Rule 7: the same thing from two sources is shown as one. He is told of one of them; the other is kept, unsaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from geo.model import Verdict
from geo.pairs import Bool, Int64, UInt8
from geo.picture import LivePicture
from geo.store.rows import Act
from streams.held import TOLD_TASKED, Held, holds_live
from streams.relevance.score import Must, Scored
from streams.shown_as_one import concerned, sources_behind


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
    saying = (act == Act.ALERT) & concerned(picture).take(scored.pairs.record) & ~_standing(scored, held) & inside
    rows = saying.nonzero()[0]
    style = np.zeros(len(scored), np.uint8)
    faces: set[int] = set()
    for record in np.unique(scored.pairs.record[rows]).tolist():
        mine = rows[scored.pairs.record[rows] == record]
        for twin in twins.of(record):
            told = _told_of(scored, held, picture, mine, twin, now)
            style[mine] = np.maximum(style[mine], told)
            if told.any():
                faces.add(twin)
    better, worse = _both_new(scored, picture, rows[style[rows] == 0])
    for face, hidden in _one_of_each(better, worse):
        style[hidden] = np.maximum(style[hidden], verdict[face])
    at = style.nonzero()[0]
    return Duplicates(at, style[at], faces)


def to_be_said_again(scored: Scored, held: Held, picture: LivePicture, act: UInt8) -> Int64:
    """Rows that stand as told, whose twin came behind them since they were last said: with both sources, silently."""
    if not len(picture.twins):
        return np.zeros(0, np.int64)
    standing = (act == Act.VERDICT) & concerned(picture).take(scored.pairs.record) & _standing(scored, held)
    rows: Int64 = standing.nonzero()[0]
    _, since = sources_behind(held, picture, scored.pairs.officer[rows], scored.pairs.record[rows])
    newer: Int64 = rows[since > held.told_at[scored.held_row[rows]]]
    return newer


def _standing(scored: Scored, held: Held) -> Bool:
    """Rows that his device shows already."""
    standing = np.zeros(len(scored), np.bool_)
    known = np.flatnonzero(scored.held_row >= 0)
    standing[known] = holds_live(held, scored.held_row[known])
    return standing


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


def _both_new(scored: Scored, picture: LivePicture, rows: Int64) -> tuple[Int64, Int64]:
    """Pairs of rows, both new to one officer and twins: the better one, and the worse, which may be hidden behind it.
    Better is the higher score, of equals what was there first. What is graver than the better is not hidden, nor is his
    own tasking."""
    better, worse = [], []
    records = np.unique(scored.pairs.record[rows]).tolist()
    for record in records:
        mine = rows[scored.pairs.record[rows] == record]
        for twin in picture.twins.of(record):
            if twin < record or twin not in records:
                continue
            its = rows[scored.pairs.record[rows] == twin]
            _, here, there = np.intersect1d(scored.pairs.officer[mine], scored.pairs.officer[its], return_indices=True)
            one, other = mine[here], its[there]
            first = scored.total[one] >= scored.total[other]
            better.append(np.where(first, one, other))
            worse.append(np.where(first, other, one))
    if not better:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    up, down = np.concatenate(better), np.concatenate(worse)
    above, below = scored.pairs.record[up], scored.pairs.record[down]
    graver = (picture.grade[below] > picture.grade[above]) | ((picture.hazards[below] & ~picture.hazards[above]) != 0)
    keep = ~graver & (scored.must[down] != Must.OWN_TASKING)
    return up[keep], down[keep]


def _one_of_each(better: Int64, worse: Int64) -> Iterator[tuple[Int64, Int64]]:
    """(faces, the rows hidden behind them), until each row is said or behind one that is said: the best first, so that
    nothing is hidden behind what is hidden itself."""
    while len(better):
        face = ~np.isin(better, worse)
        yield better[face], worse[face]
        gone = worse[face]
        left = ~np.isin(better, gone) & ~np.isin(worse, gone)
        better, worse = better[left], worse[left]
