"""Problem places: where, and at which hours, things have kept happening, with honest uncertainty. Never about persons

The rate of a cell in a shift is (where) x (when) x (how many a week), from the records' own history:

* **Where**: of each event most stays in its own cell and :data:`SPREAD` of it is spread by a quartic kernel of
  :data:`BANDWIDTH_M` (Silverman 1986; Levine, CrimeStat ch. 10): published points are snapped to corners, and a kernel
  alone loses a tenth of what plain counts catch. Events fade with a half-life of :data:`HALF_LIFE_WEEKS`. A term for
  repeats within days (Bowers, Johnson & Pease 2004) was tried on the training weeks, caught nothing more, and went.
* **When**: the share of the week's events in each of its 168 hours, smoothed, and shrunk in three steps: a place's
  week towards its beat's, that towards the beat's day said seven times, that towards an even day. An event that is
  known to lie between two times counts in each hour between them in proportion (aoristic, Ratcliffe 2000). What is
  only known to :data:`COARSE` or more, such as a month, says where and never when.
* **How sure**: a place's weekly rate is a Gamma that starts from the beat's mean (worth :data:`PRIOR_WEEKS` weeks of
  looking) and has seen the weighted events; what will happen in the shift is then negative binomial, and its 80 %
  interval is given with its mean.

The constants were chosen on training weeks alone; see the evaluation. Distances are plane metres about the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.clock import HOUR, SECOND, Instant
from geo.pairs import Bool, Float64, Int64
from geo.place import moved_by, offsets_m

SPREAD = 0.2
BANDWIDTH_M = 400.0
HALF_LIFE_WEEKS = 52.0
PRIOR_WEEKS = 1.0
"""The worst places of a short history were unlucky too: without this they promise a fifth too much after four weeks."""
COARSE = 24 * HOUR
"""What is known no better than this gives no hours."""
PLACE_M = 150.0
"""The radius of a problem place: a street corner with what is round it."""
FEWEST = 3
"""Events that make a place at the least: two may be one quarrel reported twice."""
FEWEST_FOR_HOURS = 12
SMOOTH_HOURS = 1.5
EVEN_HOURS = 12.0
"""So many events of an even day are added to those of a beat before hours of the day are read out of them."""
DAILY_HOURS = 672.0
"""So many events of seven days that are alike are added to those of a beat before weekdays are told apart."""
OWN_HOURS = 168.0
"""A place's own hours are trusted as far as it has more events than this; else the beat's."""
_WEEK = 7 * 24 * HOUR
MOST_CELLS = 256
"""A side of the grid at most; beyond, cells grow."""


@dataclass(frozen=True, slots=True)
class Events:
    """n events in columns: where (degrees), between when and when they happened (instants), and a code of what."""

    lon: Float64
    lat: Float64
    start: Int64
    end: Int64
    category: Int64

    def __len__(self) -> int:
        return len(self.lon)

    def rows(self, chosen: Int64 | Bool) -> Events:
        return Events(self.lon[chosen], self.lat[chosen], self.start[chosen], self.end[chosen], self.category[chosen])


@dataclass(frozen=True, slots=True)
class Surface:
    """Expected events a week in each cell, row by row from the south-west; the grid's corner and side in metres east
    and north of ``middle``. Cells whose middle is outside the area hold 0 and ``inside`` False."""

    middle: tuple[float, float]
    east_m: float
    north_m: float
    side_m: float
    rate: Float64
    inside: Bool

    def cells_of(self, lon: Float64, lat: Float64) -> Int64:
        """The flat index of each point's cell; -1 outside the grid."""
        east, north = offsets_m(*self.middle, lon, lat)
        column = np.floor((east - self.east_m) / self.side_m).astype(np.int64)
        row = np.floor((north - self.north_m) / self.side_m).astype(np.int64)
        rows, columns = self.rate.shape
        good = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return np.where(good, row * columns + column, -1)


@dataclass(frozen=True, slots=True)
class Place:
    """A problem place. ``hours`` of the local day and ``weekdays`` (0 Monday) where the history shows them, else None.
    ``expected`` events in the shift with the 80 % interval ``low``..``high``; in ``seen`` of ``weeks`` weeks."""

    lon: float
    lat: float
    radius_m: float
    category: int
    hours: tuple[int, int] | None
    weekdays: tuple[int, ...] | None
    expected: float
    low: int
    high: int
    seen: int
    weeks: float


# ------------------------------------------------------------------ where
def surface(
    events: Events, area: BaseGeometry, since: Instant, now: Instant, side_m: float = 50.0,
    bandwidth_m: float = BANDWIDTH_M, spread: float = SPREAD, half_life_weeks: float = HALF_LIFE_WEEKS,
    most_cells: int = MOST_CELLS,
) -> Surface:  # fmt: skip
    """The surface over an area from what happened in [since, now). The side grows where the area is large."""
    west, south, east, north = area.bounds
    middle = ((west + east) / 2, (south + north) / 2)
    (left, right), (low, high) = offsets_m(*middle, np.array([west, east]), np.array([south, north]))
    side = max(side_m, (right - left) / most_cells, (high - low) / most_cells)
    columns, rows = max(1, int(np.ceil((right - left) / side))), max(1, int(np.ceil((high - low) / side)))
    empty = Surface(middle, left, low, side, np.zeros((rows, columns)), np.zeros((rows, columns), np.bool_))
    cells = empty.cells_of(events.lon, events.lat)
    weight = weights(events, since, now, half_life_weeks)
    kept = cells >= 0
    counts = np.bincount(cells[kept], weight[kept], minlength=rows * columns).reshape(rows, columns).astype(np.float64)
    inside = _inside(empty, area)
    rate = (1 - spread) * counts + spread * _smoothed(counts, bandwidth_m / side)
    return Surface(middle, left, low, side, np.where(inside, rate, 0.0), inside)


def weights(events: Events, since: Instant, now: Instant, half_life_weeks: float = HALF_LIFE_WEEKS) -> Float64:
    """What each event counts for, so that their sum is a rate a week: the fading has an integral of one."""
    weeks = max((now - since) / _WEEK, 1e-9)
    age = np.maximum((now - (events.start + events.end) / 2) / _WEEK, 0.0)
    decay = np.log(2) / half_life_weeks
    return np.asarray(decay * np.exp(-decay * age) / (1 - np.exp(-decay * weeks)))


def _inside(grid: Surface, area: BaseGeometry) -> Bool:
    rows, columns = grid.rate.shape
    lon_m, lat_m = moved_by(*grid.middle, 1_000.0, 1_000.0)
    per_lon, per_lat = (lon_m - grid.middle[0]) / 1_000, (lat_m - grid.middle[1]) / 1_000
    lon = grid.middle[0] + per_lon * (grid.east_m + (np.arange(columns) + 0.5) * grid.side_m)
    lat = grid.middle[1] + per_lat * (grid.north_m + (np.arange(rows) + 0.5) * grid.side_m)
    shapely.prepare(area)
    found = np.asarray(shapely.contains_xy(area, *np.meshgrid(lon, lat)), np.bool_)
    return found if found.any() else np.ones((rows, columns), np.bool_)


def _smoothed(counts: Float64, reach: float) -> Float64:
    """A quartic kernel of so many cells over counts, by the Fourier transform; the sum stays what it was inside."""
    size = int(np.ceil(reach))
    steps = np.arange(-size, size + 1)
    square = (steps[:, None] ** 2 + steps[None, :] ** 2) / max(reach, 0.5) ** 2
    kernel = np.where(square < 1, (1 - square) ** 2, 0.0)
    kernel /= kernel.sum()
    shape = (counts.shape[0] + 2 * size, counts.shape[1] + 2 * size)
    spread = np.fft.irfft2(np.fft.rfft2(counts, shape) * np.fft.rfft2(kernel, shape), shape)
    return np.maximum(spread[size : size + counts.shape[0], size : size + counts.shape[1]], 0.0)


# ------------------------------------------------------------------ when
def hour_profile(events: Events, zone: str, usual: Float64 | None = None) -> tuple[Float64, float]:
    """(share of a week's events in each of its 168 local hours from Monday midnight, how many events it rests on). It
    is shrunk towards ``usual``, that of the beat; without one, towards its own day."""
    counts, known = _hour_counts(events, zone)
    if usual is None:
        day = counts.reshape(7, 24).sum(axis=0) + EVEN_HOURS / 24
        usual, worth = np.tile(day / day.sum(), 7) / 7, DAILY_HOURS
    else:
        worth = OWN_HOURS
    profile = counts + worth * usual
    return profile / profile.sum(), known


def _hour_counts(events: Events, zone: str) -> tuple[Float64, float]:
    """How many events in each hour of the week, smoothed, and how many they were: those that are known finely."""
    precise = events.rows(events.end - events.start < COARSE)
    counts = np.zeros(168)
    if not len(precise):
        return counts, 0.0
    offset = _offset_us(zone, precise.start)
    first, last = precise.start + offset, np.maximum(precise.end, precise.start + 1) + offset
    for step in range(int((last - first).max() // HOUR) + 2):
        begin = (first // HOUR + step) * HOUR
        overlap = np.minimum(last, begin + HOUR) - np.maximum(first, begin)
        share = np.maximum(overlap, 0) / (last - first)
        counts += np.bincount(_hour_of_week(begin), share, minlength=168)
    steps = np.arange(168)
    apart = np.minimum(steps, 168 - steps)
    kernel = np.exp(-0.5 * (apart / SMOOTH_HOURS) ** 2)
    smooth = np.fft.irfft(np.fft.rfft(counts) * np.fft.rfft(kernel / kernel.sum()), 168)
    return np.maximum(smooth, 0.0), float(len(precise))


def window_share(profile: Float64, start: Instant, until: Instant, zone: str) -> float:
    """The part of a week's events that falls into a window: 1 for a whole week."""
    begins = np.arange(start // HOUR, -(-until // HOUR), dtype=np.int64) * HOUR
    covered = (np.minimum(begins + HOUR, until) - np.maximum(begins, start)) / HOUR
    return float((profile[_hour_of_week(begins + _offset_us(zone, begins))] * covered).sum())


def _hour_of_week(local: Int64) -> Int64:
    """1970-01-01 was a Thursday."""
    return np.asarray((local // HOUR + 3 * 24) % 168)


def _offset_us(zone: str, at: Int64) -> Int64:
    """The zone's offset from UTC at each instant, looked up once a day: good but for the hours in which it changes."""
    days, place = np.unique(at // (24 * HOUR), return_inverse=True)
    there = ZoneInfo(zone)
    offsets = [_offset_of(datetime.fromtimestamp((day * 24 + 12) * 3_600, there)) for day in days.tolist()]
    return np.array(offsets, np.int64)[place] * SECOND


def _offset_of(moment: datetime) -> int:
    offset = moment.utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


# ------------------------------------------------------------------ places
def places(
    events: Events, area: BaseGeometry, since: Instant, now: Instant, window: tuple[Instant, Instant],
    zone: str = "UTC", limit: int = 5,
) -> list[Place]:  # fmt: skip
    """The places in an area where most is to be expected in a window, the worst first; each event in one place."""
    kept = (events.end > since) & (events.start < now) & np.isfinite(events.lon) & np.isfinite(events.lat)
    events = events.rows(kept)
    if len(events) < FEWEST:
        return []
    grid = surface(events, area, since, now)
    profile, _ = hour_profile(events, zone)
    weight = weights(events, since, now)
    east, north = offsets_m(*grid.middle, events.lon, events.lat)
    free, rate = np.ones(len(events), np.bool_), grid.rate.copy()
    found: list[Place] = []
    rows, columns = np.indices(rate.shape)
    middle_east = grid.east_m + (columns + 0.5) * grid.side_m
    middle_north = grid.north_m + (rows + 0.5) * grid.side_m
    cells = int(grid.inside.sum())
    usual = float(weight.sum()) * min(1.0, np.pi * PLACE_M**2 / (cells * grid.side_m**2))
    for _ in range(4 * limit):
        peak = int(np.argmax(rate))
        if len(found) == limit or rate.flat[peak] <= 0:
            break
        x, y = float(middle_east.flat[peak]), float(middle_north.flat[peak])
        near = free & (np.hypot(east - x, north - y) <= PLACE_M)
        rate[np.hypot(middle_east - x, middle_north - y) <= 2 * PLACE_M] = 0.0
        if near.sum() >= FEWEST:
            free &= ~near
            x, y = float(east[near].mean()), float(north[near].mean())
            at = moved_by(*grid.middle, x, y)
            own, _ = hour_profile(events.rows(near), zone, profile)
            share, rates = window_share(own, *window, zone), (float(weight[near].sum()), usual)
            found.append(_place(at, events.rows(near), rates, share, (since, now), zone))
    return sorted(found, key=lambda one: -one.expected)


def _place(
    at: tuple[float, float], events: Events, rates: tuple[float, float], share: float, span: tuple[Instant, Instant],
    zone: str,
) -> Place:  # fmt: skip
    """``rates``: the place's own a week, and the usual one of the beat."""
    rate, usual = rates
    weeks = (span[1] - span[0]) / _WEEK
    shape, looked = PRIOR_WEEKS * usual + rate * weeks, PRIOR_WEEKS + weeks
    low, high = interval(shape, looked / share if share > 0 else np.inf)
    hours = _hours(events, zone)
    return Place(
        lon=float(at[0]),
        lat=float(at[1]),
        radius_m=PLACE_M,
        category=int(np.bincount(events.category).argmax()),
        hours=hours,
        weekdays=_weekdays(events, zone),
        expected=shape / looked * share,
        low=low,
        high=high,
        seen=len(np.unique((events.start + events.end) // 2 // _WEEK)),
        weeks=weeks,
    )


def chances(shape: float, looked: float) -> tuple[int, Float64]:
    """How likely each count is in one more look after a Gamma(shape, looked), negative binomial: (the first count, the
    chance of it and of each after it). What is further than nine deviations from the mean is left out."""
    stays = looked / (1 + looked)
    mean = shape / looked
    reach = 9 * (mean / stays) ** 0.5 + 20
    first = max(0, int(mean - reach))
    counts = np.arange(first, int(mean + reach) + 1)
    steps = np.log((shape + counts) / (counts + 1) * (1 - stays))
    logs = np.concatenate([[0.0], np.cumsum(steps[:-1])])
    chance = np.exp(logs - logs.max())
    return first, chance / chance.sum()


def interval(shape: float, looked: float) -> tuple[int, int]:
    """The 10 % and 90 % points of what is seen in one more look. Counts are whole: it holds 80 % or more."""
    if not np.isfinite(looked) or shape <= 0:
        return 0, 0
    first, chance = chances(shape, looked)
    low, high = np.searchsorted(np.cumsum(chance), (0.1, 0.9))
    return first + int(low), first + int(high)


def _local_hours(events: Events, zone: str) -> Int64:
    precise = events.rows(events.end - events.start < COARSE)
    middle = (precise.start + precise.end) // 2
    return _hour_of_week(middle + _offset_us(zone, middle)) if len(precise) else np.zeros(0, np.int64)


def _hours(events: Events, zone: str) -> tuple[int, int] | None:
    """The four hours of the day that hold most, where they hold half or more of enough events."""
    hours = _local_hours(events, zone) % 24
    if len(hours) < FEWEST_FOR_HOURS:
        return None
    counts = np.bincount(hours, minlength=24)
    four = np.sum([np.roll(counts, -step) for step in range(4)], axis=0)
    start = int(np.argmax(four))
    return (start, (start + 4) % 24) if four[start] >= 0.5 * len(hours) else None


def _weekdays(events: Events, zone: str) -> tuple[int, ...] | None:
    """The days that hold half as much again as an even week would, where they hold most of enough events."""
    days = _local_hours(events, zone) // 24
    if len(days) < 2 * FEWEST_FOR_HOURS:
        return None
    counts = np.bincount(days, minlength=7)
    busy = np.flatnonzero(counts >= 1.5 * len(days) / 7)
    return tuple(busy.tolist()) if len(busy) and counts[busy].sum() >= 0.5 * len(days) else None
