"""Problem places as officers are told of them: what was promised for a shift, and what then came, by time of day"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from geo.clock import HOUR, SECOND, Instant
from geo.hotspots import PLACE_M, Events, Place, places
from geo.model import Beat
from geo.pairs import Bool
from geo.place import distance_m, moved_by

SHIFT = 8 * HOUR
EACH = 5
"""Places of a beat that are told of: a screenful."""
EVERY = 5
"""Every fifth shift is looked at: no multiple of the 21 of a week, so that all days and times come by."""


@dataclass(frozen=True, slots=True)
class Promised:
    """Of the shifts that began in ``hour`` of the local day: how many places were told of, what was expected there in
    all, what came, and how many of their 80 % intervals held it. ``even``: what would have been expected were every
    hour of the week alike."""

    hour: int
    places: int
    expected: float
    even: float
    came: int
    held: int


def promised(
    events: Events, beats: Sequence[Beat], span: tuple[Instant, Instant], zone: str = "UTC", every: int = EVERY
) -> tuple[Promised, ...]:
    """Shift by shift through a span that was held back: each is told of from what lay before it and nothing later."""
    begin = -(-span[0] // HOUR) * HOUR
    begin += (-_local_hour(begin, zone)) % 24 * HOUR
    told: dict[int, list[tuple[Place, int, float]]] = {}
    own = [events.rows(_about(events, beat)) for beat in beats]
    for start in range(begin, span[1] - SHIFT + 1, every * SHIFT):
        hour = _local_hour(start, zone)
        for beat, some in zip(beats, own, strict=True):
            told.setdefault(hour, []).extend(_told(some, beat, start, zone))
    return tuple(_counted(hour, rows) for hour, rows in sorted(told.items()))


def _told(events: Events, beat: Beat, start: Instant, zone: str) -> list[tuple[Place, int, float]]:
    """(place, what came to it, what an even week would have promised)."""
    known = events.rows(events.end <= start)
    if not len(known):
        return []
    since, until = int(known.start.min()), start + SHIFT
    now = events.rows((events.start >= start) & (events.start < until))
    found = places(known, beat.area, since, start, (start, until), zone, limit=EACH)
    week = places(known, beat.area, since, start, (start, start + 168 * HOUR), zone, limit=EACH)
    by_place = {(one.lon, one.lat): one.expected * SHIFT / (168 * HOUR) for one in week}
    rows = []
    for one in found:
        came = int((distance_m(one.lon, one.lat, now.lon, now.lat) <= one.radius_m).sum())
        rows.append((one, came, by_place.get((one.lon, one.lat), one.expected)))
    return rows


def _about(events: Events, beat: Beat) -> Bool:
    """What is in the beat's box, or one place's width outside."""
    west, south, east, north = beat.area.bounds
    left, low = moved_by(west, south, -PLACE_M, -PLACE_M)
    right, high = moved_by(east, north, PLACE_M, PLACE_M)
    kept: Bool = (events.lon >= left) & (events.lon <= right) & (events.lat >= low) & (events.lat <= high)
    return kept


def _local_hour(at: Instant, zone: str) -> int:
    return datetime.fromtimestamp(at // SECOND, ZoneInfo(zone)).hour


def _counted(hour: int, rows: Sequence[tuple[Place, int, float]]) -> Promised:
    return Promised(
        hour=hour,
        places=len(rows),
        expected=sum(place.expected for place, _, _ in rows),
        even=sum(even for _, _, even in rows),
        came=sum(came for _, came, _ in rows),
        held=sum(place.low <= came <= place.high for place, came, _ in rows),
    )
