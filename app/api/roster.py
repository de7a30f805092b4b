"""/v1/{officers,units,beats,shifts}/{id}: the force's roster, entry by entry."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from app.api.bodies import BeatBody, OfficerBody, ShiftBody, UnitBody
from app.api.description import answers, takes
from app.api.entries import beat_of, officer_of, shift_of, unit_of
from app.api.features import Accepted, json_response, text_at
from app.api.guard import Guarded, roles
from app.errors import NotAllowed
from app.identity import Role
from app.runtime import Runtime, runtime_of
from geo.errors import NotFound
from geo.model import Beat, Officer, Principal, Shift, Unit
from geo.place import geojson_of
from geo.store.rows import Outcome, Put

router = APIRouter(route_class=Guarded, default_response_class=Response, tags=["roster"])

Writer = Annotated[Principal, roles(Role.DISPATCHER, Role.ADMIN)]
Reader = Annotated[Principal, roles(Role.DISPATCHER, Role.ADMIN)]
Id = Annotated[str, Path(pattern=r"^[^\s\x00-\x1f\x7f]{1,128}$")]


_PUT = answers(Accepted, 413, 415, success=(200, 201))
Owned: TypeAlias = Officer | Unit | Beat
Owning = TypeVar("Owning", Officer, Unit, Beat)


async def _put(
    request: Request, principal: Principal, known: Sequence[Owned], put: Callable[[], Awaitable[list[Put]]]
) -> Response:
    """Writes an entry, unless its id is another force's already."""
    if any(entry.force != principal.force for entry in known):
        raise NotAllowed("this id belongs to another force")
    return _answer(runtime_of(request), await put())


def _answer(runtime: Runtime, puts: list[Put]) -> Response:
    done = puts[0]
    if done.outcome is not Outcome.UNCHANGED:
        runtime.written()
    return json_response({"id": done.id, "version": done.version}, 201 if done.outcome is Outcome.NEW else 200)


def _got(
    noun: str, id: str, principal: Principal, known: Sequence[Owning], view: Callable[[Owning], dict[str, Any]]
) -> Response:
    for entry in known:
        if entry.force == principal.force:
            return json_response(view(entry))
    raise NotFound(f"no {noun} {id[:60]!r}")


class OfficerView(OfficerBody):
    """An officer of the roster."""

    id: str
    force: str


class UnitView(UnitBody):
    """A unit of the roster."""

    id: str
    force: str


class BeatView(BeatBody):
    """A beat of the roster."""

    id: str
    force: str


class ShiftView(ShiftBody):
    """A shift of the roster."""

    id: str


# --------------------------------------------------------------------------- officers
@router.put("/v1/officers/{id}", responses=_PUT, openapi_extra=takes(OfficerBody))
async def put_officer(request: Request, principal: Writer, id: Id) -> Response:
    """Adds or replaces an officer of the caller's force."""
    officer = officer_of(id, await request.json(), principal.force)
    store = runtime_of(request).store
    return await _put(request, principal, await store.officers([id]), lambda: store.put_officers([officer]))


@router.get("/v1/officers/{id}", responses=answers(OfficerView, 404))
async def get_officer(request: Request, principal: Reader, id: Id) -> Response:
    """An officer of the caller's force."""
    return _got("officer", id, principal, await runtime_of(request).store.officers([id]), _officer_view)


def _officer_view(officer: Officer) -> dict[str, Any]:
    return {
        "id": officer.id,
        "force": officer.force,
        "role": officer.role,
        "skills": list(officer.skills),
        "clearance": officer.clearance.text,
        "operations": list(officer.operations),
        "name": officer.name,
    }


# --------------------------------------------------------------------------- units
@router.put("/v1/units/{id}", responses=_PUT, openapi_extra=takes(UnitBody))
async def put_unit(request: Request, principal: Writer, id: Id) -> Response:
    """Adds or replaces a unit of the caller's force."""
    unit = unit_of(id, await request.json(), principal.force)
    store = runtime_of(request).store
    return await _put(request, principal, await store.units([id]), lambda: store.put_units([unit]))


@router.get("/v1/units/{id}", responses=answers(UnitView, 404))
async def get_unit(request: Request, principal: Reader, id: Id) -> Response:
    """A unit of the caller's force."""
    return _got("unit", id, principal, await runtime_of(request).store.units([id]), _unit_view)


def _unit_view(unit: Unit) -> dict[str, Any]:
    return {
        "id": unit.id,
        "force": unit.force,
        "callsign": unit.callsign,
        "officers": list(unit.officers),
        "skills": list(unit.skills),
        "equipment": list(unit.equipment),
    }


# --------------------------------------------------------------------------- beats
@router.put("/v1/beats/{id}", responses=_PUT, openapi_extra=takes(BeatBody))
async def put_beat(request: Request, principal: Writer, id: Id) -> Response:
    """Adds or replaces a beat of the caller's force. Its area is a polygon, mended where it crosses itself."""
    beat = beat_of(id, await request.json(), principal.force)
    store = runtime_of(request).store
    return await _put(request, principal, await store.beats([id]), lambda: store.put_beats([beat]))


@router.get("/v1/beats/{id}", responses=answers(BeatView, 404))
async def get_beat(request: Request, principal: Reader, id: Id) -> Response:
    """A beat of the caller's force."""
    return _got("beat", id, principal, await runtime_of(request).store.beats([id]), _beat_view)


def _beat_view(beat: Beat) -> dict[str, Any]:
    return {
        "id": beat.id,
        "force": beat.force,
        "name": beat.name,
        "district": beat.district,
        "area": geojson_of(beat.area),
    }


# --------------------------------------------------------------------------- shifts
@router.put("/v1/shifts/{id}", responses=_PUT, openapi_extra=takes(ShiftBody))
async def put_shift(request: Request, principal: Writer, id: Id) -> Response:
    """Adds or replaces a shift of an officer of the caller's force."""
    shift = shift_of(id, await request.json(), principal.force)
    runtime = runtime_of(request)
    known = await runtime.store.shifts([id])
    for officer in {shift.officer, *(before.officer for before in known)}:
        await _check_own_officer(runtime, principal, officer)
    return _answer(runtime, await runtime.store.put_shifts([shift]))


@router.get("/v1/shifts/{id}", responses=answers(ShiftView, 404))
async def get_shift(request: Request, principal: Reader, id: Id) -> Response:
    """A shift of an officer of the caller's force."""
    runtime = runtime_of(request)
    for shift in await runtime.store.shifts([id]):
        try:
            await _check_own_officer(runtime, principal, shift.officer)
        except NotAllowed:
            break
        return json_response(_shift_view(shift))
    raise NotFound(f"no shift {id!r}")


def _shift_view(shift: Shift) -> dict[str, Any]:
    return {
        "id": shift.id,
        "officer": shift.officer,
        "start": text_at(shift.start),
        "end": text_at(shift.end),
        "unit": shift.unit,
        "beat": shift.beat,
    }


async def _check_own_officer(runtime: Runtime, principal: Principal, officer: str) -> None:
    """A shift belongs to the force of its officer; one whom the roster does not know belongs to nobody yet."""
    if any(known.force != principal.force for known in await runtime.store.officers([officer])):
        raise NotAllowed("the officer belongs to another force")
