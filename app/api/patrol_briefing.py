"""/v1/patrol-briefing: what matters on this beat this shift, as the caller may know it; on record before it is shown"""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.description import answers
from app.api.features import json_response
from app.api.filters import instant_of, plain_text
from app.api.guard import Guarded, roles
from app.identity import Role
from app.pages.bundle import bundle
from app.pages.forms import as_html, as_text
from app.runtime import runtime_of
from geo.clock import format_instant
from geo.model import Principal
from geo.store.briefing_rows import PatrolRow
from streams.briefing import Asked
from streams.giving import Given

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["briefings"])

Reader = Annotated[Principal, roles(Role.OFFICER, Role.DISPATCHER, Role.ANALYST)]
Auditor = Annotated[Principal, roles(Role.AUDITOR)]
JSON, HTML, TEXT = "application/json", "text/html", "text/plain"
_FORM_OF = {JSON: "json", HTML: "html", "application/xhtml+xml": "html", TEXT: "text"}
_MEDIA = {"json": JSON, "bundle": JSON, "html": f"{HTML}; charset=utf-8", "text": f"{TEXT}; charset=utf-8"}
_NO_NETWORK = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


class BriefingWish(BaseModel):
    """All optional: what is not said comes from the caller's shift in the roster."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    beat: str | None = Field(None, min_length=1, max_length=200, description="By id, or by name within the force")
    from_: str | None = Field(None, alias="from", max_length=64, description="RFC 3339: when the shift begins")
    to: str | None = Field(None, max_length=64, description="RFC 3339: when it ends")
    since: str | None = Field(None, max_length=64, description="RFC 3339: what changed since then")
    zone: str | None = Field(None, max_length=64, description="IANA, of the words", examples=["Europe/London"])
    format: Literal["json", "html", "text", "bundle"] | None = Field(
        None, description="Over what the Accept header asks for; bundle: all forms in one JSON document, to be kept"
    )


class PatrolDocument(BaseModel):
    """The briefing; its fields are told in app/pages/document.py."""

    model_config = ConfigDict(extra="allow")

    id: str
    officer: str
    beat: dict[str, object]
    from_: str = Field(alias="from")
    to: str
    since: str
    compiled_at: str
    marking: str
    notes: list[str]
    sections: list[dict[str, object]]
    problem_places: list[dict[str, object]]


class Disclosure(BaseModel):
    """One showing of a record in a patrol-start briefing: to whom, when, in which version, under which number."""

    briefing: str
    officer: str | None = Field(description="null: to a reader who is no officer; see actor")
    actor: str
    beat: str
    at: str
    from_: str = Field(alias="from")
    to: str
    policy: str
    digest: str = Field(description="SHA-256 of the document as it was sent")
    version: int
    section: str
    number: int


class Disclosures(BaseModel):
    """Every patrol-start briefing of the caller's force that showed the record, oldest first."""

    disclosures: list[Disclosure]


_ANSWERS = answers(PatrolDocument)
_ANSWERS[200]["content"] |= {HTML: {"schema": {"type": "string"}}, TEXT: {"schema": {"type": "string"}}}


@router.get("/v1/patrol-briefing", responses=_ANSWERS)
async def get_patrol_briefing(
    request: Request,
    principal: Reader,
    wish: Annotated[BriefingWish, Query()],
    idempotency_key: Annotated[
        str | None, Header(max_length=200, description="The same key with the same content is one disclosure")
    ] = None,
) -> Response:
    """The patrol-start briefing of a beat and a shift. Each call is a disclosure, item by item, durable before the
    first byte of the answer; what of it changes while the shift lasts reaches an officer's devices as corrections."""
    form = wish.format or form_of(request.headers.get("accept", ""))
    given = await runtime_of(request).giving.give(principal, asked_of(wish, idempotency_key))
    body = await asyncio.to_thread(_rendered, given, form)
    headers = {"Vary": "Accept"}
    if form == "html":
        headers["Content-Security-Policy"] = _NO_NETWORK
    if form == "bundle":
        headers["Content-Disposition"] = f'attachment; filename="{given.briefing.id}.json"'
    return Response(body, 200, headers=headers, media_type=_MEDIA[form])


@router.get("/v1/patrol-briefing/disclosures", responses=answers(Disclosures))
async def list_disclosures(
    request: Request, principal: Auditor, record: Annotated[str, Query(min_length=1, max_length=64)]
) -> Response:
    """Who was shown a record with a patrol-start briefing: the inspector's question. Nothing of its content."""
    plain_text("record", record)
    rows = await runtime_of(request).store.patrols_with(record)
    shown = [_disclosure(row, record) for row in rows if row.force == principal.force]
    return json_response({"disclosures": shown})


def _disclosure(row: PatrolRow, record: str) -> dict[str, object]:
    item = next(item for item in row.items if item.record == record)
    return {
        "briefing": row.id,
        "officer": row.officer or None,
        "actor": row.actor,
        "beat": row.beat,
        "at": format_instant(row.at),
        "from": format_instant(row.start),
        "to": format_instant(row.until),
        "policy": row.policy,
        "digest": row.digest,
        "version": item.version,
        "section": item.section,
        "number": item.number,
    }


def asked_of(wish: BriefingWish, key: str | None) -> Asked:
    """Raises Invalid."""
    return Asked(
        beat=plain_text("beat", wish.beat),
        start=instant_of("from", wish.from_),
        until=instant_of("to", wish.to),
        since=instant_of("since", wish.since),
        zone=plain_text("zone", wish.zone),
        request=plain_text("Idempotency-Key", key) or "",
    )


def form_of(accept: str) -> str:
    """The form that the Accept header likes best; of equals the first. JSON where it likes none that there is."""
    best, form = 0.0, "json"
    for part in accept.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = next((_number(text[2:]) for text in parameters if text.startswith("q=")), 1.0)
        if media in _FORM_OF and quality > best:
            best, form = quality, _FORM_OF[media]
    return form


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _rendered(given: Given, form: str) -> bytes:
    if form == "html":
        text = as_html(given.briefing)
    elif form == "text":
        text = as_text(given.briefing)
    else:
        document = bundle(given) if form == "bundle" else given.document
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")
