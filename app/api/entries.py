"""One entry of the roster: a decoded JSON body -> an officer, unit, beat or shift, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable

import shapely
from shapely.geometry.base import BaseGeometry

from app.api.bodies import BeatBody, OfficerBody, ShiftBody, UnitBody, read_as
from app.errors import FieldError, Invalid
from geo.clock import Instant, parse_instant
from geo.errors import BadMarking, BadPlace, BadTime
from geo.marking import Clearance
from geo.model import Beat, Officer, Shift, Unit
from geo.place import geometry_of, mend


def officer_of(id: str, body: object, force: str) -> Officer:
    """The officer of a decoded JSON body. Raises Invalid."""
    read = read_as(OfficerBody, _apart(body, id, force))
    try:
        clearance = Clearance.parse(read.clearance)
    except BadMarking as error:
        raise Invalid([FieldError("clearance", "not_one_of", str(error))]) from error
    return Officer(
        id=id,
        force=force,
        role=read.role,
        skills=_set(read.skills),
        clearance=clearance,
        operations=_set(read.operations),
        name=read.name,
    )


def unit_of(id: str, body: object, force: str) -> Unit:
    """The unit of a decoded JSON body. Raises Invalid."""
    read = read_as(UnitBody, _apart(body, id, force))
    return Unit(
        id=id,
        callsign=read.callsign,
        force=force,
        officers=_set(read.officers),
        skills=_set(read.skills),
        equipment=_set(read.equipment),
    )


def beat_of(id: str, body: object, force: str) -> Beat:
    """The beat of a decoded JSON body, its area mended where it crosses itself. Raises Invalid."""
    read = read_as(BeatBody, _apart(body, id, force))
    try:
        area, _ = mend(geometry_of(read.area))
    except BadPlace as error:
        raise Invalid([FieldError("area", error.reason, str(error))]) from error
    return Beat(id=id, name=read.name or id, force=force, area=_surface(area), district=read.district.strip())


def shift_of(id: str, body: object, force: str = "own") -> Shift:
    """The shift of a decoded JSON body. Raises Invalid."""
    read = read_as(ShiftBody, _apart(body, id, force))
    start, end = _instant("start", read.start), _instant("end", read.end)
    if end <= start:
        raise Invalid([FieldError("end", "end_before_start", "is not after start")])
    return Shift(id=id, officer=read.officer, start=start, end=end, unit=read.unit, beat=read.beat)


def _apart(body: object, id: str, force: str) -> object:
    """The body without the ``id`` and ``force`` that say what the address and the token say: as an entry is read, or
    stands in a roster file, so it can be put. Raises Invalid where they say something else."""
    if not isinstance(body, dict):
        return body
    for name, here in (("id", id), ("force", force)):
        if body.get(name, here) not in ("", here):
            raise Invalid([FieldError(name, "contradiction", f"is not the {name} of this request, {here[:60]!r}")])
    return {name: value for name, value in body.items() if name not in ("id", "force")}


def _set(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.strip() for text in texts if text.strip()))


def _instant(name: str, text: str) -> Instant:
    try:
        return parse_instant(text)
    except BadTime as error:
        zoneless = "no time zone" in str(error)
        raise Invalid([FieldError(name, "no_zone" if zoneless else "bad_time", str(error))]) from error


def _surface(area: BaseGeometry) -> BaseGeometry:
    """The polygons of an area: mending a crossing ring may leave lines beside them. Raises Invalid where none are."""
    if area.geom_type == "GeometryCollection":
        area = shapely.union_all([part for part in shapely.get_parts(area) if part.geom_type.endswith("Polygon")])
    if area.geom_type not in ("Polygon", "MultiPolygon") or area.is_empty:
        raise Invalid([FieldError("area", "bad_place", f"is a polygon, not a {area.geom_type}")])
    return area
