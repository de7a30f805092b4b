"""Problem places judged: of what happened in weeks that were held back, how much lay where the surface said"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.clock import DAY, HOUR, Instant
from geo.hotspots import PRIOR_WEEKS, Events, Surface, chances, interval, surface
from geo.pairs import Bool, Float64, Int64

WEEK = 7 * 24 * HOUR
SIDE_M = 100.0
SHARES = (0.01, 0.05, 0.10)
"""Of the area: how much of it a force could look after."""
SQUARE_M = 1_000.0
"""Weekly counts are forecast for squares of so many metres."""
_DRAWS = 400


@dataclass(frozen=True, slots=True)
class Caught:
    """Of the held-back events the share inside that share of the area, with the 95 % interval of a bootstrap."""

    area: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Method:
    """One way of saying where; ``caught`` by share of the area."""

    name: str
    caught: tuple[Caught, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of it. ``better``: the surface's share less that of plain counts, by share of the area. ``covered``: of
    the ``forecasts`` of a square's weekly count, how many held what came; ``ought``: how many should have, 80 % or
    more, as counts are whole."""

    trained: int
    held_back: int
    weeks: float
    held_back_weeks: float
    square_km: float
    methods: tuple[Method, ...]
    better: tuple[Caught, ...]
    covered: float
    ought: float
    forecasts: int


def judge(events: Events, weeks: int, side_m: float = SIDE_M) -> Judged:
    """The last ``weeks`` weeks are held back: nothing of them is looked at before the surface is drawn."""
    cut, since, end = int(events.start.max()) - weeks * WEEK, int(events.start.min()), int(events.start.max())
    before, after = events.rows(events.end <= cut), events.rows(events.start >= cut)
    area = _area_of(before)
    grid = surface(before, area, since, cut, side_m=side_m, most_cells=2_000)
    cells = grid.cells_of(before.lon, before.lat)
    counts = np.bincount(cells[cells >= 0], minlength=grid.rate.size).reshape(grid.rate.shape).astype(np.float64)
    target = grid.cells_of(after.lon, after.lat)
    good = (target >= 0) & grid.inside.flat[np.maximum(target, 0)]
    inside, day = target[good], after.start[good] // DAY
    ways = (("problem places", grid.rate), ("plain counts", counts), ("evenly", np.zeros_like(counts)))
    hits = {name: [_top(grid, rate, share)[inside].astype(np.float64) for share in SHARES] for name, rate in ways}
    methods = tuple(
        Method(name, tuple(_caught(share, hit, day) for share, hit in zip(SHARES, some, strict=True)))
        for name, some in hits.items()
    )
    pairs = zip(SHARES, hits["problem places"], hits["plain counts"], strict=True)
    covered, ought, forecasts = _calibration(before, after, area, since, cut, weeks)
    return Judged(
        trained=len(before), held_back=len(inside), weeks=(cut - since) / WEEK, held_back_weeks=(end - cut) / WEEK,
        square_km=float(grid.inside.sum() * grid.side_m**2 / 1e6), methods=methods,
        better=tuple(_caught(share, ours - theirs, day) for share, ours, theirs in pairs),
        covered=covered, ought=ought, forecasts=forecasts,
    )  # fmt: skip


def _area_of(events: Events) -> BaseGeometry:
    """Round all but the outermost hundredth each way: a handful of wrong coordinates would make a city a continent."""
    (west, east), (south, north) = (np.quantile(some, (0.005, 0.995)) for some in (events.lon, events.lat))
    good = (events.lon >= west) & (events.lon <= east) & (events.lat >= south) & (events.lat <= north)
    return shapely.convex_hull(shapely.multipoints(np.c_[events.lon[good], events.lat[good]]))


def _top(grid: Surface, rate: Float64, share: float) -> Bool:
    """The cells that promise most, as many as make that share of the area; equals in an order drawn by lot."""
    lot = np.random.default_rng(0).random(rate.size)
    order = np.lexsort((lot, -np.where(grid.inside, rate, -1.0).ravel()))
    chosen = np.zeros(rate.size, np.bool_)
    chosen[order[: int(grid.inside.sum() * share)]] = True
    return chosen


def _caught(area: float, hit: Float64, day: Int64) -> Caught:
    """The bootstrap draws whole days again, not events: what happens on one day hangs together."""
    if not len(hit):
        return Caught(area, float("nan"), float("nan"), float("nan"))
    _, place = np.unique(day, return_inverse=True)
    counts, hits = np.bincount(place), np.bincount(place, hit)
    drawn = np.random.default_rng(1).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), _DRAWS)
    low, high = np.quantile(drawn @ hits / np.maximum(drawn @ counts, 1), (0.025, 0.975))
    return Caught(area, float(hit.mean()), float(low), float(high))


def _calibration(
    before: Events, after: Events, area: BaseGeometry, since: Instant, cut: Instant, weeks: int
) -> tuple[float, float, int]:
    """How often a square's 80 % interval for a week held what came, how often it ought to have, and of how many: of
    squares where one in two weeks or more is to be expected."""
    grid = surface(before, area, since, cut, side_m=SQUARE_M)
    history = (cut - since) / WEEK
    usual = grid.rate[grid.inside].mean()
    held, ought, total = 0, 0.0, 0
    week = np.minimum((after.start - cut) // WEEK, weeks - 1)
    cells = grid.cells_of(after.lon, after.lat)
    came = np.zeros((weeks, grid.rate.size), np.int64)
    np.add.at(came, (week[cells >= 0], cells[cells >= 0]), 1)
    for cell in np.flatnonzero((grid.rate >= 0.5).ravel()).tolist():
        shape, looked = float(PRIOR_WEEKS * usual + grid.rate.flat[cell] * history), PRIOR_WEEKS + history
        low, high = interval(shape, looked)
        first, chance = chances(shape, looked)
        held += int(((came[:, cell] >= low) & (came[:, cell] <= high)).sum())
        ought += weeks * float(chance[low - first : high - first + 1].sum())
        total += weeks
    return (held / total, ought / total, total) if total else (float("nan"), float("nan"), 0)
