"""The units that are connected to this process, and how lists of several processes become one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from geo.clock import Instant
from geo.pairs import Float64
from geo.place import distance_m
from streams.whereabouts.contract import KEPT, Sighting


class Here:
    """What this process has to share: the newest word about each officer."""

    def __init__(self) -> None:
        self.units: dict[str, Sighting] = {}

    def share(self, units: Sequence[Sighting], gone: Sequence[str]) -> None:
        for officer in gone:
            self.units.pop(officer, None)
        for unit in units:
            self.units[unit.officer] = unit

    def of(self, force: str) -> list[Sighting]:
        return [unit for unit in self.units.values() if unit.force == force]


def merged(force: str, *lists: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Units of this force only, one word about each officer, the one with the newest fix; by officer."""
    newest: dict[str, Sighting] = {}
    for units in lists:
        for unit in units:
            known = newest.get(unit.officer)
            if unit.force == force and (known is None or unit.fix_at > known.fix_at):
                newest[unit.officer] = unit
    return tuple(newest[officer] for officer in sorted(newest))


def nearest(units: Sequence[Sighting], lon: float, lat: float, radius_m: float, now: Instant) -> tuple[Sighting, ...]:
    """Those with a fresh fix within ``radius_m`` metres, nearest first; ties by officer."""
    fresh = [unit for unit in units if unit.lon is not None and now - unit.fix_at <= KEPT]
    if not fresh:
        return ()
    metres = metres_to(fresh, lon, lat)
    order = sorted(np.flatnonzero(metres <= radius_m).tolist(), key=lambda row: (metres[row], fresh[row].officer))
    return tuple(fresh[row] for row in order)


def metres_to(units: Sequence[Sighting], lon: float, lat: float) -> Float64:
    """How far each is from a place; all must have a fix."""
    lons, lats = np.array([unit.lon for unit in units], float), np.array([unit.lat for unit in units], float)
    return distance_m(lon, lat, lons, lats)
