"""Kept verdicts one by one, newest first: of one officer, about one record, or both, within a stretch of time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection

from geo.clock import Instant
from geo.errors import BadCursor
from geo.model import Verdict
from geo.store import packing
from geo.store.rows import Act
from geo.store.tables import LATEST, fanout, legend

_AT_ONCE = 200
"""Fan-outs that are read together: each may be of 10,000 officers."""
MOST_READ = 20_000
"""Fan-outs that one page looks through at most: whoever was told little has short pages, and a cursor to go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionQuery:
    """None is any, but not of officer and record both. Decided in [since, until); ``cursor`` of the page before."""

    officer: str | None = None
    record: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One verdict as it was kept: what was said (``act``), or that nothing was, and by which rule and policy.

    ``facts`` and ``terms`` map the names of then to values; what was not known is left out.
    """

    at: Instant
    officer: str
    record: str
    version: int
    policy: str
    act: Act
    verdict: Verdict
    priority: int
    score: float
    rule: str
    reason: str
    terms: dict[str, float]
    facts: dict[str, float]


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """``cursor`` is None where there is nothing older. A page that has one may be short, or empty."""

    items: tuple[Decision, ...]
    cursor: str | None


def decisions(connection: Connection, query: DecisionQuery) -> DecisionPage:
    """One page, newest first. Raises BadCursor; ValueError where neither officer nor record is named."""
    if query.officer is None and query.record is None:
        raise ValueError("decisions are of an officer, or about a record")
    start = (LATEST, 0) if query.cursor is None else _parse(query.cursor)
    found: list[Decision] = []
    read = 0
    below, row = start
    while read < MOST_READ:
        rows = _fanouts(connection, query, below)
        for packed in rows:
            first = row if packed.n == start[0] else 0
            for place, decision in _of(packed, query.officer, first):
                if len(found) == query.limit:
                    return DecisionPage(tuple(found), _cursor(packed.n, place))
                found.append(decision)
            below = packed.n - 1
        read += len(rows)
        if len(rows) < _AT_ONCE:
            return DecisionPage(tuple(found), None)
    return DecisionPage(tuple(found), _cursor(below, 0))


def _fanouts(connection: Connection, query: DecisionQuery, below: int) -> Sequence[Any]:
    """The newest fan-outs numbered up to ``below``."""
    known: list[ColumnElement[bool]] = [fanout.c.n <= below]
    if query.record is not None:
        known.append(fanout.c.record == query.record)
    if query.since is not None:
        known.append(fanout.c.at >= query.since)
    if query.until is not None:
        known.append(fanout.c.at < query.until)
    names = legend.c.names
    statement = select(fanout, names).join(legend, legend.c.n == fanout.c.legend).where(*known)
    return connection.execute(statement.order_by(fanout.c.n.desc()).limit(_AT_ONCE)).all()


def _of(packed: Any, officer: str | None, first: int) -> Iterator[tuple[int, Decision]]:
    """The rows of a fan-out from the ``first`` on, of one officer or of all, each with its place."""
    if officer is not None and officer.encode() not in packed.officers:
        return
    known = packing.legend_of_text(packed.names)
    told = packing.unpack_officers(packed.officers)
    width = known.dtype.itemsize
    for place in range(first, len(told)):
        if officer is None or told[place] == officer:
            word = packing.unpack(known, packed.rows[place * width : (place + 1) * width])
            yield place, _decision(packed, told[place], word)


def _decision(packed: Any, officer: str, word: packing.Word) -> Decision:
    return Decision(
        at=packed.at,
        officer=officer,
        record=packed.record,
        version=packed.version,
        policy=packed.policy,
        act=Act(word.act),
        verdict=Verdict(word.verdict),
        priority=word.priority,
        score=word.score,
        rule=word.rule,
        reason=word.reason,
        terms=_known(word.terms),
        facts=_known(word.facts),
    )


def _known(values: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _cursor(n: int, place: int) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode((n, place))).decode().rstrip("=")


def _parse(cursor: str) -> tuple[int, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        n, place = msgspec.json.decode(text, type=tuple[int, int])
    except (binascii.Error, msgspec.MsgspecError, ValueError, UnicodeError) as error:
        raise BadCursor("the cursor is not one that this service handed out") from error
    if not (0 <= n <= LATEST and 0 <= place <= 1_000_000):
        raise BadCursor("the cursor is not one that this service handed out")
    return n, place
