"""Who came near what, and when: each unit's positions held against each record for as long as it was live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from app.people.movement import Trace
from geo.access import may_read
from geo.clock import HOUR, SECOND, Instant
from geo.model import Emergency, Principal, Record, Status
from geo.pairs import Bool, Float32, Float64, Int32, Int64
from geo.place import distance_m, local_shape, metres_per_degree, nearest_of, point_of, wrapped
from geo.position import STALE_AFTER, TOO_FAST_MPS
from streams.relevance.policy import Policy

NEAR_M = 1_000.0
NEAR_FOR = HOUR
"""A system without a filter interrupts for everything within 1 km, once, in the first hour after it was reported: what
the report compares with, as the demo does."""
NEVER: Instant = np.iinfo(np.int64).max
_ANYBODY = Principal(id="anybody", role="officer", force="own", expires_at=NEVER)
_ENDED = (Status.CLOSED, Status.CANCELLED)


@dataclass(frozen=True, slots=True)
class Nearby:
    """Pairs (unit, record) that came within :data:`NEAR_M` or the record's reach, n rows. ``near_at``, ``reach_at``
    and ``must_at`` are the first instants within 1 km in its first hour, within its reach, and as near to it as makes
    an immediate threat to life or an officer's emergency must-deliver; NEVER where that did not happen."""

    records: tuple[Record, ...]
    """As they stood at last; ``record`` indexes them."""
    unit: Int32
    record: Int32
    nearest_m: Float32
    nearest_at: Int64
    near_at: Int64
    reach_at: Int64
    must_at: Int64


@dataclass(frozen=True, slots=True)
class _Fixes:
    """All units' fixes in order of time."""

    units: int
    at: Int64
    unit: Int32
    lon: Float64
    lat: Float64
    accuracy_m: Float32


@dataclass(frozen=True, slots=True)
class _Stand:
    """A record as it stood from ``start`` up to ``end``, live, with its reach; a must-deliver within
    ``must_m`` up to ``must_until``."""

    number: int
    record: Record
    start: Instant
    end: Instant
    reach_m: float
    must_m: float
    must_until: Instant


def nearby(changes: Iterable[tuple[Instant, Record]], traces: dict[str, Trace], policy: Policy) -> Nearby:
    """Units are numbered in the order of ``traces``. Records without a place are near nobody, and so are those that
    the replay's units may not see."""
    fixes = _fixes_of(traces)
    lives: dict[str, list[tuple[Instant, Record]]] = {}
    for at, record in changes:
        lives.setdefault(record.id, []).append((at, record))
    parts = [
        _held_against(stand, fixes)
        for number, life in enumerate(lives.values())
        for stand in _stands(number, life, policy)
    ]
    return _together(tuple(life[-1][1] for life in lives.values()), fixes.units, [part for part in parts if len(part)])


def for_anybody(record: Record, now: Instant) -> bool:
    """Whether every officer of the replayed force may see it: who reads the page may be any of them."""
    return may_read(record, _ANYBODY, now) is None


def _fixes_of(traces: dict[str, Trace]) -> _Fixes:
    columns = [
        (trace.at, np.full(len(trace.at), number, np.int32), trace.lon, trace.lat, trace.accuracy_m)
        for number, trace in enumerate(map(_without_jumps, traces.values()))
    ]
    if not columns:
        nothing = np.zeros(0)
        columns = [(nothing.astype(np.int64), nothing.astype(np.int32), nothing, nothing, nothing.astype(np.float32))]
    at, unit, lon, lat, accuracy = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.argsort(at, kind="stable")
    return _Fixes(len(traces), at[order], unit[order], lon[order], lat[order], np.nan_to_num(accuracy[order]))


def _without_jumps(trace: Trace) -> Trace:
    """Without single positions that nobody can have come to and left again."""
    if len(trace.at) < 3:
        return trace
    step_s = np.maximum(np.diff(trace.at) / SECOND, 1.0)
    fast = distance_m(trace.lon[:-1], trace.lat[:-1], trace.lon[1:], trace.lat[1:]) / step_s > TOO_FAST_MPS
    keep = ~np.concatenate([[False], fast[:-1] & fast[1:], [False]])
    names = Trace.__slots__
    return Trace(*(getattr(trace, name)[keep] for name in names))


def _stands(number: int, life: list[tuple[Instant, Record]], policy: Policy) -> Iterator[_Stand]:
    for (at, record), after in zip(life, [*(at for at, _ in life[1:]), NEVER], strict=True):
        if record.place is None or record.status in _ENDED or not for_anybody(record, at):
            continue
        end, reach_m = policy.lifetime_and_reach(record)
        start = max(at, record.valid.start or 0)
        if start < min(end, after):
            must_x, must_until = _must(record, policy)
            yield _Stand(number, record, start, min(end, after), reach_m, reach_m * must_x, must_until)


def _must(record: Record, policy: Policy) -> tuple[float, Instant]:
    """(share of the reach, instant) up to which the record by itself is must-deliver; (0, 0): it is not."""
    if isinstance(record, Emergency) or record.category == "officer_emergency":
        return 1.0, NEVER
    must = policy.must_deliver
    if record.grade.rank < must.threat_grade.rank or not set(record.hazards) & set(must.threat_hazards):
        return 0.0, 0
    half_life_s = float(policy.tables.half_life_s[policy.row_of(record.category), record.grade.rank])
    return must.threat_reach_x, record.reported_at + int(must.threat_half_lives * half_life_s * SECOND)


def _held_against(stand: _Stand, fixes: _Fixes) -> Int64:
    """[n, 7] (unit, record, nearest in mm, its instant, near_at, reach_at, must_at) of one record as it stood."""
    first = int(np.searchsorted(fixes.at, stand.start - STALE_AFTER))
    begins, ends = (int(at) for at in np.searchsorted(fixes.at, [stand.start, stand.end]))
    units, last = np.unique(fixes.unit[first:begins][::-1], return_index=True)
    rows = np.concatenate([begins - 1 - last, np.arange(begins, ends)]) if len(units) else np.arange(begins, ends)
    away = _metres(stand.record, fixes.lon[rows], fixes.lat[rows])
    reach = away <= stand.reach_m + fixes.accuracy_m[rows]
    near = away <= NEAR_M
    hit = reach | near
    rows, away, reach, near = rows[hit], away[hit], reach[hit], near[hit]
    at = np.maximum(fixes.at[rows], stand.start)
    return _by_unit(stand, fixes, rows, away, at, reach, near)


def _by_unit(stand: _Stand, fixes: _Fixes, rows: Int64, away: Float64, at: Int64, reach: Bool, near: Bool) -> Int64:
    units, place = np.unique(fixes.unit[rows], return_inverse=True)
    out = np.full((len(units), 7), NEVER, np.int64)
    out[:, 0], out[:, 1] = units, stand.number
    order = np.lexsort((at, away, place))
    nearest = order[np.searchsorted(place[order], np.arange(len(units)))]
    out[:, 2], out[:, 3] = np.round(away[nearest] * 1_000), at[nearest]
    must = reach & (at <= stand.must_until) & (away <= stand.must_m)
    soon = near & (at <= stand.record.reported_at + NEAR_FOR)
    for column, which in ((4, soon), (5, reach), (6, must)):
        np.minimum.at(out[:, column], place[which], at[which])
    return out


def _metres(record: Record, lon: Float64, lat: Float64) -> Float64:
    """To the record's place; 0 inside an area. Points by the radii at the point: within 0.1 % up to 20 km."""
    assert record.place is not None
    if record.place.geom_type != "Point":
        to_lon, to_lat = nearest_of(local_shape(record.place), lon, lat)
        return distance_m(lon, lat, to_lon, to_lat)
    here_lon, here_lat = point_of(record.place)
    per_lon, per_lat = metres_per_degree(here_lat)
    return np.hypot(wrapped(lon - here_lon) * per_lon, (lat - here_lat) * per_lat)


def _together(records: tuple[Record, ...], units: int, parts: list[Int64]) -> Nearby:
    """The same pair out of several stands of a record is one row."""
    rows = np.concatenate(parts) if parts else np.zeros((0, 7), np.int64)
    key = rows[:, 1] * max(units, 1) + rows[:, 0]
    rows = rows[np.lexsort((rows[:, 3], rows[:, 2], key))]
    key = rows[:, 1] * max(units, 1) + rows[:, 0]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    firsts = np.minimum.reduceat(rows[:, 4:], starts, axis=0) if len(rows) else rows[:, 4:]
    rows = rows[starts]
    return Nearby(
        records=records,
        unit=rows[:, 0].astype(np.int32),
        record=rows[:, 1].astype(np.int32),
        nearest_m=(rows[:, 2] / 1_000).astype(np.float32),
        nearest_at=rows[:, 3],
        near_at=firsts[:, 0],
        reach_at=firsts[:, 1],
        must_at=firsts[:, 2],
    )
