"""The query of a search for records or units, from the address: a misspelt filter is refused, not ignored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field

from app.errors import FieldError, Invalid
from geo.clock import DAY, Instant, parse_instant
from geo.errors import BadTime
from geo.model import Grade, Principal, RecordKind, Status, UnitStatus
from geo.normalise import code_of
from geo.store.decisions import DecisionQuery
from geo.store.query_rows import Order, Query, Reader

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

FURTHEST_M = 500_000.0
NEAR_UNITS_M, FURTHEST_UNITS_M = 5_000.0, 100_000.0


class Filters(BaseModel):
    """All optional; several values of a list are given by repeating it, or with commas."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    bbox: str | None = Field(None, description="west,south,east,north in degrees", examples=["-0.2,51.4,0.0,51.6"])
    near: str | None = Field(None, description="lon,lat in degrees", examples=["-0.1276,51.5074"])
    radius_m: float | None = Field(None, gt=0, le=FURTHEST_M, allow_inf_nan=False, description="with near")
    from_: str | None = Field(None, alias="from", description="RFC 3339: whatever had not ended by then")
    to: str | None = Field(None, description="RFC 3339: whatever had begun before then")
    category: list[str] = Field([], max_length=50)
    grade: list[str] = Field([], max_length=50, description="emergency, priority, standard, routine")
    status: list[str] = Field([], max_length=50, description="open, attended, closed, cancelled")
    beat: list[str] = Field([], max_length=50)
    order: Order | None = Field(None, description="newest or nearest; default nearest where near is given")
    limit: int = Field(100, ge=1, le=1_000)
    cursor: str | None = Field(None, max_length=1_000, description="from the link `next` of the page before")


def query_of(filters: Filters, kind: RecordKind, reader: Principal) -> Query:
    """The store's query of these filters, narrowed to what the reader may see at best. Raises Invalid."""
    near = _floats("near", filters.near, 2)
    _within("near", near, (-180, -90), (180, 90))
    bbox = _floats("bbox", filters.bbox, 4)
    _within("bbox", bbox, (-180, -90, -180, -90), (180, 90, 180, 90))
    if bbox and (bbox[0] > bbox[2] or bbox[1] > bbox[3]):
        raise _invalid("bbox", "end_before_start", "is west,south,east,north with west <= east and south <= north")
    if filters.radius_m is not None and near is None:
        raise _invalid("radius_m", "contradiction", "goes with near=lon,lat")
    order = filters.order or (Order.NEAREST if near else Order.NEWEST)
    if order is Order.NEAREST and near is None:
        raise _invalid("order", "contradiction", "nearest goes with near=lon,lat")
    since, until = instant_of("from", filters.from_), instant_of("to", filters.to)
    if since is not None and until is not None and until < since:
        raise _invalid("to", "end_before_start", "is before from")
    return Query(
        kind=kind,
        reader=Reader(reader.force, reader.clearance, reader.operations),
        bbox=(bbox[0], bbox[1], bbox[2], bbox[3]) if bbox else None,
        near=(near[0], near[1]) if near else None,
        radius_m=filters.radius_m,
        time_from=since,
        time_to=until,
        categories=tuple(code_of(text) for text in _texts("category", filters.category)),
        grades=_choices("grade", filters.grade, Grade),
        statuses=_choices("status", filters.status, Status),
        beats=tuple(_texts("beat", filters.beat)),
        order=order,
        limit=filters.limit,
        cursor=filters.cursor,
    )


class DecisionFilters(BaseModel):
    """Of which officer, about which record, decided when. One of the two at least."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    officer: str | None = Field(None, min_length=1, max_length=128, description="An officer's own token: himself")
    record: str | None = Field(None, min_length=1, max_length=200)
    from_: str | None = Field(None, alias="from", description="RFC 3339; default for an officer: 24 hours before `to`")
    to: str | None = Field(None, description="RFC 3339; default now: why not is answered as of then")
    limit: int = Field(100, ge=1, le=1_000)
    cursor: str | None = Field(None, max_length=1_000, description="from the page before")


def decision_query_of(filters: DecisionFilters, now: Instant) -> DecisionQuery:
    """The store's query of these filters. Raises Invalid."""
    if filters.officer is None and filters.record is None:
        raise _invalid("officer", "missing", "name an officer, a record, or both")
    for field, text in (("officer", filters.officer), ("record", filters.record)):
        _texts(field, [text or ""])
    until = instant_of("to", filters.to)
    since = instant_of("from", filters.from_)
    if since is not None and until is not None and until < since:
        raise _invalid("to", "end_before_start", "is before from")
    if since is None and filters.record is None:
        since = (now if until is None else until) - DAY
    return DecisionQuery(
        officer=filters.officer,
        record=filters.record,
        since=since,
        until=until,
        limit=filters.limit,
        cursor=filters.cursor,
    )


class UnitFilters(BaseModel):
    """All optional; several values of a list are given by repeating it, or with commas."""

    model_config = ConfigDict(extra="forbid")

    near: str | None = Field(None, description="lon,lat in degrees: nearest first", examples=["-0.1276,51.5074"])
    radius_m: float | None = Field(
        None, gt=0, le=FURTHEST_UNITS_M, allow_inf_nan=False, description=f"with near; default {NEAR_UNITS_M:.0f}"
    )
    status: list[str] = Field([], max_length=50, description=", ".join(UnitStatus))


@dataclass(frozen=True, slots=True)
class UnitQuery:
    """``near`` is (lon, lat); no ``statuses``: all."""

    near: tuple[float, float] | None
    radius_m: float
    statuses: tuple[UnitStatus, ...]


def unit_query_of(filters: UnitFilters) -> UnitQuery:
    """Raises Invalid."""
    near = _floats("near", filters.near, 2)
    _within("near", near, (-180, -90), (180, 90))
    if filters.radius_m is not None and near is None:
        raise _invalid("radius_m", "contradiction", "goes with near=lon,lat")
    statuses = _choices("status", filters.status, UnitStatus)
    return UnitQuery((near[0], near[1]) if near else None, filters.radius_m or NEAR_UNITS_M, statuses)


def _invalid(field: str, reason: str, message: str) -> Invalid:
    return Invalid([FieldError(field, reason, message)])


def _floats(field: str, text: str | None, count: int) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count:
        raise _invalid(field, "wrong_type", f"is {count} numbers with commas between")
    return numbers


def _within(field: str, numbers: Sequence[float] | None, low: Sequence[float], high: Sequence[float]) -> None:
    """Refuses what is outside the degrees of the Earth, not-a-number among it."""
    if numbers and not all(a <= n <= b for n, a, b in zip(numbers, low, high, strict=True)):
        raise _invalid(field, "out_of_range", "is outside longitude -180..180, latitude -90..90")


def instant_of(field: str, text: str | None) -> Instant | None:
    """A ``+`` of an offset that came unescaped, as a blank, is understood."""
    return None if text is None else _parsed(field, text.replace(" ", "+"), parse_instant)


def plain_text(field: str, text: str | None) -> str | None:
    """A text from the address, or None. Raises Invalid for what no text here holds."""
    if text is not None:
        _texts(field, [text])
    return text


def _parsed(field: str, text: str, parse: Callable[[str], T]) -> T:
    try:
        return parse(text)
    except BadTime as error:
        raise _invalid(field, "bad_time", str(error)) from error


def _texts(field: str, values: Sequence[str]) -> list[str]:
    texts = [part.strip() for value in values for part in value.split(",") if part.strip()]
    if any("\0" in text or any("\ud800" <= c <= "\udfff" for c in text) for text in texts):
        raise _invalid(field, "nul_in_text", "holds a character that no text here has")
    return texts


def _choices(field: str, values: Sequence[str], among: type[E]) -> tuple[E, ...]:
    try:
        return tuple(among(text.lower()) for text in _texts(field, values))
    except ValueError as error:
        raise _invalid(field, "not_one_of", f"is one of: {', '.join(among)}") from error
