"""Answers, brought to who decides here, wherever they were given; and who has not acknowledged a briefing in time"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from time import monotonic

import numpy as np

from geo.clock import SECOND, Instant
from geo.errors import StoreUnavailable
from geo.model import Briefing, Disposition
from geo.pairs import Bool
from geo.store.briefing_rows import Step
from geo.store.contract import Store
from geo.store.rows import Act
from streams.following import Following
from streams.held import Held
from streams.noise.acknowledging import Asking
from streams.officers.situations import Situations
from streams.relevance.feedback import Feedback

log = logging.getLogger("beatline.acknowledged")

EVERY_S = 1.0
"""How often the receipts of one briefing are read at most: 5,000 officers may answer within a minute."""
LOOK = 10 * SECOND
"""How often answers are looked for where no hint came."""
_MOST = 1_000


class Acknowledged:
    """``anew`` is given the officers who are to be decided anew. Reading goes on beside the path: no tick waits."""

    def __init__(
        self,
        store: Store,
        situations: Situations,
        held: Held,
        feedback: Feedback,
        following: Following,
        anew: Callable[[Iterable[str]], None],
    ) -> None:
        self._store, self._picture, self._situations = store, following.picture, situations
        self._held, self._feedback, self._anew = held, feedback, anew
        following.reminded, following.looked = self.reminded, self.looked
        self._waiting: dict[str, None] = {}
        self._read_at: dict[str, float] = {}
        self._looked_at: Instant = 0
        self._task: asyncio.Task[None] | None = None

    # ------------------------------------------------------------------ entrances: they never wait
    def answered(self, officer: str, record: str, disposition: Disposition, rev: int) -> None:
        """On a device of his that is here, and durable: it counts for the score of others, he is not told louder of it,
        and where it had to be acknowledged his other devices ask no more. Whether an answer to an earlier word than the
        last (``rev``) is one to what is to be acknowledged now, the receipts say."""
        slot, his = self._picture.slot_of.get(record), self._situations.slot_of.get(officer)
        if slot is None:
            return
        self._feedback.add(slot, disposition)
        if his is None:
            return
        self._held.not_louder(his, slot)
        if not self._picture.must_ack[slot]:
            return
        row, wanted = self._rows(slot, (officer,)), self._picture.briefings.get(slot)
        row = row[row >= 0]
        if len(row) and (self._held.rev[row] > rev).any():
            self._read(record)
        elif wanted is not None and (self._held.told_version[row] >= wanted.ack_version).all():
            self._anew(self._mark(row, Asking.JUST_ANSWERED))

    def progressed(self, record: str) -> None:
        """It has got further, here or at another process. "": hints may have been lost, so perhaps any of them."""
        if not record:
            self.officers_came()
        elif self._asks(record) and self._waits(self._picture.slot_of[record]):
            self._read(record)

    def reminded(self, record: str) -> None:
        """Some have not answered in time."""
        if self._asks(record):
            self._read(record)

    def officers_came(self) -> None:
        """What they have answered while nobody decided for them may not be with what they hold."""
        for slot, briefing in self._picture.briefings.items():
            if self._picture.must_ack[slot]:
                self._read(briefing.id)

    def looked(self, now: Instant) -> None:
        """The change log has been read. Answers are not in it: where hints are lost, what was answered at another
        process is found by looking, every so often, at what is asked yet."""
        if now - self._looked_at < LOOK:
            return
        self._looked_at = now
        for slot, briefing in self._picture.briefings.items():
            if self._picture.must_ack[slot] and self._waits(slot):
                self._read(briefing.id)

    async def settled(self) -> None:
        """What has come back so far has been read; what follows of it comes with the next tick."""
        if self._task is not None:
            await self._task

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()

    # ------------------------------------------------------------------ inside
    def _asks(self, record: str) -> bool:
        slot = self._picture.slot_of.get(record)
        return slot is not None and bool(self._picture.must_ack[slot])

    def _waits(self, slot: int) -> bool:
        """Somebody who is here has it on his device and is asked yet."""
        row = self._held.of_records(np.array([slot], np.int32))
        told = (self._held.act[row] == Act.ALERT) | (self._held.act[row] == Act.CANCEL)
        return bool(self._open(row[told]).any())

    def _open(self, row: np.ndarray[tuple[int], np.dtype[np.int32]]) -> Bool:
        """Which of these rows (none negative) wait for an answer."""
        return np.asarray((self._held.fence[row] == Asking.ASKED) | (self._held.fence[row] == Asking.OVERDUE))

    def _read(self, record: str) -> None:
        self._waiting[record] = None
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._read_all())

    async def _read_all(self) -> None:
        while self._waiting:
            record = next(iter(self._waiting))
            await asyncio.sleep(max(0.0, self._read_at.get(record, 0.0) + EVERY_S - monotonic()))
            del self._waiting[record]
            kept = self._read_at if len(self._read_at) < _MOST else {}
            self._read_at = kept | {record: monotonic()}
            try:
                await self._compare(record)
            except StoreUnavailable as error:
                log.info("receipts wait for the store: %s", error)
                self._waiting[record] = None
                await asyncio.sleep(EVERY_S)
            except Exception:
                log.exception("what has come back about %s could not be read", record)

    async def _compare(self, record: str) -> None:
        """What has come back, and whom it has climbed for: said again is said to who was last told before then, so that
        neither a process that dies in between nor one that looks twice makes it none, or two."""
        slot = self._picture.slot_of.get(record)
        stored = None if slot is None else self._picture.stored[slot]
        if stored is None or not isinstance(stored.record, Briefing):
            return
        answered = await self._answered(record, stored.record.ack_version)
        people = await self._store.addressees(record) if stored.record.escalate_after_s else []
        overdue = {
            one.officer: one.step_at or 0
            for one in people
            if one.step is Step.SAID_AGAIN and one.left_at is None and one.officer not in answered
        }
        slot = self._picture.slot_of.get(record)
        if slot is None or self._picture.version[slot] != stored.version:
            return  # what was read is about another version: it comes again with its own receipts
        changed = self._mark(self._rows(slot, answered), Asking.JUST_ANSWERED)
        changed += self._mark(self._before(self._rows(slot, overdue), overdue), Asking.OVERDUE)
        self._anew(changed)

    async def _answered(self, record: str, since_version: int) -> set[str]:
        """Where nobody was ever asked anew every answer counts: a short question, as thousands come in a minute."""
        if since_version <= 1:
            return {one.officer for one in await self._store.replies(record)}
        return {one.officer for one in await self._store.progress(record, since_version) if one.replies}

    def _rows(self, record: int, officers: Iterable[str]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        slot_of = self._situations.slot_of
        slots = np.array([slot_of[name] for name in officers if name in slot_of], np.int32)
        return self._held.lookup(slots, np.full(len(slots), record, np.int32))

    def _mark(self, row: np.ndarray[tuple[int], np.dtype[np.int32]], state: Asking) -> list[str]:
        """Whose devices ask still -> the officers for whom it stands otherwise from now on."""
        held, row = self._held, row[row >= 0]
        told = (held.act[row] == Act.ALERT) | ((held.act[row] == Act.CANCEL) & (state != Asking.OVERDUE))
        row = row[self._open(row) & told & (held.fence[row] != state)]
        held.fence[row] = state
        return [self._situations.officers[slot] for slot in held.officer[row].tolist()]

    def _before(
        self, row: np.ndarray[tuple[int], np.dtype[np.int32]], climbed: Mapping[str, Instant]
    ) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        """Those who were told last before it climbed for them."""
        row = row[row >= 0]
        names = [self._situations.officers[slot] for slot in self._held.officer[row].tolist()]
        at = np.array([climbed[name] for name in names], np.int64)
        return np.asarray(row[self._held.told_at[row] < at], np.int32)
