"""A patrol briefing that has to go through a narrow way: what is left out, in which order, and that it is said"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec

from streams.patrol.document import Item, Part, PatrolBriefing, Section

SHORTENED = "Shortened to fit the way to your device: ask over HTTP for the whole of it."
_BODY = 600
"""Characters of a pushed briefing's text that are kept: it was pushed whole."""


def fitted(briefing: PatrolBriefing, render: Callable[[PatrolBriefing], Any], most_bytes: int) -> PatrolBriefing:
    """The briefing, or as much of it as fits as JSON: outlines go first, then long texts, then the last items of the
    longest sections ("and 7 more"), those on officer safety at the very last. What is left out is not disclosed."""
    if _size(briefing, render) <= most_bytes:
        return briefing
    said = replace(briefing, notes=(*briefing.notes, SHORTENED))
    for shorten in (_without_outlines, _with_short_texts):
        said = shorten(said)
        if _size(said, render) <= most_bytes:
            return said
    while said.items and _size(said, render) > most_bytes:
        said = _one_less(said)
    return said


def _size(briefing: PatrolBriefing, render: Callable[[PatrolBriefing], Any]) -> int:
    return len(msgspec.json.encode(render(briefing)))


def _without_outlines(briefing: PatrolBriefing) -> PatrolBriefing:
    return replace(_each(briefing, _point), beat_area=None)


def _with_short_texts(briefing: PatrolBriefing) -> PatrolBriefing:
    return _each(briefing, lambda item: replace(item, body=_cut(item.body)))


def _each(briefing: PatrolBriefing, change: Callable[[Item], Item]) -> PatrolBriefing:
    parts = tuple(replace(part, items=tuple(change(item) for item in part.items)) for part in briefing.parts)
    return replace(briefing, parts=parts)


def _point(item: Item) -> Item:
    return item if item.place is None else replace(item, place=item.place.representative_point())


def _cut(text: str) -> str:
    return text if len(text) <= _BODY else f"{text[: _BODY - 1]}…"


def _one_less(briefing: PatrolBriefing) -> PatrolBriefing:
    longest = max(briefing.parts, key=_length)
    return replace(briefing, parts=tuple(_shorter(part) if part is longest else part for part in briefing.parts))


def _length(part: Part) -> tuple[bool, int]:
    return bool(part.items) and part.section is not Section.SAFETY, len(part.items)


def _shorter(part: Part) -> Part:
    return replace(part, items=part.items[:-1], more=part.more + 1)
