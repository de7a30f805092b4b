"""The documented JSON of an incident or intelligence report -> a raw record: HTTP bodies and GeoJSON properties.

Fields of both (only the first four are required; any other field is refused by name):

================  ====================================================================================================
source            the source system's name, such as ``steel-cad``
source_id         its own id there: source and source_id together are the record's identity
category          a code such as ``vehicle_crime``; unknown codes are taken and fall back by the policy's rule; may be
                  the sender's own, as grade and hazards may, where a system sends it: see ``raw_of``
title             one line
text              what happened
grade             emergency | priority | standard | routine; default: the policy's for the category
status            open (default) | attended | closed | cancelled
place             a GeoJSON geometry (WGS84, longitude first), or null where the place is withheld or unknown
place_text        the place in words
beat              the beat or district in the force's own words
assigned          callsigns of the units tasked
occurred_at       when it happened; or occurred_from and occurred_to: between when and when
reported_at       when it became known; default: when it happened, else the arrival
valid_from        not of interest before; valid_to: nor from then on (default: by the policy)
hazards           of weapon, violence, dog, fire, chemical, public_order, infection, firearm, traffic, water, height,
                  electricity
sensitive         true: the source withholds details
marking           "OFFICIAL" (default), "OFFICIAL-SENSITIVE", or an object: tier, sensitive, handling[], caveats[],
                  operations[], shared_with[]
provenance        an object of texts: the source's own codes
watch             makes the place a geofence: an object of ``on`` (of enter, exit, dwell, cross; required) and
                  ``dwell_s`` (seconds inside that make a dwell, default 300)
================  ====================================================================================================

An intelligence report besides: **grading** (required; "1-B-P", or an object: source 1-3, information A-E, handling P|C,
conditions[]), subjects ([{kind: person|object|location|vehicle, label, identifiers: {}}]), lookout (true for "be on the
look out"), source_reference (never the source's identity). Times are RFC 3339 with a zone; one without is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from geo.clock import Instant, format_instant, parse_instant
from geo.errors import BadMarking, BadPlace, BadTime
from geo.marking import Clearance, Grading, marking_object, parse_marking
from geo.model import (
    Grade,
    Hazard,
    IntelReport,
    Interval,
    Record,
    RecordKind,
    Status,
    Subject,
    SubjectKind,
    Watch,
    WatchOn,
)
from geo.normalise import ASSUMED, RawRecord
from geo.place import geojson_of, geometry_of
from geo.reasons import Problem, Reason

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def raw_of(body: object, kind: RecordKind = RecordKind.INCIDENT, *, foreign: bool = False) -> RawRecord:
    """A decoded JSON body -> a raw record; what is wrong with it is in its ``problems``, all of it.

    ``foreign``: a system sends it, which may have codes of its own: a grade or hazard that is none of ours is no
    problem, but ``unread``.
    """
    if not isinstance(body, dict):
        raw = RawRecord(source="", source_id="", category="", title="", kind=kind)
        raw.problems.append(Problem("", Reason.WRONG_TYPE, "the body is not a JSON object"))
        return raw
    read = _Reading(body, foreign=foreign)
    known = INTEL_FIELDS if kind is RecordKind.INTEL else INCIDENT_FIELDS
    for name in sorted(set(body) - known):
        read.wrong(str(name)[:100], Reason.UNKNOWN_FIELD, "is not a field of this record")
    raw = RawRecord(
        kind=kind,
        source=read.text("source"),
        source_id=read.text("source_id"),
        category=read.text("category"),
        title=read.text("title"),
        text=read.text("text"),
        grade=_grade(read),
        status=read.choice("status", Status) or Status.OPEN,
        place=read.by("place", geometry_of, Reason.BAD_PLACE),
        place_text=read.text("place_text"),
        beat=read.text("beat") or None,
        assigned=read.texts("assigned"),
        occurred=_occurred(read),
        reported_at=read.instant("reported_at"),
        valid=Interval(read.instant("valid_from"), read.instant("valid_to")),
        hazards=_hazards(read),
        sensitive=read.flag("sensitive"),
        marking=read.by("marking", lambda value: parse_marking(value, Clearance.TOP_SECRET), Reason.BAD_MARKING)
        or parse_marking(None),
        provenance=read.pairs("provenance"),
        watch=_watch(read),
        unread=tuple(read.unread),
        problems=read.problems,
    )
    if kind is RecordKind.INTEL:
        raw.grading = read.by("grading", _grading, Reason.BAD_GRADING)
        raw.subjects = _subjects(read)
        raw.lookout = read.flag("lookout")
        raw.source_reference = read.text("source_reference")
    return raw


# fmt: off
INCIDENT_FIELDS = frozenset([
    "source", "source_id", "category", "title", "text", "grade", "status", "place", "place_text", "beat", "assigned",
    "occurred_at", "occurred_from", "occurred_to", "reported_at", "valid_from", "valid_to", "hazards", "sensitive",
    "marking", "provenance", "watch",
])
# fmt: on
INTEL_FIELDS = INCIDENT_FIELDS | {"grading", "subjects", "lookout", "source_reference"}


class _Reading:
    """Reads typed fields out of a body, and collects what is wrong instead of stopping at the first."""

    def __init__(self, body: Mapping[str, object], *, foreign: bool = False) -> None:
        self._body, self._foreign = body, foreign
        self.problems: list[Problem] = []
        self.unread: list[tuple[str, str]] = []

    def wrong(self, name: str, reason: Reason, message: str) -> None:
        self.problems.append(Problem(name, reason, message))

    def not_ours(self, name: str, text: str, among: type[StrEnum]) -> None:
        """A code that is none of ours: wrong, unless the sender may have codes of its own."""
        if self._foreign:
            self.unread.append((name, text))
        else:
            self.wrong(name, Reason.NOT_ONE_OF, f"{text[:40]!r} is not one of: {', '.join(among)}")

    def given(self, name: str) -> object:
        return self._body.get(name)

    def text(self, name: str) -> str:
        value = self._body.get(name)
        if value is None or isinstance(value, str):
            return value or ""
        self.wrong(name, Reason.WRONG_TYPE, "is a text")
        return ""

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._body.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(name, Reason.WRONG_TYPE, "is a list of texts")
            return ()
        return tuple(dict.fromkeys(item.strip() for item in value if item.strip()))

    def flag(self, name: str) -> bool:
        value = self._body.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(name, Reason.WRONG_TYPE, "is true or false")
        return False

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self._body.get(name)
        if value is None:
            return ()
        if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
            self.wrong(name, Reason.WRONG_TYPE, "is an object of texts")
            return ()
        return tuple((str(key), item) for key, item in sorted(value.items()) if key != ASSUMED)

    def choice(self, name: str, among: type[E]) -> E | None:
        value = self.text(name).strip().lower()
        if not value:
            return None
        try:
            return among(value)
        except ValueError:
            self.wrong(name, Reason.NOT_ONE_OF, f"{value[:40]!r} is not one of: {', '.join(among)}")
            return None

    def instant(self, name: str) -> Instant | None:
        value = self.text(name).strip()
        if not value:
            return None
        try:
            return parse_instant(value)
        except BadTime as error:
            zoneless = "no time zone" in str(error)
            self.wrong(name, Reason.NO_ZONE if zoneless else Reason.BAD_TIME, str(error))
            return None

    def by(self, name: str, parse: Callable[[object], T], reason: Reason) -> T | None:
        """A field that a function of its own understands, which raises BadPlace or BadMarking."""
        value = self._body.get(name)
        if value is None:
            return None
        try:
            return parse(value)
        except BadPlace as error:
            self.wrong(name, Reason(error.reason), str(error))
        except BadMarking as error:
            self.wrong(name, reason, str(error))
        return None


def _occurred(read: _Reading) -> Interval | None:
    at, start, end = (read.instant(name) for name in ("occurred_at", "occurred_from", "occurred_to"))
    if read.given("occurred_at") is not None:
        if read.given("occurred_from") is not None or read.given("occurred_to") is not None:
            read.wrong("occurred_at", Reason.CONTRADICTION, "excludes occurred_from and occurred_to")
        return None if at is None else Interval(at, at)
    return None if start is None and end is None else Interval(start, end)


_GRADES = frozenset(grade.value for grade in Grade)


def _grade(read: _Reading) -> Grade | None:
    text = read.text("grade").strip()
    if text and text.lower() not in _GRADES:
        read.not_ours("grade", text, Grade)
        return None
    return Grade(text.lower()) if text else None


def _hazards(read: _Reading) -> tuple[Hazard, ...]:
    found = set()
    for text in read.texts("hazards"):
        try:
            found.add(Hazard(text.lower()))
        except ValueError:
            read.not_ours("hazards", text, Hazard)
    return tuple(hazard for hazard in Hazard if hazard in found)


def _watch(read: _Reading) -> Watch | None:
    value = read.given("watch")
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) - {"on", "dwell_s"}:
        read.wrong("watch", Reason.WRONG_TYPE, "is an object of on and dwell_s")
        return None
    own = _Reading(value)
    named = [text.lower() for text in own.texts("on")]
    if unknown := [text for text in named if text not in set(WatchOn)]:
        own.wrong("on", Reason.NOT_ONE_OF, f"{unknown[0][:40]!r} is not one of: {', '.join(WatchOn)}")
    dwell_s = value.get("dwell_s", Watch().dwell_s)
    if not isinstance(dwell_s, int) or isinstance(dwell_s, bool):
        own.wrong("dwell_s", Reason.WRONG_TYPE, "is a whole number of seconds")
    for problem in own.problems:
        read.wrong(f"watch.{problem.field}", problem.reason, problem.message)
    if own.problems:
        return None
    return Watch(tuple(event for event in WatchOn if event in named), dwell_s)


def _grading(value: object) -> Grading:
    if isinstance(value, str):
        return Grading.parse(value)
    if not isinstance(value, dict) or set(value) - {"source", "information", "handling", "conditions"}:
        raise BadMarking("a grading is a text such as 1-B-P, or an object of source, information, handling, conditions")
    conditions = value.get("conditions", [])
    if not isinstance(conditions, list) or not all(isinstance(item, str) for item in conditions):
        raise BadMarking("grading.conditions is a list of texts")
    figures = "-".join(str(value.get(name, "")) for name in ("source", "information", "handling"))
    return Grading.parse(figures, tuple(conditions))


def _subjects(read: _Reading) -> tuple[Subject, ...]:
    value = read.given("subjects")
    if value is None:
        return ()
    if not isinstance(value, list):
        read.wrong("subjects", Reason.WRONG_TYPE, "is a list of objects")
        return ()
    subjects = []
    for index, item in enumerate(value):
        if not isinstance(item, dict) or set(item) - {"kind", "label", "identifiers"}:
            read.wrong(f"subjects[{index}]", Reason.WRONG_TYPE, "is an object of kind, label, identifiers")
            continue
        own = _Reading(item)
        kind, label = own.choice("kind", SubjectKind), own.text("label")
        if kind is None and not own.problems:
            own.wrong("kind", Reason.MISSING, "is required")
        identifiers = own.pairs("identifiers")
        for problem in own.problems:
            read.wrong(f"subjects[{index}].{problem.field}", problem.reason, problem.message)
        if kind is not None:
            subjects.append(Subject(kind, label, identifiers))
    return tuple(subjects)


# --------------------------------------------------------------------------- and back
def body_of(record: Record) -> dict[str, object]:
    """The body that makes this record again (times that were assumed are left out). Force and kind are not in it."""
    provenance = dict(record.provenance)
    assumed = provenance.pop(ASSUMED, "").split()
    body: dict[str, object] = {
        "source": record.source,
        "source_id": record.source_id,
        "category": record.category,
        "title": record.title,
        "text": record.text,
        "grade": record.grade.value,
        "status": record.status.value,
        "place": None if record.place is None else geojson_of(record.place),
        "place_text": record.place_text,
        "beat": record.beat,
        "assigned": list(record.assigned),
        "hazards": [hazard.value for hazard in record.hazards],
        "sensitive": record.sensitive,
        "marking": marking_object(record.marking),
        "provenance": provenance,
        "watch": None
        if record.watch is None
        else {"on": [e.value for e in record.watch.on]} | {"dwell_s": record.watch.dwell_s},
    }
    times = {"valid_from": record.valid.start, "valid_to": record.valid.end}
    if "reported_at" not in assumed:
        times["reported_at"] = record.reported_at
    if "occurred" not in assumed:
        times |= {"occurred_from": record.occurred.start, "occurred_to": record.occurred.end}
    body |= {name: format_instant(at) for name, at in times.items() if at is not None}
    if isinstance(record, IntelReport):
        body |= {
            "grading": {"source": record.grading.source.value, "information": record.grading.information.value}
            | {"handling": record.grading.handling.value, "conditions": list(record.grading.conditions)},
            "subjects": [
                {"kind": s.kind.value, "label": s.label, "identifiers": dict(s.identifiers)} for s in record.subjects
            ],
            "lookout": record.lookout,
            "source_reference": record.source_reference,
        }
    return {name: value for name, value in body.items() if value not in ("", None, [], {}, False)}
