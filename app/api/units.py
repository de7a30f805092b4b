"""/v1/units: whose devices are connected, to whichever process; what they are doing, where they last were, how near."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.api.description import answers
from app.api.features import json_response, text_at
from app.api.filters import UnitFilters, unit_query_of
from app.api.guard import Guarded, roles
from app.identity import Role
from app.runtime import runtime_of
from geo.clock import SECOND, Instant
from geo.model import Principal, UnitStatus
from geo.place import distance_m
from streams.whereabouts.contract import Sighting
from streams.whereabouts.sharing import share_now

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["units"])

Dispatcher = Annotated[Principal, roles(Role.DISPATCHER)]
AT_ONCE = 500
"""Units made into JSON in one piece: 10,000 would hold up the loop."""


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
    distance_m: float | None = Field(description="From `near`; None where that was not asked.")


class Units(BaseModel):
    """Everybody of the caller's force who is connected, by officer; with `near`, nearest first."""

    units: list[ConnectedUnit]
    partial: bool = Field(
        description="Some may be missing: other processes of the deployment could not be asked, or one is silent."
    )


@router.get("/v1/units", responses=answers(Units))
async def list_units(request: Request, principal: Dispatcher, filters: Annotated[UnitFilters, Query()]) -> Response:
    """Who is connected, with status, position and its age. With `near`: who has said within 120 s that he is there."""
    runtime, query = runtime_of(request), unit_query_of(filters)
    await share_now(runtime.sharing, runtime.whereabouts)
    if query.near is None:
        found = await runtime.whereabouts.everybody(principal.force)
    else:
        found = await runtime.whereabouts.near(principal.force, *query.near, query.radius_m)
    units = [unit for unit in found.units if not query.statuses or unit.status in query.statuses]
    views = await _views(units, query.near, runtime.clock.now())
    return json_response({"units": views, "partial": found.partial})


async def _views(units: Sequence[Sighting], near: tuple[float, float] | None, now: Instant) -> list[dict[str, object]]:
    views: list[dict[str, object]] = []
    for start in range(0, len(units), AT_ONCE):
        views += [_view(unit, near, now) for unit in units[start : start + AT_ONCE]]
        await asyncio.sleep(0)
    return views


def _view(unit: Sighting, near: tuple[float, float] | None, now: Instant) -> dict[str, object]:
    return {
        "officer": unit.officer,
        "callsign": unit.callsign or None,
        "beat": unit.beat or None,
        "status": unit.status.value,
        "position": _position(unit, now),
        "distance_m": _distance(unit, near),
    }


def _position(unit: Sighting, now: Instant) -> dict[str, object] | None:
    if unit.lon is None:
        return None
    return {
        "lon": unit.lon,
        "lat": unit.lat,
        "accuracy_m": unit.accuracy_m,
        "at": text_at(unit.fix_at),
        "age_s": round((now - unit.fix_at) / SECOND, 1),
    }


def _distance(unit: Sighting, near: tuple[float, float] | None) -> float | None:
    if near is None or unit.lon is None or unit.lat is None:
        return None
    return round(float(distance_m(*near, unit.lon, unit.lat)), 1)
