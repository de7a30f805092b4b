"""PostgreSQL's tables that grow for ever, divided by the month or the day: which parts there are, made and dropped.

A part is made apart and then attached: attaching waits for nobody who reads or writes the table, as CREATE TABLE ...
PARTITION OF would.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy.engine import Connection

from geo.clock import DAY, Instant

LOCK = 0x62656174
"""Advisory lock under which tables are made and parts are attached: "beat"."""
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


class Step(StrEnum):
    """How much time one part holds."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Partitioned:
    """A divided table: by which column, and in what steps."""

    table: str
    column: str
    step: Step


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its name, and which instants it holds (half-open)."""

    name: str
    start: Instant
    end: Instant


PARTITIONED = (
    Partitioned("record_version", "written_at", Step.MONTH),
    Partitioned("fanout", "at", Step.MONTH),
    Partitioned("receipt", "at", Step.MONTH),
    Partitioned("seen", "at", Step.MONTH),
    Partitioned("inbox", "at", Step.DAY),
)
INBOX = PARTITIONED[-1]
AHEAD = {Step.DAY: 2, Step.MONTH: 1}
"""So many parts are made before their time. No more than that: every part costs a little of every plan, and a write
whose part is wanting has it made."""


def part_of(table: Partitioned, at: Instant) -> Part:
    """The part that an instant falls into."""
    day = _ZERO + timedelta(microseconds=at - at % DAY)
    if table.step is Step.DAY:
        return Part(f"{table.table}_{day:%Y%m%d}", _instant(day), _instant(day) + DAY)
    first = day.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Part(f"{table.table}_{day:%Y%m}", _instant(first), _instant(following))


def _instant(at: datetime) -> Instant:
    return (at - _ZERO) // timedelta(microseconds=1)


def make(connection: Connection, table: Partitioned, instants: Iterable[Instant]) -> list[str]:
    """Makes the parts that these instants need and that are not there -> their names."""
    wanted = {part.name: part for part in (part_of(table, at) for at in instants)}
    if not wanted:
        return []
    connection.exec_driver_sql("SELECT pg_advisory_xact_lock($1::int8)", (LOCK,))
    missing = sorted(wanted.keys() - set(parts(connection, table)))
    for part in (wanted[name] for name in missing):
        connection.exec_driver_sql(f"CREATE TABLE {part.name} (LIKE {table.table} INCLUDING ALL)")
        attach = f"ALTER TABLE {table.table} ATTACH PARTITION {part.name}"
        connection.exec_driver_sql(f"{attach} FOR VALUES FROM ({part.start}) TO ({part.end})")
    return missing


def make_all(connection: Connection, at: Instant) -> list[str]:
    """What a write of that instant needs, in every divided table -> names of what was made."""
    return [name for table in PARTITIONED for name in make(connection, table, [at])]


def make_ahead(connection: Connection, now: Instant, tables: Sequence[Partitioned] = PARTITIONED) -> list[str]:
    """The parts of now and of the time to come -> names of what was made."""
    made = []
    for table in tables:
        at, wanted = now, []
        for _ in range(AHEAD[table.step] + 1):
            wanted.append(at)
            at = part_of(table, at).end
        made += make(connection, table, wanted)
    return made


_PARTS = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid)
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass($1::text) ORDER BY c.relname
"""
_BOUND = re.compile(r"FROM \('(-?\d+)'\) TO \('(-?\d+)'\)")


def parts(connection: Connection, table: Partitioned) -> dict[str, Part]:
    """The parts that are there, by name."""
    found = {}
    for name, bound in connection.exec_driver_sql(_PARTS, (table.table,)):
        if ends := _BOUND.search(bound):
            found[name] = Part(name, int(ends[1]), int(ends[2]))
    return found


def over(connection: Connection, table: Partitioned, before: Instant) -> list[Part]:
    """The parts that ended by then, the oldest first."""
    found = parts(connection, table).values()
    return sorted((part for part in found if part.end <= before), key=lambda part: part.end)


PATIENCE = "200ms"


def drop(connection: Connection, part: Part) -> int:
    """Drops a part -> how many rows it had. Raises (SQLSTATE 55P03) where somebody is in the table for longer than a
    moment: everybody else would have to wait behind us."""
    rows: int = connection.exec_driver_sql(f"SELECT count(*) FROM {part.name}").scalar_one()  # noqa: S608 - our name
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{PATIENCE}'")
    connection.exec_driver_sql(f"DROP TABLE {part.name}")
    return rows
