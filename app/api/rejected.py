"""/v1/rejected: what was refused, with the reason, so that the sender can be mended; feeds hand in their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.bodies import read_as
from app.api.description import answers, takes
from app.api.features import json_response, text_at
from app.api.guard import Guarded, roles
from app.api.letters import actor_of, handed_in, keep
from app.errors import FieldError, Invalid
from app.identity import Role
from app.runtime import runtime_of
from geo.marking import Clearance
from geo.model import Principal
from geo.reasons import Reason
from geo.store.rows import Rejected

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["rejected"])

Reader = Annotated[Principal, roles(Role.DISPATCHER, Role.ADMIN)]
Writer = Annotated[Principal, roles(Role.FEED, Role.DISPATCHER)]
MOST = 1_000
"""Letters that may be handed in at once."""


class Letter(BaseModel):
    """One refused record."""

    feed: str
    where: str
    reason: str
    message: str
    at: str
    actor: str
    raw: str | None


class Letters(BaseModel):
    """Refused records, newest first."""

    rejected: list[Letter]


class LetterBody(BaseModel):
    """A row that a feed's own side refused: it never was a record that could be sent."""

    model_config = ConfigDict(extra="forbid")

    feed: str = Field(min_length=1, max_length=100, examples=["police-uk-street"])
    where: str = Field(min_length=1, max_length=500, examples=["2017-07-west-yorkshire-street.csv.gz:17"])
    reason: Reason
    message: str = Field(max_length=8_000)
    raw: str = Field("", max_length=8_000, description="The row, its special-category columns cut out.")


class Kept(BaseModel):
    """How many letters are durable now."""

    kept: int


@router.post("/v1/rejected", responses=answers(Kept, 413, 415), openapi_extra=takes(LetterBody, listed=True, most=MOST))
async def post_rejected(request: Request, principal: Writer) -> Response:
    """Keeps rows that the sender's side refused already. The same letter again is counted, not doubled."""
    bodies = await request.json()
    if not isinstance(bodies, list) or len(bodies) > MOST:
        raise Invalid([FieldError("body", "wrong_type", f"is a list of at most {MOST} letters")])
    runtime = runtime_of(request)
    now = runtime.clock.now()
    letters = [handed_in(read_as(LetterBody, body).model_dump(), principal, now) for body in bodies]
    if letters:
        await keep(runtime, letters, sure=True)
    return json_response({"kept": len(letters)})


@router.get("/v1/rejected", responses=answers(Letters))
async def list_rejected(
    request: Request,
    principal: Reader,
    feed: Annotated[str | None, Query(max_length=100, description="Only of this feed.")] = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Response:
    """What was refused from the caller's force, and from files that were taken in on this machine."""
    letters = await runtime_of(request).store.rejected(feed, limit)
    return json_response({"rejected": [_view(letter, principal) for letter in letters if _may(letter, principal)]})


def _may(letter: Rejected, principal: Principal) -> bool:
    """Letters without an actor come from files ingested on this machine: they belong to the install's own force."""
    return letter.actor.rpartition("@")[2] == principal.force if letter.actor else principal.force == "own"


def _view(letter: Rejected, principal: Principal) -> dict[str, object]:
    """The raw text goes to who sent it, or may see anything here: the marking of a refused record proves nothing."""
    whole = letter.actor == actor_of(principal) or principal.clearance >= Clearance.OFFICIAL_SENSITIVE
    return {
        "feed": letter.feed,
        "where": letter.where,
        "reason": letter.reason,
        "message": letter.message,
        "at": text_at(letter.at),
        "actor": letter.actor,
        "raw": letter.raw if whole else None,
    }
