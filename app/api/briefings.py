"""/v1/briefings: pushed to an audience, tried dry, changed, withdrawn and read; and the templates for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from app.api.audiences import connected_of
from app.api.briefing_bodies import (
    BriefingAccepted,
    BriefingBody,
    BriefingChanges,
    BriefingList,
    BriefingView,
    DryRun,
    TemplateList,
    Withdrawal,
)
from app.api.briefing_views import (
    AUTHOR,
    is_live,
    lists_of,
    said,
    shown_of,
    templates_object,
    version_of,
    view_of,
    warnings_object,
)
from app.api.description import answers, takes
from app.api.drafting import read_safely
from app.api.features import json_response
from app.api.guard import Guarded, roles
from app.api.pushing import (
    KIND,
    Checked,
    Done,
    briefing_in,
    change,
    check_change,
    check_new,
    check_not_over,
    check_tag,
    push,
    to_be_changed,
    withdraw,
)
from app.api.receipt_reading import unanswered_in
from app.api.records import readable
from app.identity import Role
from app.runtime import Runtime, runtime_of
from geo.access import refusals_of, release_reading
from geo.errors import NotFound
from geo.model import Officer, Principal, Status, Stored
from geo.store.query_rows import Query as Search
from geo.store.query_rows import Reader as Narrowed

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["briefings"])
PATH = "/v1/briefings"
DRY = "dry run"
"""The source id of what is only tried."""

Writer = Annotated[Principal, roles(Role.DISPATCHER)]
Reader = Annotated[Principal, roles(Role.OFFICER, Role.DISPATCHER, Role.ANALYST)]
Dispatcher = Annotated[Principal, roles(Role.DISPATCHER, Role.ANALYST)]
Dry = Annotated[bool, Query(description="Says what it would do, and writes nothing.")]
Confirm = Annotated[
    bool, Query(description="Send it although it matches nobody, everybody, or only people who are not entitled.")
]
Listed = Annotated[int, Query(ge=0, le=20_000, description="Of a dry run: how many of each list are shown.")]
Tag = Annotated[str | None, Header(description="The ETag of the version that you have read.")]
_ETAG: dict[str, Any] = {"ETag": {"description": "Its version, for If-Match.", "schema": {"type": "string"}}}
_LOCATION: dict[str, Any] = {"Location": {"schema": {"type": "string"}, "description": "Where it can be read."}}
_REPLAYED: dict[str, Any] = {
    "Idempotent-Replayed": {"schema": {"type": "string"}, "description": "true: it had been pushed under this key."}
}


class BriefingFilters(BaseModel):
    """All optional."""

    model_config = ConfigDict(extra="forbid")

    live: bool | None = Field(None, description="true: open, begun and not over; false: the others.")
    mine: bool = Field(False, description="Pushed by you. (An officer sees what is for him.)")
    unanswered: bool = Field(
        False, description="Those on your list: not acknowledged after all its steps, and by whom."
    )
    limit: int = Field(100, ge=1, le=1_000)
    cursor: str | None = Field(None, max_length=1_000, description="From the page before.")


def _tried(model: type[BaseModel], *refusals: int, success: int, **headers: Any) -> dict[int | str, dict[str, Any]]:
    """A route that can be tried dry answers 200 with what it would do."""
    responses = answers(model, *refusals, success=(success,), headers=headers["headers"])
    dry = answers(DryRun)[200]
    if success == 200:
        schemas = [
            responses[200]["content"]["application/json"]["schema"],
            dry["content"]["application/json"]["schema"],
        ]
        responses[200]["content"] = {"application/json": {"schema": {"anyOf": schemas}}}
    else:
        responses[200] = dry
    return responses


@router.post(
    PATH,
    responses=_tried(BriefingAccepted, 409, 413, 415, success=201, headers=_LOCATION | _ETAG),
    openapi_extra=takes(BriefingBody),
)
async def post_briefing(
    request: Request,
    principal: Writer,
    idempotency_key: Annotated[
        str | None, Header(description="Required: your own name for this push. The same again pushes nothing twice.")
    ] = None,
    dry_run: Dry = False,
    confirm: Confirm = False,
    limit: Listed = 1_000,
) -> Response:
    """Pushes a briefing to its audience: durable, with a row for everybody it is for, connected or not."""
    runtime, body = runtime_of(request), await request.json()
    if dry_run:
        checked = await check_new(runtime, principal, body, f"{principal.id} {DRY}")
        return await _dry(runtime, principal, checked, 0, limit)
    done = await push(runtime, principal, body, idempotency_key, confirm)
    response = _accepted(done, 201)
    response.headers["Location"] = f"{PATH}/{done.id}"
    if not done.fresh:
        response.headers["Idempotent-Replayed"] = "true"
    return response


@router.patch(
    PATH + "/{id}",
    responses=_tried(BriefingAccepted, 404, 409, 412, 413, 415, 428, success=200, headers=_ETAG),
    openapi_extra=takes(BriefingChanges),
)
async def patch_briefing(
    request: Request,
    principal: Writer,
    id: str,
    if_match: Tag = None,
    dry_run: Dry = False,
    confirm: Confirm = False,
    limit: Listed = 1_000,
) -> Response:
    """Makes a new version of it. Fields that are given replace what is there, null takes them back to their default;
    a material change (title, text, priority, place, hazards, attachments) has to be acknowledged anew."""
    runtime, patch = runtime_of(request), await request.json()
    if not dry_run:
        return _accepted(await change(runtime, principal, id, patch, if_match, confirm), 200)
    stored = await to_be_changed(runtime, principal, id)
    await check_tag(runtime, principal, stored, if_match)
    check_not_over(briefing_in(stored))
    checked = await check_change(runtime, principal, stored, patch)
    return await _dry(runtime, principal, checked, stored.version + 1, limit)


@router.post(
    PATH + "/{id}/withdraw",
    responses=answers(BriefingView, 404, 412, 413, 415, headers=_ETAG),
    openapi_extra=takes(Withdrawal),
)
async def withdraw_briefing(request: Request, principal: Writer, id: str, if_match: Tag = None) -> Response:
    """Takes it back: it is erased from the devices. Again changes nothing."""
    runtime, body = runtime_of(request), await request.json() if await request.body() else {}
    reason = read_safely(Withdrawal, body, runtime.ceiling).reason
    stored = await withdraw(runtime, principal, id, reason, if_match)
    return _tagged(json_response(shown_of(stored, principal, runtime.clock.now())), stored.version)


@router.get(PATH, responses=answers(BriefingList))
async def list_briefings(request: Request, principal: Reader, filters: Annotated[BriefingFilters, Query()]) -> Response:
    """Briefings, newest first: an officer's own; others' those of their force, and those shared with it."""
    runtime, cursor = runtime_of(request), None
    unanswered: dict[str, list[str]] = {}
    if principal.role == Role.OFFICER:
        found: Sequence[Stored] = await _of_officer(runtime, principal)
    elif filters.unanswered:
        unanswered = await unanswered_in(runtime, principal.force)
        stored = (await runtime.store.records(sorted(unanswered))).values()
        own = tuple(one for one in stored if one.record.force == principal.force)
        found = release_reading(own, principal, runtime.clock.now()).items
    else:
        found, cursor = await _searched(runtime, principal, filters)
    now = runtime.clock.now()
    chosen = [one for one in found if filters.live is None or is_live(briefing_in(one), now) is filters.live]
    if filters.mine and principal.role != Role.OFFICER:
        chosen = [one for one in chosen if said(briefing_in(one), AUTHOR) == principal.id]
    chosen.sort(key=lambda one: (-one.record.reported_at, one.record.id))
    views = [view_of(one, principal, now) for one in chosen[: filters.limit]]
    for view in views:
        view["unanswered"] = unanswered.get(str(view["id"]))
    return json_response({"briefings": views, "cursor": cursor})


@router.get(PATH + "/{id}", responses=answers(BriefingView, 404, headers=_ETAG))
async def read_briefing(request: Request, principal: Reader, id: str) -> Response:
    """One briefing in its newest version, with what each version changed of the one before."""
    runtime = runtime_of(request)
    if principal.role == Role.OFFICER:
        mine = [one for one in await _of_officer(runtime, principal, id) if one.record.id == id]
        if not mine:
            raise NotFound(f"no {KIND.value} {id[:60]!r}")
        return _tagged(json_response(shown_of(mine[0], principal, runtime.clock.now())), mine[0].version)
    stored = await readable(runtime, principal, KIND, id)
    if briefing_in(stored).withdrawn and stored.record.force != principal.force:
        raise NotFound(f"no {KIND.value} {id[:60]!r}")
    view = shown_of(stored, principal, runtime.clock.now())
    if stored.record.force == principal.force:
        versions = release_reading(await runtime.store.versions(id), principal, runtime.clock.now())
        view["versions"] = [version_of(one) for one in versions.items]
    return _tagged(json_response(view), stored.version)


@router.get("/v1/briefing-templates", responses=answers(TemplateList))
async def list_templates(request: Request, principal: Dispatcher) -> Response:
    """The templates: IIMARCH, lookouts for a vehicle and a person, a missing person; what each asks for."""
    return json_response({"templates": templates_object()})


# ------------------------------------------------------------------ answers
async def _dry(runtime: Runtime, principal: Principal, checked: Checked, version: int, limit: int) -> Response:
    now = runtime.clock.now()
    return json_response(
        {
            "dry_run": True,
            "counts": checked.reach.counts(),
            "connected": await connected_of(runtime, checked.briefing, checked.reach),
            **await lists_of(runtime, checked.reach, limit),
            "warnings": warnings_object(checked.warnings),
            "notes": list(checked.notes),
            "changed": list(checked.changed),
            "briefing": shown_of(Stored(checked.briefing, version, now), principal, now),
        }
    )


def _accepted(done: Done, status: int) -> Response:
    document = {
        "id": done.id,
        "version": done.version,
        "counts": done.reach.counts(),
        "closed": done.closed,
        "warnings": warnings_object(done.warnings),
        "notes": list(done.notes),
        "changed": list(done.changed),
    }
    return _tagged(json_response(document, status), done.version)


def _tagged(response: Response, version: int) -> Response:
    response.headers["ETag"] = f'"{version}"'
    return response


# ------------------------------------------------------------------ found
async def _searched(
    runtime: Runtime, principal: Principal, filters: BriefingFilters
) -> tuple[Sequence[Stored], str | None]:
    page = await runtime.store.search(
        Search(
            kind=KIND,
            reader=Narrowed(principal.force, principal.clearance, principal.operations),
            statuses=(Status.OPEN, Status.ATTENDED) if filters.live else (),
            limit=filters.limit,
            cursor=filters.cursor,
        )
    )
    released = release_reading(page.items, principal, runtime.clock.now())
    own = principal.force
    return [one for one in released.items if one.record.force == own or not briefing_in(one).withdrawn], page.cursor


async def _of_officer(runtime: Runtime, principal: Principal, only: str = "") -> list[Stored]:
    """What is for him, by the roster or as he was told, begun and not withdrawn, and that he may have: asked of the
    door as of somebody to whom it is addressed."""
    names = {*await runtime.store.addressed_to(principal.id)}
    names |= {row.record for row in await runtime.store.told(principal.id) if row.record.startswith(KIND.value[:3])}
    stored = await runtime.store.records(sorted(names & {only} if only else names))
    now = runtime.clock.now()
    me = Officer(id=principal.id, force=principal.force, clearance=principal.clearance, operations=principal.operations)
    return [
        one
        for one in stored.values()
        if one.record.kind is KIND
        and not briefing_in(one).withdrawn
        and (one.record.valid.start or now) <= now
        and not refusals_of(one.record, [me], now)[0]
    ]
