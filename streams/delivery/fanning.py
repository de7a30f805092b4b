"""The exit of the pipeline: a fan-out goes to its officers' connections, in slices, and waits for none of them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic, perf_counter

from geo.store.rows import Act
from streams.delivery.presence import Person
from streams.delivery.speech import PIECE, FanoutSpeech, SharedParts, piece_of
from streams.pipeline import Delivered

_log = logging.getLogger(__name__)

SLICE_S = 0.004
"""Loop time at a stretch; then others have their turn."""
PUT_OFF_S = 0.5
"""So long after a push began, at most, what devices say waits for it: ten thousand acknowledgements, each dearer than
the alert that it is for, would come between the first device's alert and the last one's."""
_LOOK_EVERY = 32


class _Pushing:
    """A fan-out and how far it has been pushed. It is put into words piece by piece, when its turn comes: a tick may
    bring thousands of small ones or one of ten thousand rows, and neither may hold the loop."""

    __slots__ = ("at", "begins", "delivered", "speech")

    def __init__(self, delivered: Delivered) -> None:
        self.delivered, self.at, self.begins = delivered, 0, 0
        self.speech: FanoutSpeech | None = None

    def piece(self, shared: SharedParts) -> FanoutSpeech | None:
        """The piece that ``at`` is in; None when all are through."""
        if self.speech is None or self.at >= self.begins + len(self.speech):
            if self.at >= len(self.delivered.fanout.officers):
                return None
            self.begins = self.at
            self.speech = FanoutSpeech(piece_of(self.delivered, self.at, self.at + PIECE), shared)
        return self.speech

    @property
    def record(self) -> str:
        return self.delivered.fanout.record


class Fanning:
    """P1 first, but never a newer word about a record before an older one."""

    def __init__(self, persons: dict[str, Person], shared: SharedParts) -> None:
        self._persons, self._shared = persons, shared
        self._urgent: deque[_Pushing] = deque()
        self._normal: deque[_Pushing] = deque()
        self._later: deque[Callable[[], None]] = deque()
        self._put_off_until = 0.0
        self._task: asyncio.Task[None] | None = None
        self.pushed = 0
        self.held = 0
        self.push_s = 0.0
        """Loop time spent on pushing."""

    def deliver(self, batch: Sequence[Delivered]) -> None:
        """What has just been recorded. Small batches leave before this returns."""
        for delivered in batch:
            if not delivered.seqs.any():
                continue
            pushing = _Pushing(delivered)
            urgent = bool(((delivered.fanout.priority == 1) & (delivered.seqs > 0)).any())
            if urgent and all(other.record != pushing.record for other in self._normal):
                self._urgent.append(pushing)
            else:
                self._normal.append(pushing)
        if self._task is None or self._task.done():
            self._push_slice()
            if self._urgent or self._normal:
                self._put_off_until = monotonic() + PUT_OFF_S
                self._task = asyncio.get_running_loop().create_task(self._push_rest())

    @property
    def puts_off(self) -> bool:
        """A push is under way, and not for long: what devices say now should wait for :meth:`later`."""
        return bool(self._urgent or self._normal) and monotonic() < self._put_off_until

    def later(self, read: Callable[[], None]) -> None:
        """To be called when the push is through, in the order of asking."""
        self._later.append(read)

    async def drained(self) -> None:
        """Everything delivered so far has been pushed or held, and what was put off has been read."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def _push_rest(self) -> None:
        while self._urgent or self._normal or self._later:
            await asyncio.sleep(0)
            self._push_slice()
            if not self.puts_off:
                self._read_slice()

    def _read_slice(self) -> None:
        until = perf_counter() + SLICE_S
        while self._later:
            try:
                self._later.popleft()()
            except Exception:
                _log.exception("what a device said could not be read")
            if perf_counter() > until:
                break

    def _push_slice(self) -> None:
        began = perf_counter()
        while self._urgent or self._normal:
            queue = self._urgent or self._normal
            if not self._push(queue[0], began + SLICE_S):
                break
            queue.popleft()
            if perf_counter() > began + SLICE_S:
                break
        self.push_s += perf_counter() - began

    def _push(self, pushing: _Pushing, until: float) -> bool:
        """True when the fan-out is through."""
        while (speech := pushing.piece(self._shared)) is not None:
            if not self._push_piece(pushing, speech, until):
                return False
        return True

    def _push_piece(self, pushing: _Pushing, speech: FanoutSpeech, until: float) -> bool:
        """False when time was up before its end."""
        persons, now, begins = self._persons, monotonic(), pushing.begins
        officers, seqs = speech.officers, speech.seqs
        for index in range(pushing.at - begins, len(officers)):
            if seqs[index] and (person := persons.get(officers[index])) is not None:
                self._push_to(person, speech, index, now)
            if index % _LOOK_EVERY == _LOOK_EVERY - 1 and perf_counter() > until:
                pushing.at = begins + index + 1
                return False
        pushing.at = begins + len(officers)
        return True

    def _push_to(self, person: Person, speech: FanoutSpeech, index: int, now: float) -> None:
        act, seq, tail = speech.acts[index], speech.seqs[index], None
        if act is Act.ALERT and not person.on_duty:
            for connection in person.connections:
                connection.session.skip(seq)
                connection.leave_unsaid(seq)
            return
        for connection in person.connections:
            if tail is None:
                tail = speech.tail(index)
            session = connection.session
            payload = session.push(seq, speech.priorities[index], act, tail, now)
            if payload is not None:
                connection.link.send(payload)
                self.pushed += 1
            else:
                session.offer(speech.word(index), now)
                connection.flush()
                self.held += 1
