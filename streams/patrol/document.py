"""The patrol-start briefing as a document: its sections in a sergeant's order, its items, and what each has to say."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from geo.clock import Instant
from geo.marking import Marking


class Section(StrEnum):
    """In the order in which a sergeant would brief."""

    SAFETY = "safety"
    """Warning markers and hazards at places."""
    MUST_READ = "must_read"
    """Pushed briefings that are for this officer."""
    LIVE = "live"
    """Live incidents in and next to the beat."""
    LOOKOUTS = "lookouts"
    CHANGED = "changed"
    """What changed since this officer's last shift."""
    INTELLIGENCE = "intelligence"
    PROBLEM_PLACES = "problem_places"
    TASKING = "tasking"


HEADINGS: dict[Section, str] = {
    Section.SAFETY: "Officer safety",
    Section.MUST_READ: "Must read",
    Section.LIVE: "Live now, in and next to the beat",
    Section.LOOKOUTS: "Lookouts",
    Section.CHANGED: "Changed since your last shift",
    Section.INTELLIGENCE: "Intelligence",
    Section.PROBLEM_PLACES: "Problem places and times",
    Section.TASKING: "Tasking",
}
A_SCREENFUL = 5
"""Items of a section that are shown; the rest is "and 14 more"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to know: one or two lines, where, when, how sure, and why it is there.

    ``number`` counts from 1 through the whole document, so that a correction can name it. ``line`` is what (at most 90
    characters), ``detail`` a second line or "". ``where`` is a street or a National Grid / coordinate text, "" where
    there is none to give. ``when`` is the time in words of the reader's zone ("today 14:02", "Jan 2020"), ``age`` how
    old at ``compiled_at`` ("2 h old"; "" for what has no age). ``grading`` is "1-B-P" where it is intelligence, ``why``
    sentences, the most telling first.
    """

    number: int
    section: Section
    line: str
    detail: str = ""
    where: str = ""
    place: BaseGeometry | None = None
    when: str = ""
    age: str = ""
    at: Instant | None = None
    grading: str = ""
    why: tuple[str, ...] = ()
    record: str | None = None
    """The record's id: alerts, cancels and purges about it name it; None for a problem place or a note."""
    version: int = 0
    kind: str = ""
    category: str = ""
    grade: str = ""
    status: str = ""
    hazards: tuple[str, ...] = ()
    marking: Marking = Marking()
    source: str = ""
    also: tuple[str, ...] = ()
    """Other sources that report the same."""
    must_ack: bool = False
    acknowledged: bool = False
    body: str = ""
    """The whole text of a pushed briefing (Markdown subset)."""
    score: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One section: what is shown, and how many more there are. A section without items says why in ``note``."""

    section: Section
    items: tuple[Item, ...] = ()
    more: int = 0
    note: str = ""

    @property
    def heading(self) -> str:
        return HEADINGS[self.section]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """A place where, and hours when, things of a kind have kept happening: never a person.

    ``hours`` is (from, to) of the local day or None where the data are not that fine; ``expected`` incidents in the
    shift with its 80 % interval (``low``, ``high``); ``seen`` in how many weeks of history.
    """

    lon: float
    lat: float
    radius_m: float
    category: str
    where: str
    hours: tuple[int, int] | None
    weekdays: tuple[int, ...] | None
    expected: float
    low: float
    high: float
    seen: int
    weeks: float
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatrolBriefing:
    """The whole of it. Times are instants; ``zone`` (IANA) is what its words use. ``marking`` is the highest of its
    items. ``until`` is when it stops being corrected: the end of the shift."""

    id: str
    request: str
    officer: str
    callsign: str
    force: str
    beat: str
    beat_name: str
    beat_area: BaseGeometry | None
    start: Instant
    until: Instant
    since: Instant
    compiled_at: Instant
    zone: str
    policy: str
    marking: Marking
    parts: tuple[Part, ...]
    hotspots: tuple[Hotspot, ...] = ()
    notes: tuple[str, ...] = ()
    """What the reader has to know about the briefing itself: no shift in the roster, month-level data, ..."""

    @property
    def items(self) -> tuple[Item, ...]:
        return tuple(item for part in self.parts for item in part.items)
