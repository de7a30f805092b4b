"""Sequenced messages as bytes: what all receivers share is made once per version, the own part once per officer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import shapely
from shapely.geometry.base import BaseGeometry

from geo.clock import Instant, format_instant
from geo.marking import marking_text
from geo.model import Briefing, IntelReport, Record, Stored
from geo.store.rows import Act
from streams.conversation.protocol import MAX_FRAME_BYTES

MAX_TEXT = 8_000
"""Characters of a record's text that are pushed; the whole of it is at the HTTP API."""
MAX_PLACE_BYTES = 16_000
_TOLERANCES = (0.0001, 0.001, 0.01)
"""Degrees: about 10 m, 100 m, 1 km. A larger outline is drawn more roughly until it fits."""

_encode = msgspec.json.Encoder().encode
_HEADS: Final = {
    Act.ALERT: (b'{"type":"alert","seq":%d,"prev_seq":%d,', b'{"type":"alert","seq":%d,"prev_seq":null,'),
    Act.CANCEL: (b'{"type":"cancel","seq":%d,"prev_seq":%d,', b'{"type":"cancel","seq":%d,"prev_seq":null,'),
    Act.PURGE: (b'{"type":"purge","seq":%d,"prev_seq":%d,', b'{"type":"purge","seq":%d,"prev_seq":null,'),
}


def frame(act: Act, seq: int, prev_seq: int | None, tail: bytes) -> bytes:
    """One sequenced message. ``tail`` is its JSON after ``prev_seq``."""
    chained, first = _HEADS[act]
    return (first % seq if prev_seq is None else chained % (seq, prev_seq)) + tail


def alert_tail(own: bytes, shared: bytes) -> bytes:
    """What follows ``prev_seq`` in an alert."""
    return own + shared


def cancel_tail(alert_id: str, rev: int, reason: str) -> bytes:
    """What follows ``prev_seq`` in a cancel."""
    return b'"alert_id":%b,"rev":%d,"reason":%b}' % (_encode(alert_id), rev, _encode(reason))


def purge_tail(alert_id: str, reason: str) -> bytes:
    """What follows ``prev_seq`` in a purge."""
    return b'"alert_id":%b,"reason":%b}' % (_encode(alert_id), _encode(reason))


def own_part(
    rev: int, priority: int, style: str, distance_m: float, bearing_deg: float, score: float, why: bytes
) -> bytes:
    """The officer's part of an alert. NaN distance or bearing: not known. ``why`` is a JSON list."""
    return b'"rev":%d,"priority":%d,"style":"%b","distance_m":%b,"bearing_deg":%b,"score":%.3f,"why":%b,' % (
        rev,
        priority,
        style.encode(),
        b"%d" % round(distance_m) if distance_m == distance_m else b"null",
        b"%d" % (round(bearing_deg) % 360) if bearing_deg == bearing_deg else b"null",
        score,
        why,
    )


def why_list(reasons: Sequence[object]) -> bytes:
    """Reasons with ``term``, ``weight`` and ``text`` -> a JSON list."""
    return _encode(reasons)


def shared_part(stored: Stored, expires_at: Instant | None, also: str = "", answered: bool = False) -> bytes:
    """The part of an alert that is the same for everybody who gets this version, up to the closing brace. ``also``: a
    second source that reports the same thing. ``answered``: for who has acknowledged it already."""
    record = stored.record
    fields: dict[str, object] = {
        "alert_id": record.id,
        "kind": record.kind.value,
        "category": record.category,
        "title": record.title,
        "text": record.text if len(record.text) <= MAX_TEXT else record.text[: MAX_TEXT - 1] + "…",
        "place": place_json(record.place),
        "place_text": record.place_text,
        "issued_at": format_instant(stored.written_at),
        "occurred_at": _moment(record.occurred.start),
        "expires_at": _moment(expires_at),
        "hazards": [hazard.value for hazard in record.hazards],
        "marking": marking_text(record.marking),
        "grading": str(record.grading) if isinstance(record, IntelReport) else None,
        "must_ack": isinstance(record, Briefing) and record.must_ack and not answered,
        "source": {"system": f"{record.source} + {also}" if also else record.source, "reference": _reference(record)},
    }
    return _encode(fields)[1:]


def _reference(record: Record) -> str:
    if isinstance(record, IntelReport) and record.source_reference:
        return record.source_reference
    return record.source_id


def _moment(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)


def place_json(place: BaseGeometry | None) -> msgspec.Raw | None:
    """GeoJSON, drawn more roughly where it would not fit into a frame; at the last its bounding box."""
    if place is None or place.is_empty:
        return None
    text = shapely.to_geojson(place)
    for tolerance in _TOLERANCES:
        if len(text) <= MAX_PLACE_BYTES:
            break
        text = shapely.to_geojson(place.simplify(tolerance))
    if len(text) > MAX_PLACE_BYTES:
        text = shapely.to_geojson(place.envelope)
    return msgspec.Raw(text.encode())


def reset_frames(epoch: str, as_of_seq: int, alerts: Sequence[bytes]) -> list[bytes]:
    """``reset`` in as many frames as its alerts need, each within the limit; ``more`` is false in the last."""
    head = b'{"type":"reset","epoch":%b,"as_of_seq":%d,"alerts":[' % (_encode(epoch), as_of_seq)
    room = MAX_FRAME_BYTES - len(head) - 32
    pages: list[list[bytes]] = [[]]
    size = 0
    for alert in alerts:
        if pages[-1] and size + len(alert) + 1 > room:
            pages.append([])
            size = 0
        pages[-1].append(alert)
        size += len(alert) + 1
    last = len(pages) - 1
    return [
        head + b",".join(page) + (b'],"more":false}' if number == last else b'],"more":true}')
        for number, page in enumerate(pages)
    ]


def reset_alert(tail: bytes) -> bytes:
    """One alert inside a reset: without seq and prev_seq."""
    return b'{"type":"alert",' + tail
