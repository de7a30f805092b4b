"""What one device is still owed: what is in flight, what waits and in which order, how far it has stored the series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Protocol

from geo.store.rows import Act, DeviceCursor
from streams.conversation.protocol import SessionLimits
from streams.conversation.window import Window

_NONE: frozenset[int] = frozenset()


class Speech(Protocol):
    """The words of a message."""

    def tail(self) -> bytes:
        """Its JSON after ``prev_seq``."""
        ...


@dataclass(frozen=True, slots=True)
class Word:
    """One sequenced message to one officer."""

    seq: int
    record: str
    rev: int
    priority: int
    act: Act
    speech: Speech


class Owed:
    """One connection's part of the officer's series.

    Order of sending: priority, then seq. A newer word about a record replaces the older one that still waits.
    """

    __slots__ = ("_above", "_done", "_heap", "_lacks", "_stopped_at", "_top", "_waiting", "last_seq", "window")

    def __init__(self, limits: SessionLimits) -> None:
        self.window = Window(limits)
        self.last_seq: int | None = None
        """The sequenced message sent last on this connection: ``prev_seq`` of the next one."""
        self._waiting: dict[str, Word] | None = None
        self._heap: list[tuple[int, int, str]] = []
        self._above: set[int] | None = None
        self._done: list[int] | None = None
        self._top = 0
        self._lacks: list[int] | None = None
        self._stopped_at: float | None = None

    @property
    def waiting(self) -> int:
        return len(self._waiting) if self._waiting else 0

    def continues(self, top: int, above: frozenset[int] = _NONE) -> None:
        """Everything up to ``top`` is settled but for what is sent or held from now on; ``above`` was acknowledged."""
        self._top = max(self._top, top)
        self._above = set(above) if above else None

    def lacks(self, after: int) -> None:
        """Words numbered after this are still to be read and held, while newer ones may be sent already: until
        :meth:`complete` the floor stays below them, or a device that is lost meanwhile would never be told them."""
        self._lacks = [*(self._lacks or ()), after]

    def complete(self, after: int) -> None:
        """What was lacking after this number is held or sent by now."""
        if self._lacks and after in self._lacks:
            self._lacks.remove(after)

    # ------------------------------------------------------------------ out
    def clear_way(self, priority: int) -> bool:
        """Nothing waits and the window is open: a new word may be sent without being held."""
        return not self._waiting and self.window.open(priority)

    def sent(self, seq: int, size: int, now: float) -> None:
        self.window.sent(seq, size, now)
        self.last_seq = seq
        if seq > self._top:
            self._top = seq

    def hold(self, word: Word, now: float) -> None:
        """To be sent later; what waited about the same record is forgotten unless it is newer."""
        if self._waiting is None:
            self._waiting = {}
        before = self._waiting.get(word.record)
        if before is not None and before.seq >= word.seq:
            return
        self._waiting[word.record] = word
        self._top = max(self._top, word.seq)
        heappush(self._heap, (word.priority, word.seq, word.record))
        if self._stopped_at is None:
            self._stopped_at = now

    def next(self, unlimited: bool = False) -> Word | None:
        """The word whose turn it is, if it may be sent now; it is not held any more."""
        while self._heap and self._waiting:
            priority, seq, record = self._heap[0]
            word = self._waiting.get(record)
            if word is None or word.seq != seq:
                heappop(self._heap)
                continue
            if not unlimited and not self.window.open(priority):
                return None
            heappop(self._heap)
            del self._waiting[record]
            return word
        self._stopped_at = None
        self._heap.clear()
        self._waiting = None
        return None

    def drop_alerts(self) -> int | None:
        """Off duty: no alert leaves any more; what takes something back still does. Returns the lowest seq dropped."""
        dropped = [word.seq for word in self._waiting.values() if word.act is Act.ALERT] if self._waiting else []
        self.drop(lambda word: word.act is Act.ALERT)
        return min(dropped, default=None)

    def settled_up_to(self, seq: int) -> None:
        """What waits numbered up to ``seq`` has been told in another way (a reset, a replay)."""
        self.drop(lambda word: word.seq <= seq)

    def drop(self, told: Callable[[Word], bool]) -> None:
        if self._waiting:
            self._waiting = {record: word for record, word in self._waiting.items() if not told(word)}
            if not self._waiting:
                self._stopped_at = None

    def handed_up_to(self, record: str) -> int:
        """The newest seq handed to the socket, as far as this record goes: what still waits about it was not."""
        word = self._waiting.get(record) if self._waiting else None
        return self._top if word is None else min(self._top, word.seq - 1)

    @property
    def handed(self) -> int:
        """The newest seq up to which everything has been handed to the socket, whatever it is about."""
        return min((word.seq - 1 for word in self._waiting.values()), default=self._top) if self._waiting else self._top

    # ------------------------------------------------------------------ back
    def acknowledged(self, seq: int, now: float) -> list[int]:
        """The seqs that the device has now durably stored; empty for a repetition or a seq never sent here."""
        done = self.window.acknowledged(seq, now, held_back=bool(self._waiting))
        if done:
            if self._above is None:
                self._above = set()
            self._above.update(done)
            self._done = done if self._done is None else self._done + done
            if self._waiting:
                self._stopped_at = now
        return done

    def receipt(self) -> tuple[int, ...]:
        """What was acknowledged since this was asked last."""
        done, self._done = self._done, None
        return tuple(done) if done else ()

    def cursor(self, epoch: str, unsaid: int | None = None) -> DeviceCursor:
        """How far the device has stored the series: everything up to the floor, and some above it. ``unsaid``: some
        numbered after this were left out for now."""
        floor = self._floor() if unsaid is None else min(self._floor(), unsaid)
        above = {seq for seq in self._above if seq > floor} if self._above else set()
        self._above = above or None
        return DeviceCursor(epoch, floor, frozenset(above) if above else _NONE)

    def _floor(self) -> int:
        lowest = self.window.lowest()
        if self._waiting:
            held = min(word.seq for word in self._waiting.values())
            lowest = held if lowest is None else min(lowest, held)
        floor = self._top if lowest is None else lowest - 1
        return min(floor, *self._lacks) if self._lacks else floor

    def stalled(self, now: float, patience_s: float) -> bool:
        """Something waits, and nothing has been sent for it or acknowledged for so long."""
        return bool(self._waiting) and self._stopped_at is not None and now - self._stopped_at >= patience_s
