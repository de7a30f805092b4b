"""What goes onto two A4 pages: the lines that each item takes there, and which items stay on the handset instead

An estimate that errs upwards: the widest of the usual typefaces, two columns. The fewer
lines, the larger the letters: 10 points, 8.4 or 7.8. Long texts are clamped to
whole lines by the style sheet (`page.css`, @media print), so that no text, however long, takes more than is counted.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from app.pages.words import above_official, marked, standing, unsaid_hazards
from streams.patrol.document import Item, Part, PatrolBriefing, Section


@dataclass(frozen=True, slots=True)
class Setting:
    """How the paper is set: letters in a line of a column, lines on two pages beside head, foot and map, and how many
    lines a text gets at most. The style sheet has the same figures."""

    name: str
    letters: int
    lines: int
    line: int = 3
    detail: int = 2
    facts: int = 3
    why: int = 2


ROOMY = Setting("roomy", 42, 178)
"""10 points: what is read in the rain."""
ORDINARY = Setting("ordinary", 50, 238)
DENSE = Setting("dense", 54, 270, detail=1, why=1)
_KEPT = (Section.SAFETY, Section.MUST_READ)


def setting_of(briefing: PatrolBriefing) -> Setting:
    """The largest letters with which it fits."""
    return next((one for one in (ROOMY, ORDINARY) if lines(briefing, one) <= one.lines), DENSE)


def left_out(briefing: PatrolBriefing) -> frozenset[int]:
    """The numbers of the items that do not fit: the last of the longest sections, never of safety and must-read."""
    out: set[int] = set()
    if setting_of(briefing) is DENSE:
        over = float(lines(briefing, DENSE) - DENSE.lines)
        heights = {item.number: _item(item, DENSE) for item in briefing.items}
        while over > 0 and (last := _last_of_longest(briefing, out)):
            out.add(last)
            over -= heights[last]
        while lines(briefing, DENSE, out) > DENSE.lines and (last := _last_of_longest(briefing, out)):
            out.add(last)
    return frozenset(out)


def lines(briefing: PatrolBriefing, setting: Setting, out: Collection[int] = ()) -> int:
    """How many lines the briefing takes on paper without ``out``."""
    notes = sum(_lines(note, 3, setting) for note in briefing.notes)
    return math.ceil(notes + sum(_part(part, setting, out) for part in briefing.parts))


def _part(part: Part, setting: Setting, out: Collection[int]) -> float:
    shown = [item for item in part.items if item.number not in out]
    more = part.more or len(shown) < len(part.items)
    return 2.4 + sum(_item(item, setting) for item in shown) + (1.2 if more else 0) + _lines(part.note, 3, setting)


def _item(item: Item, setting: Setting) -> float:
    """With the hazards in a line of their own, and the space below."""
    marking = marked(item.marking) if above_official(item.marking) else ""
    facts = " ".join((item.where, item.when, item.age, standing(item), item.grading, marking, *item.also)) + " " * 9
    return (
        _lines(f"0000 {item.line}" + " " * (len(item.line) // 10), setting.line, setting) * 1.1
        + _lines(item.detail or item.body, setting.detail, setting)
        + _lines(facts, setting.facts, setting)
        + _lines("Why: " + " ".join(item.why), setting.why, setting)
        + (1.2 if unsaid_hazards(item) else 0)
        + (1.2 if item.must_ack else 0)
        + 0.7
    )


def _lines(text: str, most: int, setting: Setting) -> int:
    """Capitals are wider than other letters, and Chinese as wide as two."""
    wide = sum(_width(letter) for letter in text[: most * setting.letters])
    return min(math.ceil(wide / setting.letters), most)


def _width(letter: str) -> float:
    return 2.0 if unicodedata.east_asian_width(letter) in "WF" else 1.25 if letter.isupper() else 1.0


def _last_of_longest(briefing: PatrolBriefing, out: Collection[int]) -> int:
    """The last shown item of the section that shows the most; 0 where only what must stay is left."""
    shown = [
        [item.number for item in part.items if item.number not in out]
        for part in briefing.parts
        if part.section not in _KEPT
    ]
    return max(((len(numbers), numbers[-1]) for numbers in shown if numbers), default=(0, 0))[1]
