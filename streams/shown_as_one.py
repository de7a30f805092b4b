"""Which sources are shown to an officer as one with what he holds: kept as told, and never said by themselves."""

from __future__ import annotations

import numpy as np

from geo.model import Verdict
from geo.pairs import Bool, Int32, Int64
from geo.picture import LivePicture
from geo.store.rows import Act
from streams.held import Held


def concerned(picture: LivePicture) -> Bool:
    """By slot: it has a twin."""
    found = np.zeros(len(picture.stored), np.bool_)
    found[picture.twins.slots()] = True
    return found


def sources_behind(held: Held, picture: LivePicture, officer: Int32, record: Int32) -> tuple[list[str], Int64]:
    """For each pair: the other sources that are shown with it and not by themselves, such as ``alarms + fire`` ("" for
    most), and when the newest of them came to it (0)."""
    sources, since = [""] * len(officer), np.zeros(len(officer), np.int64)
    if not len(picture.twins):
        return sources, since
    for slot in set(picture.twins.slots()).intersection(np.unique(record).tolist()):
        rows = np.flatnonzero(record == slot)
        for twin in picture.twins.of(slot):
            held_row = held.lookup(officer[rows], np.full(len(rows), twin, np.int32))
            known = np.flatnonzero(held_row >= 0)
            known = known[_behind(held, held_row[known])]
            since[rows[known]] = np.maximum(since[rows[known]], held.since[held_row[known]])
            source = item.record.source if (item := picture.stored[twin]) is not None else ""
            for row in rows[known].tolist():
                sources[row] = f"{sources[row]} + {source}" if sources[row] else source
    return sources, since


def _behind(held: Held, row: Int32) -> Bool:
    """Held rows that are kept as shown with another: never said, but counted as told."""
    kept: Bool = held.act[row] == Act.VERDICT
    kept &= held.inside[row] & (held.told_style[row] > 0) & (held.verdict[row] == Verdict.HOLD)
    return kept
