"""The bodies of HTTP requests as OpenAPI shows them; geo.body reads them, with a named reason for each refusal."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.errors import FieldError, Invalid
from app.problems import fields_of_validation
from geo.model import LONGEST_DWELL_S, Grade, Hazard, Status, SubjectKind, WatchOn
from geo.normalise import LONGEST

Body = TypeVar("Body", bound=BaseModel)

Geometry = Annotated[
    dict[str, Any],
    Field(
        description="A GeoJSON geometry, WGS84, longitude first.",
        examples=[{"type": "Point", "coordinates": [-0.1276, 51.5074]}],
        json_schema_extra={
            "required": ["type"],
            "properties": {"type": {"type": "string"}, "coordinates": {"type": "array"}},
        },
    ),
]
Moment = Annotated[str, Field(description="RFC 3339 with a zone.", examples=["2026-11-22T18:04:30Z"])]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", use_enum_values=True)


class MarkingBody(_Body):
    """A marking with all its parts."""

    tier: str = "OFFICIAL"
    sensitive: bool = False
    handling: list[str] = []
    caveats: list[str] = []
    operations: list[str] = Field([], description="The reader must belong to one of these, if any are named.")
    shared_with: list[str] = Field([], description="Forces besides the record's own that may see it.")


class WatchBody(_Body):
    """Makes the record's place a geofence: who enters, leaves, stays or drives through is told."""

    on: list[WatchOn] = Field(min_length=1)
    dwell_s: int = Field(300, ge=1, le=LONGEST_DWELL_S, description="So many seconds inside make a dwell.")


class IncidentBody(_Body):
    """What happened or is happening. Only the first four fields are required; any other field is refused by name."""

    model_config = ConfigDict(
        extra="forbid",
        use_enum_values=True,
        json_schema_extra={
            "example": {
                "source": "cad",
                "source_id": "417",
                "category": "robbery",
                "title": "Robbery in progress",
                "grade": "emergency",
                "place": {"type": "Point", "coordinates": [-0.1276, 51.5074]},
                "hazards": ["weapon"],
            }
        },
    )

    source: str = Field(min_length=1, max_length=LONGEST["source"], description="The source system's name.")
    source_id: str = Field(min_length=1, max_length=LONGEST["source_id"], description="Its own id there.")
    category: str = Field(min_length=1, max_length=LONGEST["category"], description="A code; unknown ones fall back.")
    title: str = Field(min_length=1, max_length=LONGEST["title"])
    text: str | None = Field(None, max_length=LONGEST["text"])
    grade: Grade | None = Field(
        None, description="Default: the policy's for the category. A feed may send its own: the policy's [sources]."
    )
    status: Status | None = Field(None, description="Default: open.")
    place: Geometry | None = None
    place_text: str | None = Field(None, max_length=LONGEST["place_text"])
    beat: str | None = Field(None, max_length=LONGEST["beat"])
    assigned: list[str] | None = Field(None, description="Callsigns of the units tasked with it.")
    occurred_at: Moment | None = None
    occurred_from: Moment | None = Field(None, description="Instead of occurred_at: not before ...")
    occurred_to: Moment | None = Field(None, description="... and not after.")
    reported_at: Moment | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = Field(None, description="Not of interest from then on. Default: by the policy.")
    hazards: list[Hazard] | None = Field(None, description="A feed may send its own: the policy's [sources].")
    sensitive: bool | None = Field(None, description="The source withholds details.")
    marking: str | MarkingBody | None = Field(None, examples=["OFFICIAL", "OFFICIAL-SENSITIVE"])
    provenance: dict[str, str] | None = Field(None, description="The source's own codes.")
    watch: WatchBody | None = Field(
        None, description="The place is a watched area, or a line that is not to be crossed."
    )


class GradingBody(_Body):
    """A 3x5x2 grade with the conditions of its handling."""

    source: int = Field(ge=1, le=3)
    information: str = Field(pattern="^[A-E]$")
    handling: str = Field(pattern="^[PC]$")
    conditions: list[str] = []


class SubjectBody(_Body):
    """Whom or what a report is about."""

    kind: SubjectKind
    label: str | None = None
    identifiers: dict[str, str] | None = None


class IntelBody(IncidentBody):
    """A graded piece of intelligence."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "source": "intel",
                "source_id": "R-9",
                "category": "vehicle_crime",
                "title": "Silver van used in thefts",
                "grading": "1-B-P",
                "subjects": [{"kind": "vehicle", "label": "silver van", "identifiers": {"vrm": "AB12CDE"}}],
                "lookout": True,
            }
        }
    )

    grading: str | GradingBody = Field(examples=["1-B-P"], description="3x5x2: source 1-3, information A-E, P or C.")
    subjects: list[SubjectBody] | None = None
    lookout: bool | None = Field(None, description="Be on the look out.")
    source_reference: str | None = Field(None, max_length=LONGEST["source_reference"])


class _Entry(_Body):
    """An entry of the roster may be put as it was read: with the id of the address, and the force of the token."""

    id: str = Field("", max_length=128, description="If given, that of the address.")
    force: str = Field("", max_length=128, description="If given, the caller's.")


class OfficerBody(_Entry):
    """A person of the roster. Rights are the narrower of these and the token's."""

    role: str = Field("response", min_length=1, max_length=100)
    skills: list[str] = []
    clearance: str = Field("official", examples=["official", "official-sensitive"])
    operations: list[str] = []
    name: str = Field("", max_length=200)


class UnitBody(_Entry):
    """A crew with a callsign."""

    callsign: str = Field(min_length=1, max_length=LONGEST["assigned"])
    officers: list[str] = []
    skills: list[str] = []
    equipment: list[str] = Field([], description="What the crew has with it: counts like a skill.")


class BeatBody(_Entry):
    """A named area that somebody is responsible for."""

    name: str = Field("", max_length=200)
    district: str = Field("", max_length=200, description="What it is a part of.")
    area: Geometry


class ShiftBody(_Entry):
    """Ties officer, unit, beat and time together."""

    officer: str = Field(min_length=1, max_length=128)
    start: Moment
    end: Moment
    unit: str | None = None
    beat: str | None = None


def read_as(model: type[Body], document: object) -> Body:
    """A decoded JSON body as this model. Raises Invalid, naming every field that breaks a rule."""
    if field := _with_nul(document):
        raise Invalid([FieldError(field, "nul_in_text", "holds a NUL character")])
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise Invalid(fields_of_validation(error.errors())) from error


def _with_nul(value: object, name: str = "body") -> str:
    """The first field whose text holds a NUL, which no store takes; or an empty text."""
    if isinstance(value, str):
        return name if "\0" in value else ""
    if isinstance(value, dict):
        return next((found for key, item in value.items() if (found := _with_nul(item, str(key)))), "")
    if isinstance(value, list):
        return next((found for item in value if (found := _with_nul(item, name))), "")
    return ""
