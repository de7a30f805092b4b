"""Which P1s and briefings have got further, by what was pushed and what came back: passed on as hints, now and then."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from time import monotonic

from geo.model import Briefing
from geo.store.rows import Act, Answers
from streams.hints.contract import About, Hint
from streams.pipeline import Delivered

KEPT_S = 120.0
"""So long after it was told a P1's receipts are hinted at; what comes later the sweep finds."""
MOST = 256
"""P1s told lately that are kept in mind."""
EVERY_S = 1.0
SOON_S = 0.1
"""For a record that somebody has answered."""


class Telling:
    """Fed by the pipeline's exit and by the receipts that have become durable; ``publish`` never waits."""

    def __init__(self, publish: Callable[[Hint], None]) -> None:
        self._publish = publish
        self._listener: Callable[[str], None] | None = None
        self._told: OrderedDict[str, tuple[float, frozenset[str]]] = OrderedDict()
        """Record -> when it was told last, and to whom of the officers decided for here."""
        self._waiting: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def listen(self, listener: Callable[[str], None]) -> None:
        """``listener`` hears of each record at once, in this process."""
        self._listener = listener

    def delivered(self, batch: Sequence[Delivered]) -> None:
        """RECORD has returned: these are owed, and handed to the sockets that are here."""
        for item in batch:
            fanout = item.fanout
            first = (fanout.priority == 1) & (fanout.act == Act.ALERT)
            if first.any() or (isinstance(item.stored.record, Briefing) and (fanout.act == Act.ALERT).any()):
                self._remember(fanout.record, fanout.officers)
                self._changed(fanout.record)
            elif fanout.record in self._told:
                self._changed(fanout.record)

    def answered(self, answers: Answers) -> None:
        """Devices have reported back, and it is durable."""
        records = dict.fromkeys([*(one.record for one in answers.seen), *(one.record for one in answers.answered)])
        officers = {one.officer for one in answers.stored if one.seqs}
        if officers:
            self._forget(monotonic())
            for record, (_, told) in self._told.items():
                if not officers.isdisjoint(told):
                    records[record] = None
        replied = {one.record for one in answers.answered}
        for record in records:
            self._changed(record, SOON_S if record in replied else EVERY_S)

    def close(self) -> None:
        """The last hints go at once."""
        if self._timer is not None:
            self._timer.cancel()
            self._flush()

    def _remember(self, record: str, officers: Sequence[str]) -> None:
        _, before = self._told.pop(record, (0.0, frozenset[str]()))
        self._told[record] = (monotonic(), before.union(officers))
        if len(self._told) > MOST:
            self._told.popitem(last=False)

    def _forget(self, now: float) -> None:
        while self._told and now - next(iter(self._told.values()))[0] > KEPT_S:
            self._told.popitem(last=False)

    def _changed(self, record: str, within_s: float = EVERY_S) -> None:
        if self._listener is not None:
            self._listener(record)
        self._waiting[record] = None
        loop = asyncio.get_running_loop()
        if self._timer is not None and self._timer.when() > loop.time() + within_s:
            self._timer.cancel()
            self._timer = None
        if self._timer is None:
            self._timer = loop.call_later(within_s, self._flush)

    def _flush(self) -> None:
        self._timer = None
        waiting, self._waiting = self._waiting, {}
        for record in waiting:
            self._publish(Hint(About.DELIVERY, record))
