"""What devices report back, written to the store in batches: nothing is confirmed before it is durable."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from geo.clock import Clock
from geo.errors import StoreUnavailable
from geo.store.contract import Store
from geo.store.rows import Answered, Answers, DeviceCursor, SeenOnScreen, StatusChanged, StoredOnDevice

_log = logging.getLogger(__name__)


def _nothing() -> None:
    """Whoever does not wait for it."""


def _nobody(answers: Answers) -> None:
    """Nobody follows what comes back."""


EVERY_S = 0.05
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 2.0
AT_ONCE = 2_000
"""Devices' cursors in one transaction: about 20 ms on the embedded store."""


class Acknowledging(Protocol):
    """A connection whose device has acknowledged something: asked once, when it is written."""

    officer: str
    device: str

    def stored(self) -> tuple[DeviceCursor, tuple[int, ...]]:
        """How far it has stored the series, and the seqs since it was last asked."""
        ...


@dataclass(frozen=True, slots=True)
class _Reply:
    answered: Answered
    durable: Callable[[], None]
    lost: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class _Status:
    changed: StatusChanged
    durable: Callable[[], None]


_Item: TypeAlias = StoredOnDevice | SeenOnScreen | _Reply | _Status


class Receipts:
    """Collects for 50 ms, writes one transaction, tells whoever waits for it; an unreachable store is tried again.

    What the store cannot take at all is found by halving, logged, counted and left out: it holds up nobody else's.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._acks: dict[int, Acknowledging] = {}
        self._cursors: list[StoredOnDevice] = []
        self._seen: list[SeenOnScreen] = []
        self._replies: list[_Reply] = []
        self._statuses: list[_Status] = []
        self._open: set[str] = set()
        self._in_flight: set[str] = set()
        self._writing = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self.lost = 0
        """Receipts that the store could not take."""
        self.written: Callable[[Answers], None] = _nobody
        """Hears what has become durable."""

    # ------------------------------------------------------------------ in
    def acknowledged(self, source: Acknowledging) -> None:
        self._acks[id(source)] = source
        self._soon(source.officer)

    def cursor(self, cursor: StoredOnDevice) -> None:
        self._cursors.append(cursor)
        self._soon(cursor.officer)

    def seen(self, seen: SeenOnScreen) -> None:
        self._seen.append(seen)
        self._soon(seen.officer)

    def answered(self, answered: Answered, durable: Callable[[], None], lost: Callable[[], None] = _nothing) -> None:
        """``durable`` is called once it is, ``lost`` where it cannot be."""
        self._replies.append(_Reply(answered, durable, lost))
        self._soon(answered.officer)

    def status(self, changed: StatusChanged, durable: Callable[[], None]) -> None:
        self._statuses.append(_Status(changed, durable))
        self._soon(changed.officer)

    @property
    def pending(self) -> int:
        return len(self._acks) + len(self._cursors) + len(self._seen) + len(self._replies) + len(self._statuses)

    def concern(self, officer: str) -> bool:
        """Something of this officer's devices is not durable yet."""
        return officer in self._open or officer in self._in_flight

    # ------------------------------------------------------------------ out
    async def flush(self) -> None:
        """Everything that came before this call is durable when it returns. Raises StoreUnavailable, keeping it all.

        Whoever asks while a write is under way shares the next one.
        """
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._write_next())
        await asyncio.shield(self._next)

    async def _write_next(self) -> None:
        async with self._writing:
            self._next = None
            for _ in range(1 + len(self._acks) // AT_ONCE):
                if self.pending:
                    await self._write()

    async def close(self) -> None:
        """A last attempt."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        try:
            await self.flush()
        except StoreUnavailable as error:
            _log.warning("receipts not written: %s", error)

    def _soon(self, officer: str) -> None:
        self._open.add(officer)
        if self._timer is None and (self._task is None or self._task.done()):
            self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._start)

    def _start(self) -> None:
        self._timer = None
        self._task = asyncio.get_running_loop().create_task(self._flush_patiently())

    async def _flush_patiently(self) -> None:
        pause_s = FIRST_PAUSE_S
        while self.pending:
            try:
                await self.flush()
            except StoreUnavailable as error:
                _log.warning("receipts wait for the store: %s", error)
                await asyncio.sleep(pause_s)
                pause_s = min(LONGEST_PAUSE_S, pause_s * 2)

    async def _write(self) -> None:
        self._in_flight, self._open = self._open, set()
        stored = self._take_stored()
        seen, self._seen = self._seen, []
        replies, self._replies = self._replies, []
        statuses, self._statuses = self._statuses, []
        batch: list[_Item] = [*stored, *seen, *replies, *statuses]
        try:
            poisoned = await self._what_cannot_be_written(batch)
        except BaseException:
            self._cursors[:0] = stored
            self._open |= self._in_flight
            self._seen[:0], self._replies[:0], self._statuses[:0] = seen, replies, statuses
            raise
        self._in_flight = set()
        self._open.update(source.officer for source in self._acks.values())
        left_out = {id(item) for item in poisoned}
        self._tell([one.durable for one in replies if id(one) not in left_out])
        self._tell([one.durable for one in statuses if id(one) not in left_out])
        self._tell([one.lost for one in replies if id(one) in left_out])

    async def _what_cannot_be_written(self, batch: list[_Item]) -> list[_Item]:
        """Writes the batch, all but what comes back. Raises StoreUnavailable: then all of it comes again, and what was
        written already changes nothing."""
        answers = _answers_of(batch)
        try:
            await self._store.answer(answers)
        except StoreUnavailable:
            raise
        except Exception:
            if len(batch) == 1:
                self.lost += 1
                _log.exception("a receipt that the store cannot take is left out: %s", type(batch[0]).__name__)
                return batch
            middle = len(batch) // 2
            first = await self._what_cannot_be_written(batch[:middle])
            return first + await self._what_cannot_be_written(batch[middle:])
        self.written(answers)
        return []

    def _take_stored(self) -> tuple[StoredOnDevice, ...]:
        now = self._clock.now()
        stored, self._cursors = self._cursors, []
        for key in list(self._acks)[:AT_ONCE]:
            source = self._acks.pop(key)
            cursor, seqs = source.stored()
            stored.append(StoredOnDevice(source.officer, source.device, cursor, seqs, now))
        return tuple(stored)

    def _tell(self, waiting: Iterable[Callable[[], None]]) -> None:
        for durable in waiting:
            durable()


def _answers_of(batch: Sequence[_Item]) -> Answers:
    return Answers(
        tuple(one for one in batch if isinstance(one, StoredOnDevice)),
        tuple(one for one in batch if isinstance(one, SeenOnScreen)),
        tuple(one.answered for one in batch if isinstance(one, _Reply)),
        tuple(one.changed for one in batch if isinstance(one, _Status)),
    )
