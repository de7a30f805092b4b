"""A fix, and how far to trust it: each reason for distrust is a named predicate.

A fix is held against the officer's last trusted one. What is judged *too fast* may still be right, when the last
trusted fix was itself the wrong one, so nobody is locked out for ever:

* a last trusted fix more than 120 s older than the new one says nothing about it any more (``STALE_AFTER``);
* three fixes in a row that are too fast for the last trusted one, agree with each other (each at most 70 m/s from the
  one before), and span at least 5 s are a new chain, which is trusted from the third fix on (``CHAIN_LENGTH``,
  ``CHAIN_SPAN``). A fix that is trusted in between ends the chain.

Reported speed is never held against derived speed: receivers average, and one of the two would be punished for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from geo.clock import SECOND, Instant
from geo.pairs import Bool, Float32, Float64, Int64, UInt8
from geo.place import distance_m, in_range, on_null_island

FUTURE_AFTER = 10 * SECOND
TOO_FAST_MPS = 70.0
SHORTEST_STEP = 1 * SECOND
"""Two fixes closer in time than this are taken as this far apart: the jitter of a receiver is not speed."""
STALE_AFTER = 120 * SECOND
COARSE_ABOVE_M = 1_000.0
CHAIN_LENGTH = 3
CHAIN_SPAN = 5 * SECOND


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a device says it was at ``at``. None: it did not say."""

    at: Instant
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None


class FixVerdict(StrEnum):
    """What was made of a fix; the order is the code in columns. Only TRUSTED moves the officer."""

    TRUSTED = "trusted"
    OUT_OF_RANGE = "out_of_range"
    NULL_ISLAND = "null_island"
    FUTURE = "future"
    OLDER = "older"
    DUPLICATE = "duplicate"
    COARSE = "coarse"
    """Accuracy beyond 1 km: believed, but it does not say where he is, so the last fix stays."""
    TOO_FAST = "too_fast"

    @property
    def code(self) -> int:
        return _CODE[self]


_CODE = {verdict: index for index, verdict in enumerate(FixVerdict)}
VERDICTS = tuple(FixVerdict)


# ------------------------------------------------------------------ the reasons, one by one
def is_out_of_range(fix: Fix) -> bool:
    """Not finite, beyond 180 degrees of longitude, or at 90 of latitude or beyond."""
    return not bool(in_range(fix.lon, fix.lat))


def is_on_null_island(fix: Fix) -> bool:
    """0, 0: what a receiver says that knows no place."""
    return bool(on_null_island(fix.lon, fix.lat))


def is_from_the_future(fix: Fix, now: Instant) -> bool:
    """More than 10 s ahead of the server."""
    return fix.at > now + FUTURE_AFTER


def is_older(fix: Fix, last: Fix) -> bool:
    """Taken before the last trusted one."""
    return fix.at < last.at


def is_duplicate(fix: Fix, last: Fix) -> bool:
    """Of the same instant: whatever it says, it brings no newer knowledge."""
    return fix.at == last.at


def is_coarse(fix: Fix) -> bool:
    """Accuracy beyond 1 km."""
    return fix.accuracy_m is not None and fix.accuracy_m > COARSE_ABOVE_M


def is_too_fast(fix: Fix, last: Fix) -> bool:
    """Faster than 70 m/s (250 km/h) since ``last``, unless that one is stale."""
    return fix.at - last.at <= STALE_AFTER and _outruns(fix, last)


def _outruns(fix: Fix, other: Fix) -> bool:
    seconds = max(fix.at - other.at, SHORTEST_STEP) / SECOND
    return float(distance_m(other.lon, other.lat, fix.lon, fix.lat)) > TOO_FAST_MPS * seconds


def is_wrong_in_itself(fix: Fix, now: Instant) -> bool:
    """Distrusted whatever the last trusted one was."""
    return is_out_of_range(fix) or is_on_null_island(fix) or is_from_the_future(fix, now)


def better(one: Fix | None, later: Fix, now: Instant) -> Fix:
    """Which of two fixes, the second of which came later, is to be judged where only one can be: the newer, but never
    one that is wrong in itself in the place of one that is not."""
    if one is None:
        return later
    wrong, later_wrong = is_wrong_in_itself(one, now), is_wrong_in_itself(later, now)
    if wrong != later_wrong:
        return later if wrong else one
    return later if later.at >= one.at else one


def judge(fix: Fix, last_trusted: Fix | None, now: Instant) -> FixVerdict:
    """The first reason to distrust the fix, or TRUSTED."""
    if is_out_of_range(fix):
        return FixVerdict.OUT_OF_RANGE
    if is_on_null_island(fix):
        return FixVerdict.NULL_ISLAND
    if is_from_the_future(fix, now):
        return FixVerdict.FUTURE
    if last_trusted is not None and is_older(fix, last_trusted):
        return FixVerdict.OLDER
    if last_trusted is not None and is_duplicate(fix, last_trusted):
        return FixVerdict.DUPLICATE
    if is_coarse(fix):
        return FixVerdict.COARSE
    if last_trusted is not None and is_too_fast(fix, last_trusted):
        return FixVerdict.TOO_FAST
    return FixVerdict.TRUSTED


def drives_near_me(fix_at: Instant, accuracy_m: float | None, now: Instant) -> bool:
    """Whether a trusted fix says what is near: not when it is older than 120 s, not beyond 1 km of accuracy."""
    return now - fix_at <= STALE_AFTER and not (accuracy_m is not None and accuracy_m > COARSE_ABOVE_M)


# ------------------------------------------------------------------ with memory: one device
@dataclass(frozen=True, slots=True)
class Track:
    """What is remembered of one officer: the last trusted fix, and the chain of fixes that contradict it."""

    last: Fix | None = None
    chain: Fix | None = None
    chain_since: Instant = 0
    chain_length: int = 0


def follow(track: Track, fix: Fix, now: Instant) -> tuple[Track, FixVerdict]:
    """Judges the fix and remembers it. The rule of the new chain is in the module's docstring."""
    verdict = judge(fix, track.last, now)
    if verdict is FixVerdict.TRUSTED:
        return Track(fix), verdict
    if verdict is not FixVerdict.TOO_FAST:
        return track, verdict
    chain = track.chain
    if chain is None or fix.at <= chain.at or _outruns(fix, chain):
        return Track(track.last, fix, fix.at, 1), verdict
    length = track.chain_length + 1
    if length >= CHAIN_LENGTH and fix.at - track.chain_since >= CHAIN_SPAN:
        return Track(fix), FixVerdict.TRUSTED
    return Track(track.last, fix, track.chain_since, length), verdict


# ------------------------------------------------------------------ with memory: columns
@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes in columns; NaN where the device did not say."""

    at: Int64
    lon: Float64
    lat: Float64
    accuracy_m: Float32
    speed_mps: Float32
    heading_deg: Float32

    @classmethod
    def of(cls, fixes: list[Fix]) -> Fixes:
        return cls(
            np.array([fix.at for fix in fixes], np.int64),
            np.array([fix.lon for fix in fixes], np.float64),
            np.array([fix.lat for fix in fixes], np.float64),
            np.array([_known(fix.accuracy_m) for fix in fixes], np.float32),
            np.array([_known(fix.speed_mps) for fix in fixes], np.float32),
            np.array([_known(fix.heading_deg) for fix in fixes], np.float32),
        )

    def __len__(self) -> int:
        return len(self.at)

    def rows(self, chosen: Int64) -> Fixes:
        """The fixes at these indices."""
        return Fixes(
            self.at[chosen],
            self.lon[chosen],
            self.lat[chosen],
            self.accuracy_m[chosen],
            self.speed_mps[chosen],
            self.heading_deg[chosen],
        )


def _known(value: float | None) -> float:
    return math.nan if value is None else value


@dataclass(slots=True)
class Tracks:
    """:class:`Track` in columns; ``at`` and ``chain_at`` are 0 where there is none."""

    at: Int64
    lon: Float64
    lat: Float64
    chain_at: Int64
    chain_lon: Float64
    chain_lat: Float64
    chain_since: Int64
    chain_length: UInt8

    @classmethod
    def of_size(cls, size: int) -> Tracks:
        whole, place = np.zeros(size, np.int64), np.full(size, np.nan)
        return cls(
            whole, place, place.copy(), whole.copy(), place.copy(), place.copy(), whole.copy(), np.zeros(size, np.uint8)
        )

    def grown(self, size: int) -> Tracks:
        """The same tracks, with room for ``size``."""
        roomy, old = Tracks.of_size(size), len(self.at)
        roomy.at[:old], roomy.lon[:old], roomy.lat[:old] = self.at, self.lon, self.lat
        roomy.chain_at[:old], roomy.chain_lon[:old] = self.chain_at, self.chain_lon
        roomy.chain_lat[:old], roomy.chain_since[:old] = self.chain_lat, self.chain_since
        roomy.chain_length[:old] = self.chain_length
        return roomy


def follow_all(tracks: Tracks, rows: Int64, fixes: Fixes, now: Instant) -> UInt8:
    """:func:`follow` for fixes [n] of the tracks ``rows`` (unique): verdict codes; the tracks remember."""
    verdict = _judge_all(tracks, rows, fixes, now)
    suspect = np.flatnonzero(verdict == FixVerdict.TOO_FAST.code)
    if len(suspect):
        verdict[suspect[_extend_chains(tracks, rows[suspect], fixes.rows(suspect))]] = FixVerdict.TRUSTED.code
    trusted = verdict == FixVerdict.TRUSTED.code
    into = rows[trusted]
    tracks.at[into], tracks.lon[into], tracks.lat[into] = fixes.at[trusted], fixes.lon[trusted], fixes.lat[trusted]
    tracks.chain_at[into] = tracks.chain_length[into] = 0
    return verdict


def _judge_all(tracks: Tracks, rows: Int64, fixes: Fixes, now: Instant) -> UInt8:
    """The predicates of :func:`judge`, the last one first, so that the first one that applies is what remains."""
    last_at = tracks.at[rows]
    known = last_at != 0
    verdict = np.zeros(len(fixes), np.uint8)
    fast = known & (fixes.at - last_at <= STALE_AFTER)
    fast &= _outrun(fixes, last_at, tracks.lon[rows], tracks.lat[rows])
    verdict[fast] = FixVerdict.TOO_FAST.code
    with np.errstate(invalid="ignore"):
        verdict[fixes.accuracy_m > COARSE_ABOVE_M] = FixVerdict.COARSE.code
    verdict[known & (fixes.at == last_at)] = FixVerdict.DUPLICATE.code
    verdict[known & (fixes.at < last_at)] = FixVerdict.OLDER.code
    verdict[fixes.at > now + FUTURE_AFTER] = FixVerdict.FUTURE.code
    verdict[on_null_island(fixes.lon, fixes.lat)] = FixVerdict.NULL_ISLAND.code
    verdict[~in_range(fixes.lon, fixes.lat)] = FixVerdict.OUT_OF_RANGE.code
    return verdict


def _outrun(fixes: Fixes, at: Int64, lon: Float64, lat: Float64) -> Bool:
    seconds = np.maximum(fixes.at - at, SHORTEST_STEP) / SECOND
    with np.errstate(invalid="ignore"):
        return np.asarray(distance_m(lon, lat, fixes.lon, fixes.lat) > TOO_FAST_MPS * seconds)


def _extend_chains(tracks: Tracks, rows: Int64, fixes: Fixes) -> Bool:
    """Remembers fixes that were too fast; true where one completes a chain."""
    chain_at = tracks.chain_at[rows]
    agrees = (chain_at != 0) & (fixes.at > chain_at)
    agrees &= ~_outrun(fixes, chain_at, tracks.chain_lon[rows], tracks.chain_lat[rows])
    length = np.where(agrees, np.minimum(tracks.chain_length[rows], 250) + 1, 1)
    since = np.where(agrees, tracks.chain_since[rows], fixes.at)
    tracks.chain_at[rows], tracks.chain_lon[rows], tracks.chain_lat[rows] = fixes.at, fixes.lon, fixes.lat
    tracks.chain_since[rows], tracks.chain_length[rows] = since, length.astype(np.uint8)
    return np.asarray((length >= CHAIN_LENGTH) & (fixes.at - since >= CHAIN_SPAN))
