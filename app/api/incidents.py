"""/v1/incidents: posted one by one or in batches, searched by place and time, and who was told of each."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from app.api.bodies import IncidentBody
from app.api.description import answers, takes
from app.api.features import (
    GEOJSON,
    Accepted,
    BatchResult,
    Deliveries,
    Feature,
    FeatureCollection,
    feature_of,
    json_response,
)
from app.api.filters import Filters
from app.api.guard import Guarded, roles
from app.api.records import batch_of, deliveries_of, page_of, readable, take_many, take_one
from app.identity import Role
from app.runtime import runtime_of
from geo.model import Principal, RecordKind

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["incidents"])
PATH = "/v1/incidents"
KIND = RecordKind.INCIDENT

Writer = Annotated[Principal, roles(Role.FEED, Role.DISPATCHER)]
Reader = Annotated[Principal, roles(Role.OFFICER, Role.DISPATCHER, Role.ANALYST)]
Dispatcher = Annotated[Principal, roles(Role.DISPATCHER)]
_LOCATION: dict[str, Any] = {"Location": {"schema": {"type": "string"}, "description": "Where it can be read."}}


@router.post(
    PATH,
    responses=answers(Accepted, 413, 415, success=(200, 201), headers=_LOCATION),
    openapi_extra=takes(IncidentBody),
)
async def post_incident(request: Request, principal: Writer) -> Response:
    """Takes an incident in. 201: new; 200: the same content, or a new version of a known one."""
    return await take_one(runtime_of(request), principal, KIND, await request.json(), PATH)


@router.post(f"{PATH}/batch", responses=answers(BatchResult, 413, 415), openapi_extra=takes(IncidentBody, listed=True))
async def post_incidents(request: Request, principal: Writer) -> Response:
    """Takes a list of incidents in; each has its own result, in the order of the list."""
    return await take_many(runtime_of(request), principal, KIND, batch_of(await request.json()), PATH)


@router.get(PATH, responses=answers(FeatureCollection, media_type=GEOJSON))
async def search_incidents(request: Request, principal: Reader, filters: Annotated[Filters, Query()]) -> Response:
    """Incidents by place, time, category, grade, status and beat; without filters all that the caller may see."""
    return await page_of(request, runtime_of(request), principal, KIND, filters)


@router.get(PATH + "/{id}", responses=answers(Feature, 404, media_type=GEOJSON))
async def read_incident(request: Request, principal: Reader, id: str) -> Response:
    """One incident in its newest version."""
    return json_response(feature_of(await readable(runtime_of(request), principal, KIND, id)), 200, GEOJSON)


@router.get(PATH + "/{id}/deliveries", responses=answers(Deliveries, 404))
async def incident_deliveries(request: Request, principal: Dispatcher, id: str) -> Response:
    """Who was told of it, and how far it got with each: queued, pushed, stored on a device, seen, answered, ..."""
    runtime = runtime_of(request)
    stored = await readable(runtime, principal, KIND, id)
    return await deliveries_of(runtime, principal, stored)
