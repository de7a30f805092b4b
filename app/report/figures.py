"""The report's figures: interruptions against everything within 1 km, by hour and unit, what was kept quiet, waits"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from app.people.movement import Trace
from app.report.heard import Said, by_must, loud
from app.report.nearby import NEVER, Nearby
from app.report.words import BEYOND_REACH, MOMENTARY, rule_text
from geo.clock import HOUR, MINUTE, SECOND, Instant
from geo.model import Verdict
from geo.pairs import Float64, Int64, UInt8
from geo.store.rows import Act
from streams.noise.rules import Rule

WINDOW = 10 * MINUTE
WAITS_S = (5, 10, 30, 60, 120, 300, 600)
"""Upper edges of the classes of waiting; the last class is longer."""


@dataclass(frozen=True, slots=True)
class HourFigures:
    """What one hour brought to all units together."""

    at: Instant
    must: int
    interrupts: int
    notices: int
    everything: int


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """What one unit had. ``busiest`` is the most interruptions in any ten minutes, which began at ``busiest_at``."""

    unit: str
    hours: float
    interrupts: int
    notices: int
    everything: int
    busiest: int
    busiest_at: Instant


@dataclass(frozen=True, slots=True)
class Figures:
    """The whole of it. ``interrupts`` counts the must-deliver ones (``must``) too. ``fates``: what became of what a
    system without a filter would have interrupted for, in words, with counts; ``quiet``: why what was within reach was
    kept quiet; ``windows``: ten-minute pieces of duty by how many interruptions were in them."""

    began: Instant
    ended: Instant
    units: tuple[UnitFigures, ...]
    hours_on_duty: float
    records: int
    everything: int
    interrupts: int
    must: int
    notices: int
    on_map: int
    hours: tuple[HourFigures, ...]
    fates: tuple[tuple[str, int], ...]
    quiet: tuple[tuple[str, int, int], ...]
    windows: tuple[int, ...]
    must_due: int
    must_told: int
    must_waits_s: Float64
    other_waits_s: Float64


def pair_keys(unit: ArrayLike, ids: ArrayLike, units: int) -> Int64:
    """One number for each (unit, record)."""
    return np.asarray(ids, np.int64) * max(units, 1) + np.asarray(unit, np.int64)


def numbered(said: Said, near: Nearby) -> Int64:
    """[record number in ``said``] -> its number in ``near``; a summary card, which is nowhere, has one beyond."""
    number = {record.id: index for index, record in enumerate(near.records)}
    return np.array([number.setdefault(name, len(number)) for name in said.records], np.int64)


def figures_of(said: Said, near: Nearby, traces: dict[str, Trace]) -> Figures:
    """From what was decided and who came near what. Units are numbered alike in all three."""
    spans = [(int(trace.at[0]), int(trace.at[-1])) for trace in traces.values() if len(trace.at)]
    units = _units(said, near, traces)
    attention, must = loud(said), by_must(said)
    interrupts = attention[said.verdict[attention] == Verdict.INTERRUPT]
    strongest = _strongest(said)
    keys = pair_keys(said.unit, numbered(said, near)[said.record] if len(said) else [], len(units))
    due, waits = _waits(said, near, attention, keys, len(units))
    return Figures(
        began=min((start for start, _ in spans), default=0),
        ended=max((end for _, end in spans), default=0),
        units=units,
        hours_on_duty=sum(unit.hours for unit in units),
        records=len(near.records),
        everything=int((near.near_at != NEVER).sum()),
        interrupts=len(interrupts),
        must=int(must[interrupts].sum()),
        notices=len(attention) - len(interrupts),
        on_map=int((said.verdict[strongest] == Verdict.MAP).sum()),
        hours=_hours(said, near, attention, must),
        fates=_fates(said, near, strongest, keys),
        quiet=_quiet(said, strongest),
        windows=_windows(said, interrupts, traces),
        must_due=len(due),
        must_told=int(np.isfinite(due).sum()),
        must_waits_s=due[np.isfinite(due)],
        other_waits_s=waits,
    )


def busiest_of(at: Int64) -> tuple[int, Instant]:
    """(how many, from when) in the fullest ten minutes; ``at`` in order."""
    if not len(at):
        return 0, 0
    count = np.searchsorted(at, at + WINDOW, side="right") - np.arange(len(at))
    first = int(np.argmax(count))
    return int(count[first]), int(at[first])


def _units(said: Said, near: Nearby, traces: dict[str, Trace]) -> tuple[UnitFigures, ...]:
    attention = loud(said)
    is_interrupt = said.verdict[attention] == Verdict.INTERRUPT
    everything = np.bincount(near.unit[near.near_at != NEVER], minlength=len(traces))
    found = []
    for number, (name, trace) in enumerate(traces.items()):
        mine = said.unit[attention] == number
        at = np.sort(said.at[attention[mine & is_interrupt]])
        count, since = busiest_of(at)
        notices = int(mine.sum()) - len(at)
        hours = trace.on_duty / HOUR
        found.append(UnitFigures(name, hours, len(at), notices, int(everything[number]), count, since))
    return tuple(found)


def _hours(said: Said, near: Nearby, attention: Int64, must: UInt8) -> tuple[HourFigures, ...]:
    near_at = near.near_at[near.near_at != NEVER]
    instants = np.concatenate([said.at[attention], near_at])
    if not len(instants):
        return ()
    first, last = int(instants.min()) // HOUR, int(instants.max()) // HOUR
    style, is_must = said.verdict[attention], must[attention] > 0
    loudest = style == Verdict.INTERRUPT
    columns = [
        np.bincount(at // HOUR - first, minlength=last - first + 1)
        for at in (
            said.at[attention[loudest & is_must]],
            said.at[attention[loudest & ~is_must]],
            said.at[attention[~loudest]],
            near_at,
        )
    ]
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return tuple(HourFigures((first + hour) * HOUR, *counts) for hour, counts in enumerate(rows))


def _strongest(said: Said) -> Int64:
    """For each pair the line with its strongest verdict, of equals the first."""
    lines = np.flatnonzero((said.act != Act.CANCEL) & (said.act != Act.PURGE))
    key = pair_keys(said.unit[lines], said.record[lines], len(said.units))
    lines = lines[np.lexsort((-said.at[lines], said.verdict[lines], key))]
    key = pair_keys(said.unit[lines], said.record[lines], len(said.units))
    return lines[np.flatnonzero(np.diff(key, append=-1))]


def _fates(said: Said, near: Nearby, strongest: Int64, keys: Int64) -> tuple[tuple[str, int], ...]:
    line_of = dict(zip(keys[strongest].tolist(), strongest.tolist(), strict=True))
    counts: Counter[str] = Counter()
    near_keys = pair_keys(near.unit, near.record, len(said.units)).tolist()
    for key, at, reach in zip(near_keys, near.near_at.tolist(), near.reach_at.tolist(), strict=True):
        if at != NEVER:
            line = line_of.get(key)
            counts[_fate(said, line) if line is not None else BEYOND_REACH if reach == NEVER else MOMENTARY] += 1
    return tuple(counts.most_common())


def _fate(said: Said, line: int) -> str:
    verdict, rule = Verdict(int(said.verdict[line])), Rule(int(said.rule[line]))
    if verdict is Verdict.INTERRUPT:
        return "Interrupted for it"
    return "Told of it by a notice" if verdict is Verdict.NOTIFY else rule_text(rule, verdict)


def _quiet(said: Said, strongest: Int64) -> tuple[tuple[str, int, int], ...]:
    """(why, pairs, records) of what was decided and never reached anybody's attention."""
    pairs: Counter[str] = Counter()
    records: dict[str, set[int]] = {}
    for line in strongest[said.verdict[strongest] < Verdict.NOTIFY].tolist():
        words = rule_text(Rule(int(said.rule[line])), Verdict(int(said.verdict[line])))
        pairs[words] += 1
        records.setdefault(words, set()).add(int(said.record[line]))
    return tuple((words, count, len(records[words])) for words, count in pairs.most_common())


def _windows(said: Said, interrupts: Int64, traces: dict[str, Trace]) -> tuple[int, ...]:
    """How many ten-minute pieces of duty had 0, 1, 2, ... interruptions; the pieces lie side by side."""
    counts: Counter[int] = Counter()
    for number, trace in enumerate(traces.values()):
        on_duty = set((trace.at // WINDOW).tolist())
        heard = Counter((said.at[interrupts[said.unit[interrupts] == number]] // WINDOW).tolist())
        counts.update(heard[piece] for piece in on_duty | heard.keys())
    return tuple(counts[many] for many in range(max(counts, default=0) + 1))


def _waits(said: Said, near: Nearby, attention: Int64, keys: Int64, units: int) -> tuple[Float64, Float64]:
    """(seconds from within reach to told of each must-deliver pair, infinite where never; of the others that were
    told)."""
    told = first_told(said, attention, keys)
    near_keys = pair_keys(near.unit, near.record, units)
    at = np.array([told.get(key, NEVER) for key in near_keys.tolist()], np.int64)
    must = near.must_at != NEVER
    waited = np.where(at == NEVER, np.inf, np.maximum(at - near.must_at, 0) / SECOND)
    others = ~must & (at != NEVER) & (near.reach_at != NEVER)
    return waited[must], np.maximum(at - near.reach_at, 0)[others] / SECOND


def first_told(said: Said, attention: Int64, keys: Int64) -> dict[int, Instant]:
    """Pair -> when it first reached the officer's attention."""
    told: dict[int, Instant] = {}
    for key, at in zip(keys[attention].tolist(), said.at[attention].tolist(), strict=True):
        told.setdefault(key, at)
    return told
