"""RECORD in one round trip on PostgreSQL: numbered and packed ahead, written whole by one statement, or not at all.

The process remembers how far each of its officers' series has got. If the store agrees (owner, term and head of every
officer named, looked at under their rows' locks), the one statement writes what :func:`geo.store.owed.record` writes in
eleven; otherwise it writes nothing, and that function runs.

Measured with 10,000 recipients: what is the same for many rows of a fan-out (a "kind" of row) is sent once, and an
officer's row is written once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import asyncpg
import numpy as np

from geo.pairs import Int64
from geo.store import packing
from geo.store.owed import CELL_DECIMALS, GIVEN, packed
from geo.store.rows import Act, Fanout, OfficerState, Receipted, Tick

Values: TypeAlias = list[object]
MOST_HEADS = 200_000
"""More officers than one process will ever own: beyond it the heads are forgotten and learnt anew."""


class Heads:
    """What this process knows of its officers' rows: officer -> (term, seq). Never more than a guess."""

    def __init__(self) -> None:
        self.of: dict[str, tuple[int, int]] = {}

    def learn(self, states: Iterable[OfficerState]) -> None:
        """Rows that were read or taken."""
        if len(self.of) > MOST_HEADS:
            self.of.clear()
        self.of.update((state.officer, (state.term, state.seq)) for state in states)

    def move(self, tick: Tick, receipted: Receipted) -> None:
        """A tick was written: the series have got on by what it was given."""
        for item, seqs in zip(tick.fanouts, receipted.seqs, strict=True):
            for officer, seq, act in zip(item.officers, seqs.tolist(), item.act.tolist(), strict=True):
                if seq:
                    self.of[officer] = (tick.terms_of[officer], seq)
                elif act != Act.VERDICT:
                    self.of.pop(officer, None)  # somebody else's now


@dataclass(frozen=True, slots=True)
class Trip:
    """A tick, ready to be written: the statement's values, and the numbers it gives if the store agrees."""

    values: Values
    seqs: tuple[Int64, ...]


def trip_of(tick: Tick, heads: Heads, legends: Set[int]) -> Trip | None:
    """None where the long way has to be gone: unknown heads, names or jobs of its own, pairs named twice."""
    if tick.again or not all(packing.legend_of(item).n in legends for item in tick.fanouts):
        return None
    if len({item.record for item in tick.fanouts}) < len(tick.fanouts):
        return None
    if any(len(set(item.officers)) < len(item.officers) for item in tick.fanouts):
        return None
    before = _before(tick, heads)
    if before is None:
        return None
    after, seqs = _numbered(tick, before)
    values = [*_states(tick, before, after), tick.owner, tick.number, *_fanouts(tick, seqs), *_rows(tick, seqs)]
    jobs = tick.jobs
    values += [[due.kind.value for due in jobs], [due.subject for due in jobs], [due.due_at for due in jobs]]
    ends = np.cumsum([len(item.officers) for item in tick.fanouts])[:-1]
    return Trip(values, tuple(np.split(seqs, ends)) if tick.fanouts else ())


async def written(connection: asyncpg.Connection, trip: Trip) -> tuple[int, ...] | None:
    """Runs the one statement, a transaction of its own -> the fan-outs' numbers. None: nothing was written, because the
    store knows better (or a part of a table is lacking, or somebody was in the way): go the long way.

    Raises what asyncpg raises when the connection is lost meanwhile: then nobody knows whether it was written.
    """
    try:
        numbers = await connection.fetchval(RECORD_AT_ONCE, *trip.values)
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.TransactionRollbackError):
        return None
    return None if numbers is None else tuple(numbers)


def _before(tick: Tick, heads: Heads) -> dict[str, int] | None:
    """The head of everybody named, in officer order, if all of them are known with the tick's terms."""
    named = set(chain.from_iterable(item.officers for item in tick.fanouts))
    named.update(budget.officer for budget in tick.budgets)
    named.update(cell[0] for cell in tick.cells)
    before: dict[str, int] = {}
    terms, known = tick.terms_of, heads.of
    for officer in sorted(named):
        term, seq = known.get(officer, (-1, 0))
        if term != terms.get(officer):
            return None
        before[officer] = seq
    return before


def _numbered(tick: Tick, before: dict[str, int]) -> tuple[dict[str, int], Int64]:
    after = dict(before)
    seqs: list[int] = []
    for item in tick.fanouts:
        for officer, act in zip(item.officers, item.act.tolist(), strict=True):
            if act == Act.VERDICT:
                seqs.append(0)
            else:
                after[officer] = seq = after[officer] + 1
                seqs.append(seq)
    return after, np.array(seqs, dtype=np.int64)


def _states(tick: Tick, before: dict[str, int], after: dict[str, int]) -> Values:
    """Nine columns of everybody named; those of budgets and cells empty (so NULL) where there are none."""
    columns: Values = [list(before), [tick.terms_of[o] for o in before], list(before.values()), list(after.values())]
    budgets = {item.officer: (item.tokens, item.tokens_at) for item in tick.budgets}
    cells = {o: (round(lon, CELL_DECIMALS), round(lat, CELL_DECIMALS), at) for o, lon, lat, at in tick.cells}
    for found, width in ((budgets, 2), (cells, 3)):
        empty = (None,) * width
        rows = [found.get(officer, empty) for officer in before] if found else []
        columns += [list(column) for column in zip(*rows, strict=True)] or [[]] * width
    return [*columns, tick.at]


def _fanouts(tick: Tick, seqs: Int64) -> Values:
    items = tick.fanouts
    legends = [packing.legend_of(item) for item in items]
    return [
        [item.record for item in items],
        [item.version for item in items],
        [item.at for item in items],
        [item.policy for item in items],
        [legend.n for legend in legends],
        [legend.dtype.itemsize for legend in legends],
        [packing.pack_officers(item.officers) for item in items],
        [blob.tobytes() for blob in packed(tick, seqs)],
    ]


_BY_KIND = ("rev", *GIVEN)


def _rows(tick: Tick, seqs: Int64) -> Values:
    """The thin rows as (officer, seq, position, kind), and the kinds: what they have in common, once each."""
    kinds: list[list[object]] = [[] for _ in range(1 + len(_BY_KIND))]
    codes: list[Int64] = []
    for place, item in enumerate(tick.fanouts, start=1):
        code, firsts = _kinds_of(item)
        codes.append(code + len(kinds[0]) + 1)
        kinds[0] += [place] * len(firsts)
        for into, name in zip(kinds[1:], _BY_KIND, strict=True):
            into += [None if value != value else value for value in getattr(item, name)[firsts].tolist()]
    officers = list(chain.from_iterable(item.officers for item in tick.fanouts))
    positions = chain.from_iterable(range(len(item.officers)) for item in tick.fanouts)
    rows = sorted(zip(officers, seqs.tolist(), positions, np.concatenate(codes).tolist(), strict=True)) if codes else []
    return [*([list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]), *kinds]


def _kinds_of(item: Fanout) -> tuple[Int64, Sequence[int]]:
    """Of each row the number of its kind, and of each kind a row that is of it."""
    code = np.zeros(len(item.officers), np.int64)
    for name in _BY_KIND:
        column = getattr(item, name)
        first = column[0]
        if not ((column == first) | ((column != column) & (first != first))).all():
            _, inverse = np.unique(column, return_inverse=True)
            code = np.unique(code * (int(inverse.max()) + 1) + inverse, return_inverse=True)[1]
    return code, np.unique(code, return_index=True)[1].tolist()


RECORD_AT_ONCE = """
WITH o AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::int8[], $3::int8[], $4::int8[],
        $5::float8[], $6::int8[], $7::float8[], $8::float8[], $9::int8[])
    AS o(officer, term, before, after, tokens, tokens_at, lon, lat, fix_at)
),
mine AS MATERIALIZED (
    SELECT s.officer FROM officer_state AS s JOIN o ON o.officer = s.officer
    WHERE s.owner = $11 AND s.term = o.term AND s.seq = o.before
    ORDER BY s.officer FOR UPDATE OF s
),
agreed AS MATERIALIZED (SELECT true AS yes FROM mine HAVING count(*) = cardinality($1::text[])),
f AS MATERIALIZED (
    SELECT i, nextval(pg_get_serial_sequence('fanout', 'n')) AS n, record, at
    FROM agreed, unnest($13::text[], $15::int8[]) WITH ORDINALITY AS f(record, at, i)
),
k AS MATERIALIZED (
    SELECT k.*, f.n, f.record, f.at
    FROM f JOIN unnest($25::int8[], $26::int8[], $27::int8[], $28::int8[], $29::int8[], $30::int8[], $31::int8[],
        $32::int8[], $33::float8[], $34::float8[], $35::int8[], $36::int8[]) WITH ORDINALITY
    AS k(f, rev, act, verdict, priority, inside, told_grade, told_hazards, told_lon, told_lat, told_version, told_style,
        kind) ON k.f = f.i
),
r AS MATERIALIZED (
    SELECT r.officer, r.seq, r.position, k.* FROM k JOIN
    unnest($21::text[], $22::int8[], $23::int8[], $24::int8[]) AS r(officer, seq, position, kind) ON r.kind = k.kind
),
states AS (
    UPDATE officer_state AS s SET seq = o.after, tokens = coalesce(o.tokens, s.tokens),
        tokens_at = coalesce(o.tokens_at, s.tokens_at), cell_lon = coalesce(o.lon, s.cell_lon),
        cell_lat = coalesce(o.lat, s.cell_lat), fix_at = coalesce(o.fix_at, s.fix_at),
        seen_at = CASE WHEN o.lon IS NULL THEN s.seen_at ELSE greatest(s.seen_at, $10::int8) END
    FROM agreed, o WHERE o.officer = s.officer
        AND (o.after <> o.before OR o.tokens IS NOT NULL OR o.lon IS NOT NULL)
),
fanouts AS (
    INSERT INTO fanout (n, record, version, at, policy, owner, tick, legend, width, officers, rows)
    SELECT f.n, f.record, u.version, f.at, u.policy, $11::text, $12::int8, u.legend, u.width, u.officers, u.rows
    FROM f JOIN unnest($14::int8[], $16::text[], $17::int8[], $18::int8[], $19::bytea[], $20::bytea[])
    WITH ORDINALITY AS u(version, policy, legend, width, officers, rows, i) ON u.i = f.i
),
owed AS (
    INSERT INTO inbox (officer, seq, fanout, position, at) SELECT officer, seq, n, position, at FROM r WHERE seq > 0
),
known AS MATERIALIZED (
    SELECT DISTINCT f.record FROM f WHERE EXISTS (SELECT FROM held WHERE held.record = f.record)
),
was AS MATERIALIZED (
    SELECT r.officer, r.record FROM r JOIN known ON known.record = r.record
    WHERE EXISTS (SELECT FROM held WHERE held.officer = r.officer AND held.record = r.record)
),
first AS (
    INSERT INTO held (officer, record, rev, seq, act, verdict, priority, inside, told_grade, told_hazards, told_lon,
        told_lat, told_version, told_style, told_at, fanout, position)
    SELECT officer, record, rev, seq, act, verdict, priority, inside, told_grade, told_hazards, told_lon,
        told_lat, told_version, told_style, at, n, position
    FROM r WHERE NOT EXISTS (SELECT FROM was WHERE was.officer = r.officer AND was.record = r.record)
),
further AS (
    UPDATE held SET rev = r.rev, verdict = r.verdict, priority = r.priority, inside = r.inside,
        told_grade = r.told_grade, told_hazards = r.told_hazards, told_lon = r.told_lon, told_lat = r.told_lat,
        told_version = r.told_version, told_style = r.told_style,
        seq = CASE WHEN r.act = 0 THEN held.seq ELSE r.seq END,
        act = CASE WHEN r.act = 0 THEN held.act ELSE r.act END,
        told_at = CASE WHEN r.act = 0 THEN held.told_at ELSE r.at END,
        fanout = CASE WHEN r.act = 0 THEN held.fanout ELSE r.n END,
        position = CASE WHEN r.act = 0 THEN held.position ELSE r.position END
    FROM r JOIN was ON was.officer = r.officer AND was.record = r.record
    WHERE held.officer = r.officer AND held.record = r.record
),
jobs AS (
    INSERT INTO job (kind, subject, due_at, claimed_at)
    SELECT u.*, 0 FROM agreed, unnest($37::text[], $38::text[], $39::int8[]) AS u ON CONFLICT DO NOTHING
)
SELECT CASE WHEN EXISTS (SELECT FROM agreed) THEN ARRAY(SELECT n FROM f ORDER BY i) END
"""
