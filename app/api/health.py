"""/healthz, /readyz, /metrics and the two descriptions: free on this machine, with any role's token from elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel

from app.api.description import answers, openapi_of
from app.api.features import json_response
from app.api.guard import Guarded, anybody_on_loopback
from app.asyncapi import document as asyncapi_document
from app.errors import NotReady
from app.metrics import CONTENT_TYPE
from app.patience import in_time
from app.runtime import runtime_of
from geo.errors import StoreError
from geo.model import Principal

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["health"])

Anybody = Annotated[Principal | None, anybody_on_loopback()]

PATIENCE_S = 2.0


class Health(BaseModel):
    """Alive."""

    status: str


class Readiness(BaseModel):
    """Ready for traffic: the store answers, and the live path runs."""

    status: str
    store_s: float
    live_records: int
    devices: int
    policy: str
    """The relevance policy that this process decides by."""
    policy_problem: str | None
    """Why that is not the one in force: it cannot read it."""


@router.get("/healthz", responses=answers(Health))
async def healthz(request: Request, principal: Anybody) -> Response:
    """Whether the process lives."""
    return json_response({"status": "ok"})


@router.get("/readyz", responses=answers(Readiness))
async def readyz(request: Request, principal: Anybody) -> Response:
    """Whether the process can do its work: 503 while it cannot."""
    runtime = runtime_of(request)
    if not runtime.started:
        raise NotReady("the live path is not running yet")
    if runtime.hub.draining:
        raise NotReady("draining: this process is going away")
    try:
        store_s = await in_time(runtime.store.ping(), PATIENCE_S)
    except StoreError as error:
        raise NotReady("the store does not answer") from error
    runtime.metrics.store_s.observe(store_s)
    problem = runtime.in_force.problem
    found = {
        "status": "ready",
        "store_s": store_s,
        "live_records": int(runtime.picture.live.sum()),
        "devices": runtime.devices,
        "policy": runtime.policy.version,
        "policy_problem": problem.reason if problem else None,
    }
    return json_response(found)


@router.get("/metrics", responses=answers(None, media_type="text/plain"))
async def metrics(request: Request, principal: Anybody) -> Response:
    """Numbers for Prometheus."""
    runtime = runtime_of(request)
    if runtime.started:
        await runtime.gathered.fresh()
    return Response(runtime.metrics.text(), media_type=CONTENT_TYPE)


@router.get("/openapi.json", responses=answers(None))
async def openapi(request: Request, principal: Anybody) -> Response:
    """This description."""
    return json_response(openapi_of(request.app))


@router.get("/asyncapi.json", responses=answers(None))
async def asyncapi(request: Request, principal: Anybody) -> Response:
    """The description of the device socket."""
    return json_response(asyncapi_document())
