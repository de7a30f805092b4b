"""Stop and search of data.police.uk: times to the minute, no ids, and columns that must never be kept.

Gender, age and both ethnicity columns are not among the columns this feed looks at, so they reach no record, digest,
dead letter or message. A row whose columns are shifted (one field too few here, one too many there) could carry them
into a kept column: a kept column that holds one of their values is refused, its content withheld. No message of this
feed repeats a value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.feeds import police_uk
from app.feeds.contract import Identity, Say, Spoilt
from app.feeds.tables import Columns, TableRow, lon_lat, table
from geo.clock import Instant, parse_instant
from geo.errors import BadTime
from geo.model import Interval, Status
from geo.normalise import RawRecord
from geo.place import Box
from geo.reasons import Problem, Reason, refused
from geo.special import WITHHELD
from streams.relevance.policy import Policy

SOURCE = "data.police.uk/stop-and-search"

COLUMNS = Columns(
    needed=("Type", "Date", "Latitude", "Longitude", "Legislation", "Object of search", "Outcome"),
    optional=(
        "Part of a policing operation",
        "Policing operation",
        "Outcome linked to object of search",
        "Removal of more than just outer clothing",
    ),
)

_SHIFTED = re.compile(
    r"(?:^|\x1f)(?:(?:fe)?male|other|white|black|asian|chinese|mixed|under 10|10-17|18-24|25-34|over 34"
    r"|[^\x1f]*(?:\bblack\b|\bwhite\b|\basian\b|ethnic group|caribbean|\bmixed/multiple)[^\x1f]*)(?:\x1f|$)",
    re.IGNORECASE,
)
"""A value of one of the special-category columns, standing in a column that is kept."""


class PoliceUkStopAndSearch:
    """The feed of the format ``police-uk-stop-and-search``."""

    name = "police-uk-stop-and-search"
    policy = "uk"
    extent: Box | None = police_uk.EXTENT
    identity = Identity.ORDINAL

    def __init__(self, policy: Policy | None = None) -> None:
        self.unknown: Counter[str] = Counter()

    def rows(self, path: Path, say: Say) -> Iterator[StopRow | Spoilt]:
        for item in table(path, COLUMNS, say):
            if isinstance(item, Spoilt):
                yield item
                continue
            row = StopRow(*item, COLUMNS)
            if _SHIFTED.search(row.content):
                yield Spoilt(row.line, refused("", Reason.BAD_ROW, "the row's columns are shifted"), WITHHELD)
            else:
                yield row


@dataclass(frozen=True, slots=True)
class StopRow(TableRow):
    """One search of a person or vehicle."""

    @property
    def own_id(self) -> str:
        return ""

    def raw(self) -> RawRecord:
        kind, when, lat, lon, law, object_of, outcome, part, operation, linked, removal = self.values
        problems: list[Problem] = []
        at = _instant(when, problems)
        provenance = {
            "legislation": law,
            "more_than_outer_clothing": removal,
            "object_of_search": object_of,
            "outcome": outcome,
            "outcome_linked": linked,
            "part_of_operation": part,
            "policing_operation": operation,
        }
        return RawRecord(
            source=SOURCE,
            source_id="",
            category="stop_search",
            title=kind or "Search",
            text="; ".join(part for part in (object_of, law, outcome) if part),
            status=Status.CLOSED,
            place=lon_lat(lon, lat, problems),
            occurred=None if at is None else Interval(at, at),
            reported_at=at,
            provenance=tuple((name, value) for name, value in provenance.items() if value),
            problems=problems,
        )


def _instant(text: str, problems: list[Problem]) -> Instant | None:
    try:
        return parse_instant(text)
    except BadTime as error:
        zoneless = "no time zone" in str(error)
        reason = Reason.NO_ZONE if zoneless else Reason.BAD_TIME if text else Reason.MISSING
        problems.append(Problem("Date", reason, "has no time zone" if zoneless else "is no time with a zone"))
        return None
