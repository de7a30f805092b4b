"""Briefings against what then happened: beat by beat and shift by shift, on a virtual clock, beside "the last 20"

At the start of each shift the store holds what was known by then and nothing later. Of the incidents that did happen in
the beat during the shift: had the briefing an item of the same kind within :data:`NEAR_M`? The plain alternative is the
list of the last :data:`LAST` reports in the beat, and that list cut to as many items as the briefing has.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely

from app.drivers import past_store
from geo.clock import DAY, HOUR, Instant, VirtualClock
from geo.marking import Clearance
from geo.model import Beat, Principal, Record
from geo.pairs import Bool
from geo.place import offsets_m, point_of
from streams.briefing import Asked, Compiler
from streams.patrol.document import Item
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

    def first(self, count: int) -> Spots:
        return Spots(self.lon[:count], self.lat[:count], self.kind[:count])

    def __len__(self) -> int:
        return len(self.kind)


@dataclass(slots=True)
class Happened:
    """What happened in a beat and shift; ``called``: whether it was above routine."""

    spots: Spots = field(default_factory=Spots)
    called: list[bool] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Found:
    """Of so many incidents, how many had a related item: in the briefing, in the last :data:`LAST` reports, and in as
    many of these as the briefing has items with a place."""

    happened: int = 0
    briefing: int = 0
    last: int = 0
    as_long: int = 0

    def __add__(self, other: Found) -> Found:
        return Found(
            self.happened + other.happened,
            self.briefing + other.briefing,
            self.last + other.last,
            self.as_long + other.as_long,
        )


@dataclass(frozen=True, slots=True)
class OneShift:
    """What came of one briefing. ``called`` are the incidents above routine: a traffic stop that an officer makes is no
    call. ``items`` with a place that could be touched, ``touched`` those that were, ``sections`` the same by section
    (name, items, touched); ``lines`` is its length as read out."""

    beat: str
    start: Instant
    found: Found
    called: Found
    items: int
    touched: int
    last_items: int
    last_touched: int
    sections: tuple[tuple[str, int, int], ...]
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
    def found(self) -> Found:
        return sum((one.found for one in self.shifts), Found())

    @property
    def called(self) -> Found:
        return sum((one.called for one in self.shifts), Found())

    def sections(self) -> dict[str, tuple[int, int]]:
        """Section -> (items with a place, how many of them were touched)."""
        totals: dict[str, tuple[int, int]] = {}
        for name, items, touched in (row for one in self.shifts for row in one.sections):
            before = totals.get(name, (0, 0))
            totals[name] = (before[0] + items, before[1] + touched)
        return totals


def related(items: Spots, happened: Spots) -> tuple[Bool, Bool]:
    """(which of what happened had an item near it and of its kind, which items had such)."""
    if not len(items) or not len(happened):
        return np.zeros(len(happened), np.bool_), np.zeros(len(items), np.bool_)
    east, north = offsets_m(
        np.array(happened.lon)[:, None], np.array(happened.lat)[:, None], np.array(items.lon), np.array(items.lat)
    )
    same = np.array(happened.kind)[:, None] == np.array(items.kind)[None, :]
    match: Bool = same & (np.hypot(east, north) <= NEAR_M)
    return np.logical_or.reduce(match, axis=1), np.logical_or.reduce(match, axis=0)


async def evaluate(
    changes: Sequence[Change],
    beats: Sequence[Beat],
    span: tuple[Instant, Instant],
    policy: Policy,
    zone: str = "UTC",
    shift_hours: float = 8.0,
    say: Callable[[str], None] = lambda text: None,
) -> Evaluated:
    """``changes`` are records as they became known, in order of time; shifts follow each other within ``span``. What
    became known in the instant in which a shift begins is not known to its briefing: where times are rounded to the
    hour, it happened after."""
    length = round(shift_hours * HOUR)
    newest: dict[str, Record] = {record.id: record for _, record in changes}
    shifts: list[OneShift] = []
    with tempfile.TemporaryDirectory(prefix="beatline-evaluate-") as folder:
        clock = VirtualClock(span[0])
        store = past_store(Path(folder) / "past.sqlite", clock)
        await store.open()
        await store.put_beats(beats)
        compiler = Compiler(store, lambda: policy, clock, zone)
        known, put = list[Record](), 0
        for start in range(span[0], span[1] - length + 1, length):
            clock.set(start)
            end = put
            while end < len(changes) and changes[end][0] < start:
                end += 1
            fresh = [record for _, record in changes[put:end]]
            for at in range(0, len(fresh), _AT_ONCE):
                await store.put(fresh[at : at + _AT_ONCE])
            known, put = _latest(known, fresh), end
            happened = _happened(newest.values(), beats, start, start + length)
            turn = (start, start + length)
            shifts += [await _one(compiler, beat, turn, happened[beat.id], known, zone) for beat in beats]
            say(f"{len(shifts):,} briefings, {sum(one.found.happened for one in shifts):,} incidents")
        await store.close()
    return Evaluated(tuple(shifts), len(beats), len(newest))


async def _one(
    compiler: Compiler,
    beat: Beat,
    turn: tuple[Instant, Instant],
    happened: Happened,
    known: Sequence[Record],
    zone: str,
) -> OneShift:
    reader = Principal(
        id="evaluate", role="analyst", force=beat.force, clearance=Clearance.OFFICIAL_SENSITIVE, expires_at=turn[1]
    )
    asked = Asked(beat=beat.id, start=turn[0], until=turn[1], since=turn[0] - DAY, zone=zone)
    began = time.perf_counter()
    briefing = await compiler.briefing(reader, asked)
    seconds = time.perf_counter() - began
    shown = [item for item in briefing.items if item.place is not None and not item.place.is_empty]
    items, last = _spots_of(shown), _last_of(known, beat)
    by_briefing, touched = related(items, happened.spots)
    by_last, last_touched = related(last, happened.spots)
    as_long, _ = related(last.first(len(items)), happened.spots)
    called = np.array(happened.called, np.bool_)
    return OneShift(
        beat=beat.id, start=turn[0],
        found=Found(len(called), int(by_briefing.sum()), int(by_last.sum()), int(as_long.sum())),
        called=Found(*(int(some.sum()) for some in (called, called & by_briefing, called & by_last, called & as_long))),
        items=len(items), touched=int(touched.sum()), last_items=len(last), last_touched=int(last_touched.sum()),
        sections=_by_section(shown, touched), all_items=len(briefing.items),
        lines=sum(1 + bool(item.detail) for item in briefing.items), seconds=seconds,
    )  # fmt: skip


def _spots_of(items: Iterable[Item]) -> Spots:
    spots = Spots()
    for item in items:
        if item.place is not None:
            spots.add(*point_of(item.place), item.category)
    return spots


def _by_section(items: Sequence[Item], touched: Bool) -> tuple[tuple[str, int, int], ...]:
    counts = {item.section.value: [0, 0] for item in items}
    for item, hit in zip(items, touched.tolist(), strict=True):
        counts[item.section.value][0] += 1
        counts[item.section.value][1] += hit
    return tuple((name, count, hits) for name, (count, hits) in counts.items())


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


def _happened(records: Iterable[Record], beats: Sequence[Beat], start: Instant, until: Instant) -> dict[str, Happened]:
    """Beat -> what happened there in the shift, by when it began. What is known to the day or worse is left out."""
    found = {beat.id: Happened() for beat in beats}
    inside = [record for record in records if start <= _began(record) < until and record.place is not None]
    if not inside:
        return found
    points = np.array([point_of(record.place) for record in inside if record.place is not None])
    for beat in beats:
        rows = np.flatnonzero(shapely.intersects_xy(beat.area, points[:, 0], points[:, 1]))
        for row in rows.tolist():
            there = found[beat.id]
            there.spots.add(float(points[row, 0]), float(points[row, 1]), inside[row].category)
            there.called.append(inside[row].grade.rank > 0)
    return found


def _began(record: Record) -> Instant:
    start, end = record.occurred.start, record.occurred.end
    if start is None:
        return record.reported_at
    return -1 if end is not None and end - start >= DAY else start
