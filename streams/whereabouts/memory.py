"""Whereabouts inside one process: the embedded default. Nobody else can know anything, so nothing is ever partial."""

from __future__ import annotations

from collections.abc import Sequence

from geo.clock import Clock
from streams.whereabouts.contract import Sighting, Sightings
from streams.whereabouts.here import Here, merged, nearest


class MemoryWhereabouts:
    """What was shared here, and no more."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._here = clock, Here()

    async def open(self) -> None:
        """Nothing to connect to."""

    def share(self, units: Sequence[Sighting], gone: Sequence[str] = ()) -> None:
        self._here.share(units, gone)

    async def everybody(self, force: str) -> Sightings:
        return Sightings(merged(force, self._here.units.values()), partial=False)

    async def near(self, force: str, lon: float, lat: float, radius_m: float) -> Sightings:
        return Sightings(nearest(self._here.of(force), lon, lat, radius_m, self._clock.now()), partial=False)

    async def last(self, officer: str) -> Sighting | None:
        return None

    async def close(self) -> None:
        self._here.units.clear()
