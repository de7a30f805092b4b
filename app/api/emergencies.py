"""/v1/emergencies: officers who called for help, who in the control room has taken it over, and closing it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.api.description import answers
from app.api.features import Emergencies, EmergencyView, emergency_of, json_response
from app.api.guard import Guarded, roles
from app.api.records import readable
from app.errors import Conflict
from app.identity import Role
from app.patience import in_time
from app.runtime import Runtime, runtime_of
from geo.access import release_reading
from geo.errors import StoreUnavailable
from geo.model import Emergency, Principal, RecordKind, Status, Stored
from geo.store.query_rows import Query as Search
from geo.store.query_rows import Reader
from geo.store.rows import Outcome

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["emergencies"])
PATH = "/v1/emergencies"
PATIENCE_S = 1.0
"""So long the store may take over the list before what this process knows is shown instead."""

Dispatcher = Annotated[Principal, roles(Role.DISPATCHER)]
Change: TypeAlias = Callable[[Emergency, str, int], Emergency]
"""(emergency, who, when) -> the emergency afterwards."""


@router.get(PATH, responses=answers(Emergencies))
async def list_emergencies(
    request: Request, principal: Dispatcher, closed: Annotated[bool, Query(description="Closed ones too.")] = False
) -> Response:
    """Calls for help, newest first. While the store is away, those that this process knows of (``partial``)."""
    runtime = runtime_of(request)
    search = Search(
        kind=RecordKind.EMERGENCY,
        reader=Reader(principal.force, principal.clearance, principal.operations),
        statuses=() if closed else (Status.OPEN, Status.ATTENDED),
        limit=1_000,
    )
    try:
        found = list((await in_time(runtime.store.search(search), PATIENCE_S)).items)
        partial = False
    except StoreUnavailable:
        found, partial = _in_memory(runtime), True
    unrecorded = runtime.hub.unrecorded.emergencies if runtime.hub.unrecorded else []
    known = {stored.record.id for stored in found}
    found += [stored for stored in unrecorded if stored.record.id not in known]
    found.sort(key=lambda stored: -stored.record.reported_at)
    released = release_reading(tuple(found), principal, runtime.clock.now())
    return json_response({"emergencies": [emergency_of(stored) for stored in released.items], "partial": partial})


def _in_memory(runtime: Runtime) -> list[Stored]:
    """What is live in the picture: as of when the store was last heard."""
    picture = runtime.picture
    stored = [picture.stored[slot] for slot in picture.callers if picture.live[slot] and picture.version[slot] > 0]
    return [item for item in stored if item is not None]


@router.post(PATH + "/{id}/takeover", responses=answers(EmergencyView, 404, 409))
async def take_over(request: Request, principal: Dispatcher, id: str) -> Response:
    """Says that the caller has it in hand now. Again by the same caller changes nothing; another's is a conflict."""
    return await _changed(request, principal, id, _taken_over)


@router.post(PATH + "/{id}/close", responses=answers(EmergencyView, 404, 409))
async def close(request: Request, principal: Dispatcher, id: str) -> Response:
    """Ends it: whoever was alerted is told that it is over. Again changes nothing."""
    return await _changed(request, principal, id, _closed)


def _taken_over(emergency: Emergency, by: str, at: int) -> Emergency:
    if not emergency.status.live:
        raise Conflict("it is closed already")
    if emergency.taken_over_by == by:
        return emergency
    if emergency.taken_over_by is not None:
        raise Conflict(f"{emergency.taken_over_by} has taken it over already")
    return replace(emergency, taken_over_by=by, taken_over_at=at)


def _closed(emergency: Emergency, by: str, at: int) -> Emergency:
    return replace(emergency, status=Status.CLOSED, closed_by=by) if emergency.status.live else emergency


async def _changed(request: Request, principal: Principal, id: str, change: Change) -> Response:
    """Compare and set, in the store: two dispatchers who press at once, at whatever processes, do not both win."""
    runtime = runtime_of(request)
    while True:
        stored = await readable(runtime, principal, RecordKind.EMERGENCY, id)
        assert isinstance(stored.record, Emergency)
        record = change(stored.record, principal.id, runtime.clock.now())
        put = await runtime.store.put_over(stored, record, actor=principal.id)
        if put is None:
            continue
        if put.outcome is not Outcome.UNCHANGED:
            runtime.written()
        return json_response(emergency_of(await readable(runtime, principal, RecordKind.EMERGENCY, id)))
