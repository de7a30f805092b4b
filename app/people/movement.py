"""Officers moving: recorded or simulated traces, and walks between real street points at plausible speeds."""

from __future__ import annotations

import csv
import gzip
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import numpy as np

from geo.clock import MINUTE, SECOND, Instant, parse_instant
from geo.pairs import Float32, Float64, Int64
from geo.place import LonLat, bearing_deg, distance_m
from geo.position import Fix

COLUMNS = ("unit", "at", "lon", "lat", "speed_mps", "heading_deg", "accuracy_m")
"""A traces file's header; the last three may be empty, or missing altogether. Other columns are not read."""

ON_FOOT_MPS = 1.4
DRIVING_MPS = (5.0, 13.0)
"""City patrol: 18 to 47 km/h over the ground between two street points."""


class BadTrace(ValueError):
    """A traces file that is not one: says the line and what is wrong with it."""


class Mover(Protocol):
    """Somebody who is somewhere at each instant."""

    def fix(self, at: Instant) -> Fix | None:
        """Where at ``at``, or None before and after he is known to be anywhere. Asked in order of time."""
        ...


# --------------------------------------------------------------------------- traces
SILENCE = 5 * MINUTE
"""A longer silence of a unit does not count as time on duty; so long after its last fix a unit goes off duty."""


@dataclass(frozen=True, slots=True)
class Trace:
    """One unit's recorded fixes in order of time, as columns; between two of them he is on the straight line."""

    at: Int64
    lon: Float64
    lat: Float64
    speed_mps: Float32
    heading_deg: Float32
    accuracy_m: Float32

    @property
    def on_duty(self) -> int:
        """Microseconds between fixes, silences of more than :data:`SILENCE` left out."""
        steps = np.diff(self.at)
        return int(steps[steps <= SILENCE].sum())

    def fix(self, at: Instant) -> Fix | None:
        after = int(np.searchsorted(self.at, at, side="right"))
        if after == 0 or (after == len(self.at) and at > self.at[-1]):
            return None
        before = after - 1
        share = 0.0
        if after < len(self.at):
            share = (at - int(self.at[before])) / (int(self.at[after]) - int(self.at[before]))
        else:
            after = before
        return Fix(
            at,
            _between(self.lon, before, after, share),
            _between(self.lat, before, after, share),
            _known(self.accuracy_m[before]),
            _known(self.speed_mps[before]),
            _known(self.heading_deg[before]),
        )

    @property
    def start(self) -> Instant:
        return int(self.at[0])

    @property
    def end(self) -> Instant:
        return int(self.at[-1])


def _between(column: Float64, before: int, after: int, share: float) -> float:
    return float(column[before] + (column[after] - column[before]) * share)


def _known(value: np.float32) -> float | None:
    return None if np.isnan(value) else float(value)


def read_traces(path: Path) -> dict[str, Trace]:
    """Unit -> trace, from a ``.csv`` or ``.csv.gz`` file with :data:`COLUMNS`. Raises BadTrace, naming the line."""
    rows: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    with _text_of(path) as lines:
        for unit, *values in _rows(csv.DictReader(lines), path):
            rows[str(unit)].append(tuple(float(value) for value in values))
    return {unit: _columns(sorted(fixes)) for unit, fixes in sorted(rows.items())}


def _text_of(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _rows(reader: csv.DictReader[str], path: Path) -> Iterator[tuple[str | float, ...]]:
    if missing := [name for name in COLUMNS[:4] if name not in (reader.fieldnames or ())]:
        raise BadTrace(f"{path.name}: no column {missing[0]!r} in a traces file")
    for row in reader:
        try:
            optional = (float(row[name]) if row.get(name) else float("nan") for name in COLUMNS[4:])
            yield row["unit"], parse_instant(row["at"]), float(row["lon"]), float(row["lat"]), *optional
        except (ValueError, TypeError) as error:
            raise BadTrace(f"{path.name}:{reader.line_num}: {error}") from error


def _columns(fixes: list[tuple[float, ...]]) -> Trace:
    at, lon, lat, speed, heading, accuracy = zip(*fixes, strict=True)
    first = np.unique(np.array(at, np.int64), return_index=True)[1]

    def degrees(column: Sequence[float]) -> Float64:
        return np.array(column, np.float64)[first]

    def single(column: Sequence[float]) -> Float32:
        return np.array(column, np.float32)[first]

    return Trace(np.array(at, np.int64)[first], degrees(lon), degrees(lat), single(speed), single(heading),
                 single(accuracy))  # fmt: skip


# --------------------------------------------------------------------------- walks between street points
class StreetPoints:
    """Real points on streets, to be walked between. ``near`` finds the next one to go to."""

    CELL_DEG = 0.01

    def __init__(self, points: Iterable[LonLat]) -> None:
        self.points: tuple[LonLat, ...] = tuple(dict.fromkeys(points))
        if not self.points:
            raise ValueError("no street points to walk between")
        self._cells: dict[tuple[int, int], list[LonLat]] = defaultdict(list)
        for point in self.points:
            self._cells[self._cell(point)].append(point)

    def _cell(self, point: LonLat) -> tuple[int, int]:
        return int(point[0] // self.CELL_DEG), int(point[1] // self.CELL_DEG)

    def any(self, chance: random.Random) -> LonLat:
        return chance.choice(self.points)

    def near(self, point: LonLat, chance: random.Random) -> LonLat:
        """Another point of the same or a neighbouring cell (about a kilometre), else any."""
        x, y = self._cell(point)
        around = [p for dx in (-1, 0, 1) for dy in (-1, 0, 1) for p in self._cells.get((x + dx, y + dy), ())]
        return chance.choice(around) if len(around) > 1 else self.any(chance)


@dataclass(frozen=True, slots=True)
class _Leg:
    origin: LonLat
    target: LonLat
    began: Instant
    arrives: Instant
    speed_mps: float
    heading_deg: float


class Walk:
    """From street point to street point at one speed each leg, pausing now and then. Never ends."""

    def __init__(
        self, streets: StreetPoints, began: Instant, seed: int, *, on_foot: bool = False, start: LonLat | None = None
    ) -> None:
        self._streets, self._chance, self._on_foot = streets, random.Random(seed), on_foot
        origin = start or streets.any(self._chance)
        self._leg = _Leg(origin, origin, began, began, 0.0, 0.0)

    def fix(self, at: Instant) -> Fix:
        while at >= self._leg.arrives:
            self._leg = self._next(self._leg)
        leg = self._leg
        share = max(0.0, (at - leg.began) / (leg.arrives - leg.began))
        lon, lat = (a + (b - a) * share for a, b in zip(leg.origin, leg.target, strict=True))
        moving = leg.speed_mps > 0
        return Fix(at, lon, lat, self._chance.choice((4.0, 6.0, 12.0)), leg.speed_mps,
                   leg.heading_deg if moving else None)  # fmt: skip

    def _next(self, last: _Leg) -> _Leg:
        if last.speed_mps > 0 and self._chance.random() < 0.3:
            pause = int(self._chance.uniform(10, 90) * SECOND)
            return _Leg(last.target, last.target, last.arrives, last.arrives + pause, 0.0, 0.0)
        target = self._streets.near(last.target, self._chance)
        metres = float(distance_m(*last.target, *target))
        speed = ON_FOOT_MPS if self._on_foot else self._chance.uniform(*DRIVING_MPS)
        arrives = last.arrives + max(SECOND, int(metres / speed * SECOND))
        return _Leg(last.target, target, last.arrives, arrives, speed, float(bearing_deg(*last.target, *target)))


class Standing:
    """Stays where he was put, until he is put elsewhere."""

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat

    def fix(self, at: Instant) -> Fix:
        return Fix(at, self.lon, self.lat, 5.0, 0.0, None)


class Shifted:
    """A trace seen at another time: ``by`` is added to the asked instant, and taken off the fix again."""

    def __init__(self, mover: Mover, by: Instant) -> None:
        self._mover, self._by = mover, by

    def fix(self, at: Instant) -> Fix | None:
        found = self._mover.fix(at + self._by)
        if found is None:
            return None
        return Fix(at, found.lon, found.lat, found.accuracy_m, found.speed_mps, found.heading_deg)
