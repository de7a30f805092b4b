"""A patrol briefing as plain text to read out over the radio: short sentences, safety first, at most two minutes

Everybody on the channel hears it, so what is for named recipients or for one operation is not spoken: its number is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from app.pages.words import (
    clock,
    counted,
    day,
    listed,
    marked,
    not_for_the_air,
    said_age,
    sentence,
    span,
    tidy,
    unsaid_hazards,
    zone_of,
)
from streams.patrol.document import Item, Part, PatrolBriefing, Section

MOST_WORDS = 300
"""Two minutes at 150 words a minute, which is how fast a radio message can be followed and written down."""
_FIRST = (Section.SAFETY, Section.MUST_READ)
"""Read whole before anything else gets a word."""
_WIDE = 78


def read_out(briefing: PatrolBriefing) -> str:
    """The text, wrapped, with a line feed at its end."""
    left = MOST_WORDS - sum(_words(line) for line in _opening(briefing)) - 12
    chosen = _chosen(briefing, left)
    blocks = [_wrapped(" ".join(_opening(briefing)))]
    blocks += ["\n".join(map(_wrapped, lines)) for part in briefing.parts if (lines := list(_part(part, chosen)))]
    blocks.append(_wrapped(_ending(briefing, chosen)))
    return "\n\n".join(blocks) + "\n"


def _opening(briefing: PatrolBriefing) -> list[str]:
    zone = zone_of(briefing.zone)
    whom = tidy(briefing.callsign or briefing.officer, 40)
    return [
        f"Patrol briefing for {whom}.",
        f"Beat {tidy(briefing.beat_name or briefing.beat, 60)}, {day(briefing.start, zone)}, "
        f"{span(briefing.start, briefing.until, zone)}.",
        f"As at {clock(briefing.compiled_at, zone)}.",
        f"{marked(briefing.marking)}.",
    ]


def _ending(briefing: PatrolBriefing, chosen: dict[int, str]) -> str:
    unread = len(briefing.items) - len(chosen) + sum(part.more for part in briefing.parts)
    rest = f"{counted(unread, 'item')} more on the handset. " if unread else ""
    return f"{rest}Corrections come until {clock(briefing.until, zone_of(briefing.zone))}. End of briefing."


def _part(part: Part, chosen: dict[int, str]) -> Iterator[str]:
    said = [chosen[item.number] for item in part.items if item.number in chosen]
    unsaid = len(part.items) - len(said) + part.more
    if not part.items:
        if part.section is Section.SAFETY:
            yield sentence(f"{part.heading}: {tidy(part.note, 80) or 'nothing known'}")
        return
    yield sentence(part.heading)
    yield from said
    if unsaid:
        yield f"And {unsaid} more." if said else f"{counted(unsaid, 'item')} on the handset."


def _chosen(briefing: PatrolBriefing, left: int) -> dict[int, str]:
    """Number -> what is said: safety and must-read first, then the best of each section in turn, while time is left."""
    left -= sum(_words(part.heading) + 3 for part in briefing.parts if part.items)
    chosen: dict[int, str] = {}
    for item in _in_turn(briefing):
        first = item.section in _FIRST
        for said in (_said(item, whole=item.section is Section.SAFETY), _said(item, whole=False), _shortest(item)):
            if (cost := _words(said)) <= left:
                chosen[item.number] = said
                left -= cost
                break
        else:
            if not first:
                break
    return chosen


def _in_turn(briefing: PatrolBriefing) -> Iterator[Item]:
    for part in briefing.parts:
        if part.section in _FIRST:
            yield from part.items
    others = [part.items for part in briefing.parts if part.section not in _FIRST]
    for place in range(max(map(len, others), default=0)):
        yield from (items[place] for items in others if place < len(items))


def _said(item: Item, *, whole: bool) -> str:
    """``3. Robbery in progress. Mill Lane. Weapon. 2 hours old.``"""
    if not_for_the_air(item):
        return f"{item.number}. Not for the air: read item {item.number} on the handset."
    line = tidy(item.line, 120)
    where = tidy(item.where, 60)
    hazards = unsaid_hazards(item)
    parts = [
        f"{item.number}. {line}",
        tidy(item.detail, 120) if whole else "",
        "" if where.lower() in line.lower() else where,
        listed(hazards[:1] + [word.lower() for word in hazards[1:]]) if hazards else "",
        f"Graded {tidy(item.grading, 20)}" if item.grading else "",
        said_age(tidy(item.age or item.when, 40)),
        "Acknowledge on the handset" if item.must_ack and not item.acknowledged else "",
    ]
    return " ".join(sentence(part[:1].upper() + part[1:]) for part in parts if part)


def _shortest(item: Item) -> str:
    if not_for_the_air(item):
        return f"{item.number}. Not for the air."
    return sentence(f"{item.number}. {tidy(item.line, 60)}")


def _words(text: str) -> int:
    return len(text.split())


def _wrapped(text: str) -> str:
    return textwrap.fill(text, _WIDE, subsequent_indent="   " if text[:1].isdigit() else "", break_long_words=False)
