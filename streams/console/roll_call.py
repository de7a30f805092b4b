"""The receipts of live briefings, read for the consoles: at an answer the answers alone, now and then everything."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TypeAlias

from geo.clock import Clock
from geo.errors import StoreError
from geo.model import Stored
from geo.store.contract import Store
from geo.store.receipt_rows import Reply
from streams.breath import Breath
from streams.console import views
from streams.console.board import Board, Key, Topic
from streams.console.rounds import Rounds
from streams.receipts import Receipt, ReceiptState, SentSeq, acked_from, in_pieces

QUICK_SHARE = 4.0
"""Reading the answers alone is little work: what took t seconds is done again after 4 t."""
QUICK_S = 0.05
"""After a hint, and at least between two readings of the answers."""
IDLE_S = 30.0
"""Nothing under way: what comes is hinted at."""
READ_PATIENCE_S = 10.0
MOST = 32
"""Briefings whose receipts are kept in mind; of others everything is read each time."""
LOOK_S = 0.04
_NEVER = float("inf")
_UNDER_WAY = frozenset({ReceiptState.PUSHED, ReceiptState.UNCONFIRMED})

Tell: TypeAlias = Callable[[Sequence[Key]], None]


@dataclass(slots=True)
class _Roll:
    version: int
    receipts: dict[str, Receipt]


class RollCall:
    """``who`` gives name and callsign of an officer; ``tell`` hears which keys of the board have changed."""

    def __init__(self, store: Store, board: Board, who: views.Who, sent_seq: SentSeq, clock: Clock, tell: Tell) -> None:
        self._store, self._board, self._who, self._sent_seq = store, board, who, sent_seq
        self._clock, self._tell = clock, tell
        self._whole, self._quick = Rounds(idle_s=IDLE_S), Rounds(QUICK_SHARE, _NEVER, _NEVER, QUICK_S)
        self._rolls: OrderedDict[str, _Roll] = OrderedDict()

    def heard(self, record: str) -> None:
        """Something about it has changed, somebody says."""
        if self._board.briefing(record) is not None:
            now = monotonic()
            self._whole.heard(record, now)
            self._quick.heard(record, now)

    def looked_at(self, record: str) -> None:
        """It is another one than it was: with it, who may see what is listed of it."""
        if self._board.briefing(record) is None:
            self.drop(record)
        else:
            self.heard(record)
            self._tell([(Topic.UNANSWERED, record)])

    def heard_nothing(self) -> None:
        """Hints were lost: everything may have changed."""
        for record in list(self._whole):
            self.heard(record)

    def drop(self, record: str) -> None:
        """It is over."""
        self._whole.drop(record)
        self._quick.drop(record)
        self._rolls.pop(record, None)

    async def answers(self) -> None:
        """The answers of one briefing, where they are due; else a short wait."""
        record = self._quick.next(monotonic())
        if record is None:
            await asyncio.sleep(LOOK_S)
        else:
            await self._read_answers(record)

    async def everything(self) -> None:
        """All of one briefing, where it is due; else a short wait."""
        record = self._whole.next(monotonic())
        if record is None:
            await asyncio.sleep(LOOK_S)
        else:
            await self._read_all(record)

    async def _read_answers(self, record: str) -> None:
        roll, began = self._rolls.get(record), monotonic()
        stored = self._board.briefing(record)
        if roll is not None and stored is not None and roll.version == stored.version:
            try:
                async with asyncio.timeout(READ_PATIENCE_S):
                    replies = await self._store.replies(record)
            except (StoreError, TimeoutError):
                replies = []
            await self._answered(roll, replies)
            self._show(stored, roll)
        self._quick.read(record, monotonic(), monotonic() - began, unsettled=False)

    async def _answered(self, roll: _Roll, replies: Sequence[Reply]) -> None:
        breath, by_officer = Breath(), dict[str, list[Reply]]()
        for reply in replies:
            by_officer.setdefault(reply.officer, []).append(reply)
        for place, (officer, his) in enumerate(by_officer.items()):
            known = roll.receipts.get(officer)
            if known is not None:
                roll.receipts[officer] = known.with_replies(his)
            if place % views.ROWS_AT_ONCE == 0:
                await breath.taken()

    async def _read_all(self, record: str) -> None:
        stored, began = self._board.briefing(record), monotonic()
        if stored is None:
            self.drop(record)
            return
        try:
            async with asyncio.timeout(READ_PATIENCE_S):
                addressees = await self._store.addressees(record)
                told = await self._store.progress(record, acked_from(stored))
        except (StoreError, TimeoutError):
            self._whole.read(record, monotonic(), 0.0, unsettled=True)
            return
        breath, roll = Breath(), _Roll(stored.version, {})
        for some in in_pieces(stored, addressees, told, self._sent_seq, self._clock.now()):
            roll.receipts.update((one.officer, one) for one in some)
            await breath.taken()
        if (before := self._rolls.get(record)) is not None and before.version == roll.version:
            _not_back(roll.receipts, before.receipts)
        self._rolls[record] = roll
        self._rolls.move_to_end(record)
        if len(self._rolls) > MOST:
            self._rolls.popitem(last=False)
        self._show(stored, roll)
        under_way = any(one.state in _UNDER_WAY for one in roll.receipts.values())
        self._whole.read(record, monotonic(), monotonic() - began, under_way)

    def _show(self, stored: Stored, roll: _Roll) -> None:
        receipts = roll.receipts.values()
        message = views.of_receipts(stored, receipts, self._who)
        keys = self._board.received(stored.record.id, message, views.of_unanswered(stored, receipts, self._who))
        if keys:
            self._tell(keys)


def _not_back(receipts: dict[str, Receipt], before: dict[str, Receipt]) -> None:
    """Answers that came while all was being read stay."""
    for officer, one in before.items():
        known = receipts.get(officer)
        if known is not None and len(one.replies) > len(known.replies):
            receipts[officer] = known.with_replies(one.replies)
