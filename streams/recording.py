"""What was decided, packed for RECORD: one fan-out a record and tick, and the same rows for what is held in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from geo.clock import Instant
from geo.model import Stored, Summary, Verdict
from geo.pairs import Float32, Int32, Int64, UInt8
from geo.picture import LivePicture
from geo.store.rows import Act, Fanout
from streams.held import Held, HeldColumns
from streams.noise import acknowledging, fences
from streams.noise.decide import Decided, Withheld
from streams.noise.rules import REASON_NAMES, RULE_NAMES, Reason, Rule
from streams.officers.situations import Situations
from streams.relevance.score import FACT_NAMES, TERM_NAMES, Scored
from streams.shown_as_one import sources_behind


@dataclass(frozen=True, slots=True)
class Words:
    """What is said, or kept as a verdict (``act`` VERDICT), a row a pair; ``held`` is what is held of it now."""

    held: HeldColumns
    act: UInt8
    rule: UInt8
    reason: UInt8
    score: Float32
    terms: Float32
    facts: Float32
    names: tuple[str, ...] = ()
    """Of a summary card: what its ``terms`` count."""

    def __len__(self) -> int:
        return len(self.rule)


def words_of(scored: Scored, decided: Decided, held: Held, picture: LivePicture, now: Instant) -> Words:
    """The rows that the rules keep."""
    at = decided.keep.nonzero()[0]
    act = decided.act[at]
    told, twin = act == Act.ALERT, decided.rule[at] == Rule.DUPLICATE
    columns = _baseline(
        scored.pairs.officer[at], scored.pairs.record[at], scored.held_row[at], told | twin, act, held, picture, now
    )
    fences.write(decided.fences, at, columns)
    acknowledging.write(decided.asked, at, columns)
    columns.since[twin] = now
    counts_as_told = told | twin | (decided.rule[at] == Rule.POLICY_CHANGE)
    return Words(
        held=HeldColumns(
            act=np.where(act == Act.VERDICT, columns.act, act),
            verdict=decided.verdict[at],
            priority=decided.priority[at],
            inside=decided.inside[at],
            told_style=np.where(counts_as_told, decided.told_style[at], columns.told_style),
            **{name: getattr(columns, name) for name in _KEPT},
        ),
        act=act,
        rule=decided.rule[at],
        reason=decided.reason[at],
        score=scored.total[at],
        terms=np.ascontiguousarray(scored.terms[at]),
        facts=np.ascontiguousarray(scored.facts[at]),
    )


def words_withheld(withheld: Withheld, held: Held, picture: LivePicture, now: Instant) -> Words:
    """The rows of who may not know any more: no score, no facts."""
    row, size = withheld.row, len(withheld.row)
    told = np.zeros(size, np.bool_)
    columns = _baseline(held.officer[row], held.record[row], row, told, withheld.act, held, picture, now)
    return Words(
        held=HeldColumns(
            act=np.where(withheld.act == Act.VERDICT, columns.act, withheld.act),
            verdict=np.full(size, Verdict.NONE, np.uint8),
            priority=held.priority[row],
            inside=np.zeros(size, np.bool_),
            told_style=columns.told_style,
            **{name: getattr(columns, name) for name in _KEPT},
        ),
        act=withheld.act,
        rule=withheld.rule,
        reason=withheld.reason,
        score=np.zeros(size, np.float32),
        terms=np.full((size, len(TERM_NAMES)), np.nan, np.float32),
        facts=np.full((size, len(FACT_NAMES)), np.nan, np.float32),
    )


def spoken_of(
    officer: Int32,
    record: Int32,
    said: tuple[Act, UInt8, tuple[Rule, Reason]],
    facts: Float32,
    terms: Float32,
    names: tuple[str, ...],
    held: Held,
    picture: LivePicture,
    now: Instant,
) -> Words:
    """Summary cards: what is said without a score, a row an officer. ``said`` is act, verdicts, rule and reason."""
    act, verdict, (rule, reason) = said
    size, row = len(officer), held.lookup(officer, record)
    acts = np.full(size, act, np.uint8)
    columns = _baseline(officer, record, row, acts == Act.ALERT, acts, held, picture, now)
    return Words(
        held=HeldColumns(
            act=acts,
            verdict=verdict,
            priority=np.full(size, 2, np.uint8),
            inside=acts == Act.ALERT,
            told_style=np.maximum(columns.told_style, verdict),
            **{name: getattr(columns, name) for name in _KEPT},
        ),
        act=acts,
        rule=np.full(size, rule, np.uint8),
        reason=np.full(size, reason, np.uint8),
        score=np.zeros(size, np.float32),
        terms=terms,
        facts=facts,
        names=names,
    )


def waiting_of(scored: Scored, decided: Decided, now: Instant) -> HeldColumns:
    """Pairs that wait for the on-delay: in memory only, nothing said. Those that wait already are left as they are."""
    at = decided.waiting[scored.held_row[decided.waiting] < 0]
    return _nothing(scored.pairs.officer[at], scored.pairs.record[at], now)


def remembered_of(scored: Scored, decided: Decided, held: Held, picture: LivePicture, now: Instant) -> HeldColumns:
    """Pairs whose state to a watched area is to be remembered, where nothing is said or kept of them."""
    at = fences.remembered(decided.fences, scored, decided.keep, decided.gone)
    officer, record, row = scored.pairs.officer[at], scored.pairs.record[at], scored.held_row[at]
    silent = np.zeros(len(at), np.uint8)
    columns = _baseline(officer, record, row, silent > 0, silent, held, picture, now)
    known = np.flatnonzero(row >= 0)
    for name in ("verdict", "priority", "inside"):
        getattr(columns, name)[known] = getattr(held, name)[row[known]]
    fences.write(decided.fences, at, columns)
    return columns


def fanouts_of(
    words: Sequence[Words], picture: LivePicture, situations: Situations, held: Held, policy: str, now: Instant
) -> tuple[list[Fanout], list[Stored]]:
    """One fan-out a record, in the order in which the records were first decided, with the version decided on."""
    pairs = list(each_fanout(words, picture, situations, held, policy, now))
    return [fanout for fanout, _ in pairs], [stored for _, stored in pairs]


def each_fanout(
    words: Sequence[Words], picture: LivePicture, situations: Situations, held: Held, policy: str, now: Instant
) -> Iterator[tuple[Fanout, Stored]]:
    """The same one by one, for a caller that leaves the loop to others in between."""
    if not any(len(some) for some in words):
        return
    whole = _joined(words)
    record = whole.held.record
    _, first, group = np.unique(record, return_index=True, return_inverse=True)
    order = np.argsort(group, kind="stable")
    bounds = np.concatenate([[0], np.bincount(group).cumsum()])
    for number in np.argsort(first).tolist():
        rows = order[bounds[number] : bounds[number + 1]]
        item = picture.stored[int(record[rows[0]])]
        if item is not None:
            fanout = _fanout(whole, rows, item, situations, policy, now)
            if isinstance(item.record, Summary):
                fanout = replace(fanout, term_names=_names_of(words, whole.held.record[rows[0]]), fact_names=CARD_FACTS)
            elif int(record[rows[0]]) in picture.twins:
                fanout = _with_both_sources(fanout, whole, rows, held, picture)
            yield fanout, item


COUNT = FACT_NAMES.index("own_reach_m")
"""The column of a summary card's facts that says how many it counts: a card has no reach."""
CARD_FACTS = tuple("count" if place == COUNT else name for place, name in enumerate(FACT_NAMES))
"""What the facts of a card are called."""


def _names_of(words: Sequence[Words], slot: int) -> tuple[str, ...]:
    return next((some.names for some in words if some.names and some.held.record[0] == slot), TERM_NAMES)


def _with_both_sources(fanout: Fanout, words: Words, rows: Int64, held: Held, picture: LivePicture) -> Fanout:
    """The fact ``also`` of those to whom the record stands for a twin as well: the place of its source in ``also``."""
    behind, _ = sources_behind(held, picture, words.held.officer[rows], words.held.record[rows])
    told = [source if act == Act.ALERT else "" for source, act in zip(behind, fanout.act.tolist(), strict=True)]
    names = tuple(sorted(set(told) - {""}))
    if not names:
        return fanout
    facts = fanout.facts.copy()
    facts[:, FACT_NAMES.index("also")] = [names.index(source) if source else np.nan for source in told]
    return replace(fanout, facts=facts, also=names)


_SPOKEN = ("act", "verdict", "priority", "inside", "told_style")
_KEPT = tuple(item.name for item in fields(HeldColumns) if item.name not in _SPOKEN)


def _baseline(
    officer: Int32,
    record: Int32,
    row: Int32,
    told: np.ndarray[tuple[int], np.dtype[np.bool_]],
    act: UInt8,
    held: Held,
    picture: LivePicture,
    now: Instant,
) -> HeldColumns:
    """What is held of these pairs: of those that are ``told`` now the record as it is, of the others as before."""
    before = _nothing(officer, record, now)
    known = np.flatnonzero(row >= 0)
    for name in (*_KEPT, "act", "told_style"):
        if name not in ("officer", "record"):
            getattr(before, name)[known] = getattr(held, name)[row[known]]
    before.rev[act != Act.VERDICT] += 1
    now_told = record[told]
    before.told_grade[told] = picture.grade[now_told]
    before.told_hazards[told] = picture.hazards[now_told]
    before.told_lon[told], before.told_lat[told] = picture.lon[now_told], picture.lat[now_told]
    before.told_version[told] = picture.version[now_told]
    before.told_at[told] = now
    return before


def _nothing(officer: Int32, record: Int32, now: Instant) -> HeldColumns:
    size = len(officer)

    def zeros() -> UInt8:
        return np.zeros(size, np.uint8)

    return HeldColumns(
        officer=officer,
        record=record,
        rev=np.zeros(size, np.int32),
        act=zeros(),
        verdict=zeros(),
        priority=zeros(),
        inside=np.zeros(size, np.bool_),
        told_style=zeros(),
        told_grade=zeros(),
        told_hazards=np.zeros(size, np.int32),
        told_lon=np.full(size, np.nan),
        told_lat=np.full(size, np.nan),
        told_version=np.zeros(size, np.int32),
        told_at=np.zeros(size, np.int64),
        since=np.full(size, now, np.int64),
        fence=zeros(),
        doubt_at=np.zeros(size, np.int64),
    )


def _joined(words: Sequence[Words]) -> Words:
    if len(words) == 1:
        return words[0]
    held = {name: np.concatenate([getattr(some.held, name) for some in words]) for name in (*_KEPT, *_SPOKEN)}
    return Words(
        held=HeldColumns(**held),
        act=np.concatenate([some.act for some in words]),
        rule=np.concatenate([some.rule for some in words]),
        reason=np.concatenate([some.reason for some in words]),
        score=np.concatenate([some.score for some in words]),
        terms=np.concatenate([some.terms for some in words]),
        facts=np.concatenate([some.facts for some in words]),
    )


def _fanout(words: Words, rows: Int64, item: Stored, situations: Situations, policy: str, now: Instant) -> Fanout:
    held, names = words.held, situations.officers
    return Fanout(
        record=item.record.id,
        version=item.version,
        at=now,
        policy=policy,
        officers=tuple([names[slot] for slot in held.officer[rows].tolist()]),
        act=words.act[rows],
        verdict=held.verdict[rows],
        priority=held.priority[rows],
        rule=words.rule[rows],
        reason=words.reason[rows],
        rev=held.rev[rows],
        inside=(held.inside[rows] + 2 * held.fence[rows]).astype(np.uint8),
        score=words.score[rows],
        terms=words.terms[rows],
        facts=words.facts[rows],
        term_names=TERM_NAMES,
        fact_names=FACT_NAMES,
        rule_names=RULE_NAMES,
        reason_names=REASON_NAMES,
        told_grade=held.told_grade[rows],
        told_hazards=held.told_hazards[rows],
        told_lon=held.told_lon[rows],
        told_lat=held.told_lat[rows],
        told_version=held.told_version[rows],
        told_style=held.told_style[rows],
    )


def rows_of_words(words: Words, rows: Int64) -> Words:
    """Some of the words, in the order of ``rows``."""
    held = HeldColumns(**{item.name: getattr(words.held, item.name)[rows] for item in fields(HeldColumns)})
    rest = {item.name: getattr(words, item.name)[rows] for item in fields(Words) if item.name not in ("held", "names")}
    return Words(held=held, **rest)


def words_about(words: Words, slot: int, version: int | None) -> Words:
    """The same words about a record that is in another slot by now; as told of ``version``, where there is one."""
    size = len(words)
    told = words.held.told_version if version is None else np.full(size, version, np.int32)
    held = replace(words.held, record=np.full(size, slot, np.int32), told_version=told)
    return replace(words, held=held)
