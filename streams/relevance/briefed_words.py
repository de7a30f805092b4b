"""What has changed of an item of somebody's patrol briefing, in a constable's words, and how a fan-out carries it"""

from __future__ import annotations

from enum import IntFlag


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
_LINE = 44
"""Characters on one line of a handheld (:data:`streams.relevance.wording.LINE`)."""
_SAID = {
    Change.OPEN_AGAIN: "open again",
    Change.GRADED_UP: "graded up",
    Change.GRADED_DOWN: "graded down",
    Change.HAZARD: "new hazard",
    Change.MOVED: "moved",
    Change.ATTENDED: "a unit is there",
}


def fact_of(item: int, change: int) -> float:
    """The fact ``briefed`` of a fan-out: the item's number and what has changed, exact as a float32."""
    return float(change * _ITEMS + min(item, _ITEMS - 1))


def briefed_text(fact: float) -> str:
    """``item 7 of your briefing: graded up, moved``, as much as fits on a line; "" where the fact is NaN: of none."""
    if not 0 <= fact < _ITEMS * 2 * max(Change):
        return ""
    change, item = divmod(int(fact), _ITEMS)
    text = f"item {item} of your briefing: " if item else "an earlier briefing: "
    said = [word for bit, word in _SAID.items() if change & bit] or ["corrected"]
    text += f"over, {said[0]}" if change & Change.OVER else said[0]
    for word in said[1:]:
        if len(text) + len(word) + 2 <= _LINE:
            text += f", {word}"
    return text
