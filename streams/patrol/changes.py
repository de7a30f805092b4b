"""What a newer version changed of an older one, in the words that an officer would be told"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from geo.briefing_changes import told_to_readers
from geo.clock import Instant
from geo.model import Briefing, IntelReport, Record, Status
from geo.place import distance_m, point_of
from streams.patrol.hazard_words import hazards_text
from streams.patrol.times import clock_text
from streams.patrol.where import where_text

MOVED_M = 50.0
"""A correction of the place that matters on foot."""
_STATUS = {
    Status.OPEN: "opened again",
    Status.ATTENDED: "a unit is there",
    Status.CLOSED: "closed",
    Status.CANCELLED: "cancelled",
}


def changes(before: Record, after: Record, now: Instant, zone: ZoneInfo) -> tuple[str, ...]:
    """The gravest first; () where nothing changed that anybody would be told of."""
    said = [
        _grade(before, after),
        _hazards(before, after),
        _status(before, after),
        _moved(before, after),
        _grading(before, after),
        "" if before.title == after.title else f"now said to be: {after.title}"[:90],
        _ends(before, after, now, zone),
        *(told_to_readers(after) if isinstance(after, Briefing) else ()),
        ""
        if before.text == after.text
        else "more is known"
        if len(after.text) > len(before.text)
        else "text corrected",
    ]
    found = [text for text in said if text]
    if isinstance(after, Briefing) and after.changed:
        found = list(told_to_readers(after))
    return tuple(dict.fromkeys(found))


def _grade(before: Record, after: Record) -> str:
    if before.grade is after.grade:
        return ""
    way = "up" if after.grade.rank > before.grade.rank else "down"
    return f"graded {way} to {after.grade.value}, was {before.grade.value}"


def _hazards(before: Record, after: Record) -> str:
    new = tuple(hazard for hazard in after.hazards if hazard not in before.hazards)
    gone = tuple(hazard for hazard in before.hazards if hazard not in after.hazards)
    if new:
        return f"new: {hazards_text(new)}"
    return f"no longer: {hazards_text(gone)}" if gone else ""


def _status(before: Record, after: Record) -> str:
    if before.status is after.status:
        return ""
    if after.status is Status.OPEN and before.status is Status.ATTENDED:
        return "nobody is there any more"
    return _STATUS[after.status]


def _moved(before: Record, after: Record) -> str:
    if after.place is None:
        return "its place is withheld now" if before.place is not None else ""
    if before.place is None:
        return f"its place is known: {where_text(after)}"
    metres = float(distance_m(*point_of(before.place), *point_of(after.place)))
    return f"moved {round(metres, -1):.0f} m, now {where_text(after)}" if metres > MOVED_M else ""


def _grading(before: Record, after: Record) -> str:
    if not isinstance(before, IntelReport) or not isinstance(after, IntelReport):
        return ""
    was, is_ = str(before.grading), str(after.grading)
    return "" if was == is_ else f"graded {is_}, was {was}"


def _text(before: Record, after: Record) -> str:
    if before.text == after.text:
        return ""
    return "more is known" if len(after.text) > len(before.text) else "text corrected"


def _ends(before: Record, after: Record, now: Instant, zone: ZoneInfo) -> str:
    if before.valid.end == after.valid.end:
        return ""
    return "has no end any more" if after.valid.end is None else f"ends {clock_text(after.valid.end, now, zone)}"
