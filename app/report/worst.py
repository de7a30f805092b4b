"""The worst ten of each kind, each with its why: most interrupted moments, longest waits, closest things not told"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.report.figures import WINDOW, busiest_of, first_told, numbered, pair_keys
from app.report.heard import Heard, Said, loud
from app.report.nearby import NEVER, Nearby, for_anybody
from app.report.words import MOMENTARY, rule_text
from geo.clock import SECOND, Instant
from geo.model import Record, Verdict
from geo.pairs import Int64
from geo.place import LonLat, point_of
from geo.store.rows import Act
from streams.noise.rules import Rule

TEN = 10


@dataclass(frozen=True, slots=True)
class Word:
    """One thing said to a unit: when, about what, how (the verdict), by which rule, and the reasons he read."""

    at: Instant
    record: Record
    verdict: Verdict
    rule: Rule
    distance_m: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """Ten minutes of one unit, with every interruption in them. ``where``: a place for the map, if one is known."""

    unit: str
    since: Instant
    words: tuple[Word, ...]
    where: LonLat | None


@dataclass(frozen=True, slots=True)
class Waited:
    """A must-deliver pair: within reach since ``since``, told by ``word``; None: never."""

    unit: str
    record: Record
    since: Instant
    seconds: float
    word: Word | None


@dataclass(frozen=True, slots=True)
class Untold:
    """What was close to a unit and never reached its attention, with the reason: as decided at ``decided_at`` for the
    last time, mostly before he was nearest; None: never."""

    unit: str
    record: Record
    nearest_m: float
    at: Instant
    because: str
    decided_at: Instant | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worst:
    """Up to ten of each, the worst first."""

    moments: tuple[Moment, ...]
    waits: tuple[Waited, ...]
    untold: tuple[Untold, ...]


def worst_of(heard: Heard, said: Said, near: Nearby) -> Worst:
    """Out of the same columns as the figures. What is marked above the ordinary is named nowhere on the page."""
    keys = pair_keys(said.unit, numbered(said, near)[said.record] if len(said) else [], len(said.units))
    return Worst(_moments(heard, said), _waits(heard, said, near, keys), _untold(heard, said, near, keys))


def may_be_named(record: Record) -> bool:
    """Whether the page may tell of it by itself, and not only count it."""
    return not record.sensitive and for_anybody(record, record.reported_at)


def _moments(heard: Heard, said: Said) -> tuple[Moment, ...]:
    lines = loud(said, Verdict.INTERRUPT)
    found: list[tuple[int, Instant, int, Int64]] = []
    for unit in range(len(said.units)):
        mine = lines[said.unit[lines] == unit]
        while len(mine):
            count, since = busiest_of(said.at[mine])
            inside = (said.at[mine] >= since) & (said.at[mine] <= since + WINDOW)
            found.append((-count, since, unit, mine[inside]))
            if len(found) > 1_000 or count < 2:
                break
            mine = mine[~inside]
    found.sort(key=lambda moment: moment[:3])
    return tuple(
        Moment(
            said.units[unit],
            since,
            tuple(_word(heard, said, int(line)) for line in inside),
            _where(heard, said, inside),
        )
        for _, since, unit, inside in found[:TEN]
    )


def _where(heard: Heard, said: Said, lines: Int64) -> LonLat | None:
    for line in lines.tolist():
        record = heard.record(said, line)
        if record.place is not None and may_be_named(record):
            return point_of(record.place)
    return None


def _word(heard: Heard, said: Said, line: int) -> Word:
    record = heard.record(said, line)
    return Word(
        at=int(said.at[line]),
        record=record,
        verdict=Verdict(int(said.verdict[line])),
        rule=Rule(int(said.rule[line])),
        distance_m=float(said.distance_m[line]),
        why=heard.why(said, line) if may_be_named(record) else (),
    )


def _waits(heard: Heard, said: Said, near: Nearby, keys: Int64) -> tuple[Waited, ...]:
    attention = loud(said)
    told = first_told(said, attention, keys)
    line_of: dict[int, int] = {}
    for line in attention.tolist():
        line_of.setdefault(int(keys[line]), line)
    rows = np.flatnonzero(near.must_at != NEVER)
    near_keys = pair_keys(near.unit, near.record, len(said.units))
    waited = [(_wait(told.get(int(near_keys[row])), int(near.must_at[row])), int(row)) for row in rows]
    waited.sort(key=lambda pair: (-pair[0], pair[1]))
    return tuple(
        Waited(
            unit=said.units[near.unit[row]],
            record=near.records[near.record[row]],
            since=int(near.must_at[row]),
            seconds=seconds,
            word=_word(heard, said, line_of[int(near_keys[row])]) if int(near_keys[row]) in line_of else None,
        )
        for seconds, row in waited[:TEN]
    )


def _wait(told: Instant | None, since: Instant) -> float:
    return float("inf") if told is None else max(told - since, 0) / SECOND


def _untold(heard: Heard, said: Said, near: Nearby, keys: Int64) -> tuple[Untold, ...]:
    """The gravest grades first, then the closest; one line for each record."""
    told = set(keys[loud(said)].tolist())
    near_keys = pair_keys(near.unit, near.record, len(said.units))
    rank = np.array([record.grade.rank for record in near.records], np.int64)
    named = np.array([may_be_named(record) for record in near.records], np.bool_)
    rows = np.flatnonzero(near.reach_at != NEVER)
    rows = rows[named[near.record[rows]]]
    rows = rows[[int(key) not in told for key in near_keys[rows]]]
    rows = rows[np.lexsort((near.nearest_m[rows], -rank[near.record[rows]]))]
    _, first = np.unique(near.record[rows], return_index=True)
    last_line: dict[int, int] = {}
    for line in np.flatnonzero((said.act != Act.CANCEL) & (said.act != Act.PURGE)).tolist():
        last_line[int(keys[line])] = line
    return tuple(
        _one_untold(heard, said, near, int(row), last_line.get(int(near_keys[row])))
        for row in rows[np.sort(first)][:TEN]
    )


def _one_untold(heard: Heard, said: Said, near: Nearby, row: int, line: int | None) -> Untold:
    because = MOMENTARY
    if line is not None:
        because = rule_text(Rule(int(said.rule[line])), Verdict(int(said.verdict[line])))
    return Untold(
        unit=said.units[near.unit[row]],
        record=near.records[near.record[row]],
        nearest_m=float(near.nearest_m[row]),
        at=int(near.nearest_at[row]),
        because=because,
        decided_at=int(said.at[line]) if line is not None else None,
        why=heard.why(said, line) if line is not None else (),
    )
