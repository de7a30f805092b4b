"""Kept verdicts of a stretch of time: whole fan-outs in columns, and the versions of the records they were about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select, union_all
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.model import Stored
from geo.pairs import Float32, UInt8
from geo.store import packing
from geo.store.records import STORED, stored
from geo.store.tables import fanout, legend, record, record_version

_COLUMNS = (
    fanout.c.n,
    fanout.c.record,
    fanout.c.version,
    fanout.c.at,
    fanout.c.policy,
    fanout.c.officers,
    fanout.c.rows,
    legend.c.names,
)


@dataclass(frozen=True, slots=True)
class KeptFanout:
    """One fan-out as it was kept: n officers in columns, as in :class:`geo.store.rows.Fanout`, with the names that were
    in use then. Facts and terms are NaN where there were none."""

    n: int
    record: str
    version: int
    at: Instant
    policy: str
    officers: tuple[str, ...]
    act: UInt8
    verdict: UInt8
    priority: UInt8
    rule: UInt8
    score: Float32
    terms: Float32
    facts: Float32
    term_names: tuple[str, ...]
    fact_names: tuple[str, ...]
    rule_names: tuple[str, ...]


def between(connection: Connection, since: Instant, until: Instant, after: int, limit: int) -> list[KeptFanout]:
    """Fan-outs decided in [since, until), numbered above ``after``, by number: that is by time, but for ticks of
    different processes that were written at the same moment."""
    statement = (
        select(*_COLUMNS)
        .join(legend, legend.c.n == fanout.c.legend)
        .where(fanout.c.at >= since, fanout.c.at < until, fanout.c.n > after)
        .order_by(fanout.c.n)
        .limit(limit)
    )
    return [
        _kept(row.n, row.record, row.version, row.at, row.policy, row.officers, row.rows, row.names)
        for row in connection.execute(statement)
    ]


def _kept(
    n: int, about: str, version: int, at: Instant, policy: str, officers: bytes, rows: bytes, names: str
) -> KeptFanout:
    known = packing.legend_of_text(names)
    packed = np.frombuffer(rows, dtype=known.dtype)
    return KeptFanout(
        n=n,
        record=about,
        version=version,
        at=at,
        policy=policy,
        officers=packing.unpack_officers(officers),
        act=packed["act"],
        verdict=packed["verdict"],
        priority=packed["priority"],
        rule=packed["rule"],
        score=packed["score"],
        terms=packed["terms"],
        facts=packed["facts"],
        term_names=known.terms,
        fact_names=known.facts,
        rule_names=known.rules,
    )


def newest_at(connection: Connection) -> Instant | None:
    """When the newest verdict was kept; None: none ever was."""
    return connection.execute(select(fanout.c.at).order_by(fanout.c.n.desc()).limit(1)).scalar_one_or_none()


def versions_of(connection: Connection, ids: Sequence[str]) -> dict[tuple[str, int], Stored]:
    """(id, version) -> the record as it stood then, for every version of these records that there is."""
    found: dict[tuple[str, int], Stored] = {}
    older = record_version.c
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        replaced = select(older.kind, older.document, older.version, older.written_at, older.id).where(
            older.id.in_(some)
        )
        newest = select(*STORED, record.c.id).where(record.c.id.in_(some))
        for row in connection.execute(union_all(replaced, newest)):
            found[row.id, row.version] = stored(row)
    return found
