"""A decoded JSON body -> a briefing, or all that is wrong with it by field; and back to the body that makes it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

import shapely
from shapely.geometry.base import BaseGeometry

from app.api.bodies import Body, MarkingBody, read_as
from app.api.briefing_bodies import AttachmentBody, AudienceBody, BriefingBody
from app.errors import FieldError, Invalid
from geo.briefing_changes import priority_of
from geo.briefing_templates import TEMPLATES, body_from, problems_of, title_from
from geo.clock import DAY, HOUR, Instant, format_instant, parse_instant
from geo.errors import BadMarking, BadPlace, BadTime
from geo.markdown import is_https, not_shown
from geo.marking import Clearance, Handling, Marking, marking_object, parse_marking
from geo.model import Attachment, Audience, Briefing, Grade, Hazard, Interval, Record
from geo.normalise import MOST_POINTS, UNSAFE, Intake, RawRecord, normalise
from geo.place import geojson_of, geometry_of, mend
from geo.reasons import Refused

SOURCE = "briefings"
"""The source of what is pushed over HTTP; the source's id is the dispatcher and the key of the request."""
LASTS = 12 * HOUR
"""A shift and its handover: how long a briefing is valid whose sender did not say."""
LONGEST = 366 * DAY
DEEPEST = 20
"""A MultiPolygon inside a collection inside an audience is 9 deep."""
_GRADE = {4 - grade.rank: grade for grade in Grade}
_OURS = {"text": "body", "grade": "priority"}
"""Names of a record's fields that a briefing's sender knows by another."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A briefing that could be published, and what was mended or assumed to make it one."""

    briefing: Briefing
    notes: tuple[str, ...]


def draft_of(body: object, intake: Intake, source_id: str) -> Draft:
    """The briefing of a body, on behalf of the intake's force. Raises Invalid with all that is wrong, by field."""
    read = read_safely(BriefingBody, body, intake.ceiling)
    making = _Making(read, intake)
    audience, attachments = making.audience(), making.attachments()
    record = making.record(source_id)
    making.check_times()
    making.check_escalation()
    if making.errors or record is None:
        raise Invalid(making.errors)
    making.assume_end()
    shared = {one.name: getattr(record, one.name) for one in fields(Record)}
    shared["valid"] = Interval(making.start, making.end)
    briefing = Briefing(
        **shared,
        audience=audience,
        must_ack=bool(read.must_ack),
        escalate_after_s=read.escalate_after_s,
        supersedes=read.supersedes or None,
        attachments=attachments,
        template=read.template or "",
    )
    return Draft(briefing, (*making.notes, *not_shown(briefing.text)))


class _Making:
    """Reads the parts of one body and collects what is wrong instead of stopping at the first."""

    def __init__(self, read: BriefingBody, intake: Intake) -> None:
        self.read, self.intake, self.now = read, intake, intake.received_at
        self.errors: list[FieldError] = []
        self.notes: list[str] = []
        self.start = self._instant("valid_from", read.valid_from)
        self.end = self._instant("valid_to", read.valid_to)
        self.marking = self._marking()

    def wrong(self, field: str, reason: str, message: str) -> None:
        self.errors.append(FieldError(field, reason, message))

    def _instant(self, name: str, text: str | None) -> Instant | None:
        if not text:
            return None
        try:
            return parse_instant(text)
        except BadTime as error:
            self.wrong(name, "no_zone" if "no time zone" in str(error) else "bad_time", str(error))
            return None

    def _marking(self) -> Marking:
        given = self.read.marking
        try:
            return parse_marking(given.model_dump() if isinstance(given, MarkingBody) else given, Clearance.TOP_SECRET)
        except BadMarking as error:
            self.wrong("marking", "bad_marking", str(error))
            return Marking()

    def place(self, name: str, document: dict[str, object] | None, areal: bool = False) -> BaseGeometry | None:
        """A geometry that holds; what crosses itself is mended, and where is noted."""
        if document is None:
            return None
        try:
            geometry = geometry_of(document)
            if (points := int(shapely.get_num_coordinates(geometry))) > MOST_POINTS:
                self.wrong(name, "too_long", f"{points} points, at most {MOST_POINTS}: simplify it")
                return None
            crossed = shapely.is_valid_reason(geometry)
            mended, note = mend(geometry)
        except BadPlace as error:
            self.wrong(name, error.reason, str(error))
            return None
        if note:
            self.notes.append(f"{name}: {_where(crossed) if 'mended' in note else note}")
        return self._surface(name, mended) if areal else mended

    def _surface(self, name: str, geometry: BaseGeometry) -> BaseGeometry | None:
        parts = [part for part in shapely.get_parts(geometry) if part.geom_type.endswith("Polygon")]
        if not parts:
            self.wrong(name, "bad_place", f"is a polygon, not a {geometry.geom_type}: nobody is inside it")
            return None
        surface = parts[0] if len(parts) == 1 else shapely.union_all(parts)
        install = self.intake.area
        area = shapely.box(*install) if isinstance(install, tuple) else install
        if area is not None and not shapely.intersects(area, surface):
            self.wrong(name, "out_of_area", "lies wholly outside the area of this install")
        return surface

    def audience(self) -> Audience:
        given = self.read.audience or AudienceBody.model_validate({})
        forces = [self.intake.force] if given.force is True else _listed(given.force)
        open_to = (self.intake.force, *self.marking.shared_with)
        for name in forces:
            if name not in open_to:
                self.wrong("audience.force", "not_shared", f"the marking does not share it with the force {name!r}")
        return Audience(
            area=self.place("audience.area", given.area, areal=True),
            beats=_set(given.beats),
            roles=_set(given.roles),
            skills=_set(given.skills),
            units=_set(given.units),
            officers=_set(given.officers),
            forces=_set(forces),
            operations=_set(_listed(given.operation)),
        )

    def attachments(self) -> tuple[Attachment, ...]:
        given: list[AttachmentBody] = self.read.attachments or []
        made = []
        for nth, one in enumerate(given):
            digest = (one.sha256 or "").strip().lower()
            if not is_https(one.reference):
                self.wrong(f"attachments.{nth}.reference", "bad_address", "is an https address with a host in ASCII")
            if digest and not re.fullmatch("[0-9a-f]{64}", digest):
                self.wrong(f"attachments.{nth}.sha256", "bad_digest", "is 64 hexadecimal digits")
            made.append(Attachment(one.title.strip(), one.reference, digest))
        return tuple(made)

    def check_times(self) -> None:
        """What is over before it begins, or has been over already, reaches nobody."""
        if self.end is not None and self.end <= self.now:
            at, now = format_instant(self.end), format_instant(self.now)
            self.wrong("valid_to", "already_over", f"{at} is in the past: it is {now}")
        elif self.end is not None and self.start == self.end:
            self.wrong("valid_to", "end_before_start", "is valid_from: it would never be valid")
        if max(self.end or 0, self.start or 0) > self.now + LONGEST:
            name = "valid_from" if (self.start or 0) > self.now + LONGEST else "valid_to"
            self.wrong(name, "too_long", "is more than a year ahead")
        if Handling.EMBARGOED in self.marking.handling and self.start is None:
            self.wrong("valid_from", "missing", "is required of what is EMBARGOED: nobody sees it before")

    def assume_end(self) -> None:
        if self.end is None:
            self.end = max(self.now, self.start or 0) + LASTS
            self.notes.append(f"valid_to: {format_instant(self.end)}, 12 hours after it begins")

    def check_escalation(self) -> None:
        if self.read.escalate_after_s is not None and not self.read.must_ack:
            self.wrong("escalate_after_s", "contradiction", "goes with must_ack: nobody has to answer this")

    def written(self) -> tuple[str, str, str]:
        """Title, body and category, the template's where there is one."""
        read = self.read
        template = TEMPLATES.get(read.template or "")
        title, text, category = read.title or "", read.body or "", read.category or "other"
        if template is not None:
            category = read.category or template.category
        if read.fields is not None and template is None:
            self.wrong("fields", "contradiction", "goes with a template")
        elif read.fields is not None and template is not None:
            if read.body is not None:
                self.wrong("body", "contradiction", "goes without fields: the template makes it from them")
            problems = problems_of(template, read.fields)
            self.errors += [FieldError(p.field, p.reason.value, p.message) for p in problems]
            title = title or title_from(template, read.fields)
            text = body_from(template, read.fields)
        elif not text.strip():
            self.wrong("body", "missing", "is required and must not be empty, or a template with its fields")
        if "\n" in title or "\r" in title:
            self.wrong("title", "contradiction", "is one line")
        return title, text, category

    def record(self, source_id: str) -> Record | None:
        """What all records have, by the rules of all records."""
        title, text, category = self.written()
        read = self.read
        raw = RawRecord(
            source=SOURCE,
            source_id=source_id,
            category=category,
            title=title,
            text=text,
            grade=_GRADE[read.priority or 3],
            place=self.place("place", read.place),
            place_text=read.place_text or "",
            beat=read.beat,
            valid=Interval(self.start, self.end),
            hazards=tuple(hazard for hazard in Hazard if hazard in (read.hazards or ())),
            marking=self.marking,
        )
        made = normalise(raw, self.intake)
        if not isinstance(made, Refused):
            return made
        named = {error.field for error in self.errors}
        found = [FieldError(_OURS.get(p.field, p.field), p.reason.value, p.message) for p in made.problems]
        self.errors += [error for error in found if error.field not in named]
        return None


def read_safely(model: type[Body], body: object, ceiling: Clearance) -> Body:
    """A decoded body as this model. Raises Invalid; where its marking is above the ceiling that is said too, whatever
    else is wrong with it: such a body is not kept as a dead letter."""
    errors = list(unsafe_texts(body))[:50]
    if not errors:
        try:
            return read_as(model, body)
        except Invalid as error:
            errors = list(error.errors)
    raise Invalid([*errors, *_above(body, ceiling)])


def _above(body: object, ceiling: Clearance) -> Iterator[FieldError]:
    with contextlib.suppress(BadMarking, AttributeError):
        level = parse_marking(body.get("marking"), Clearance.TOP_SECRET).level  # type: ignore[attr-defined]
        if level > ceiling:
            yield FieldError("marking", "above_ceiling", f"is above this deployment's ceiling {ceiling.text.upper()}")


def unsafe_texts(body: object) -> Iterator[FieldError]:
    """Every text that looks like another one or commands a terminal, wherever it stands; and what is nested so deep
    that it can be no briefing."""
    pending: list[tuple[object, str, int]] = [(body, "", 0)]
    while pending:
        value, path, depth = pending.pop()
        if depth > DEEPEST:
            yield FieldError(path[:100], "too_deep", f"is nested more than {DEEPEST} deep")
            return
        if isinstance(value, str) and (found := UNSAFE.search(value)):
            message = f"holds U+{ord(found[0]):04X} at character {found.start() + 1}, which hides what the text says"
            yield FieldError(path or "body", "unsafe_text", message)
        elif isinstance(value, dict):
            pending += [(key, path or "body", depth + 1) for key in value]
            pending += [(item, f"{path}.{key}" if path else str(key), depth + 1) for key, item in value.items()]
        elif isinstance(value, list):
            pending += [(item, f"{path}.{nth}", depth + 1) for nth, item in enumerate(value) if not _number(item)]


def _number(value: object) -> bool:
    return isinstance(value, int | float)


def _where(reason: str) -> str:
    """``Self-intersection[-0.095 51.505]`` -> a sentence that says where."""
    what, _, at = reason.partition("[")
    places = at.rstrip("]").split()
    where = f" at {', '.join(places[:2])}" if len(places) >= 2 else ""
    return f"crossed itself ({what.strip().lower()}{where}) and was mended: look at what it covers now"


def _listed(value: object) -> list[str]:
    return [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []


def _set(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


# ------------------------------------------------------------------ and back
def body_of_briefing(briefing: Briefing) -> dict[str, object]:
    """The body that makes this briefing again: what a PATCH puts its changes over."""
    body: dict[str, object] = {
        "title": briefing.title,
        "body": briefing.text,
        "template": briefing.template,
        "audience": audience_object(briefing.audience),
        "priority": priority_of(briefing),
        "must_ack": briefing.must_ack,
        "escalate_after_s": briefing.escalate_after_s,
        "valid_from": None if briefing.valid.start is None else format_instant(briefing.valid.start),
        "valid_to": None if briefing.valid.end is None else format_instant(briefing.valid.end),
        "marking": marking_object(briefing.marking),
        "attachments": attachments_object(briefing),
        "supersedes": briefing.supersedes,
        "place": None if briefing.place is None else geojson_of(briefing.place),
        "place_text": briefing.place_text,
        "beat": briefing.beat,
        "category": briefing.category,
        "hazards": [hazard.value for hazard in briefing.hazards],
    }
    return {name: value for name, value in body.items() if value not in (None, "", [])}


def audience_object(audience: Audience) -> dict[str, object]:
    """An audience as it is sent and read: lists that are empty are left out."""
    named: dict[str, object] = {
        "area": None if audience.area is None else geojson_of(audience.area),
        "beats": list(audience.beats),
        "roles": list(audience.roles),
        "skills": list(audience.skills),
        "units": list(audience.units),
        "officers": list(audience.officers),
        "force": list(audience.forces),
        "operation": list(audience.operations),
    }
    return {name: value for name, value in named.items() if value}


def attachments_object(briefing: Briefing) -> list[dict[str, str]]:
    """Attachments as they are sent and read."""
    return [
        {"title": one.title, "reference": one.reference, **({"sha256": one.sha256} if one.sha256 else {})}
        for one in briefing.attachments
    ]
