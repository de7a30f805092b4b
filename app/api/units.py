"""/v1/units: the officers whose devices are connected here, what they are doing, and where they last were."""

from __future__ import annotations

import math
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.api.description import answers
from app.api.features import json_response, text_at
from app.api.guard import Guarded, roles
from app.identity import Role
from app.runtime import Runtime, runtime_of
from geo.clock import SECOND, Instant
from geo.model import Principal, UnitStatus

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["units"])

Dispatcher = Annotated[Principal, roles(Role.DISPATCHER)]
_STATUSES = list(UnitStatus)


class Whereabouts(BaseModel):
    """The last trusted fix of an officer on duty."""

    lon: float
    lat: float
    accuracy_m: float | None
    at: str
    age_s: float


class ConnectedUnit(BaseModel):
    """An officer whose device is connected."""

    officer: str
    callsign: str | None
    beat: str | None
    status: UnitStatus
    position: Whereabouts | None = Field(description="None off duty, and before the first fix.")


class Units(BaseModel):
    """Everybody of the caller's force who is connected here, by officer."""

    units: list[ConnectedUnit]


@router.get("/v1/units", responses=answers(Units))
async def list_units(request: Request, principal: Dispatcher) -> Response:
    """Who is connected, with status, position and its age."""
    runtime = runtime_of(request)
    here = runtime.situations
    force = here.books.forces.find(principal.force)
    now = runtime.clock.now()
    views = [
        _view(runtime, officer, slot, now)
        for officer, slot in sorted(here.slot_of.items())
        if here.connected[slot] and force is not None and here.force[slot] == force
    ]
    return json_response({"units": views})


def _view(runtime: Runtime, officer: str, slot: int, now: Instant) -> dict[str, object]:
    here, books = runtime.situations, runtime.situations.books
    return {
        "officer": officer,
        "callsign": books.callsigns.text(int(here.callsign[slot])) or None,
        "beat": books.beats.text(int(here.beat[slot])) or None,
        "status": _STATUSES[int(here.status[slot])].value,
        "position": _whereabouts(runtime, slot, now),
    }


def _whereabouts(runtime: Runtime, slot: int, now: Instant) -> dict[str, object] | None:
    """Where he was is nobody's business once he is off duty."""
    here = runtime.situations
    at = int(here.fix_at[slot])
    if not at or not here.duty[slot]:
        return None
    accuracy_m = float(here.accuracy_m[slot])
    return {
        "lon": round(float(here.lon[slot]), 6),
        "lat": round(float(here.lat[slot]), 6),
        "accuracy_m": None if math.isnan(accuracy_m) else round(accuracy_m, 1),
        "at": text_at(at),
        "age_s": round((now - at) / SECOND, 1),
    }
