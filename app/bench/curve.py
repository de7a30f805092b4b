"""The curve: what a tick costs among 1,000 to 100,000 units and as many live records, at equal and at growing work."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from app.bench.report import Figure
from app.bench.scene import CENTRE
from geo.access import release
from geo.clock import MINUTE, SECOND, Instant
from geo.codebook import Codebooks
from geo.model import Grade, Incident, Officer, Stored, UnitStatus
from geo.pairs import Candidate, Float64, Int32, Pairs, take
from geo.picture import LivePicture
from geo.place import metres_per_degree, moved_by
from geo.position import Fix
from geo.store.rows import OfficerState
from streams import matching
from streams.held import Held
from streams.noise import decide as noise
from streams.officers.situations import Situations
from streams.relevance import score as relevance
from streams.relevance.policy import Policy, load_policy
from streams.work import PIECE, officers_at_a_time, records_at_a_time

NOW: Instant = 1_768_500_000 * SECOND
RECORDS_PER_KM2, UNITS_PER_KM2 = 8.0, 4.0
"""A busy city's: the San Francisco day has about so many live calls, and a force would be glad of so many patrols."""
MIDDLE_M = 3_000.0
"""Who moves and what changes lies within this of the centre: there units and records are as dense in every scene."""
MOVED, CHANGED = 128, 16
"""Units that have moved, and records that have changed, in the ticks that are the same in every scene."""
GROWTH = 3.0
"""The tick with the same pairs in reach may cost so many times as much when both sides grow a hundredfold: lists of
units are longer to look through, and do not fit the cache."""
_NONE: Int32 = np.zeros(0, np.int32)
_CATEGORIES = ("theft", "burglary", "robbery", "assault", "traffic", "suspicious", "disturbance")


@dataclass(frozen=True, slots=True)
class Scene:
    """Units and live records, at a density each, and which of them are in the middle."""

    units: int
    records: int
    picture: LivePicture
    situations: Situations
    middle_units: Int32
    middle_records: Int32


@dataclass(frozen=True, slots=True)
class Point:
    """One measured tick: how many pairs it decided, and how long that took."""

    units: int
    records: int
    pairs: int
    seconds: float

    @property
    def name(self) -> str:
        return f"{_short(self.units)} units x {_short(self.records)} records"


def measure(
    *,
    sizes: Sequence[int] = (1_000, 10_000, 100_000),
    densities: Sequence[float] = (1, 3, 10, 30),
    rounds: int = 3,
    say: Callable[[str], None] | None = None,
) -> list[Figure]:
    """Four curves: the same units moving among ever more others and ever more records (flat); one unit in a hundred
    moving, all of them growing at the same density (as the pairs in reach); the same records changing (a look along
    the list of units each); ever denser records around the same units (as the pairs in reach)."""
    policy = load_policy("uk")
    moved, share, changed = _among(sizes, policy, rounds)
    dense = []
    for density in densities:
        scene = _scene(sizes[0], sizes[0], policy, density)
        dense.append(_tick(scene, policy, rounds, scene.middle_units[:MOVED]))
    curves = {
        f"{MOVED} units moved": moved, "1 % of units moved": share,
        f"{CHANGED} records changed": changed, f"{MOVED} units moved, denser": dense,
    }  # fmt: skip
    (say or _to_stderr)(drawn(curves))
    return [_growth(moved), *(_figure(name, point) for name, points in curves.items() for point in points)]


def _among(sizes: Sequence[int], policy: Policy, rounds: int) -> tuple[list[Point], list[Point], list[Point]]:
    """Each number of units with each number of records; one in a hundred moved on the diagonal; and some changed."""
    same, share, changed = [], [], []
    for records in sizes:
        books = Codebooks()
        picture = _picture(records, policy, books, RECORDS_PER_KM2)
        for units in sizes:
            scene = _with_units(units, records, picture, books, UNITS_PER_KM2)
            same.append(_tick(scene, policy, rounds, scene.middle_units[:MOVED]))
            if units == records:
                share.append(_tick(scene, policy, rounds, np.arange(0, units, 100, dtype=np.int32)))
                changed.append(_tick(scene, policy, rounds, _NONE, scene.middle_records[:CHANGED]))
    return same, share, changed


def _growth(same: list[Point]) -> Figure:
    first, last = same[0], same[-1]
    product = last.units * last.records / (first.units * first.records)
    ratio = (last.seconds / last.pairs) / (first.seconds / first.pairs)
    note = f"units x records grow {product:,.0f}-fold, from {first.name} to {last.name}"
    return Figure("cost of a pair in reach, growth", ratio, "times", GROWTH, "less", "", note)


def _figure(curve: str, point: Point) -> Figure:
    note = f"{point.pairs:,} pairs in reach, {1e9 * point.seconds / max(point.pairs, 1):,.0f} ns each"
    return Figure(f"tick, {curve}: {point.name}", 1_000 * point.seconds, "ms", note=note)


# --------------------------------------------------------------------------- one tick
def _tick(scene: Scene, policy: Policy, rounds: int, moved: Int32, changed: Int32 = _NONE) -> Point:
    """The best of some rounds."""
    took: list[float] = []
    pairs = 0
    for _ in range(rounds):
        began = time.perf_counter()
        pairs = _decided(scene, policy, moved, changed)
        took.append(time.perf_counter() - began)
    return Point(scene.units, scene.records, pairs, min(took))


def _decided(scene: Scene, policy: Policy, moved: Int32, changed: Int32) -> int:
    """MATCH, RELEASE, SCORE and DECIDE in the pipeline's slices and pieces -> how many pairs they were."""
    picture, situations, held, total = scene.picture, scene.situations, Held(), 0
    for slots in _slices(changed, records_at_a_time(scene.units)):
        total += _piecewise(matching.of_records(picture, situations, slots, NOW), scene, held, policy)
    for slots in _slices(moved, officers_at_a_time(Counter())):
        total += _piecewise(matching.of_officers(picture, situations, slots, NOW, True), scene, held, policy)
    return total


def _piecewise(pairs: Pairs[Candidate], scene: Scene, held: Held, policy: Policy) -> int:
    picture, situations = scene.picture, scene.situations
    for start in range(0, len(pairs), PIECE):
        piece = take(pairs, np.arange(start, min(start + PIECE, len(pairs))))
        released, _ = release(piece, picture, situations.rights(), NOW)
        scored = relevance.score(released, picture, situations, held, policy, NOW)
        noise.decide(scored, held, situations, picture, policy, NOW)
    return len(pairs)


def _slices(slots: Int32, size: int) -> list[Int32]:
    return [slots[start : start + size] for start in range(0, len(slots), size)]


# --------------------------------------------------------------------------- the scenes
def _scene(units: int, records: int, policy: Policy, density_x: float) -> Scene:
    books = Codebooks()
    picture = _picture(records, policy, books, RECORDS_PER_KM2 * density_x)
    return _with_units(units, records, picture, books, UNITS_PER_KM2 * density_x)


def _picture(records: int, policy: Policy, books: Codebooks, per_km2: float) -> LivePicture:
    chance, picture = random.Random(5), LivePicture(books)
    lon, lat = _spread(records, per_km2, 5)
    for start in range(0, records, 10_000):  # never all of them at once: a record is about 2 KB until it is a row
        here = zip(lon[start : start + 10_000].tolist(), lat[start : start + 10_000].tolist(), strict=True)
        items = [
            Stored(
                Incident(force="own", source="bench", source_id=str(number), category=chance.choice(_CATEGORIES),
                         title="Bench", grade=chance.choice(tuple(Grade)), place=shapely.Point(place),
                         reported_at=NOW - chance.randrange(30) * MINUTE), 1, NOW)
            for number, place in enumerate(here, start)
        ]  # fmt: skip
        picture.apply(items, policy.lifetime_and_reach)
    return picture


def _with_units(units: int, records: int, picture: LivePicture, books: Codebooks, per_km2: float) -> Scene:
    situations, chance = Situations(books), random.Random(6)
    lon, lat = _spread(units, per_km2, 6)
    batch = []
    for number, (east, north) in enumerate(zip(lon.tolist(), lat.tolist(), strict=True)):
        name = f"B-{number:06d}"
        state = OfficerState(name, "e", 0, "bench", 1, UnitStatus.AVAILABLE, NOW, 2.0, NOW)
        situations.put(Officer(id=name, force="own"), state, NOW)
        batch.append((name, Fix(NOW - SECOND, east, north, 5.0, chance.choice((0.0, 8.0)), chance.uniform(0, 359))))
    situations.moved(batch, NOW)
    return Scene(
        units, records, picture, situations, _middle(situations.lon, situations.lat), _middle(picture.lon, picture.lat)
    )


def _spread(count: int, per_km2: float, seed: int) -> tuple[Float64, Float64]:
    """Places evenly over a square around the centre that has room for them at this density."""
    half_m = 500.0 * (count / per_km2) ** 0.5
    offsets = np.random.default_rng(seed).uniform(-half_m, half_m, (2, count))
    per_lon, per_lat = metres_per_degree(CENTRE[1])
    return CENTRE[0] + offsets[0] / float(per_lon), CENTRE[1] + offsets[1] / float(per_lat)


def _middle(lon: Float64, lat: Float64) -> Int32:
    """Slots within the middle of the scene."""
    east, north = moved_by(*CENTRE, MIDDLE_M, MIDDLE_M)
    inside = (np.abs(lon - CENTRE[0]) <= east - CENTRE[0]) & (np.abs(lat - CENTRE[1]) <= north - CENTRE[1])
    return np.flatnonzero(inside).astype(np.int32)


# --------------------------------------------------------------------------- as text
def drawn(curves: Mapping[str, Sequence[Point]]) -> str:
    """A line a tick: its cost as a bar, of one scale in each curve."""
    lines = []
    for title, points in curves.items():
        lines.append(f"{title}:")
        longest = max(point.seconds for point in points)
        for point in points:
            bar = "#" * max(1, round(40 * point.seconds / longest))
            lines.append(f"  {point.name:<28} {point.pairs:>9,} pairs {1_000 * point.seconds:>8,.1f} ms  {bar}")
    return "\n".join(lines)


def _short(count: int) -> str:
    return f"{count // 1_000}k" if count >= 1_000 and count % 1_000 == 0 else f"{count:,}"


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
