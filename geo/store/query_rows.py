"""What a place-and-time query asks and what it answers with: a page of stored records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shapely.geometry.base import BaseGeometry

from geo.clock import Instant
from geo.marking import Clearance
from geo.model import Grade, RecordKind, Status, Stored


class Order(StrEnum):
    """How a page is ordered."""

    NEWEST = "newest"
    NEAREST = "nearest"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, as far as the store may narrow by it. The door itself is geo.access; this only keeps pages full."""

    force: str
    clearance: Clearance
    operations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A place-and-time query; None or empty means "any".

    ``bbox`` is (west, south, east, north) degrees; ``near`` (lon, lat) with ``radius_m`` metres on the spheroid;
    ``area`` any polygon; ``time_from``/``time_to`` overlap of the occurred interval (half-open). Order NEAREST needs
    ``near``. ``cursor`` is the previous page's.
    """

    kind: RecordKind = RecordKind.INCIDENT
    reader: Reader | None = None
    bbox: tuple[float, float, float, float] | None = None
    near: tuple[float, float] | None = None
    radius_m: float | None = None
    area: BaseGeometry | None = None
    time_from: Instant | None = None
    time_to: Instant | None = None
    categories: tuple[str, ...] = ()
    grades: tuple[Grade, ...] = ()
    statuses: tuple[Status, ...] = ()
    beats: tuple[str, ...] = ()
    order: Order = Order.NEWEST
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``cursor`` is None on the last page."""

    items: tuple[Stored, ...]
    cursor: str | None
