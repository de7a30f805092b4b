"""/v1/rejected: what was sent and refused, with the reason, so that the sender's system can be mended."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from app.api.description import answers
from app.api.features import json_response, text_at
from app.api.guard import Guarded, roles
from app.api.letters import actor_of
from app.identity import Role
from app.runtime import runtime_of
from geo.marking import Clearance
from geo.model import Principal
from geo.store.rows import Rejected

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["rejected"])

Reader = Annotated[Principal, roles(Role.DISPATCHER, Role.ADMIN)]


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
