"""What a replay decided, kept as it is said and laid out in columns afterwards, with the reasons an officer reads"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from geo.clock import Instant
from geo.model import Record, Verdict
from geo.pairs import Float32, Int32, Int64, UInt8
from geo.store.rows import Act, Fanout
from streams.noise.rules import MUST_RULE, Rule
from streams.relevance.score import Must
from streams.relevance.wording import why_of


@dataclass(frozen=True, slots=True)
class Said:
    """Every verdict that changed, in order of time, n rows: ``unit`` and ``record`` index ``units`` and ``records``
    (ids), ``rule`` holds :class:`Rule`, ``fan`` and ``row`` say where the whole of it is."""

    units: tuple[str, ...]
    records: tuple[str, ...]
    at: Int64
    unit: Int32
    record: Int32
    act: UInt8
    verdict: UInt8
    rule: UInt8
    distance_m: Float32
    fan: Int32
    row: Int32

    def __len__(self) -> int:
        return len(self.at)


class Heard:
    """Listens to a replay: called with each fan-out and the record as it stood."""

    def __init__(self) -> None:
        self._fanouts: list[tuple[Fanout, Record]] = []

    def __call__(self, fanout: Fanout, record: Record) -> None:
        self._fanouts.append((fanout, record))

    def said(self, units: tuple[str, ...]) -> Said:
        """All of it in columns. ``units`` gives the units their numbers."""
        unit_of = {name: number for number, name in enumerate(units)}
        records: dict[str, int] = {}
        parts = [
            _columns(fanout, unit_of, records.setdefault(fanout.record, len(records)), number)
            for number, (fanout, _) in enumerate(self._fanouts)
        ]
        at, unit, record, act, verdict, rule, distance, fan, row = (
            np.concatenate(column) if parts else np.zeros(0, np.int64)
            for column in (zip(*parts, strict=True) if parts else [()] * 9)
        )
        return Said(
            units=units,
            records=tuple(records),
            at=at.astype(np.int64),
            unit=unit.astype(np.int32),
            record=record.astype(np.int32),
            act=act.astype(np.uint8),
            verdict=verdict.astype(np.uint8),
            rule=rule.astype(np.uint8),
            distance_m=distance.astype(np.float32),
            fan=fan.astype(np.int32),
            row=row.astype(np.int32),
        )

    def record(self, said: Said, line: int) -> Record:
        """The record as it stood when this line was decided."""
        return self._fanouts[int(said.fan[line])][1]

    def score(self, said: Said, line: int) -> float:
        """0..1."""
        fanout, _ = self._fanouts[int(said.fan[line])]
        return float(fanout.score[int(said.row[line])])

    def why(self, said: Said, line: int) -> tuple[str, ...]:
        """The reasons as the officer would read them. A place in words stays out: this page names no address."""
        fanout, record = self._fanouts[int(said.fan[line])]
        row = int(said.row[line])
        nameless = replace(record, place_text="") if record.place_text else record
        reasons = why_of(fanout.term_names, fanout.terms[row], fanout.fact_names, fanout.facts[row], nameless)
        return tuple(reason.text for reason in reasons)


def loud(said: Said, least: Verdict = Verdict.NOTIFY) -> Int64:
    """The lines that reached an officer's attention: said, and at least a notice."""
    return np.flatnonzero((said.act == Act.ALERT) & (said.verdict >= least))


def by_must(said: Said) -> UInt8:
    """Which lines the must-deliver rules decided: 1 or 0."""
    rules = np.array([MUST_RULE + must for must in Must if must], np.uint8)
    return np.isin(said.rule, rules).astype(np.uint8)


def _columns(
    fanout: Fanout, unit_of: dict[str, int], record: int, number: int
) -> tuple[Int64 | Int32 | UInt8 | Float32, ...]:
    size = len(fanout.officers)
    rule = np.array([Rule[name.upper()] for name in fanout.rule_names], np.uint8)[fanout.rule]
    at: Instant = fanout.at
    return (
        np.full(size, at, np.int64),
        np.fromiter((unit_of[name] for name in fanout.officers), np.int32, size),
        np.full(size, record, np.int32),
        fanout.act,
        fanout.verdict,
        rule,
        fanout.facts[:, fanout.fact_names.index("distance_m")],
        np.full(size, number, np.int32),
        np.arange(size, dtype=np.int32),
    )
