"""Dead letters: what was refused, kept with its reason, counted when it comes again, never dropped."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import BigInteger, LargeBinary, Text, func, select
from sqlalchemy.engine import Connection

from geo.store import vocabulary
from geo.store.rows import Rejected
from geo.store.tables import letter
from geo.store.vocabulary import insert_of, rows_of, write_rows

_INT, _TEXT = BigInteger(), Text()
_rows = rows_of(
    "r",
    digest=_TEXT,
    feed=_TEXT,
    place=_TEXT,
    reason=_TEXT,
    message=_TEXT,
    raw=LargeBinary(),
    actor=_TEXT,
    first_at=_INT,
    last_at=_INT,
    times=_INT,
)
_insert = insert_of(letter, _rows)
_INSERT = _insert.on_conflict_do_update(
    index_elements=["digest"],
    set_={"times": letter.c.times + _insert.excluded.times, "last_at": _insert.excluded.last_at},
)


def keep(connection: Connection, letters: Sequence[Rejected]) -> None:
    """Writes letters; the same (feed, where, reason, raw) again counts up the one that is there."""
    rows: dict[str, vocabulary.Row] = {}
    for item in letters:
        row = _row(item)
        known = rows.get(str(row[0]))
        rows[str(row[0])] = row if known is None else (*known[:8], row[8], int(known[9] or 0) + 1)
    write_rows(connection, _INSERT, [rows[digest] for digest in sorted(rows)])


def _row(item: Rejected) -> vocabulary.Row:
    feed, where, reason, message, actor = (
        _printable(value) for value in (item.feed, item.where, item.reason, item.message, item.actor)
    )
    raw = item.raw.encode("utf-8", "surrogatepass")
    name = "\0".join((feed, where, reason)).encode() + b"\0" + raw
    digest = hashlib.blake2b(name, digest_size=16).hexdigest()
    return (digest, feed, where, reason, message, raw, actor, item.at, item.at, 1)


def _printable(value: str) -> str:
    """Input that was refused may hold what no text column takes: NUL and lone surrogates, shown as escapes."""
    return value.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def read(connection: Connection, feed: str | None, limit: int) -> list[Rejected]:
    """The newest letters first; ``at`` is when it came last."""
    row = letter.c
    statement = select(row.feed, row.place, row.reason, row.message, row.raw, row.last_at, row.actor)
    statement = statement.order_by(row.last_at.desc(), row.digest).limit(limit)
    if feed is not None:
        statement = statement.where(row.feed == feed)
    return [
        Rejected(feed, where, reason, message, raw.decode("utf-8", "surrogatepass"), at, actor)
        for feed, where, reason, message, raw, at, actor in connection.execute(statement)
    ]


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """(feed, reason) -> how many different letters."""
    statement = select(letter.c.feed, letter.c.reason, func.count()).group_by(letter.c.feed, letter.c.reason)
    return {(feed, reason): count for feed, reason, count in connection.execute(statement)}
