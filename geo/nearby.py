"""Records and places within reach of each other: cells to find them, and exact distances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from shapely.geometry.base import BaseGeometry

from geo.cells import Postings, cells_at, levels_of, paint
from geo.pairs import Bool, Float32, Float64, Int32, Int64
from geo.place import (
    SMALLEST_M_PER_DEGREE_LAT,
    LocalShape,
    bearing_of,
    grown_box,
    local_bounds,
    local_shape,
    metres_per_degree,
    nearest_of,
    offsets_m,
    wrapped,
)

EXIT_FACTOR = 1.2
"""A pair stays matched up to so many times its reach: entry at 1.0, exit at 1.2 (DESIGN section 6, hysteresis)."""
PAINTED_EXTRA_M = (100.0, 3_000.0)
"""Doubt about a place that the cells allow for: painted once for good fixes, once for stale or poor ones. A place less
sure than that is held against every record."""
_SLICE = 16_384
"""Candidates at a time: their columns stay in the processor's cache (35 to 58 million a second; 9 in one go)."""
_BAND = EXIT_FACTOR / SMALLEST_M_PER_DEGREE_LAT * (1.0 + 1e-6)
"""Degrees of latitude for a metre of reach: never too few."""


class Near(NamedTuple):
    """n matches in columns: row of the place asked about, slot of the record, metres, degrees from true north."""

    row: Int32
    slot: Int32
    distance_m: Float32
    bearing_deg: Float32


def exit_reach_m(reach_m: Float32, extra_m: Float32) -> Float64:
    """How far away a pair still is matched: ``1.2 x (reach + extra)``, in double precision on both sides."""
    return EXIT_FACTOR * (reach_m.astype(np.float64) + extra_m.astype(np.float64))


class _Painting:
    """The cells that places of so much doubt are looked up in."""

    def __init__(self, extra_m: float) -> None:
        self._extra_m = extra_m
        self._cells = Postings()
        self._levels: set[int] = set()

    def put(self, slots: Int32, found: Int32, boxes: Float64, reach_m: Float32) -> None:
        """Paints the boxes of ``found`` anew; the others of ``slots`` lose what they had."""
        grown_m = exit_reach_m(reach_m, np.full(len(reach_m), self._extra_m, np.float32)) * (1.0 + 1e-6)
        rows, keys = paint(grown_box(boxes, grown_m))
        self._levels.update(levels_of(keys))
        self._cells.put(slots, keys, found[rows])

    def find(self, lon: Float64, lat: Float64) -> tuple[Int64, Int32]:
        """(row, slot) of all whose cells hold the place, each pair once."""
        if not len(lon) or not self._levels:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        nth, slot = self._cells.find(np.concatenate([cells_at(lon, lat, level) for level in sorted(self._levels)]))
        return nth % len(lon), slot


class NearbyIndex:
    """Places and reaches by slot, found by cell from one side and by latitude from the other."""

    def __init__(self) -> None:
        self._paintings = [_Painting(extra_m) for extra_m in PAINTED_EXTRA_M]
        self._on: Bool = np.zeros(64, np.bool_)
        self._areal: Bool = np.zeros(64, np.bool_)
        self._reach_m: Float32 = np.zeros(64, np.float32)
        self._lon: Float64 = np.full(64, np.nan)
        self._lat: Float64 = np.full(64, np.nan)
        self._box: Float64 = np.full((64, 4), np.nan)
        self._shape: dict[int, LocalShape] = {}
        self._on_slots: Int32 | None = None

    def put(
        self,
        slots: Int32,
        lon: Float64,
        lat: Float64,
        reach_m: Float32,
        on: Bool,
        shapes: Sequence[BaseGeometry | None],
    ) -> None:
        """Places these slots anew, row by row; ``shapes`` has the line or area where the place is no point, or None.

        Where ``on`` is false the place is kept for :meth:`offsets`, and found by nobody.
        """
        if not len(slots):
            return
        self._reserve(int(slots.max()) + 1)
        self._lon[slots], self._lat[slots], self._reach_m[slots] = lon, lat, reach_m
        self._box[slots] = np.column_stack([lon, lat, lon, lat])
        for slot, shape in zip(slots.tolist(), shapes, strict=True):
            self._shape.pop(slot, None)
            self._areal[slot] = shape is not None
            if shape is not None:
                local = self._shape[slot] = local_shape(shape)
                self._box[slot] = local_bounds(local)
        found = on & np.isfinite(lon)
        self._on[slots] = found
        self._on_slots = None
        findable = slots[found]
        for painting in self._paintings:
            painting.put(slots, findable, self._box[findable], self._reach_m[findable])

    def offsets(self, slot: Int32, lon: Float64, lat: Float64) -> tuple[Float64, Float64]:
        """Row by row: metres east and north from the place to the nearest point of the slot's; NaN without one."""
        if len(slot) > _SLICE:
            parts = [slice(start, start + _SLICE) for start in range(0, len(slot), _SLICE)]
            found = [self.offsets(slot[part], lon[part], lat[part]) for part in parts]
            return np.concatenate([east for east, _ in found]), np.concatenate([north for _, north in found])
        east, north = offsets_m(lon, lat, self._lon[slot], self._lat[slot])
        areal = np.flatnonzero(self._areal[slot])
        if not len(areal):
            return east, north
        areal = areal[np.isfinite(lon[areal]) & np.isfinite(lat[areal])]
        areal = areal[np.argsort(slot[areal], kind="stable")]
        for rows in np.split(areal, np.flatnonzero(np.diff(slot[areal])) + 1):
            if len(rows):
                near_lon, near_lat = nearest_of(self._shape[int(slot[rows[0]])], lon[rows], lat[rows])
                east[rows], north[rows] = offsets_m(lon[rows], lat[rows], near_lon, near_lat)
        return east, north

    def near(self, lon: Float64, lat: Float64, extra_m: Float32) -> Near:
        """All slots that are on and near each place (see :meth:`geo.picture.LivePicture.near`)."""
        known = np.isfinite(lon) & np.isfinite(lat)
        doubt = np.searchsorted(PAINTED_EXTRA_M, extra_m)
        found = []
        for turn, painting in enumerate(self._paintings):
            asked = np.flatnonzero(known & (doubt == turn))
            nth, slot = painting.find(lon[asked], lat[asked])
            row = asked[nth]
            found += [
                self._within(row[start : start + _SLICE], slot[start : start + _SLICE], lon, lat, extra_m)
                for start in range(0, len(row), _SLICE)
            ]
        hopeless = np.flatnonzero(known & (doubt == len(self._paintings)))
        found += [self._every(row, lon, lat, extra_m) for row in hopeless.tolist()]
        return _joined(found)

    def around(self, slots: Int32, lon: Float64, lat: Float64, extra_m: Float32) -> Near:
        """The same from the side of these slots (unique), held against every row."""
        slots = slots[self._on[slots]]
        if len(slots) > 64 and len(slots) * 20 > len(self._found_slots()):
            chosen = np.zeros(len(self._on), np.bool_)
            chosen[slots] = True
            return _taken(self.near(lon, lat, extra_m), chosen)
        pad = extra_m * _BAND
        highest, lowest = lat + pad, lat - pad
        found = []
        for slot in slots.tolist():
            band = self._reach_m[slot] * _BAND
            rows = np.flatnonzero((highest >= self._box[slot, 1] - band) & (lowest <= self._box[slot, 3] + band))
            rows = rows[np.isfinite(lon[rows])]
            if self._areal[slot] and len(rows):
                rows = rows[self._beside(slot, lon[rows], lat[rows], extra_m[rows])]
            found.append(self._within(rows, np.full(len(rows), slot, np.int32), lon, lat, extra_m))
        return _joined(found)

    def _beside(self, slot: int, lon: Float64, lat: Float64, extra_m: Float32) -> Bool:
        """False where the longitude alone is too far away: shapely is asked about the others (2 microseconds each)."""
        west, south, east, north = self._box[slot]
        per_lon, _ = metres_per_degree(max(float(np.abs(lat).max()), abs(south), abs(north)))
        aside = np.abs(wrapped(lon - (west + east) / 2)) - (east - west) / 2
        reach = exit_reach_m(self._reach_m[slot : slot + 1], extra_m)
        return np.asarray(aside * per_lon <= reach * (1.0 + 1e-6))

    def _every(self, row: int, lon: Float64, lat: Float64, extra_m: Float32) -> Near:
        slots = self._found_slots()
        band = (self._reach_m[slots] + extra_m[row]).astype(np.float64) * _BAND
        box = self._box[slots]
        slots = slots[(lat[row] >= box[:, 1] - band) & (lat[row] <= box[:, 3] + band)]
        return self._within(np.full(len(slots), row, np.int64), slots, lon, lat, extra_m)

    def _within(self, row: Int64, slot: Int32, lon: Float64, lat: Float64, extra_m: Float32) -> Near:
        east, north = self.offsets(slot, lon[row], lat[row])
        distance = np.sqrt(east * east + north * north)
        keep = np.flatnonzero(distance <= exit_reach_m(self._reach_m[slot], extra_m[row]))
        return Near(
            row[keep].astype(np.int32),
            slot[keep],
            distance[keep].astype(np.float32),
            bearing_of(east[keep], north[keep]).astype(np.float32),
        )

    def _found_slots(self) -> Int32:
        if self._on_slots is None:
            self._on_slots = np.flatnonzero(self._on).astype(np.int32)
        return self._on_slots

    def _reserve(self, size: int) -> None:
        old = len(self._on)
        if size <= old:
            return
        room = max(size, 2 * old) - old
        self._on = np.concatenate([self._on, np.zeros(room, np.bool_)])
        self._areal = np.concatenate([self._areal, np.zeros(room, np.bool_)])
        self._reach_m = np.concatenate([self._reach_m, np.zeros(room, np.float32)])
        self._lon = np.concatenate([self._lon, np.full(room, np.nan)])
        self._lat = np.concatenate([self._lat, np.full(room, np.nan)])
        self._box = np.concatenate([self._box, np.full((room, 4), np.nan)])


_NONE = Near(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32), np.zeros(0, np.float32))


def _joined(parts: Sequence[Near]) -> Near:
    if not parts:
        return _NONE
    return parts[0] if len(parts) == 1 else Near(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _taken(near: Near, chosen: Bool) -> Near:
    keep = np.flatnonzero(chosen[near.slot])
    return Near(near.row[keep], near.slot[keep], near.distance_m[keep], near.bearing_deg[keep])
