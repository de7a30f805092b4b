"""The nouns: Incident, IntelReport, Briefing, Emergency, Officer, Unit, Beat, Shift, and the closed sets they use."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import ClassVar

from shapely.geometry.base import BaseGeometry

from geo.clock import Instant
from geo.marking import Clearance, Grading, Handling, Marking, SharingHandling


class RecordKind(StrEnum):
    """What sort of record; the values are the ``kind`` of an alert on the wire."""

    INCIDENT = "incident"
    INTEL = "intel"
    BRIEFING = "briefing"
    EMERGENCY = "emergency"
    SUMMARY = "summary"
    """Made by the noise rules: one card in the place of too many notices."""


class Grade(StrEnum):
    """How fast somebody has to be there. A table per force maps its own codes onto these four."""

    EMERGENCY = "emergency"
    PRIORITY = "priority"
    STANDARD = "standard"
    ROUTINE = "routine"

    @property
    def rank(self) -> int:
        """3 for emergency down to 0 for routine: a grade goes *up* when its rank does."""
        return _GRADE_RANK[self]


_GRADE_RANK = {Grade.EMERGENCY: 3, Grade.PRIORITY: 2, Grade.STANDARD: 1, Grade.ROUTINE: 0}


class Status(StrEnum):
    """Where a record is in its life. Open and attended are live; attended means that somebody is there."""

    OPEN = "open"
    ATTENDED = "attended"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def live(self) -> bool:
        return self in (Status.OPEN, Status.ATTENDED)


class Hazard(StrEnum):
    """What can hurt an officer there. The order is the bit in a hazard mask: append, never reorder."""

    WEAPON = "weapon"
    VIOLENCE = "violence"
    DOG = "dog"
    FIRE = "fire"
    CHEMICAL = "chemical"
    PUBLIC_ORDER = "public_order"
    INFECTION = "infection"
    FIREARM = "firearm"
    TRAFFIC = "traffic"
    WATER = "water"
    HEIGHT = "height"
    ELECTRICITY = "electricity"

    @property
    def bit(self) -> int:
        return 1 << _HAZARD_ORDER[self]


_HAZARD_ORDER = {hazard: index for index, hazard in enumerate(Hazard)}


def hazard_mask(hazards: tuple[Hazard, ...]) -> int:
    """Hazards -> one integer, a bit each (``Hazard.bit``)."""
    mask = 0
    for hazard in hazards:
        mask |= hazard.bit
    return mask


class UnitStatus(StrEnum):
    """What an officer or unit is doing; on duty is anything but ``off_duty``."""

    AVAILABLE = "available"
    EN_ROUTE = "en_route"
    AT_SCENE = "at_scene"
    BUSY = "busy"
    BREAK = "break"
    OFF_DUTY = "off_duty"


class Disposition(StrEnum):
    """The officer's answer to an alert."""

    ACKNOWLEDGED = "acknowledged"
    ATTENDING = "attending"
    HANDLED = "handled"
    NOT_RELEVANT = "not_relevant"


class Verdict(IntEnum):
    """What was decided for one officer and one record. From MAP upwards the device receives it, as a style."""

    NONE = 0
    DROP = 1
    HOLD = 2
    MAP = 3
    NOTIFY = 4
    INTERRUPT = 5

    @property
    def text(self) -> str:
        return self.name.lower()


class SubjectKind(StrEnum):
    """POLE without the event, which is the record itself (NPCC POLE data standards catalogue)."""

    PERSON = "person"
    OBJECT = "object"
    LOCATION = "location"
    VEHICLE = "vehicle"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom or what an intelligence report is about, in the words of the report."""

    kind: SubjectKind
    label: str
    identifiers: tuple[tuple[str, str], ...] = ()


class WatchOn(StrEnum):
    """What about a watched area is worth a word. The order is the bit in a mask: append, never reorder."""

    ENTER = "enter"
    EXIT = "exit"
    DWELL = "dwell"
    CROSS = "cross"


LONGEST_DWELL_S = 86_400


@dataclass(frozen=True, slots=True)
class Watch:
    """The record's place is a watched area: who enters, leaves, stays for ``dwell_s`` or drives through is told."""

    on: tuple[WatchOn, ...] = (WatchOn.ENTER,)
    dwell_s: int = 300

    @property
    def mask(self) -> int:
        """A bit for each of ``on``; 0 is no watch at all."""
        return sum(1 << place for place, event in enumerate(WatchOn) if event in self.on)


@dataclass(frozen=True, slots=True)
class Interval:
    """From ``start`` up to and not including ``end``; None is open. A point in time has start == end."""

    start: Instant | None = None
    end: Instant | None = None


@lru_cache(maxsize=8_192)
def record_id(kind: RecordKind, force: str, source: str, source_id: str) -> str:
    """The one id of a record, made from where it came from: the same row from the same source is the same record.

    96 bits of BLAKE2b over the four names, separated by NUL (which NORMALISE refuses inside texts).
    """
    name = "\0".join((kind.value, force, source, source_id)).encode()
    return f"{kind.value[:3]}-{hashlib.blake2b(name, digest_size=12).hexdigest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What all records have. Instants are microseconds UTC; the place is a WGS84 geometry, lon before lat, or none."""

    kind: ClassVar[RecordKind]

    force: str
    source: str
    source_id: str
    category: str
    title: str
    grade: Grade
    text: str = ""
    status: Status = Status.OPEN
    place: BaseGeometry | None = None
    place_text: str = ""
    beat: str | None = None
    assigned: tuple[str, ...] = ()
    """Callsigns of the units tasked with it."""
    occurred: Interval = Interval()
    reported_at: Instant
    valid: Interval = Interval()
    """When it is of interest. An open end is closed by the policy from category and grade."""
    hazards: tuple[Hazard, ...] = ()
    sensitive: bool = False
    """The source withholds details (a sensitive call has no place). Who may see it is the marking's business."""
    marking: Marking = Marking()
    provenance: tuple[tuple[str, str], ...] = ()
    """The source's own codes, as they came, for reference: never special-category data."""
    watch: Watch | None = None
    """Its place is a geofence."""

    @property
    def id(self) -> str:
        return record_id(self.kind, self.force, self.source, self.source_id)

    @property
    def handling(self) -> tuple[Handling, ...]:
        """The handling instructions that the door asks about."""
        return self.marking.handling


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident(Record):
    """Something that happened or is happening."""

    kind: ClassVar[RecordKind] = RecordKind.INCIDENT


@dataclass(frozen=True, slots=True, kw_only=True)
class IntelReport(Record):
    """A graded piece of intelligence. The identity of its source is never stored, only a reference."""

    kind: ClassVar[RecordKind] = RecordKind.INTEL

    grading: Grading
    subjects: tuple[Subject, ...] = ()
    lookout: bool = False
    source_reference: str = ""

    @property
    def handling(self) -> tuple[Handling, ...]:
        """The marking's; under 3x5x2's C (lawful sharing permitted *with conditions*) besides RECIPIENTS ONLY: nobody
        meets conditions until somebody has named him."""
        conditions = self.grading.handling is SharingHandling.CONDITIONS
        return (*self.marking.handling, *((Handling.RECIPIENTS_ONLY,) if conditions else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Whom a briefing is addressed to: every named list that is not empty must match. Nothing named: everybody of the
    briefing's own force."""

    area: BaseGeometry | None = None
    beats: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    officers: tuple[str, ...] = ()
    forces: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something that lies elsewhere: a title, where (https), and what it must hash to (SHA-256 in hex; "": unknown)."""

    title: str
    reference: str
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Briefing(Record):
    """What a dispatcher pushes to an audience. Its body is ``text``: a small safe subset of Markdown
    (:mod:`geo.markdown`)."""

    kind: ClassVar[RecordKind] = RecordKind.BRIEFING

    audience: Audience = Audience()
    must_ack: bool = False
    escalate_after_s: int | None = None
    """Seconds within which a must-ack has to be answered; then it is said again, the sergeant is told, and it is on the
    dispatcher's list, a step each time."""
    supersedes: str | None = None
    attachments: tuple[Attachment, ...] = ()
    template: str = ""
    """iimarch, lookout_vehicle, lookout_person, missing_person, or none."""
    changed: tuple[str, ...] = ()
    """What this version changed of the one before, a short sentence each."""
    ack_version: int = 1
    """Acknowledged is who has acknowledged this version or a later one: a material change asks anew."""
    withdrawn: bool = False
    """Cancelled, and to be erased from the devices: not merely over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency(Record):
    """An officer's call for help. ``source_id`` is the key of the device's message, ``officer`` who pressed it."""

    kind: ClassVar[RecordKind] = RecordKind.EMERGENCY

    officer: str
    callsign: str = ""
    taken_over_by: str | None = None
    taken_over_at: Instant | None = None
    closed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(Record):
    """The summary card of a flood, one record a force: what it counts differs by officer, and is in his words."""

    kind: ClassVar[RecordKind] = RecordKind.SUMMARY


@dataclass(frozen=True, slots=True)
class Stored:
    """A record as the store holds it: the n-th version, written at ``written_at``."""

    record: Record
    version: int
    written_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A person who is told things. Rights come from the token and the roster: the narrower of the two holds."""

    id: str
    force: str
    role: str = "response"
    skills: tuple[str, ...] = ()
    clearance: Clearance = Clearance.OFFICIAL
    operations: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A crew with a callsign."""

    id: str
    callsign: str
    force: str
    officers: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    """What the crew has with it (a defibrillator, method of entry): counts like a skill of whoever is with the unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A named area that somebody is responsible for."""

    id: str
    name: str
    force: str
    area: BaseGeometry
    district: str = ""
    """What it is a part of: a record without a place that names the district is for all of its beats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """Ties officer, unit, beat and time together. ``start`` <= t < ``end``."""

    id: str
    officer: str
    start: Instant
    end: Instant
    unit: str | None = None
    beat: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is on the other end of a request or socket, as a verified token says. ``role`` is the token's, not the
    roster's: officer, dispatcher, analyst, auditor, admin or feed."""

    id: str
    role: str
    force: str
    clearance: Clearance = Clearance.OFFICIAL
    operations: tuple[str, ...] = ()
    expires_at: Instant
