"""Records, fan-outs and connections as the tests of the wire need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from shapely.geometry import Point

from geo.clock import parse_instant
from geo.model import Grade, Incident, Stored, Verdict
from geo.store.rows import Act, Fanout
from streams.noise.rules import RULE_NAMES, Reason
from streams.pipeline import Delivered
from streams.relevance.score import FACT_NAMES, TERM_NAMES

NOW = parse_instant("2026-11-22T18:00:00Z")
REASONS = tuple(reason.name.lower() for reason in Reason)


def incident(source_id: str = "1", **changes: Any) -> Incident:
    """An incident of the own force, in Leeds, reported now."""
    fields: dict[str, Any] = {
        "force": "own",
        "source": "test",
        "source_id": source_id,
        "category": "robbery",
        "title": "Robbery",
        "grade": Grade.EMERGENCY,
        "place": Point(-1.55, 53.8),
        "reported_at": NOW,
    }
    return Incident(**(fields | changes))


def fanout_of(
    officers: Sequence[str],
    record: str = "inc-1",
    act: Act = Act.ALERT,
    verdict: Verdict = Verdict.NOTIFY,
    priority: int = 2,
    rev: int = 1,
    reason: Reason = Reason.NONE,
    terms: np.ndarray[Any, Any] | None = None,
    facts: np.ndarray[Any, Any] | None = None,
) -> Fanout:
    """One word to all of these officers."""
    size = len(officers)

    def column(kind: Any, value: float = 0) -> Any:
        return np.full(size, value, kind)

    if facts is None:
        facts = np.full((size, len(FACT_NAMES)), np.nan)
        facts[:, FACT_NAMES.index("distance_m")] = 340.0
        facts[:, FACT_NAMES.index("bearing_deg")] = 90.0
        facts[:, FACT_NAMES.index("age_s")] = 5.0
    return Fanout(
        record=record,
        version=1,
        at=NOW,
        policy="test",
        officers=tuple(officers),
        act=column(np.uint8, act),
        verdict=column(np.uint8, verdict),
        priority=column(np.uint8, priority),
        rule=column(np.uint8),
        reason=column(np.uint8, reason),
        rev=column(np.int32, rev),
        inside=column(np.uint8, 1),
        score=column(np.float32, 0.75),
        terms=np.asarray(np.zeros((size, len(TERM_NAMES))) if terms is None else terms, np.float32),
        facts=np.asarray(facts, np.float32),
        term_names=TERM_NAMES,
        fact_names=FACT_NAMES,
        rule_names=RULE_NAMES,
        reason_names=REASONS,
        told_grade=column(np.uint8),
        told_hazards=column(np.int32),
        told_lon=column(np.float64, np.nan),
        told_lat=column(np.float64, np.nan),
        told_version=column(np.int32),
        told_style=column(np.uint8),
    )


def delivered(officers: Sequence[str], seqs: Sequence[int], record: Incident | None = None, **words: Any) -> Delivered:
    """A recorded fan-out about this record."""
    record = record or incident()
    fanout = fanout_of(officers, record=record.id, **words)
    return Delivered(fanout, np.array(seqs, np.int64), Stored(record, 1, NOW))
