"""A store for replays: holds the records in memory, keeps nothing, and writes each decision as a line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import numpy as np

from geo.clock import Instant, format_instant
from geo.model import Beat, Officer, Record, Shift, Stored, Unit, UnitStatus, Verdict
from geo.pairs import Int64
from geo.store.briefing_rows import Addressee, PatrolRow
from geo.store.process_rows import Seat
from geo.store.receipt_rows import Progress, Reply
from geo.store.records import rank_of
from geo.store.rows import (
    Act,
    Change,
    ChangeKind,
    Changes,
    Fanout,
    HeldRow,
    OfficerState,
    Outcome,
    Put,
    Receipted,
    Snapshot,
    Tick,
)


@dataclass(slots=True)
class Tally:
    """What the replay decided, counted."""

    verdicts: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    withdrawn: Counter[str] = field(default_factory=Counter)
    per_unit: Counter[str] = field(default_factory=Counter)
    """Interruptions."""


class ReplayStore:
    """As much of :class:`geo.store.contract.Store` as the pipeline asks for; nobody else may use it."""

    epoch = "replay"

    def __init__(
        self, out: IO[str], budget_burst: float, heard: Callable[[Fanout, Record], None] | None = None
    ) -> None:
        """``heard`` is called with every fan-out and its record as it stands."""
        self._out, self._burst, self._heard = out, budget_burst, heard
        self._records: dict[str, Stored] = {}
        self._changed: list[Change] = []
        self._seq: Counter[str] = Counter()
        self.tally = Tally()

    # INGEST
    def take_in(self, record: Record, at: Instant) -> Put:
        """The record as it stands from now on."""
        name = record.id
        before = self._records.get(name)
        if before is not None and before.record == record:
            return Put(name, before.version, Outcome.UNCHANGED)
        version = before.version + 1 if before else 1
        self._records[name] = Stored(record, version, at)
        self._changed.append(Change(ChangeKind.RECORD, name, version, rank_of(record, at)))
        return Put(name, version, Outcome.CHANGED if before else Outcome.NEW)

    async def put(self, records: Sequence[Record], actor: str = "") -> list[Put]:
        """Summary cards: the only records that the path itself makes."""
        return [self.take_in(record, record.reported_at) for record in records]

    # what the live path starts from and follows
    async def snapshot(self, now: Instant) -> Snapshot:
        return Snapshot((), (), (), (), (), str(len(self._changed)))

    async def changes_since(self, cursor: str, limit: int = 5_000) -> Changes:
        start = int(cursor)
        rows = tuple(self._changed[start : start + limit])
        return Changes(rows, str(start + len(rows)), start + len(rows) < len(self._changed))

    async def urgent_changes(self, cursor: str, rank: int, limit: int = 100) -> list[Change]:
        return [change for change in self._changed[int(cursor) :] if change.rank >= rank][:limit]

    async def records(self, ids: Sequence[str]) -> dict[str, Stored]:
        return {name: self._records[name] for name in ids if name in self._records}

    async def officers(self, ids: Sequence[str] | None = None) -> list[Officer]:
        return []

    async def units(self, ids: Sequence[str] | None = None) -> list[Unit]:
        return []

    async def beats(self, ids: Sequence[str] | None = None) -> list[Beat]:
        return []

    async def shifts(self, ids: Sequence[str] | None = None) -> list[Shift]:
        return []

    # the officer's row
    async def take(
        self,
        officers: Sequence[str],
        owner: str,
        now: Instant,
        rights: Mapping[str, Officer] | None = None,
        seats: Sequence[Seat] = (),
    ) -> list[OfficerState]:
        return [
            OfficerState(name, self.epoch, 0, owner, 1, UnitStatus.AVAILABLE, now, self._burst, now, seen_at=now)
            for name in officers
        ]

    async def officer_states(self, seen_since: Instant) -> list[OfficerState]:
        return []

    async def adopt(self, node: str, now: Instant, seen_since: Instant, limit: int = 500) -> list[OfficerState]:
        return []

    async def held(self, officers: Sequence[str]) -> list[HeldRow]:
        return []

    async def patrols_of(self, officers: Sequence[str], now: Instant) -> list[PatrolRow]:
        return []

    async def progress(self, record: str, since_version: int = 1) -> list[Progress]:
        return []

    async def addressees(self, briefing: str) -> list[Addressee]:
        return []

    async def replies(self, record: str) -> list[Reply]:
        return []

    # RECORD
    async def record(self, tick: Tick) -> Receipted:
        """Writes a line for each verdict that changed."""
        return Receipted(tuple(range(len(tick.fanouts))), tuple(self._write(fanout) for fanout in tick.fanouts))

    def _write(self, fanout: Fanout) -> Int64:
        seqs = np.zeros(len(fanout.officers), np.int64)
        record = self._records[fanout.record].record
        source_id = record.source_id
        if self._heard is not None:
            self._heard(fanout, record)
        for row, unit in enumerate(fanout.officers):
            act, verdict, rule = (
                int(fanout.act[row]),
                Verdict(int(fanout.verdict[row])),
                fanout.rule_names[fanout.rule[row]],
            )
            if act != Act.VERDICT:
                self._seq[unit] += 1
                seqs[row] = self._seq[unit]
            self._count(act, verdict, rule, unit, fanout.reason_names[fanout.reason[row]])
            distance = float(fanout.facts[row, fanout.fact_names.index("distance_m")])
            line = {
                "at": format_instant(fanout.at),
                "unit": unit,
                "record": fanout.record,
                "source_id": source_id,
                "rev": int(fanout.rev[row]),
                "verdict": verdict.text,
                "score": round(float(fanout.score[row]), 4),
                "terms": _numbers(fanout.term_names, fanout.terms[row].tolist()),
                "rule": rule,
                "distance_m": None if distance != distance else round(distance, 1),
            }
            self._out.write(json.dumps(line, separators=(",", ":")) + "\n")
        return seqs

    def _count(self, act: int, verdict: Verdict, rule: str, unit: str, reason: str) -> None:
        tally = self.tally
        tally.verdicts[verdict.text] += 1
        tally.rules[rule] += 1
        if act in (Act.CANCEL, Act.PURGE):
            tally.withdrawn[reason] += 1
        if verdict is Verdict.INTERRUPT:
            tally.per_unit[unit] += 1


def _numbers(names: Sequence[str], values: Sequence[float]) -> dict[str, float]:
    """Terms that say something."""
    return {name: round(value, 3) for name, value in zip(names, values, strict=True) if value == value and value}
