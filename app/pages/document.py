"""A patrol briefing as its JSON document: what the API, the socket and the bundle carry, field by field

Instants are RFC 3339 in UTC; places are GeoJSON, longitude first. Names stay; new ones may be added.

    id, request, officer, callsign, force, from, to, since, compiled_at, zone, policy, marking, notes[]
    beat            {id, name, area}: ``area`` is an outline to draw (to 10 m), not the boundary to decide by
    counts          {items, safety, to_acknowledge, more}
    sections[]      {section, heading, note, more, items[]}, always all, in the order of a sergeant's briefing
      items[]       number (through the whole document: a correction names it), line, detail, where, place, when, age,
                    at, grading (or null), why[], alert_id (or null: an alert, cancel or purge with this ``alert_id``
                    is about this item), version, kind, category, grade, status, hazards[], marking, source, also[],
                    must_ack, acknowledged, body (Markdown subset), score
    problem_places[] {place, radius_m, category, where, hours ([from, to] of the local day, or null where the data are
                    not that fine), weekdays (0 is Monday, or null), expected, low, high (80 %), seen, weeks, method}
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from shapely.geometry.base import BaseGeometry

from geo.clock import format_instant
from geo.marking import marking_text
from geo.place import geojson_of
from streams.patrol.document import Hotspot, Item, Part, PatrolBriefing, Section

OUTLINE_DEG = 0.0001
"""About 10 m: a ward of 4,000 points is drawn just as well with 200."""


def document(briefing: PatrolBriefing) -> dict[str, Any]:
    """The whole briefing, of plain values that JSON can hold."""
    return {
        "id": briefing.id,
        "request": briefing.request,
        "officer": briefing.officer,
        "callsign": briefing.callsign,
        "force": briefing.force,
        "beat": {"id": briefing.beat, "name": briefing.beat_name, "area": _outline(briefing.beat_area)},
        "from": format_instant(briefing.start),
        "to": format_instant(briefing.until),
        "since": format_instant(briefing.since),
        "compiled_at": format_instant(briefing.compiled_at),
        "zone": briefing.zone,
        "policy": briefing.policy,
        "marking": marking_text(briefing.marking),
        "notes": list(briefing.notes),
        "counts": {
            "items": len(briefing.items),
            "safety": sum(item.section is Section.SAFETY for item in briefing.items),
            "to_acknowledge": sum(item.must_ack and not item.acknowledged for item in briefing.items),
            "more": sum(part.more for part in briefing.parts),
        },
        "sections": [_section(part) for part in briefing.parts],
        "problem_places": [_problem_place(hotspot) for hotspot in briefing.hotspots],
    }


def digest(told: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the document's canonical JSON: names sorted, no blanks, UTF-8. What was given is what has
    this digest."""
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _section(part: Part) -> dict[str, Any]:
    return {
        "section": part.section.value,
        "heading": part.heading,
        "note": part.note,
        "more": part.more,
        "items": [_item(item) for item in part.items],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "number": item.number,
        "line": item.line,
        "detail": item.detail,
        "where": item.where,
        "place": None if item.place is None else geojson_of(item.place),
        "when": item.when,
        "age": item.age,
        "at": None if item.at is None else format_instant(item.at),
        "grading": item.grading or None,
        "why": list(item.why),
        "alert_id": item.record,
        "version": item.version,
        "kind": item.kind,
        "category": item.category,
        "grade": item.grade,
        "status": item.status,
        "hazards": list(item.hazards),
        "marking": marking_text(item.marking),
        "source": item.source,
        "also": list(item.also),
        "must_ack": item.must_ack,
        "acknowledged": item.acknowledged,
        "body": item.body,
        "score": round(item.score, 3),
    }


def _problem_place(hotspot: Hotspot) -> dict[str, Any]:
    return {
        "place": {"type": "Point", "coordinates": [round(hotspot.lon, 6), round(hotspot.lat, 6)]},
        "radius_m": round(hotspot.radius_m),
        "category": hotspot.category,
        "where": hotspot.where,
        "hours": None if hotspot.hours is None else list(hotspot.hours),
        "weekdays": None if hotspot.weekdays is None else list(hotspot.weekdays),
        "expected": round(hotspot.expected, 3),
        "low": round(hotspot.low, 3),
        "high": round(hotspot.high, 3),
        "seen": hotspot.seen,
        "weeks": round(hotspot.weeks, 1),
        "method": hotspot.method,
    }


def _outline(area: BaseGeometry | None) -> dict[str, object] | None:
    if area is None or area.is_empty:
        return None
    return geojson_of(area.simplify(OUTLINE_DEG))
