"""/v1/policy: the relevance policy in force, who put it there, those before it, and a new one, all or nothing."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.api.description import answers, takes_text
from app.api.features import json_response
from app.api.guard import Guarded, roles
from app.errors import FieldError, Invalid, Unconditional
from app.identity import Role
from app.policy_in_force import put_in_force
from app.runtime import Runtime, runtime_of
from geo.clock import format_instant
from geo.errors import NotFound
from geo.model import Principal
from geo.store.rows import PolicyVersion
from streams.relevance.in_force import draft_of

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["policy"])

Reader = Annotated[Principal, roles(Role.DISPATCHER, Role.ANALYST, Role.AUDITOR, Role.ADMIN)]
User = Annotated[Principal, roles(Role.FEED, Role.DISPATCHER, Role.ANALYST, Role.AUDITOR, Role.ADMIN)]
Writer = Annotated[Principal, roles(Role.ADMIN)]
TOML = "application/toml"

_ETAG = {"ETag": {"description": "Its number, for If-Match.", "schema": {"type": "string"}}}


class PolicyEntry(BaseModel):
    """One relevance policy that is or was in force."""

    n: int = Field(description="The first that ever was is 1; the highest is in force.")
    version: str = Field(description="Name, edition and digest: what decisions under it are recorded with.")
    name: str
    at: str
    actor: str = Field(description="Who put it in force.")
    note: str = Field(description="Why, in his words.")


class PolicyView(PolicyEntry):
    """The same with its text, word for word."""

    text: str


class PolicyInForce(PolicyView):
    """The policy in force; and what the process that answers goes by, should it not be able to read that one."""

    here: str = Field(description="The version that this process decides by at this moment.")
    problem: str | None = Field(description="Why that is another one: this process cannot read the one in force.")


class PolicyList(BaseModel):
    """Those that were ever in force, newest first."""

    versions: list[PolicyEntry]


@router.get("/v1/policy", responses=answers(PolicyInForce, 404, headers=_ETAG))
async def get_policy(request: Request, principal: User) -> Response:
    """The policy in force; a feed reads its source's codes by it."""
    runtime = runtime_of(request)
    stored = await runtime.store.policy()
    if stored is None:
        raise NotFound("no policy has been put in force")
    problem = runtime.in_force.problem
    here = {"here": runtime.policy.version, "problem": problem.reason if problem else None}
    return _tagged(json_response(_entry(stored) | {"text": stored.draft.text} | here), stored)


@router.get("/v1/policy/versions", responses=answers(PolicyList))
async def get_policies(
    request: Request, principal: Reader, limit: Annotated[int, Query(ge=1, le=1_000)] = 100
) -> Response:
    """Every policy that was ever in force, newest first, without the texts."""
    found = await runtime_of(request).store.policies(limit)
    return json_response({"versions": [_entry(stored) for stored in found]})


@router.get("/v1/policy/versions/{n}", responses=answers(PolicyView, 404, headers=_ETAG))
async def get_policy_version(request: Request, principal: Reader, n: Annotated[int, Path(ge=1, le=2**53)]) -> Response:
    """One of them, with its text."""
    stored = await runtime_of(request).store.policy(n)
    if stored is None:
        raise NotFound(f"there has been no policy {n}")
    return _tagged(json_response(_entry(stored) | {"text": stored.draft.text}), stored)


@router.put(
    "/v1/policy",
    responses=answers(PolicyEntry, 412, 413, 415, 428, success=(200, 201), headers=_ETAG),
    openapi_extra=takes_text(TOML, "The whole policy file."),
)
async def put_policy(
    request: Request,
    principal: Writer,
    note: Annotated[str, Query(max_length=500, description="Why: kept with it.")] = "",
    file: Annotated[str, Query(max_length=200, description="Its name, for the messages.")] = "policy.toml",
    if_match: Annotated[str | None, Header(description="The ETag that you have read, or *.")] = None,
) -> Response:
    """Puts a policy in force, in every process and without a restart. One that cannot be read, or that silences a part
    of the must-deliver set, is refused with file, line and reason, and the running one stays. The same text again
    changes nothing (200)."""
    expected = _expected(if_match)
    try:
        text = (await request.body()).decode("utf-8")
    except UnicodeDecodeError as error:
        raise Invalid([FieldError("body", "not_utf8", "the policy is not UTF-8 text")]) from error
    if "\0" in text + note + file:
        raise Invalid([FieldError("body", "nul", "a policy holds no NUL")])
    runtime = runtime_of(request)
    done = await put_in_force(runtime.store, draft_of(file, text, _who(principal), note), expected)
    if done.changed:
        _heard(runtime, done.version)
    return _tagged(json_response(_entry(done.version), 201 if done.changed else 200), done.version)


def _heard(runtime: Runtime, stored: PolicyVersion) -> None:
    """This process need not wait for the change log."""
    runtime.in_force.take(stored)
    runtime.written()


def _who(principal: Principal) -> str:
    return principal.id if principal.force == "own" else f"{principal.id} of {principal.force}"


def _expected(if_match: str | None) -> int | None:
    """The number that an If-Match names; None for ``*``. Raises Unconditional, Invalid."""
    if if_match is None:
        raise Unconditional("say which policy this replaces: If-Match with the ETag of GET /v1/policy, or *")
    tag = if_match.strip()
    if tag == "*":
        return None
    number = tag.removeprefix("W/").strip('"')
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        raise Invalid([FieldError("If-Match", "bad_tag", "is the ETag of GET /v1/policy, or *")])
    return int(number)


def _tagged(response: Response, stored: PolicyVersion) -> Response:
    response.headers["ETag"] = f'"{stored.n}"'
    return response


def _entry(stored: PolicyVersion) -> dict[str, Any]:
    draft = stored.draft
    return {
        "n": stored.n,
        "version": draft.version,
        "name": draft.name,
        "at": format_instant(stored.at),
        "actor": draft.actor,
        "note": draft.note,
    }
