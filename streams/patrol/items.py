"""One record as an item of a briefing: what, where, when, how sure, how dangerous, and why it is there"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from shapely.geometry.base import BaseGeometry

from geo.clock import Instant
from geo.markdown import parsed, plain_of
from geo.marking import SharingHandling, SourceEvaluation
from geo.model import Briefing, IntelReport, Record, RecordKind, Status
from geo.place import point_of
from streams.patrol.document import Item, Section
from streams.patrol.hazard_words import hazards_text, ordered
from streams.patrol.judging import Judged
from streams.patrol.times import LONG, age_text, clock_text, when_text
from streams.patrol.where import compass_text, where_text

LINE, DETAIL = 90, 160
WHY = 3
"""Reasons that are said of an item."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a section adds to an item: a word before its line, sentences for its second line, reasons of its own."""

    before: str = ""
    details: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hour:
    """The moment, the zone and the beat that the words are said of."""

    now: Instant
    zone: ZoneInfo
    area: BaseGeometry | None = None


def item_of(one: Judged, section: Section, said: Said, hour: Hour, number: int = 0) -> Item:
    """The item; ``number`` is given when all are known."""
    record, stored = one.item.record, one.item
    start, end = happened(record)
    scores = one.shift if section in (Section.LIVE, Section.TASKING, Section.MUST_READ) else one.history
    return Item(
        number=number,
        section=section,
        line=cut(said.before + _title(record), LINE),
        detail=cut(". ".join(dict.fromkeys((*said.details, *_more(record)))), DETAIL),
        where=_where(record),
        place=record.place,
        when=when_text(start, end, hour.now, hour.zone),
        age=age_text(end if end - start > LONG else start, hour.now),
        at=start,
        grading=str(record.grading) if isinstance(record, IntelReport) else "",
        why=_why(one, scores.why(stored), said, hour),
        record=record.id,
        version=stored.version,
        kind=record.kind.value,
        category=record.category,
        grade=record.grade.value,
        status=record.status.value,
        hazards=tuple(hazard.value for hazard in ordered(record.hazards)),
        marking=record.marking,
        source=record.source,
        also=said.also,
        must_ack=isinstance(record, Briefing) and record.must_ack,
        body=record.text if isinstance(record, Briefing) else "",
        score=scores.total,
    )


def _where(record: Record) -> str:
    if record.place is None and not record.place_text:
        if isinstance(record, Briefing):
            return ""
        if isinstance(record, IntelReport) and not record.beat:
            return "anywhere"
    return where_text(record)


def happened(record: Record) -> tuple[Instant, Instant]:
    """When it was: of a thing that goes on until nobody knows when, the report."""
    start, end = record.occurred.start, record.occurred.end
    if start is None or isinstance(record, Briefing | IntelReport):
        return record.reported_at, record.reported_at
    return start, start if end is None else end


def cut(text: str, room: int) -> str:
    """In one line, at most so long."""
    text = " ".join(text.split())
    return text if len(text) <= room else f"{text[: room - 1].rstrip(' ,.;:')}…"


def _title(record: Record) -> str:
    return record.title or record.category.replace("_", " ").capitalize()


def _more(record: Record) -> list[str]:
    """The second line: subjects, units, what the source wrote, how to treat it."""
    found: list[str] = []
    if isinstance(record, IntelReport):
        found += [f"{subject.kind.value.capitalize()}: {subject.label}" for subject in record.subjects[:3]]
    text = _plain(record.text) if isinstance(record, Briefing) else record.text
    if words := telling(text):
        found.append(words)
    if isinstance(record, IntelReport):
        found += _care(record)
    return [text.rstrip(".") for text in found]


def _plain(text: str) -> str:
    """The beginning of a body in one line."""
    lines = [line.strip() for line in plain_of(parsed(text[: 4 * DETAIL])).splitlines() if line.strip()]
    return "; ".join(line.removeprefix("- ").rstrip(".:") for line in lines)


def _care(record: IntelReport) -> list[str]:
    grading = record.grading
    found = ["Source not reliable"] if grading.source is SourceEvaluation.NOT_RELIABLE else []
    if grading.information.value == "E":
        found.append("Suspected to be false")
    if grading.handling is SharingHandling.CONDITIONS and grading.conditions:
        found.append(f"Conditions: {'; '.join(grading.conditions)}")
    return found


def telling(text: str) -> str:
    """A text that says something: codes such as ``500N`` or ``7.2.25`` do not."""
    return " ".join(text.split()) if re.search(r"[^\W\d_]{3,}", text) else ""


def _why(one: Judged, reasons: Sequence[str], said: Said, hour: Hour) -> tuple[str, ...]:
    record = one.item.record
    place = _place(one, hour)
    ends = record.valid.end
    until = f"valid until {clock_text(ends, hour.now, hour.zone)}" if ends is not None and record.status.live else ""
    told = [*said.why, place, *reasons, until]
    return tuple(dict.fromkeys(text for text in told if text))[:WHY]


def _place(one: Judged, hour: Hour) -> str:
    if isinstance(one.item.record, Briefing):
        return ""
    if one.in_beat:
        return "in the beat"
    if one.metres == one.metres:
        away = f"{round(one.metres, -1):.0f} m" if one.metres < 995 else f"{one.metres / 1000:.1f} km"
        if hour.area is None or one.item.record.place is None:
            return f"{away} outside the beat"
        return f"{away} {compass_text(hour.area, *point_of(one.item.record.place))} of the beat"
    return ""


def status_text(record: Record) -> str:
    """What is known of its being dealt with."""
    if record.kind is RecordKind.EMERGENCY and record.status.live:
        return "Officer needs help"
    units = ", ".join(record.assigned[:4])
    return {
        Status.OPEN: f"{units} assigned, not there yet" if units else "Nobody there yet",
        Status.ATTENDED: f"{units} there" if units else "A unit is there",
        Status.CLOSED: "Closed",
        Status.CANCELLED: "Cancelled",
    }[record.status]


def danger_text(record: Record) -> str:
    """``Firearm, violence: `` before the line of what is there for its hazards."""
    text = hazards_text(record.hazards)
    return f"{text[:1].upper()}{text[1:]}: " if text else ""
