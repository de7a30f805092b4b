"""What has changed of an item of somebody's patrol briefing, in a constable's words, and how a fan-out carries it"""

from __future__ import annotations

from enum import IntFlag

from geo.model import Record


class Change(IntFlag):
    """What is different from what he was given. Append, never renumber: fan-outs keep it."""

    GRADED_UP = 1
    GRADED_DOWN = 2
    HAZARD = 4
    MOVED = 8
    OPEN_AGAIN = 16
    ATTENDED = 32
    OVER = 64
    """It was over when it was corrected, and still is."""


MATERIAL = Change.GRADED_UP | Change.HAZARD | Change.MOVED | Change.OPEN_AGAIN
"""What is told as news. All else is corrected without a sound."""
_ITEMS = 1_000
_SAID = {
    Change.OPEN_AGAIN: "open again",
    Change.GRADED_DOWN: "graded down",
    Change.HAZARD: "new hazard",
    Change.MOVED: "moved",
    Change.ATTENDED: "a unit is there",
}


def fact_of(item: int, change: int) -> float:
    """The fact ``briefed`` of a fan-out: the item's number and what has changed, exact as a float32."""
    return float(change * _ITEMS + min(item, _ITEMS - 1))


def briefed_text(fact: float, record: Record) -> str:
    """``item 7 of your briefing: graded up to emergency, new hazard``; "" where the fact is NaN: it was in none."""
    if fact != fact:
        return ""
    change, item = divmod(int(fact), _ITEMS)
    where = f"item {item} of your briefing" if item else "an earlier briefing of yours"
    said = [f"graded up to {record.grade.value}"] if change & Change.GRADED_UP else []
    said += [text for bit, text in _SAID.items() if change & bit]
    said = said or ["corrected"]
    return f"{where}: {', '.join(said)}{', still over' if change & Change.OVER else ''}"
