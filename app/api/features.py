"""What routes answer with: records as GeoJSON features, emergencies, deliveries; and their shapes for OpenAPI."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.problems import Problem
from geo.body import body_of
from geo.clock import Instant, format_instant
from geo.marking import marking_object, marking_text
from geo.model import Emergency, IntelReport, Stored
from geo.place import geojson_of
from geo.store.rows import Delivery
from streams.console.states import DeliveryState

GEOJSON = "application/geo+json"


class Accepted(BaseModel):
    """A record that is durable: the version it has now."""

    id: str
    version: int


class ItemResult(BaseModel):
    """What became of one record of a batch."""

    status: int
    outcome: Literal["new", "changed", "unchanged", "rejected"]
    id: str | None = None
    version: int | None = None
    problem: Problem | None = None


class BatchResult(BaseModel):
    """What became of each record, in the order given; ``read`` is the sum of the other three."""

    read: int
    accepted: int
    unchanged: int
    rejected: int
    results: list[ItemResult]


class Feature(BaseModel):
    """One record. ``properties`` holds the fields of the body that makes it, completed, with its version and force."""

    type: Literal["Feature"]
    id: str
    version: int
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class Link(BaseModel):
    """A related page."""

    rel: str
    href: str
    type: str = GEOJSON


class FeatureCollection(BaseModel):
    """A page of records; the link ``next`` leads on, where there is more."""

    type: Literal["FeatureCollection"]
    features: list[Feature]
    links: list[Link] = []
    cursor: str | None = Field(None, description="What the link `next` carries; null on the last page.")


class DeliveryView(BaseModel):
    """What is known of one officer and one record.

    ``queued``: owed. ``pushed``: handed to a socket of his, which is not delivered. ``stored``: on a device, as the
    device says. ``unconfirmed``: a P1 owed for more than 10 s, and on no device. ``none``: decided not to tell.
    """

    officer: str
    rev: int
    verdict: str
    priority: int
    state: DeliveryState
    owed_at: str
    stored_at: str | None
    seen_at: str | None
    answer: str | None
    answer_text: str
    answered_at: str | None
    reason: str | None = Field(description="Of a cancel or purge: closed, expired, out_of_reach, not_entitled, ...")
    unconfirmed_at: str | None = Field(description="When it was found on no device after 10 s; it may be by now.")


class Deliveries(BaseModel):
    """Everybody who was told of a record."""

    deliveries: list[DeliveryView]
    counts: dict[DeliveryState, int] = Field(description="How many officers are in each state that anybody is in.")


class EmergencyView(BaseModel):
    """An officer's call for help."""

    id: str
    version: int
    officer: str
    callsign: str
    status: str
    title: str
    text: str
    place: dict[str, Any] | None
    reported_at: str
    taken_over_by: str | None
    taken_over_at: str | None
    closed_by: str | None
    recorded: bool = Field(description="False: sent while the store was away, and not in it yet.")


class Emergencies(BaseModel):
    """Calls for help that are not closed, unless closed ones were asked for."""

    emergencies: list[EmergencyView]
    partial: bool = Field(description="True: the store is away, and this is what this process knows.")


def text_at(at: Instant | None) -> str | None:
    """An instant as the wire has it, None as null."""
    return None if at is None else format_instant(at)


def json_response(
    document: object, status: int = 200, media_type: str = "application/json", **headers: str
) -> Response:
    """A document as it is, without a second pass through a model: pages are long and asked for often."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(msgspec.json.encode(document), status, headers=named, media_type=media_type)


def feature_of(stored: Stored) -> dict[str, object]:
    """A record as a GeoJSON feature, id and version on the outside too."""
    record = stored.record
    properties: dict[str, object] = {
        "kind": record.kind.value,
        "version": stored.version,
        "force": record.force,
        "text": "",
        "place_text": "",
        "beat": None,
        "assigned": [],
        "hazards": [],
        "sensitive": False,
        **{name: value for name, value in body_of(record).items() if name != "place"},
        "marking": marking_object(record.marking),
        "marking_text": marking_text(record.marking),
        "occurred_from": text_at(record.occurred.start),
        "occurred_to": text_at(record.occurred.end),
        "reported_at": text_at(record.reported_at),
        "valid_from": text_at(record.valid.start),
        "valid_to": text_at(record.valid.end),
        "updated_at": text_at(stored.written_at),
    }
    if isinstance(record, IntelReport):
        properties["grading"] = str(record.grading)
        properties["grading_conditions"] = list(record.grading.conditions)
    geometry = None if record.place is None else geojson_of(record.place)
    return {
        "type": "Feature",
        "id": record.id,
        "version": stored.version,
        "geometry": geometry,
        "properties": properties,
    }


def delivery_of(delivery: Delivery, state: DeliveryState) -> dict[str, object]:
    """One row of who was told: "queued" or "pushed" until a device has stored it, never "delivered" before."""
    return {
        "officer": delivery.officer,
        "rev": delivery.rev,
        "verdict": delivery.verdict.text,
        "priority": delivery.priority,
        "state": state.value,
        "owed_at": text_at(delivery.owed_at),
        "stored_at": text_at(delivery.stored_at),
        "seen_at": text_at(delivery.seen_at),
        "answer": None if delivery.answer is None else delivery.answer.value,
        "answer_text": delivery.answer_text,
        "answered_at": text_at(delivery.answered_at),
        "reason": delivery.reason or None,
        "unconfirmed_at": text_at(delivery.unconfirmed_at),
    }


def emergency_of(stored: Stored) -> dict[str, object]:
    """An emergency as the control room sees it."""
    record = stored.record
    assert isinstance(record, Emergency)
    return {
        "id": record.id,
        "version": stored.version,
        "officer": record.officer,
        "callsign": record.callsign,
        "status": record.status.value,
        "title": record.title,
        "text": record.text,
        "place": None if record.place is None else geojson_of(record.place),
        "reported_at": text_at(record.reported_at),
        "taken_over_by": record.taken_over_by,
        "taken_over_at": text_at(record.taken_over_at),
        "closed_by": record.closed_by,
        "recorded": stored.version > 0,
    }
