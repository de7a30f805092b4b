"""One thing broken on purpose: what the simulation has to find, or it proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from geo.clock import Instant
from geo.store import officers
from geo.store import owed as store_owed
from geo.store.rows import DeviceCursor, Tick
from streams.conversation.owed import Owed
from streams.following import Following


def _acks_ignored() -> None:
    """What was handed to the socket counts as stored on the device, whatever the device says that it holds."""

    def cursor(owed: Owed, epoch: str, unsaid: int | None = None) -> DeviceCursor:
        return DeviceCursor(epoch, owed._top)

    def since(epoch: str, cursor: DeviceCursor | None, seq: int) -> int:
        return cursor.floor if cursor is not None and cursor.epoch == epoch else 0

    Owed.cursor = cursor  # type: ignore[method-assign, assignment]
    officers._since = since


def _sweep_off() -> None:
    """The change log is read when somebody says so, and never else."""

    def is_due(following: Following, now: Instant) -> bool:
        return following._hinted

    Following.is_due = is_due  # type: ignore[method-assign, assignment]


def _answer_lost() -> None:
    """A tick whose answer was lost is taken for one that was never written."""
    original = store_owed.record

    def record(connection: object, tick: Tick, *rest: object) -> object:
        return original(connection, replace(tick, again=False), *rest)  # type: ignore[arg-type]

    store_owed.record = record  # type: ignore[assignment]


MUTANTS: dict[str, Callable[[], None]] = {
    "acks-ignored": _acks_ignored,
    "sweep-off": _sweep_off,
    "answer-lost": _answer_lost,
}
