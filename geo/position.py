"""A fix, and how far to trust it: each reason for distrust is a named predicate.

A fix is held against the officer's last trusted one. What is judged *too fast* may still be right, when the last
trusted fix was itself the wrong one, so nobody is locked out for ever:

* three fixes in a row that are too fast for the last trusted one, agree with each other (each at most 70 m/s from the
  one before), and span at least 5 s are a new chain, which is trusted from the third fix on (``CHAIN_LENGTH``,
  ``CHAIN_SPAN``). A fix that is trusted in between ends the chain.

A silence does not change it: 50 km in 130 s is a jump, however long nothing was heard. A receiver that has *frozen*
goes on saying one place to the last digit while it says that it moves: such a fix is no newer knowledge (``FROZEN``),
so that the last trusted one grows stale.

Reported speed is never held against derived speed: receivers average, and one of the two would be punished for it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
FROZEN_LENGTH = 3
FROZEN_SPAN = 60 * SECOND
FROZEN_MPS = 2.0
"""So many fixes of one place to the last digit, over so long, by who moves faster than that: a walk is 1.4 m/s."""
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
    FROZEN = "frozen"
    """The same place to the last digit for more than a minute, from who says that he moves."""

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
    """Faster than 70 m/s (250 km/h) since ``last``, however long ago that was."""
    return _outruns(fix, last)


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
    """What is remembered of one officer: the last trusted fix, how often and since when fixes said its very place, and
    the chain of fixes that contradict it."""

    last: Fix | None = None
    chain: Fix | None = None
    chain_since: Instant = 0
    chain_length: int = 0
    same_since: Instant = 0
    same_length: int = 0


def follow(track: Track, fix: Fix, now: Instant) -> tuple[Track, FixVerdict]:
    """Judges the fix and remembers it. The rule of the new chain is in the module's docstring."""
    verdict = judge(fix, track.last, now)
    if verdict is FixVerdict.TRUSTED:
        return _settled(track, fix)
    if verdict is not FixVerdict.TOO_FAST:
        return track, verdict
    chain = track.chain
    if chain is None or fix.at <= chain.at or _outruns(fix, chain):
        return replace(track, chain=fix, chain_since=fix.at, chain_length=1), verdict
    length = track.chain_length + 1
    if length >= CHAIN_LENGTH and fix.at - track.chain_since >= CHAIN_SPAN:
        return Track(fix, same_since=fix.at, same_length=1), FixVerdict.TRUSTED
    return replace(track, chain=fix, chain_length=length), verdict


def _settled(track: Track, fix: Fix) -> tuple[Track, FixVerdict]:
    """A fix that nothing speaks against, unless the receiver has frozen: then only that it said the same is kept."""
    last = track.last
    if last is None or (fix.lon, fix.lat) != (last.lon, last.lat):
        return Track(fix, same_since=fix.at, same_length=1), FixVerdict.TRUSTED
    length = min(track.same_length, 250) + 1
    moves = fix.speed_mps is not None and fix.speed_mps > FROZEN_MPS
    if moves and length >= FROZEN_LENGTH and fix.at - track.same_since > FROZEN_SPAN:
        return replace(track, chain=None, chain_since=0, chain_length=0, same_length=length), FixVerdict.FROZEN
    return Track(fix, same_since=track.same_since, same_length=length), FixVerdict.TRUSTED


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
    """:class:`Track` in columns; ``at`` and ``chain_at`` are 0 where there is none. Names as in ``_COLUMNS``."""

    at: Int64
    lon: Float64
    lat: Float64
    chain_at: Int64
    chain_lon: Float64
    chain_lat: Float64
    chain_since: Int64
    chain_length: UInt8
    same_since: Int64
    same_length: UInt8

    @classmethod
    def of_size(cls, size: int) -> Tracks:
        return cls(**{name: np.full(size, empty, kind) for name, (kind, empty) in _COLUMNS.items()})

    def grown(self, size: int) -> Tracks:
        """The same tracks, with room for ``size``."""
        roomy = Tracks.of_size(size)
        for name in _COLUMNS:
            getattr(roomy, name)[: len(self.at)] = getattr(self, name)
        return roomy

    def forget(self, row: int) -> None:
        """Nothing is known of this one."""
        self.at[row] = self.chain_at[row] = self.chain_length[row] = self.same_length[row] = 0


_COLUMNS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("at", "chain_at", "chain_since", "same_since"), ("int64", 0)),
    **dict.fromkeys(("lon", "lat", "chain_lon", "chain_lat"), ("float64", np.nan)),
    **dict.fromkeys(("chain_length", "same_length"), ("uint8", 0)),
}


def follow_all(tracks: Tracks, rows: Int64, fixes: Fixes, now: Instant) -> UInt8:
    """:func:`follow` for fixes [n] of the tracks ``rows`` (unique): verdict codes; the tracks remember."""
    verdict = _judge_all(tracks, rows, fixes, now)
    suspect = np.flatnonzero(verdict == FixVerdict.TOO_FAST.code)
    if len(suspect):
        verdict[suspect[_extend_chains(tracks, rows[suspect], fixes.rows(suspect))]] = FixVerdict.TRUSTED.code
    believed = np.flatnonzero(verdict == FixVerdict.TRUSTED.code)
    verdict[believed[_frozen(tracks, rows[believed], fixes.rows(believed))]] = FixVerdict.FROZEN.code
    tracks.chain_at[rows[believed]] = tracks.chain_length[rows[believed]] = 0
    trusted = verdict == FixVerdict.TRUSTED.code
    into = rows[trusted]
    tracks.at[into], tracks.lon[into], tracks.lat[into] = fixes.at[trusted], fixes.lon[trusted], fixes.lat[trusted]
    return verdict


def _frozen(tracks: Tracks, rows: Int64, fixes: Fixes) -> Bool:
    """Counts fixes of one place to the last digit; true where its receiver has frozen."""
    same = (tracks.at[rows] != 0) & (fixes.lon == tracks.lon[rows]) & (fixes.lat == tracks.lat[rows])
    length = np.where(same, np.minimum(tracks.same_length[rows], 250) + 1, 1)
    since = np.where(same, tracks.same_since[rows], fixes.at)
    tracks.same_length[rows], tracks.same_since[rows] = length.astype(np.uint8), since
    with np.errstate(invalid="ignore"):
        moves = fixes.speed_mps > np.float32(FROZEN_MPS)
    return np.asarray(same & moves & (length >= FROZEN_LENGTH) & (fixes.at - since > FROZEN_SPAN))


def _judge_all(tracks: Tracks, rows: Int64, fixes: Fixes, now: Instant) -> UInt8:
    """The predicates of :func:`judge`, the last one first, so that the first one that applies is what remains."""
    last_at = tracks.at[rows]
    known = last_at != 0
    verdict = np.zeros(len(fixes), np.uint8)
    fast = known & _outrun(fixes, last_at, tracks.lon[rows], tracks.lat[rows])
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
