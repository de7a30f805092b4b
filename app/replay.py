"""`beatline replay`: a past shift through the same path, on a virtual clock: what would have reached whom, and why."""

from __future__ import annotations

import asyncio
import heapq
import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias, cast

from app.feeds import feed_named, timeline
from app.people.movement import SILENCE, Trace, read_traces
from app.replay_store import ReplayStore
from app.report.heard import Heard
from app.report.main import write_report, zone_named
from geo.clock import MINUTE, SECOND, Instant, VirtualClock
from geo.model import Officer, Record, UnitStatus
from geo.picture import LivePicture
from geo.position import Fix
from geo.store.contract import Store
from streams.officers.situations import Situations
from streams.pipeline import Pipeline
from streams.relevance.policy import Policy, load_policy

STEP = 5 * SECOND
"""What comes within five seconds is decided together, at their end: the live path gathers fixes too, and a device sends
one every 20 to 30 s. Half of it would take twice as long and change no verdict but its instant."""

Moment: TypeAlias = tuple[Instant, int, str, Record | Fix | None]
"""When, 0 for a record and 1 for a fix, whose, and what (None: the trace has ended). Sorts records before fixes."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    policy: str
    units: int
    unit_hours: float
    fixes: int
    changes: int
    verdicts: dict[str, int]
    rules: dict[str, int]
    withdrawn: dict[str, int]
    interrupts_per_unit_hour: float
    busiest_unit_interrupts: int
    distrusted_fixes: int
    seconds: float


def main(
    incidents: Path,
    format: str,
    units: Path,
    out: Path,
    policy: str | None = None,
    summary: Path | None = None,
    report: Path | None = None,
    zone: str = "UTC",
) -> Replayed:
    """Writes the decisions to ``out``, the counts to ``summary`` and a page to ``report``, its times in ``zone``; says
    the counts. Raises what the files are: a FeedError, a BadTrace or a PolicyError; UnknownZone."""
    zone_named(zone)
    chosen = load_policy(policy or feed_named(format).policy)
    changes: Iterable[tuple[Instant, Record]] = timeline(format, incidents, chosen)
    traces = read_traces(units)
    heard = Heard() if report is not None else None
    if heard is not None:
        changes = list(changes)
    with out.open("w", encoding="utf-8") as lines:
        replayed = asyncio.run(replay(changes, traces, chosen, lines, heard))
    if report is not None and heard is not None:
        write_report(report, heard, changes, traces, chosen, zone)
    text = json.dumps(_summary(replayed), indent=1)
    if summary is not None:
        summary.write_text(text + "\n", encoding="utf-8")
    print(text, file=sys.stdout)  # noqa: T201
    return replayed


async def replay(
    changes: Iterable[tuple[Instant, Record]],
    traces: dict[str, Trace],
    policy: Policy,
    out: IO[str],
    heard: Heard | None = None,
) -> Replayed:
    """The pipeline over changes and fixes in order of time. The same input gives the same lines; ``heard`` hears what
    they are made of."""
    begun = time.perf_counter()
    clock, picture = VirtualClock(0), LivePicture()
    store = ReplayStore(out, policy.noise.budget_burst, heard)
    situations = Situations(picture.books)
    pipeline = Pipeline(cast(Store, store), picture, situations, policy, clock, "replay", lambda delivered: None)
    await pipeline.start()
    counted = [0, 0]
    for now, moments in _steps(heapq.merge(_records(changes), _fixes(traces), key=lambda moment: moment[:3])):
        await _what_comes_due(pipeline, clock, now)
        clock.set(now)
        for _, _, name, what in moments:
            if what is None:
                pipeline.status(name, UnitStatus.OFF_DUTY, now)
            elif isinstance(what, Fix):
                counted[1] += 1
                if name not in situations.slot_of:
                    await _arrives(pipeline, name, now)
                pipeline.moved(name, what)
            else:
                counted[0] += 1
                store.take_in(what, now)
                pipeline.wake()
        await pipeline.tick()
    return _replayed(store, pipeline, traces, counted, policy, time.perf_counter() - begun)


async def _what_comes_due(pipeline: Pipeline, clock: VirtualClock, before: Instant) -> None:
    """A tick for each step in which something comes due by itself."""
    due = pipeline.next_due()
    while due is not None and _end_of_step(due) < before:
        clock.set(_end_of_step(due))
        await pipeline.tick()
        due = pipeline.next_due()


def _end_of_step(at: Instant) -> Instant:
    return -(-at // STEP) * STEP


async def _arrives(pipeline: Pipeline, unit: str, now: Instant) -> None:
    """A unit's first fix: it is on duty and available, cleared for OFFICIAL."""
    await pipeline.connect(Officer(id=unit, force="own"), now)
    pipeline.status(unit, UnitStatus.AVAILABLE, now)


def _records(changes: Iterable[tuple[Instant, Record]]) -> Iterator[Moment]:
    for number, (at, record) in enumerate(changes):
        yield at, 0, f"{number:09d}", record


def _fixes(traces: dict[str, Trace]) -> Iterator[Moment]:
    return heapq.merge(*(_trace(unit, trace) for unit, trace in traces.items()), key=lambda moment: moment[:3])


def _trace(unit: str, trace: Trace) -> Iterator[Moment]:
    columns = (trace.at, trace.lon, trace.lat, trace.accuracy_m, trace.speed_mps, trace.heading_deg)
    for at, lon, lat, *rest in zip(*(column.tolist() for column in columns), strict=True):
        accuracy, speed, heading = (None if value != value else value for value in rest)
        yield at, 1, unit, Fix(at, lon, lat, accuracy, speed, heading)
    yield trace.end + SILENCE, 1, unit, None


def _steps(moments: Iterable[Moment]) -> Iterator[tuple[Instant, list[Moment]]]:
    """Moments of the same step, with the instant at which it ends."""
    step: list[Moment] = []
    end: Instant = 0
    for moment in moments:
        if moment[0] > end:
            if step:
                yield end, step
                step = []
            end = _end_of_step(moment[0])
        step.append(moment)
    if step:
        yield end, step


def _replayed(
    store: ReplayStore, pipeline: Pipeline, traces: dict[str, Trace], counted: list[int], policy: Policy, seconds: float
) -> Replayed:
    hours = sum(trace.on_duty for trace in traces.values()) / (60 * MINUTE)
    tally = store.tally
    return Replayed(
        policy=policy.version,
        units=len(traces),
        unit_hours=round(hours, 1),
        fixes=counted[1],
        changes=counted[0],
        verdicts=dict(tally.verdicts.most_common()),
        rules=dict(tally.rules.most_common()),
        withdrawn=dict(tally.withdrawn.most_common()),
        interrupts_per_unit_hour=round(tally.verdicts["interrupt"] / max(hours, 1e-9), 3),
        busiest_unit_interrupts=max(tally.per_unit.values(), default=0),
        distrusted_fixes=pipeline.counts["fixes_distrusted"],
        seconds=round(seconds, 1),
    )


def _summary(replayed: Replayed) -> dict[str, object]:
    return {name: getattr(replayed, name) for name in Replayed.__slots__}
