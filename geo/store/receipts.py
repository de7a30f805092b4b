"""Receipts: of everybody who was told of a record, what came back since a version of it, from the disclosures"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import BigInteger, Text, select
from sqlalchemy.engine import Connection

from geo.clock import DAY, Instant
from geo.model import Disposition
from geo.store import packing
from geo.store.receipt_rows import Progress, Reply
from geo.store.rows import Act
from geo.store.tables import answer, fanout, legend, receipt, seen
from geo.store.vocabulary import Row, fetch_rows, rows_of

_INT, _TEXT = BigInteger(), Text()
_numbered = rows_of("n", officer=_TEXT, seq=_INT, since=_INT)
_said = rows_of("w", officer=_TEXT, record=_TEXT, rev=_INT, since=_INT)
_STORED = select(receipt.c.officer, receipt.c.device, receipt.c.at).join(
    _numbered,
    (_numbered.c.officer == receipt.c.officer)
    & (_numbered.c.seq == receipt.c.seq)
    & (receipt.c.at >= _numbered.c.since),
)
_SEEN = (
    select(seen.c.officer, seen.c.device, seen.c.at)
    .join(_said, (_said.c.officer == seen.c.officer) & (_said.c.record == seen.c.record) & (_said.c.rev == seen.c.rev))
    .where(seen.c.at >= _said.c.since)
)
_EARLY = DAY
"""Clocks of processes differ, though not by so much: before then nothing can have come back."""


@dataclass(slots=True)
class _Told:
    """What one officer was told, as it is gathered: ``revs`` and ``seqs`` of the alerts since the version."""

    act: Act = Act.VERDICT
    reason: str = ""
    priority: int = 0
    seq: int = 0
    last_at: Instant = 0
    owed_at: Instant | None = None
    revs: list[int] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)


def progress(connection: Connection, record: str, since_version: int) -> list[Progress]:
    """By officer; who was never told anything of it is not there."""
    told = _told(connection, record, since_version)
    stored = _first(fetch_rows(connection, _STORED, _seqs_of(told)))
    shown = _first(fetch_rows(connection, _SEEN, _revs_of(told, record)))
    answered: dict[str, list[Reply]] = {}
    for reply in replies(connection, record):
        known = told.get(reply.officer)
        if known is not None and known.revs and reply.rev >= known.revs[0]:
            answered.setdefault(reply.officer, []).append(reply)
    return [
        _progress(name, told[name], stored.get(name), shown.get(name), answered.get(name, [])) for name in sorted(told)
    ]


def replies(connection: Connection, record: str) -> list[Reply]:
    """Every answer to any word about it, oldest first: some milliseconds for thousands."""
    columns = (answer.c.officer, answer.c.rev, answer.c.choice, answer.c.text, answer.c.device, answer.c.at)
    statement = select(*columns).where(answer.c.record == record).order_by(answer.c.at, answer.c.officer, answer.c.key)
    return [
        Reply(officer, rev, Disposition(choice), words, device, at)
        for officer, rev, choice, words, device, at in connection.execute(statement)
    ]


def _told(connection: Connection, record: str, since_version: int) -> dict[str, _Told]:
    statement = select(fanout.c.version, fanout.c.at, fanout.c.officers, fanout.c.rows, legend.c.names)
    statement = statement.join(legend, legend.c.n == fanout.c.legend).where(fanout.c.record == record)
    found: dict[str, _Told] = {}
    for version, at, officers, blob, names in connection.execute(statement.order_by(fanout.c.n)):
        known = packing.legend_of_text(names)
        rows = np.frombuffer(blob, dtype=known.dtype)
        people = packing.unpack_officers(officers)
        columns = [rows[name].tolist() for name in ("act", "reason", "priority", "seq", "rev")]
        for place, (act, reason, priority, seq, rev) in enumerate(zip(*columns, strict=True)):
            if act == Act.VERDICT:
                continue
            one = found.setdefault(people[place], _Told())
            one.act, one.reason, one.priority = Act(act), known.reasons[reason], priority
            one.seq, one.last_at = seq, at
            if act == Act.ALERT and version >= since_version:
                one.revs.append(rev)
                one.seqs.append(seq)
                one.owed_at = at if one.owed_at is None else one.owed_at
    return found


def _seqs_of(told: dict[str, _Told]) -> list[Row]:
    return [(name, seq, (one.owed_at or 0) - _EARLY) for name, one in told.items() for seq in one.seqs]


def _revs_of(told: dict[str, _Told], record: str) -> list[Row]:
    return [(name, record, rev, (one.owed_at or 0) - _EARLY) for name, one in told.items() for rev in one.revs]


def _first(rows: Sequence[tuple[Any, ...]]) -> dict[str, tuple[Instant, str]]:
    """Officer -> when first, and on which device."""
    found: dict[str, tuple[Instant, str]] = {}
    for officer, device, at in rows:
        found[officer] = min(found.get(officer, (at, device)), (at, device))
    return found


def _progress(
    name: str,
    told: _Told,
    stored: tuple[Instant, str] | None,
    shown: tuple[Instant, str] | None,
    answered: list[Reply],
) -> Progress:
    return Progress(
        officer=name,
        act=told.act,
        reason=told.reason,
        priority=told.priority,
        seq=told.seq,
        last_at=told.last_at,
        words=len(told.revs),
        first_rev=told.revs[0] if told.revs else 0,
        owed_at=told.owed_at,
        stored_at=stored[0] if stored else None,
        stored_on=stored[1] if stored else "",
        seen_at=shown[0] if shown else None,
        seen_on=shown[1] if shown else "",
        replies=tuple(answered),
    )
