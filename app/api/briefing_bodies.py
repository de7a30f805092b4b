"""The shapes of a briefing over HTTP, in and out, as OpenAPI shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.api.bodies import Geometry, MarkingBody, Moment
from geo.briefing_templates import LONGEST_FIELD
from geo.model import Hazard, Status
from geo.normalise import LONGEST

MOST_NAMES = 5_000
"""Officers or others that one list of an audience may name."""
MOST_ATTACHMENTS = 20
LEAST_ESCALATION_S, LONGEST_ESCALATION_S = 30, 86_400

Named = Annotated[str, Field(min_length=1, max_length=128)]
Names = Annotated[list[Named], Field(max_length=MOST_NAMES)]
Priority = Annotated[int, Field(ge=1, le=4, strict=True)]
TemplateName = Literal["iimarch", "lookout_vehicle", "lookout_person", "missing_person"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", use_enum_values=True)


class AudienceBody(_Body):
    """Whom it is for: every field that is given must match, one value of each list is enough. Nothing given would be
    everybody, and is asked about; everybody is said by ``force``: true."""

    area: Geometry | None = Field(None, description="A polygon: who is in it, or on shift for a beat that meets it.")
    beats: Names = Field([], description="Beats or districts, by id or name: who is on shift for them.")
    roles: Names = []
    skills: Names = Field([], description="An officer's, or his unit's skills and equipment.")
    units: Names = Field([], description="By id or callsign.")
    officers: Names = Field([], description="By id.")
    force: bool | Named | Names = Field(
        False,
        description="true: your own force, all of it. Or forces by name, of those that the marking shares it with.",
    )
    operation: Named | Names = Field([], description="Members of these operations.")


class AttachmentBody(_Body):
    """Something that lies elsewhere: it is fetched from there, never through here."""

    title: str = Field(min_length=1, max_length=200)
    reference: str = Field(max_length=2_000, description="An https address.", examples=["https://files.example/o/17"])
    sha256: str | None = Field(None, description="What it must hash to: 64 hexadecimal digits.")


class BriefingChanges(_Body):
    """Fields of a briefing that are given replace what is there; null takes back to the default."""

    title: str | None = Field(None, min_length=1, max_length=LONGEST["title"], description="One line.")
    body: str | None = Field(
        None,
        min_length=1,
        max_length=LONGEST["text"],
        description="Markdown: headings, bold, italic, lists, links to https, line breaks; all else is shown as text.",
    )
    template: TemplateName | None = Field(None, description="See GET /v1/briefing-templates.")
    fields: dict[str, Annotated[str, Field(max_length=LONGEST_FIELD)]] | None = Field(
        None, description="The template's answers, instead of a body."
    )
    audience: AudienceBody | None = None
    priority: Priority | None = Field(None, description="1 emergency, 2 priority, 3 standard (default), 4 routine.")
    must_ack: Annotated[bool, Field(strict=True)] | None = Field(None, description="Must be delivered and answered.")
    escalate_after_s: Annotated[int, Field(ge=LEAST_ESCALATION_S, le=LONGEST_ESCALATION_S, strict=True)] | None = Field(
        None,
        description="With must_ack: unanswered so long it is said again, then to the sergeant, then on your list.",
    )
    valid_from: Moment | None = Field(None, description="Not shown before. Default: now.")
    valid_to: Moment | None = Field(None, description="Over from then on. Default: 12 hours after it begins.")
    marking: str | MarkingBody | None = Field(None, examples=["OFFICIAL", "OFFICIAL-SENSITIVE"])
    attachments: list[AttachmentBody] | None = Field(None, max_length=MOST_ATTACHMENTS)
    supersedes: str | None = Field(None, max_length=128, description="A live briefing of yours that this one replaces.")
    place: Geometry | None = Field(
        None, description="Where it is about, for the map. Whom it is for is the audience's."
    )
    place_text: str | None = Field(None, max_length=LONGEST["place_text"])
    beat: str | None = Field(None, max_length=LONGEST["beat"], description="Which beat it is about.")
    category: str | None = Field(None, max_length=LONGEST["category"], description="Default: by template, else other.")
    hazards: list[Hazard] | None = None


class BriefingBody(BriefingChanges):
    """A briefing to be pushed. Needs a title, a body (or a template's fields) and an audience."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "title": "Silver van at the station",
                "body": "**Do not stop it alone.** Report to control.\n\n- seen 18:40, northbound\n- two men",
                "audience": {"force": True},
                "priority": 2,
                "must_ack": True,
                "escalate_after_s": 300,
            }
        }
    )


class Withdrawal(_Body):
    """Why it is taken back."""

    reason: str = Field("", max_length=500, description="Kept with it; the officers' devices are not shown it.")


class Caution(BaseModel):
    """Something that the sender should know before it is sent."""

    code: str = Field(description="nobody, only_not_entitled, everybody, unknown_officers, area_without_beats, ...")
    field: str
    message: str
    confirm: bool = Field(description="True: it is not sent unless asked again with ?confirm=true.")


class Reached(BaseModel):
    """Somebody it is for."""

    officer: str
    name: str
    callsign: str | None
    reason: str | None = Field(description="Why he may not have it; null: he may.")


class Counts(BaseModel):
    """Of the roster, at that moment."""

    would_get: int = Field(description="Who may have it: at once where connected and on duty, else when he is.")
    not_entitled: int
    by_reason: dict[str, int] = Field(description="Of those who are not entitled: clearance, force, compartment, ...")


class DryRun(BaseModel):
    """What a push would do. Nothing was written."""

    dry_run: Literal[True]
    counts: Counts
    connected: int = Field(description="Of those who would get it: whose device is connected now.")
    would_get: list[Reached]
    not_entitled: list[Reached]
    more: int = Field(description="How many more there are than the lists show: ?limit=.")
    warnings: list[Caution]
    notes: list[str] = Field(description="What was mended or assumed.")
    changed: list[str] = Field(description="Of a PATCH: what it would change.")
    briefing: dict[str, Any] = Field(description="It, as it would be read.")


class BriefingAccepted(BaseModel):
    """A briefing that is durable, with a row for everybody it is for."""

    id: str
    version: int
    counts: Counts
    closed: str | None = Field(description="The briefing that this one has superseded.")
    warnings: list[Caution]
    notes: list[str]
    changed: list[str] = Field(description="Of a PATCH: what it has changed.")


class VersionView(BaseModel):
    """One version of a briefing."""

    version: int
    at: str
    by: str
    changed: list[str]


class BriefingView(BaseModel):
    """A briefing. ``html`` is safe to be shown as it stands."""

    id: str
    version: int
    force: str
    status: Status
    live: bool = Field(description="Open, begun, and not over.")
    withdrawn: bool
    title: str
    body: str
    html: str | None = Field(None, description="Of one briefing.")
    text: str | None = Field(None, description="Of one briefing: the body without its Markdown.")
    template: str | None
    category: str
    audience: dict[str, Any] | None = Field(description="Null for officers and other forces.")
    priority: int
    must_ack: bool
    escalate_after_s: int | None
    ack_version: int = Field(description="Who has acknowledged this version or a later one has acknowledged it.")
    valid_from: str | None
    valid_to: str | None
    marking: dict[str, Any]
    marking_text: str
    attachments: list[dict[str, Any]]
    supersedes: str | None
    place: dict[str, Any] | None
    place_text: str
    beat: str | None
    hazards: list[Hazard]
    author: str
    edited_by: str
    published_at: str | None
    updated_at: str | None
    changed: list[str] = Field(description="What this version changed of the one before.")
    unanswered: list[str] | None = Field(None, description="In a list of the unanswered: who has not.")
    versions: list[VersionView] | None = Field(None, description="Of one briefing: its history, oldest first.")


class BriefingList(BaseModel):
    """Briefings, newest first."""

    briefings: list[BriefingView]
    cursor: str | None = Field(None, description="For the next page; null on the last.")


class TemplateField(BaseModel):
    """One question of a template."""

    name: str
    label: str
    ask: str
    required: bool
    one_line: bool
    among: list[str] = Field(description="A closed set of answers; empty: free.")


class TemplateView(BaseModel):
    """A template: POST a briefing with its name as ``template`` and the answers as ``fields``."""

    name: TemplateName
    label: str
    fields: list[TemplateField]


class TemplateList(BaseModel):
    """The templates."""

    templates: list[TemplateView]
