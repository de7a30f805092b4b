"""Servers with one fault built in, to prove the checker: `python -m tests.drills.mutants NAME serve ...`.

Each is a mistake that others have made: to take "sent" for "stored", to follow a change log by the last number seen, to
rely on messages that may be lost. A drill in which such a server passes proves nothing.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable

import msgspec
from sqlalchemy import text
from sqlalchemy.engine import Connection as Database

from app.cli import main
from geo.store.postgis import PostgisStore
from geo.store.rows import Change, ChangeKind, Changes, OfficerState, Resumption
from streams import following
from streams.conversation.messages import Identify, Resume
from streams.conversation.owed import Owed
from streams.delivery.joining import Joining
from streams.delivery.presence import Connection
from streams.hints.contract import About, Hint
from streams.hints.redis_hints import RedisHints


def acks_ignored() -> None:
    """What was sent counts as stored: a device that resumes gets what comes after the last message sent to it."""
    sent_to: dict[tuple[str, str], Owed] = {}
    honest_sent, honest_resumption = Owed.sent, Joining._resumption

    def sent(self: Owed, seq: int, size: int, now: float) -> None:
        honest_sent(self, seq, size, now)
        self.acknowledged(seq, now)

    async def resumption(
        self: Joining, connection: Connection, message: Identify | Resume, state: OfficerState
    ) -> Resumption | None:
        key = (connection.officer, connection.device)
        before, sent_to[key] = sent_to.get(key), connection.session.owed
        if before is not None and before.last_seq and isinstance(message, Resume):
            await self._store_cursor(connection, state.epoch, before.last_seq)
            message = msgspec.structs.replace(message, seq=max(message.seq, before.last_seq))
        return await honest_resumption(self, connection, message, state)

    Owed.sent = sent  # type: ignore[method-assign]
    Joining._resumption = resumption  # type: ignore[method-assign]


_NAIVE = "SELECT n, kind, id, version, rank FROM change WHERE n > :last ORDER BY n LIMIT :limit"


def cursor_naive() -> None:
    """The change log is read as "number greater than the last": what commits late under an early number is missed."""
    last: dict[int, int] = {}

    def changes(self: PostgisStore, connection: Database, cursor: str, limit: int) -> Changes:
        if id(self) not in last:
            last[id(self)] = int(connection.execute(text("SELECT coalesce(max(n), 0) FROM change")).scalar_one())
        rows = connection.execute(text(_NAIVE), {"last": last[id(self)], "limit": limit}).all()
        if rows:
            last[id(self)] = int(rows[-1].n)
        found = tuple(Change(ChangeKind(row.kind), row.id, row.version, row.rank) for row in rows)
        return Changes(found, cursor, more=len(rows) == limit)

    PostgisStore._changes = changes  # type: ignore[method-assign]


def sweep_off() -> None:
    """Nobody looks into the change log unless a hint says so."""
    following.SWEEP = 1 << 60


def dies_before_hint() -> None:
    """Not a mistake but a failpoint: one in four hints about changes is the last thing that the process does."""
    honest = RedisHints.publish

    def publish(self: RedisHints, hint: Hint) -> None:
        if hint.about is About.CHANGES and random.random() < 0.25:
            os.kill(os.getpid(), signal.SIGKILL)
        honest(self, hint)

    RedisHints.publish = publish  # type: ignore[method-assign]


MUTANTS: dict[str, Callable[[], None]] = {
    "acks-ignored": acks_ignored,
    "cursor-naive": cursor_naive,
    "sweep-off": sweep_off,
    "dies-before-hint": dies_before_hint,
}


if __name__ == "__main__":
    MUTANTS[sys.argv.pop(1)]()
    main()
