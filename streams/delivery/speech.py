"""What was decided, put into the words of messages: for a fan-out just recorded, and for what is said again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from geo.clock import Instant
from geo.model import Record, Stored, Verdict
from geo.store.rows import Act, Fanout, OwedRow
from streams.conversation import frames
from streams.conversation.owed import Word
from streams.noise.rules import Rule
from streams.pipeline import Delivered
from streams.relevance.reasons import Reasons
from streams.relevance.wording import why_of

ANSWERED = Rule.ANSWERED.name.lower()
_STYLES = {verdict.value: verdict.text for verdict in Verdict}
_NAN = float("nan")
_KEPT = 2_000
WHY_LIMIT = 4
"""Reasons that an alert carries: what a constable reads at a glance."""


class SharedParts:
    """The part of an alert that all receivers share, kept for the versions that were spoken of last."""

    def __init__(self, expires_at: Callable[[Record], Instant | None]) -> None:
        self._expires_at = expires_at
        self._kept: OrderedDict[tuple[str, int, str, bool], bytes] = OrderedDict()

    def of(self, stored: Stored, also: str = "", answered: bool = False) -> bytes:
        """``also``: the other source that reports the same, for those to whom it is shown as one with that.
        ``answered``: for who has acknowledged it, so that none of his devices asks any more."""
        key = (stored.record.id, stored.version, also, answered)
        part = self._kept.get(key)
        if part is None:
            part = frames.shared_part(stored, self._expires_at(stored.record), also, answered)
            self._kept[key] = part
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return part


@dataclass(frozen=True, slots=True)
class Again:
    """Words already put into bytes: what is said again, and what is held for a slow device."""

    own: bytes
    shared: bytes = b""

    def tail(self) -> bytes:
        return self.own + self.shared


PIECE = 512
"""Rows that are put into plain lists at a stretch: under 2 ms; all 10,000 of a large fan-out took 33."""


def piece_of(delivered: Delivered, start: int, stop: int) -> Delivered:
    """The rows from ``start`` to before ``stop``, as a fan-out of their own."""
    fanout, rows = delivered.fanout, slice(start, stop)
    if start == 0 and stop >= len(fanout.officers):
        return delivered
    columns: dict[str, Any] = {column.name: getattr(fanout, column.name) for column in fields(fanout)}
    cut: dict[str, Any] = {
        name: value[rows] if isinstance(value, np.ndarray) else value for name, value in columns.items()
    }
    return Delivered(Fanout(**{**cut, "officers": fanout.officers[rows]}), delivered.seqs[rows], delivered.stored)


class FanoutSpeech:
    """A recorded fan-out, or a piece of it, in plain lists: what a loop over its officers reads."""

    def __init__(self, delivered: Delivered, shared: SharedParts) -> None:
        fanout = delivered.fanout
        self._fanout = fanout
        self._shared = shared.of(delivered.stored)
        self._both = _both_sources(fanout, delivered.stored, shared) if fanout.also else {}
        self._both |= _answered(fanout, delivered.stored, shared)
        self.record = fanout.record
        self.officers = fanout.officers
        self.seqs: list[int] = delivered.seqs.tolist()
        self.acts = [_ACTS[act] for act in fanout.act.tolist()]
        self.priorities: list[int] = fanout.priority.tolist()
        self.revs: list[int] = fanout.rev.tolist()
        self.verdicts: list[int] = fanout.verdict.tolist()
        self._reason: list[int] = fanout.reason.tolist()
        self._score: list[float] = fanout.score.tolist()
        self._reasons = Reasons(fanout, delivered.stored.record, WHY_LIMIT)
        self._distance = _column("distance_m", fanout)
        self._bearing = _column("bearing_deg", fanout)

    def __len__(self) -> int:
        return len(self.officers)

    def tail(self, index: int) -> bytes:
        """The message to the officer of this row, after ``prev_seq``."""
        own, shared = self._parts(index)
        return own + shared

    def word(self, index: int) -> Word:
        """The same, to be held for a slow device: his own part as bytes, the shared part by reference."""
        own, shared = self._parts(index)
        said = Again(own, shared)
        act, priority = self.acts[index], self.priorities[index]
        return Word(self.seqs[index], self.record, self.revs[index], priority, act, said)

    def _parts(self, index: int) -> tuple[bytes, bytes]:
        act = self.acts[index]
        if act is Act.ALERT:
            return self._own(index), self._both.get(index, self._shared)
        reason = self._fanout.reason_names[self._reason[index]]
        if act is Act.CANCEL:
            return frames.cancel_tail(self.record, self.revs[index], reason), b""
        return frames.purge_tail(self.record, reason), b""

    def _own(self, index: int) -> bytes:
        return frames.own_part(
            self.revs[index],
            self.priorities[index],
            _STYLES[self.verdicts[index]],
            self._distance[index],
            self._bearing[index],
            self._score[index],
            self._reasons.of(index),
        )


_ACTS = {act.value: act for act in Act}


def _column(name: str, fanout: Fanout) -> list[float]:
    """A fact of all officers; NaN where it is not among them."""
    if name not in fanout.fact_names:
        return [_NAN] * len(fanout.officers)
    column: list[float] = fanout.facts[:, fanout.fact_names.index(name)].tolist()
    return column


def _both_sources(fanout: Fanout, stored: Stored, shared: SharedParts) -> dict[int, bytes]:
    """Row -> the shared part, for those to whom another source's report is shown as one with this."""
    column = _column("also", fanout)
    return {row: shared.of(stored, fanout.also[int(value)]) for row, value in enumerate(column) if value == value}


def _answered(fanout: Fanout, stored: Stored, shared: SharedParts) -> dict[int, bytes]:
    """Row -> the shared part, for those who have acknowledged it."""
    rule = fanout.rule_names.index(ANSWERED) if ANSWERED in fanout.rule_names else -1
    return {row: shared.of(stored, answered=True) for row in np.flatnonzero(fanout.rule == rule).tolist()}


def alert_again(row: OwedRow, verdict: Verdict, stored: Stored, shared: SharedParts) -> bytes:
    """The tail of an alert that was decided before, in the style that it has now."""
    terms, facts = row.terms, row.facts
    why = why_of(tuple(terms), list(terms.values()), tuple(facts), list(facts.values()), stored.record, limit=WHY_LIMIT)
    own = frames.own_part(
        row.rev,
        row.priority,
        verdict.text,
        facts.get("distance_m", _NAN),
        facts.get("bearing_deg", _NAN),
        row.score,
        frames.why_list(why),
    )
    return own + shared.of(stored, row.also, row.rule == ANSWERED)
