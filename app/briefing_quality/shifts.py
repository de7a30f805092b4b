"""Briefings against what then happened: beat by beat and shift by shift, on a virtual clock, beside "the last 20"

At the start of each shift the store holds what was known by then and nothing later. Of the incidents that did happen in
the beat during the shift: had the briefing an item of the same kind within :data:`NEAR_M`? The plain alternative is the
list of the last :data:`LAST` reports in the beat.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from geo.clock import DAY, HOUR, Instant, VirtualClock
from geo.marking import Clearance
from geo.model import Beat, Principal, Record
from geo.place import offsets_m, point_of
from geo.store.sqlite import SqliteStore
from streams.briefing import Asked, Compiler
from streams.patrol.document import PatrolBriefing
from streams.relevance.policy import Policy

NEAR_M = 150.0
"""The same place: a corner with what is round it."""
LAST = 20
_AT_ONCE = 500

Change = tuple[Instant, Record]


@dataclass(slots=True)
class Spots:
    """Places with their kinds, in columns."""

    lon: list[float] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)

    def add(self, lon: float, lat: float, kind: str) -> None:
        self.lon.append(lon)
        self.lat.append(lat)
        self.kind.append(kind)

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(frozen=True, slots=True)
class OneShift:
    """What came of one briefing. ``items`` with a place that could be touched, ``touched`` those that were; ``lines``
    is its length as read out."""

    beat: str
    start: Instant
    happened: int
    found: int
    found_by_last: int
    items: int
    touched: int
    last_items: int
    last_touched: int
    all_items: int
    lines: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Evaluated:
    """All of them, in order of time."""

    shifts: tuple[OneShift, ...]
    beats: int
    records: int

    @property
    def happened(self) -> int:
        return sum(one.happened for one in self.shifts)

    def share(self, name: str) -> float:
        """``found`` or ``found_by_last`` of what happened."""
        return float(sum(getattr(one, name) for one in self.shifts) / max(1, self.happened))


def related(items: Spots, happened: Spots) -> tuple[int, int]:
    """(how many of what happened had an item near it and of its kind, how many items had such)."""
    if not len(items) or not len(happened):
        return 0, 0
    east, north = offsets_m(
        np.array(happened.lon)[:, None], np.array(happened.lat)[:, None], np.array(items.lon), np.array(items.lat)
    )
    same = np.array(happened.kind)[:, None] == np.array(items.kind)[None, :]
    match = same & (np.hypot(east, north) <= NEAR_M)
    return int(match.any(axis=1).sum()), int(match.any(axis=0).sum())


async def evaluate(
    changes: Sequence[Change],
    beats: Sequence[Beat],
    span: tuple[Instant, Instant],
    policy: Policy,
    zone: str = "UTC",
    shift_hours: float = 8.0,
    say: Callable[[str], None] = lambda text: None,
) -> Evaluated:
    """``changes`` are records as they became known, in order of time; shifts follow each other within ``span``."""
    length = round(shift_hours * HOUR)
    newest: dict[str, Record] = {record.id: record for _, record in changes}
    shifts: list[OneShift] = []
    with tempfile.TemporaryDirectory(prefix="beatline-evaluate-") as folder:
        clock = VirtualClock(span[0])
        store = SqliteStore(Path(folder) / "past.sqlite", clock)
        await store.open()
        await store.put_beats(beats)
        compiler = Compiler(store, lambda: policy, clock, zone)
        known, put = list[Record](), 0
        for start in range(span[0], span[1] - length + 1, length):
            clock.set(start)
            end = put
            while end < len(changes) and changes[end][0] <= start:
                end += 1
            fresh = [record for _, record in changes[put:end]]
            for at in range(0, len(fresh), _AT_ONCE):
                await store.put(fresh[at : at + _AT_ONCE])
            known, put = _latest(known, fresh), end
            happened = _happened(newest.values(), beats, start, start + length)
            turn = (start, start + length)
            shifts += [await _one(compiler, beat, turn, happened[beat.id], known, zone) for beat in beats]
            say(f"{len(shifts):,} briefings, {sum(one.happened for one in shifts):,} incidents")
        await store.close()
    return Evaluated(tuple(shifts), len(beats), len(newest))


async def _one(
    compiler: Compiler, beat: Beat, turn: tuple[Instant, Instant], happened: Spots, known: Sequence[Record], zone: str
) -> OneShift:
    reader = Principal(
        id="evaluate", role="analyst", force=beat.force, clearance=Clearance.OFFICIAL_SENSITIVE, expires_at=turn[1]
    )
    asked = Asked(beat=beat.id, start=turn[0], until=turn[1], since=turn[0] - DAY, zone=zone)
    began = time.perf_counter()
    briefing = await compiler.briefing(reader, asked)
    seconds = time.perf_counter() - began
    items, last = _items_of(briefing), _last_of(known, beat)
    found, touched = related(items, happened)
    by_last, last_touched = related(last, happened)
    lines = sum(1 + bool(item.detail) for item in briefing.items)
    return OneShift(
        beat=beat.id, start=turn[0], happened=len(happened), found=found, found_by_last=by_last, items=len(items),
        touched=touched, last_items=len(last), last_touched=last_touched, all_items=len(briefing.items), lines=lines,
        seconds=seconds,
    )  # fmt: skip


def _items_of(briefing: PatrolBriefing) -> Spots:
    spots = Spots()
    for item in briefing.items:
        if item.place is not None and not item.place.is_empty:
            spots.add(*point_of(item.place), item.category)
    return spots


def _latest(known: Sequence[Record], fresh: Iterable[Record]) -> list[Record]:
    """By when they were reported, each in its newest version."""
    merged = {record.id: record for record in known}
    merged.update((record.id, record) for record in fresh)
    return sorted(merged.values(), key=lambda record: record.reported_at)


def _last_of(known: Sequence[Record], beat: Beat) -> Spots:
    spots = Spots()
    shapely.prepare(beat.area)
    for record in reversed(known):
        if len(spots) == LAST:
            break
        if record.place is not None and shapely.intersects_xy(beat.area, *point_of(record.place)):
            spots.add(*point_of(record.place), record.category)
    return spots


def _happened(records: Iterable[Record], beats: Sequence[Beat], start: Instant, until: Instant) -> dict[str, Spots]:
    """Beat -> what happened there in the shift, by when it began. What is known to the day or worse is left out."""
    found = {beat.id: Spots() for beat in beats}
    inside = [record for record in records if start <= _began(record) < until and record.place is not None]
    if not inside:
        return found
    points = np.array([point_of(record.place) for record in inside if record.place is not None])
    for beat in beats:
        rows = np.flatnonzero(shapely.intersects_xy(beat.area, points[:, 0], points[:, 1]))
        for row in rows.tolist():
            found[beat.id].add(float(points[row, 0]), float(points[row, 1]), inside[row].category)
    return found


def _began(record: Record) -> Instant:
    start, end = record.occurred.start, record.occurred.end
    if start is None:
        return record.reported_at
    return -1 if end is not None and end - start >= DAY else start
