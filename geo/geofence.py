"""Enter, exit, dwell, cross: what fixes mean for a watched area, jitter-proof, and the ways between two fixes.

A state machine in columns, without memory of its own: what is known goes in, what is known now and what has happened
comes out. Beyond doubt means:

* **enter**: the fix is inside by more than its accuracy, or a later fix says inside again;
* **exit**: all fixes of most of a minute are outside by more than the margin and their accuracy: one echo off a house
  front is no exit, and a car parked at the edge enters once and does not leave;
* **dwell**: inside for as long as the watch asks, once for each stay;
* **cross**: the way between two trusted fixes led through, by more than the accuracy, and neither of them was inside.

State and not transition is what is compared, so that an event that a lost fix hid is noticed with the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

import numpy as np
import shapely

from geo.pairs import Bool, Float32, Float64, Int64, UInt8
from geo.place import LocalShape, offsets_m, wrapped

Ways: TypeAlias = tuple[Float64, Float64, Float64, Float64]
"""Straight ways in columns: longitude and latitude of where they begin, and of where they end."""
PERSISTS = 45_000_000
"""So long fixes have to say that he is out: three of them at one in 20 to 30 s."""
STANDS = 60_000_000
"""What was said of an area or record that he has left or passed stands for a minute: time to read it."""


class Fence(IntEnum):
    """Where an officer is to a watched area, beyond doubt. Kept in the store: append, never renumber."""

    OUTSIDE = 0
    INSIDE = 1
    DWELT = 2
    """Inside, and for so long that it was said."""
    GONE = 3
    """Outside, and what was said of it stands for a moment yet: he has left it, or went through it."""


class Event(IntEnum):
    """What has happened; the fact ``event`` of a kept verdict. Append, never renumber."""

    NONE = 0
    ENTER = 1
    EXIT = 2
    DWELL = 3
    CROSS = 4
    PASSED = 5
    """Of a record that is no geofence: between two fixes he went through its reach and out again."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of n pairs: the state, since when, and the instant of the fix that first said otherwise (0: none
    did)."""

    state: UInt8
    since: Int64
    doubt_at: Int64


@dataclass(frozen=True, slots=True)
class Seen:
    """What the newest fix says of n pairs: metres to the area (0 inside), metres from its edge where inside, the fix's
    accuracy and instant, whether it says where he is now, and whether the way to it led through."""

    distance_m: Float32
    depth_m: Float64
    accuracy_m: Float32
    fix_at: Int64
    fresh: Bool
    crossed: Bool


def moved_on(known: Known, seen: Seen, dwell: Int64, margin_m: float, now: int) -> tuple[Known, UInt8]:
    """(what is known now, the event of each). ``dwell`` is in microseconds, below 0 where nobody asks for it."""
    out = (known.state == Fence.OUTSIDE) | (known.state == Fence.GONE)
    with np.errstate(invalid="ignore"):
        inside = seen.fresh & (seen.distance_m <= 0)
        away = seen.fresh & (seen.distance_m > np.maximum(margin_m, seen.accuracy_m))
    again = (known.doubt_at != 0) & (seen.fix_at > known.doubt_at)
    enter = out & inside & ((seen.depth_m >= seen.accuracy_m) | again)
    leave = ~out & away & again & (seen.fix_at - known.doubt_at >= PERSISTS)
    stays = ~out & ~leave & ~away & seen.fresh & (dwell >= 0) & (known.state == Fence.INSIDE)
    dwelt = stays & (now - known.since >= dwell)
    just = (known.state == Fence.GONE) & (known.since >= seen.fix_at)
    cross = out & ~inside & seen.crossed & ~just
    over = (known.state == Fence.GONE) & (now - known.since >= STANDS)
    event = np.zeros(len(known.state), np.uint8)
    state, since = known.state.copy(), known.since.copy()
    state[over] = Fence.OUTSIDE
    changes = ((enter, Event.ENTER, Fence.INSIDE), (leave, Event.EXIT, Fence.GONE))
    for happened, name, becomes in (*changes, (dwelt, Event.DWELL, Fence.DWELT), (cross, Event.CROSS, Fence.GONE)):
        event[happened], state[happened] = name, becomes
    since[event != Event.NONE] = now
    doubted = (event == Event.NONE) & ((out & inside) | (~out & away))
    since_doubt = np.where(known.doubt_at != 0, known.doubt_at, seen.fix_at)
    stale = (event == Event.NONE) & ~seen.fresh
    doubt_at = np.where(doubted, since_doubt, np.where(stale, known.doubt_at, 0))
    return Known(state, since, doubt_at), event


def next_due(known: Known, dwell: Int64, now: int) -> Int64:
    """When each is to be looked at again by itself: a dwell that comes true, a word that has stood long enough; 0: no
    time of its own."""
    due = np.zeros(len(known.state), np.int64)
    waits = (known.state == Fence.INSIDE) & (dwell >= 0)
    due[waits] = (known.since + dwell)[waits]
    gone = known.state == Fence.GONE
    due[gone] = known.since[gone] + STANDS
    due[due <= now] = 0
    return due


# ------------------------------------------------------------------ measures
def depth_m(shape: LocalShape, lon: Float64, lat: Float64) -> Float64:
    """Metres from places [n] to the edge of the area, whichever side they are on."""
    return np.asarray(shapely.distance(_points(shape, lon, lat), shapely.boundary(shape.planar)), np.float64)


def nearest_on_way(shape: LocalShape, ways: Ways) -> Float64:
    """The least metres from the line or area to each straight way; 0: through."""
    return np.asarray(shapely.distance(_lines(shape, ways), shape.planar), np.float64)


def led_through(shape: LocalShape, ways: Ways, accuracy_m: Float64) -> Bool:
    """Which ways led through beyond doubt: over a line, or through an area by more metres than the fix is sure of."""
    lines = _lines(shape, ways)
    if shapely.get_dimensions(shape.planar) < 2:
        return np.asarray(shapely.intersects(lines, shape.planar))
    return np.asarray(shapely.length(shapely.intersection(lines, shape.planar)) > accuracy_m)


def nearest_to_point(ways: Ways, lon: Float64, lat: Float64) -> Float64:
    """The least metres from each point to its straight way, row by row."""
    from_lon, from_lat, to_lon, to_lat = ways
    east, north = offsets_m(to_lon, to_lat, lon, lat)
    back_east, back_north = offsets_m(to_lon, to_lat, from_lon, from_lat)
    length2 = np.maximum(back_east * back_east + back_north * back_north, 1e-9)
    part = np.clip((east * back_east + north * back_north) / length2, 0.0, 1.0)
    return np.asarray(np.hypot(east - part * back_east, north - part * back_north))


def _points(shape: LocalShape, lon: Float64, lat: Float64) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    return np.asarray(shapely.points(wrapped(lon - shape.lon) * shape.per_lon, (lat - shape.lat) * shape.per_lat))


def _lines(shape: LocalShape, ways: Ways) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    lon, lat, to_lon, to_lat = ways
    ends = np.empty((len(lon), 2, 2))
    ends[:, 0, 0], ends[:, 0, 1] = wrapped(lon - shape.lon) * shape.per_lon, (lat - shape.lat) * shape.per_lat
    ends[:, 1, 0], ends[:, 1, 1] = wrapped(to_lon - shape.lon) * shape.per_lon, (to_lat - shape.lat) * shape.per_lat
    return np.asarray(shapely.linestrings(ends))
