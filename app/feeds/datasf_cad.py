"""Calls that San Francisco's dispatch handled (DataSF): real times and priorities, local clock, sensitive calls.

Times are 12-hour local clock without a zone: America/Los_Angeles. In the hour that comes twice in autumn the first is
taken, unless the call's earlier steps show that it must be the second. A call is known to the control room at its entry
(received where that is missing), attended from on-scene, closed at close; one with ``onview_flag`` other than N was an
officer's own find: attended from the start. The grade is routine where no police officer elsewhere is needed: such
finds, another agency's calls, and the call types that the policy marks. A sensitive call keeps no place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from app.feeds.code_tables import codes_of
from app.feeds.contract import Change, Identity, Say, Spoilt
from app.feeds.tables import Columns, TableRow, lon_lat, table
from geo.clock import HOUR, MINUTE, SECOND, Instant, instant_of
from geo.model import Grade, Interval, Record, Status
from geo.normalise import RawRecord
from geo.place import Box, LonLat
from geo.reasons import Problem, Reason
from streams.relevance.policy import Policy
from streams.relevance.source_codes import Codes, folded

SOURCE = "datasf-cad"
ZONE = ZoneInfo("America/Los_Angeles")

COLUMNS = Columns(
    needed=(
        "id",
        "received_datetime",
        "entry_datetime",
        "onscene_datetime",
        "close_datetime",
        "call_type_original",
        "call_type_original_desc",
        "call_type_final",
        "call_type_final_desc",
        "priority_original",
        "priority_final",
        "agency",
        "onview_flag",
        "sensitive_call",
        "intersection_name",
        "intersection_point",
        "police_district",
    ),
    optional=("cad_number", "call_type_original_notes", "call_type_final_notes", "disposition", "dispatch_datetime"),
)


class DatasfCad:
    """The feed of the format ``datasf-cad``."""

    name = "datasf-cad"
    policy = "san_francisco"
    extent: Box | None = (-124.5, 36.0, -120.0, 39.0)
    identity = Identity.OWN

    def __init__(self, policy: Policy | None = None) -> None:
        self.unknown: Counter[str] = Counter()
        self._codes = codes_of(self.name, self.policy, policy)

    def rows(self, path: Path, say: Say) -> Iterator[CadRow | Spoilt]:
        for item in table(path, COLUMNS, say):
            yield item if isinstance(item, Spoilt) else CadRow(*item, COLUMNS, self._codes, self.unknown)


@dataclass(frozen=True, slots=True)
class CadRow(TableRow):
    """One call."""

    codes: Codes
    unknown: Counter[str]

    @property
    def own_id(self) -> str:
        return self.values[0]

    def raw(self) -> RawRecord:
        (own_id, _, _, _, _, type0, label0, type1, label1, grade0, grade1, agency, onview, sensitive, near, point) = (
            self.values[:16]
        )
        problems: list[Problem] = []
        times = self._times(problems)
        meaning = self.codes.meaning(type1 or type0, label1 or label0, self.unknown)
        there = folded(onview) not in ("n", "")
        routine = meaning.routine or there or folded(agency) not in ("police", "")
        withheld = folded(sensitive) == "true"
        return RawRecord(
            source=SOURCE,
            source_id=own_id,
            category=meaning.category,
            title=(label1 or label0 or type1 or type0).capitalize(),
            text=self.values[19] or self.values[18],
            grade=Grade.ROUTINE if routine else self._grade(grade1 or grade0),
            status=_status(times, there),
            place=None if withheld else _point(point, problems),
            place_text="" if withheld else " / ".join(part.strip() for part in near.split("\\")),
            beat=self.values[16] or None,
            occurred=_occurred(times),
            reported_at=times.known,
            hazards=meaning.hazards,
            sensitive=withheld,
            provenance=self._provenance(),
            problems=problems,
        )

    def life(self, record: Record) -> list[Change]:
        """Open (or attended, where an officer found it) when known, attended at on-scene, closed at close."""
        times = self._times([])
        known = record.reported_at
        there = folded(self.values[12]) not in ("n", "")
        changes = [(known, replace(record, status=Status.ATTENDED if there else Status.OPEN))]
        closed = None if times.closed is None else max(times.closed, known)
        if times.on_scene is not None and not there and (closed is None or times.on_scene < closed):
            changes.append((max(times.on_scene, known), replace(record, status=Status.ATTENDED)))
        if closed is not None:
            changes.append((closed, replace(record, status=Status.CLOSED)))
        return changes

    def _grade(self, priority: str) -> Grade | None:
        grade = self.codes.grades.get(folded(priority))
        if grade is None and priority.strip():
            self.unknown[f"priority {priority}"[:80]] += 1
        return grade

    def _provenance(self) -> tuple[tuple[str, str], ...]:
        values = self.values
        codes = {
            "agency": values[11],
            "cad_number": values[17],
            "call_type": values[7] or values[5],
            "disposition": values[20],
            "onview": values[12],
            "priority": values[10] or values[9],
        }
        return tuple((name, value) for name, value in codes.items() if value)

    def _times(self, problems: list[Problem]) -> Times:
        steps: list[Instant | None] = []
        last: Instant | None = None
        for column, text in zip(COLUMNS.needed[1:5], self.values[1:5], strict=True):
            try:
                at = _instant(text, last) if text else None
            except ValueError:
                problems.append(Problem(column, Reason.BAD_TIME, "is not a time such as 2026/01/15 07:18:10 AM"))
                at = None
            steps.append(at)
            last = at if at is not None else last
        received, entered, on_scene, closed = steps
        if received is None and entered is None and not problems:
            problems.append(Problem("entry_datetime", Reason.MISSING, "neither entry nor received time is given"))
        known = entered if entered is not None else received
        if closed is not None and known is not None and closed < known:
            problems.append(Problem("close_datetime", Reason.END_BEFORE_START, "is before the call was known"))
        return Times(received, known, on_scene, closed)


@dataclass(frozen=True, slots=True)
class Times:
    """When a call was received, known to the control room, attended and closed; None where it is not said."""

    received: Instant | None
    known: Instant | None
    on_scene: Instant | None
    closed: Instant | None


def _status(times: Times, there: bool) -> Status:
    if times.closed is not None:
        return Status.CLOSED
    return Status.ATTENDED if there or times.on_scene is not None else Status.OPEN


def _occurred(times: Times) -> Interval | None:
    at = times.received if times.received is not None else times.known
    return None if at is None else Interval(at, at)


# --------------------------------------------------------------------------- the local clock
_CLOCK = re.compile(r"(\d{4}/\d{2}/\d{2} \d{2}):(\d{2}):(\d{2}) ([AP]M)")


def _instant(text: str, after: Instant | None) -> Instant:
    """``2026/01/15 07:18:10 AM`` -> instant. Raises ValueError. ``after``: an earlier step, which tells the fold."""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, minute, second, half = found.groups()
    if minute > "59" or second > "59":
        raise ValueError(text)
    into = int(minute) * MINUTE + int(second) * SECOND
    first, second_time = _hour(hour, half)
    at = first + into
    return second_time + into if after is not None and at < after else at


@lru_cache(maxsize=4_096)
def _hour(text: str, half: str) -> tuple[Instant, Instant]:
    """The instants at which this hour of the local clock begins, the first and (in autumn) the second time.

    In the hour that spring leaves out, the clock that was not put forward is meant.
    """
    if not "01" <= text[-2:] <= "12":
        raise ValueError(text)
    local = datetime.strptime(f"{text} {half}", "%Y/%m/%d %I %p")  # noqa: DTZ007
    first, second = (instant_of(local.replace(tzinfo=ZONE, fold=fold)) for fold in (0, 1))
    return first, second if 0 < second - first <= HOUR else first


# --------------------------------------------------------------------------- the place
_POINT = re.compile(r"POINT ?\(\s*(\S+)\s+(\S+)\s*\)", re.IGNORECASE)


def _point(text: str, problems: list[Problem]) -> LonLat | None:
    """``POINT (-122.41 37.78)`` -> (lon, lat). The export's GeoJSON form is understood too."""
    if not text:
        return None
    found = _POINT.fullmatch(text) or _GEOJSON.fullmatch(text)
    if found is None:
        problems.append(Problem("intersection_point", Reason.BAD_PLACE, "is not a point such as POINT (-122.4 37.8)"))
        return None
    return lon_lat(found[1], found[2], problems)


_GEOJSON = re.compile(r'\{"type":\s*"Point",\s*"coordinates":\s*\[\s*([^,\s]+)\s*,\s*([^,\s\]]+)\s*\]\s*\}')
