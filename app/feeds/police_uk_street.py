"""Street-level crime of data.police.uk: a whole month for a time, a snap point for a place, often no id.

History, never live: taken in as closed. The hour is not known and none is made up: the occurred interval is the whole
month on London's clock, and reported_at its start. The grade is the policy's for the category.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.feeds import police_uk
from app.feeds.code_tables import codes_of
from app.feeds.contract import Identity, Say, Spoilt
from app.feeds.tables import Columns, TableRow, lon_lat, table
from geo.model import Interval, Status
from geo.normalise import RawRecord
from geo.place import Box
from geo.reasons import Problem, Reason
from streams.relevance.policy import Policy
from streams.relevance.source_codes import Codes

SOURCE = "data.police.uk"

COLUMNS = Columns(
    needed=("Crime ID", "Month", "Longitude", "Latitude", "Location", "Crime type"),
    optional=("Reported by", "Falls within", "LSOA code", "LSOA name", "Last outcome category", "Context"),
)


class PoliceUkStreet:
    """The feed of the format ``police-uk-street``."""

    name = "police-uk-street"
    policy = "uk"
    extent: Box | None = police_uk.EXTENT
    identity = Identity.OWN_OR_ORDINAL

    def __init__(self, policy: Policy | None = None) -> None:
        self.unknown: Counter[str] = Counter()
        self._codes = codes_of(self.name, self.policy, policy)

    def rows(self, path: Path, say: Say) -> Iterator[StreetRow | Spoilt]:
        for item in table(path, COLUMNS, say):
            yield item if isinstance(item, Spoilt) else StreetRow(*item, COLUMNS, self._codes, self.unknown)


@dataclass(frozen=True, slots=True)
class StreetRow(TableRow):
    """One recorded crime or call."""

    codes: Codes
    unknown: Counter[str]

    @property
    def own_id(self) -> str:
        return self.values[0]

    def raw(self) -> RawRecord:
        own_id, when, lon, lat, near, label, reported_by, within, lsoa, area, outcome, context = self.values
        problems: list[Problem] = []
        meaning = self.codes.meaning(label, "", self.unknown)
        try:
            occurred = police_uk.month(when)
        except ValueError:
            occurred = Interval()
            problems.append(Problem("Month", Reason.BAD_TIME, "is not a month such as 2017-07"))
        provenance = {
            "falls_within": within,
            "lsoa": lsoa,
            "lsoa_name": area,
            "outcome": outcome,
            "reported_by": reported_by,
            "time_precision": "month",
        }
        return RawRecord(
            source=SOURCE,
            source_id=own_id,
            category=meaning.category,
            title=label,
            text=context,
            status=Status.CLOSED,
            place=lon_lat(lon, lat, problems),
            place_text="" if near == "No Location" else near,
            occurred=occurred,
            reported_at=occurred.start,
            hazards=meaning.hazards,
            provenance=tuple((name, value) for name, value in provenance.items() if value),
            problems=problems,
        )
