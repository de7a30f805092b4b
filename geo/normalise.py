"""One raw record of any source -> a model record, or all the reasons why not.

A source's own parser (app.feeds) or :func:`geo.body.raw_of` (the documented JSON) makes a :class:`RawRecord`: typed,
but unchecked. What is checked and completed here is the same for all of them:

* texts: stripped, no NUL, no half surrogates, nothing that turns the writing, of bounded length; the category folded
  to a code (``vehicle_crime``);
* the place: in range, not null island, not swapped, mended where it crosses itself, inside the install's area if set;
* times: end not before start; what was not given is taken from what was (see :func:`with_times_of`);
* a geofence: its place is an area, or a line that is only to be crossed;
* the grade: the policy's for the category where the source has none; the marking: not above the install's ceiling.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from operator import le

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.clock import Instant
from geo.errors import BadPlace
from geo.marking import CEILING, Clearance, Grading, Marking
from geo.model import (
    LONGEST_DWELL_S,
    Grade,
    Hazard,
    Incident,
    IntelReport,
    Interval,
    Record,
    RecordKind,
    Status,
    Subject,
    Watch,
    WatchOn,
)
from geo.place import Box, LonLat, check_lon_lat, covers, in_range, mend, on_null_island, point_of
from geo.reasons import Problem, Reason, Refused

LONGEST = {
    "source": 100,
    "source_id": 300,
    "category": 64,
    "title": 300,
    "text": 20_000,
    "place_text": 500,
    "beat": 100,
    "assigned": 60,
    "source_reference": 300,
}
"""Characters. A device frame holds 64 KiB; a text beyond this belongs into an attachment."""

_LONGEST_OTHER = 2_000
MOST_POINTS = 10_000
"""Points in the outline of a place: each fix near it is measured against all of them."""
UNSAFE = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\x9b\u202a-\u202e\u2066-\u2069]")
"""Control characters but tab and line ends, and what turns the direction of writing (Unicode TR 36, 3.1.1): the marks
that right-to-left scripts need (U+200E, U+200F) are none of these."""
_UNMARKED = Marking()

ASSUMED = "assumed"
"""The key in ``provenance`` that names the times which the sender did not give."""


@dataclass(slots=True, kw_only=True)
class RawRecord:
    """What a source said, typed but unchecked. ``problems`` are those its parser found already.

    ``place`` may be a bare (lon, lat): such points are checked and made many at a time.
    """

    source: str
    source_id: str
    category: str
    title: str
    kind: RecordKind = RecordKind.INCIDENT
    text: str = ""
    grade: Grade | None = None
    status: Status = Status.OPEN
    place: BaseGeometry | LonLat | None = None
    place_text: str = ""
    beat: str | None = None
    assigned: tuple[str, ...] = ()
    occurred: Interval | None = None
    reported_at: Instant | None = None
    valid: Interval = Interval()
    hazards: tuple[Hazard, ...] = ()
    sensitive: bool = False
    marking: Marking = _UNMARKED
    provenance: tuple[tuple[str, str], ...] = ()
    grading: Grading | None = None
    subjects: tuple[Subject, ...] = ()
    lookout: bool = False
    source_reference: str = ""
    watch: Watch | None = None
    unread: tuple[tuple[str, str], ...] = ()
    """(field, code): grades and hazards in the source's own codes, which are none of ours; the policy may know them."""
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Intake:
    """On whose behalf, and by which of the install's rules, records are taken in.

    ``grade_of`` is the policy's grade for a category (``Policy.default_grade``). ``area`` is where the force works:
    outside is refused; None takes the whole Earth. ``extent`` is where a source's places can lie at all: only used to
    see that longitude and latitude are swapped.
    """

    force: str
    grade_of: Callable[[str], Grade]
    received_at: Instant
    ceiling: Clearance = CEILING
    area: BaseGeometry | Box | None = None
    extent: Box | None = None


def normalise(raw: RawRecord, intake: Intake) -> Record | Refused:
    """One raw record -> an Incident or IntelReport, or the refusal with all its problems."""
    return normalise_all([raw], intake)[0]


def normalise_all(raws: Sequence[RawRecord], intake: Intake) -> list[Record | Refused]:
    """The same for many, in their order; points are checked and made in one vectorised call."""
    places = _places(raws, intake)
    return [_checked(raw, place, intake) for raw, place in zip(raws, places, strict=True)]


def with_times_of(record: Record, earlier: Record | None) -> Record:
    """The record with the times of its earlier version wherever its sender gave none.

    Without this the same body sent twice would differ by the instant of its arrival, and be a new version each time.
    Whoever stores a record for which :func:`times_assumed` is true asks the store for the earlier version first.
    """
    if earlier is None or not (assumed := times_assumed(record)):
        return record
    if "occurred" in assumed:
        record = replace(record, occurred=earlier.occurred)
    return replace(record, reported_at=earlier.reported_at)


def times_assumed(record: Record) -> tuple[str, ...]:
    """The times that were taken from the instant of arrival: ``reported_at``, ``occurred``, both or none."""
    return next((tuple(value.split()) for key, value in record.provenance if key == ASSUMED), ())


# --------------------------------------------------------------------------- one record
def _checked(raw: RawRecord, place: BaseGeometry | Problem | None, intake: Intake) -> Record | Refused:
    problems = list(raw.problems)
    category = code_of(raw.category)
    for name, text in (("source", raw.source), ("source_id", raw.source_id), ("category", category)):
        if not text or text.isspace():
            _missing(name, problems)
    if not raw.title or raw.title.isspace():
        _missing("title", problems)
    _check_texts(raw, problems)
    if isinstance(place, Problem):
        problems.append(place)
        place = None
    if raw.marking.level > intake.ceiling:
        message = f"{raw.marking.level.text.upper()} is above this deployment's ceiling {intake.ceiling.text.upper()}"
        problems.append(Problem("marking", Reason.ABOVE_CEILING, message))
    reported_at, occurred, provenance = _times(raw, intake.received_at, problems)
    if raw.kind is RecordKind.INTEL and raw.grading is None and not any(p.field == "grading" for p in problems):
        _missing("grading", problems)
    if raw.watch is not None and not any(problem.field == "place" for problem in problems):
        problems += _watch_problems(raw.watch, place)
    if problems:
        return Refused(tuple(problems))
    return _made(raw, category, place, reported_at, occurred, provenance, intake)


def _made(
    raw: RawRecord,
    category: str,
    place: BaseGeometry | None,
    reported_at: Instant,
    occurred: Interval,
    provenance: tuple[tuple[str, str], ...],
    intake: Intake,
) -> Record:
    fields = {
        "force": intake.force,
        "source": raw.source.strip(),
        "source_id": raw.source_id.strip(),
        "category": category,
        "title": raw.title.strip(),
        "grade": raw.grade or intake.grade_of(category),
        "text": raw.text.strip(),
        "status": raw.status,
        "place": place,
        "place_text": raw.place_text.strip(),
        "beat": (raw.beat or "").strip() or None,
        "assigned": raw.assigned,
        "occurred": occurred,
        "reported_at": reported_at,
        "valid": raw.valid,
        "hazards": raw.hazards,
        "sensitive": raw.sensitive,
        "marking": raw.marking,
        "provenance": provenance,
        "watch": raw.watch,
    }
    if raw.kind is RecordKind.INTEL:
        assert raw.grading is not None
        return IntelReport(
            grading=raw.grading,
            subjects=raw.subjects,
            lookout=raw.lookout,
            source_reference=raw.source_reference.strip(),
            **fields,  # type: ignore[arg-type]
        )
    return Incident(**fields)  # type: ignore[arg-type]


def _watch_problems(watch: Watch, place: BaseGeometry | Problem | None) -> list[Problem]:
    """A watched place has an inside; a line can only be crossed."""
    if not watch.on:
        return [Problem("watch.on", Reason.MISSING, "names at least one of: " + ", ".join(WatchOn))]
    if not 1 <= watch.dwell_s <= LONGEST_DWELL_S:
        return [Problem("watch.dwell_s", Reason.NOT_ONE_OF, f"is from 1 to {LONGEST_DWELL_S} seconds")]
    extent = -1 if not isinstance(place, BaseGeometry) else int(shapely.get_dimensions(place))
    if extent < 1 or (extent == 1 and watch.on != (WatchOn.CROSS,)):
        return [Problem("watch", Reason.CONTRADICTION, "needs a place that is an area; a line can only be crossed")]
    return []


def _missing(name: str, problems: list[Problem]) -> None:
    if any(problem.field == name for problem in problems):
        return
    reason = Reason.NO_SOURCE_ID if name == "source_id" else Reason.MISSING
    problems.append(Problem(name, reason, "is required and must not be empty"))


@lru_cache(maxsize=4_096)
def code_of(category: str) -> str:
    """``Vehicle crime`` -> ``vehicle_crime``: categories are open codes, but one code is written one way."""
    return "_".join(category.strip().lower().replace("-", " ").replace("_", " ").split())


_PLAIN = tuple(LONGEST[name] for name in ("source", "source_id", "category", "title", "text", "place_text", "beat"))


def _check_texts(raw: RawRecord, problems: list[Problem]) -> None:
    """Nearly all records pass the quick look; only the others are gone through field by field."""
    plain = (raw.source, raw.source_id, raw.category, raw.title, raw.text, raw.place_text, raw.beat or "")
    joined = "".join(plain) + "".join(map("".join, raw.provenance))
    if (
        len(joined) <= _LONGEST_OTHER
        and joined.isascii()
        and joined.isprintable()
        and all(map(le, map(len, plain), _PLAIN))
        and not raw.assigned
        and raw.marking is _UNMARKED
        and raw.kind is RecordKind.INCIDENT
    ):
        return
    _check_each_text(raw, problems)


def _check_each_text(raw: RawRecord, problems: list[Problem]) -> None:
    texts = [
        ("source", raw.source),
        ("source_id", raw.source_id),
        ("category", raw.category),
        ("title", raw.title),
        ("text", raw.text),
        ("place_text", raw.place_text),
        ("beat", raw.beat or ""),
        *(("assigned", callsign) for callsign in raw.assigned),
        *((f"provenance.{key}", key + value) for key, value in raw.provenance),
    ]
    if raw.kind is RecordKind.INTEL:
        texts.append(("source_reference", raw.source_reference))
        texts += [
            (f"subjects.{s.kind.value}", " ".join([s.label, *map(" ".join, s.identifiers)])) for s in raw.subjects
        ]
    texts += [("marking", text) for text in (*raw.marking.caveats, *raw.marking.operations, *raw.marking.shared_with)]
    for name, text in texts:
        if "\0" in text:
            problems.append(Problem(name, Reason.NUL_IN_TEXT, "holds a NUL character"))
        elif not text.isascii() and _half_surrogate(text):
            problems.append(Problem(name, Reason.NOT_UNICODE, "holds half of a surrogate pair"))
        elif found := UNSAFE.search(text):
            code = f"U+{ord(found[0]):04X}"
            problems.append(Problem(name, Reason.UNSAFE_TEXT, f"holds {code}, which hides what the text says"))
        if len(text) > (longest := LONGEST.get(name, _LONGEST_OTHER)):
            problems.append(Problem(name, Reason.TOO_LONG, f"{len(text)} characters, at most {longest}"))


def _half_surrogate(text: str) -> bool:
    return any("\ud800" <= letter <= "\udfff" for letter in text)


# --------------------------------------------------------------------------- times
_Times = tuple[Instant, Interval, tuple[tuple[str, str], ...]]


def _times(raw: RawRecord, received_at: Instant, problems: list[Problem]) -> _Times:
    """reported_at, occurred and provenance, completed: what was not given is taken from what was, else the arrival."""
    occurred, reported = raw.occurred, raw.reported_at
    if occurred is not None and _backwards(occurred):
        problems.append(Problem("occurred_to", Reason.END_BEFORE_START, "is before occurred_from"))
    if _backwards(raw.valid):
        problems.append(Problem("valid_to", Reason.END_BEFORE_START, "is before valid_from"))
    elif reported is not None and raw.valid.end is not None and raw.valid.end < reported:
        problems.append(Problem("valid_to", Reason.END_BEFORE_START, "is before reported_at"))
    assumed = ""
    if reported is None:
        known = None if occurred is None else occurred.end if occurred.start is None else occurred.start
        assumed = "" if known is not None else "reported_at"
        reported = known if known is not None else received_at
    if occurred is None:
        occurred = Interval(reported, reported)
        assumed += " occurred" if assumed else ""
    provenance = (*raw.provenance, (ASSUMED, assumed)) if assumed else raw.provenance
    return reported, occurred, provenance


def _backwards(interval: Interval) -> bool:
    return interval.start is not None and interval.end is not None and interval.end < interval.start


# --------------------------------------------------------------------------- places
def _places(raws: Sequence[RawRecord], intake: Intake) -> list[BaseGeometry | Problem | None]:
    places: list[BaseGeometry | Problem | None] = [None] * len(raws)
    rows, points = [], []
    for row, raw in enumerate(raws):
        if isinstance(raw.place, tuple):
            rows.append(row)
            points.append(raw.place)
        elif raw.place is not None:
            places[row] = _shape(raw.place, intake)
    if not rows:
        return places
    lon_lat = np.array(points, np.float64)
    lon, lat = lon_lat[:, 0], lon_lat[:, 1]
    good = in_range(lon, lat) & ~on_null_island(lon, lat)
    if intake.extent is not None:
        west, south, east, north = intake.extent
        good &= (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    area = _area(intake)
    if area is not None:
        good &= covers(area, lon, lat)
    made = np.asarray(shapely.points(np.where(good[:, None], lon_lat, 0.0)))
    for row, lonlat, plain, point in zip(rows, points, good.tolist(), made, strict=True):
        places[row] = point if plain else _suspect(lonlat, intake)
    return places


def _suspect(lonlat: LonLat, intake: Intake) -> BaseGeometry | Problem:
    """A point that failed one of the vectorised questions: the sentence why, or the point where it may stay."""
    try:
        check_lon_lat(*lonlat)
        _see_swapped(lonlat, intake.extent)
    except BadPlace as error:
        return Problem("place", Reason(error.reason), str(error))
    return _outside(lonlat, _area(intake)) or shapely.Point(*lonlat)


def _see_swapped(lonlat: LonLat, extent: Box | None) -> None:
    """Raises BadPlace where the two coordinates fit the source's extent only the other way round."""
    if extent is None:
        return
    try:
        check_lon_lat(*lonlat, extent)
    except BadPlace as error:
        if error.reason == Reason.SWAPPED:
            raise


def _shape(geometry: BaseGeometry, intake: Intake) -> BaseGeometry | Problem:
    points = int(shapely.get_num_coordinates(geometry))
    if points > MOST_POINTS:
        return Problem("place", Reason.TOO_LONG, f"{points} points, at most {MOST_POINTS}")
    try:
        mended, _ = mend(geometry)
    except BadPlace as error:
        return Problem("place", Reason(error.reason), str(error))
    return _outside(point_of(mended), _area(intake)) or mended


def _area(intake: Intake) -> BaseGeometry | None:
    return shapely.box(*intake.area) if isinstance(intake.area, tuple) else intake.area


def _outside(lonlat: LonLat, area: BaseGeometry | None) -> Problem | None:
    if area is None or bool(shapely.intersects_xy(area, *lonlat)):
        return None
    lon, lat = lonlat
    if bool(shapely.intersects_xy(area, lat, lon)):
        message = f"{lon}, {lat} lies in the force's area only with longitude and latitude swapped"
        return Problem("place", Reason.SWAPPED, message)
    return Problem("place", Reason.OUT_OF_AREA, f"{lon}, {lat} is outside the force's area")
