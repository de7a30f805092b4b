"""/v1/briefings/{id}/receipts: who has it, who has read it, who has answered what; as CSV, and as evidence."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.description import answers
from app.api.features import json_response
from app.api.guard import Guarded, roles
from app.api.receipt_reading import receipts_in
from app.api.records import readable
from app.identity import Role
from app.receipt_forms import csv_of, evidence_of, receipts_document, tag_of
from app.runtime import runtime_of
from geo.errors import NotFound
from geo.model import Principal, RecordKind
from streams.receipts import Receipt, ReceiptState

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["briefings"])

Reader = Annotated[Principal, roles(Role.DISPATCHER, Role.AUDITOR)]
CSV = "text/csv"
_TAG: dict[str, Any] = {
    "ETag": {"description": "Another one where anything has changed; for If-None-Match.", "schema": {"type": "string"}}
}

log = structlog.get_logger("beatline.receipts")


class ReceiptView(BaseModel):
    """One person. Times are since the version that has to be acknowledged; what was said again is counted in
    ``words``."""

    officer: str
    name: str
    callsign: str | None
    state: ReceiptState
    since: str = Field(description="When it came to this state.")
    addressed_at: str | None = Field(description="When it was found to be for him; null: the roster does not know him.")
    refusal: str | None = Field(description="Why he may not have it: clearance, force, compartment, handling.")
    left_at: str | None
    words: int
    owed_at: str | None
    stored_at: str | None
    stored_on: str | None = Field(description="The device that stored it first.")
    seen_at: str | None
    seen_on: str | None
    answered_at: str | None
    answered_on: str | None
    answer: str | None
    answer_text: str
    step: int = Field(description="0 not escalated, 1 said again, 2 his sergeant told, 3 on the dispatcher's list.")
    step_at: str | None


class ReceiptedBriefing(BaseModel):
    """What the receipts are of."""

    id: str
    force: str
    title: str
    version: int
    ack_version: int
    written_at: str
    issued_at: str
    valid_from: str | None
    valid_to: str | None
    status: str
    over: bool
    withdrawn: bool
    must_ack: bool
    escalate_after_s: int | None
    marking: str


class ReceiptsView(BaseModel):
    """Everybody whom it is or was for, connected or not, by id."""

    briefing: ReceiptedBriefing
    at: str
    counts: dict[ReceiptState, int] = Field(description="Of everybody, whatever the filter.")
    total: int
    waiting: int = Field(description="How many have not answered and still may.")
    partial: bool = Field(description="Some processes could not be asked: what is pushed may be shown as queued.")
    receipts: list[ReceiptView]


class ReceiptFilters(BaseModel):
    """All optional."""

    model_config = ConfigDict(extra="forbid")

    state: list[ReceiptState] = Field([], description="Only these; may be repeated.")
    after: str | None = Field(None, max_length=128, description="Only officers with an id after this one.")
    limit: int = Field(20_000, ge=1, le=20_000)
    format: Literal["json", "csv", "evidence"] = Field(
        "json", description="evidence: everything, with the versions of the briefing and a SHA-256 over it."
    )


_answers = answers(ReceiptsView, 404, headers=_TAG)
_answers[200]["content"][CSV] = {"schema": {"type": "string"}}
_answers[304] = {"description": "Nothing has changed."}


@router.get("/v1/briefings/{id}/receipts", responses=_answers)
async def read_receipts(
    request: Request,
    principal: Reader,
    id: str,
    filters: Annotated[ReceiptFilters, Query()],
    if_none_match: Annotated[str | None, Header(description="The ETag that you have.")] = None,
) -> Response:
    """Per person queued, pushed, stored, seen, answered or not entitled, since when, with every time; and counts."""
    runtime = runtime_of(request)
    stored = await readable(runtime, principal, RecordKind.BRIEFING, id)
    if stored.record.force != principal.force:
        raise NotFound(f"no briefing {id[:60]!r}")
    receipts, partial = await receipts_in(runtime, stored)
    now, name = runtime.clock.now(), stored.record.id
    if filters.format == "evidence":
        export = evidence_of(await runtime.store.versions(name), receipts, runtime.who, principal, now, partial)
        log.info("receipts exported as evidence", briefing=name, by=principal.id, sha256=export["sha256"])
        return json_response(export, Content_Disposition=f'attachment; filename="receipts-{name}.json"')
    shown = [one for one in receipts if _wanted(one, filters)][: filters.limit]
    document = receipts_document(stored, receipts, shown, runtime.who, now, partial)
    tag = tag_of(document)
    if if_none_match is not None and tag in [one.strip() for one in if_none_match.split(",")]:
        return Response(status_code=304, headers={"ETag": tag})
    if filters.format == "csv":
        named = {"ETag": tag, "Content-Disposition": f'attachment; filename="receipts-{name}.csv"'}
        return Response(csv_of(document), headers=named, media_type=CSV)
    return json_response(document, ETag=tag)


def _wanted(one: Receipt, filters: ReceiptFilters) -> bool:
    if filters.state and one.state not in filters.state:
        return False
    return filters.after is None or one.officer > filters.after
