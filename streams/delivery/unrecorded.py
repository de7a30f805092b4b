"""Emergencies while the store is away: sent at once, kept in the local journal, recorded when the store is back.

The one exception to "durable before the first byte leaves" (decision 0009). A call that the store has not taken within
a second is decided by the same rules, written into the journal with who is told (fsync), and sent to those devices of
this process, marked. It is ``confirmed`` only once it is in the store, with what was said recorded as owed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from geo.clock import Clock, Instant
from geo.errors import StoreUnavailable
from geo.model import Emergency, Principal, Stored
from geo.store.rows import Act
from streams.at_once import Unwritten
from streams.conversation.messages import EmergencyCancel
from streams.delivery import emergencies
from streams.delivery.journal import Entry, Journal
from streams.delivery.presence import Connection, Person
from streams.delivery.speech import FanoutSpeech, SharedParts
from streams.errors import ProtocolError
from streams.pipeline import Pipeline

_log = logging.getLogger(__name__)

PATIENCE_S = 1.0
"""So long the store may take over an emergency before it is sent without it."""
JOURNAL_PATIENCE_S = 0.5
"""So long the disk may take: a life is not held up by a disk that hangs."""
LOOK_S = 10.0
"""How often journals of dead processes are looked for."""
_PAUSES_S = (0.25, 0.5, 1.0, 2.0)
MARK = b'{"term":"unrecorded","weight":0.0,"text":"sent before it could be recorded: the store is away"}'
_WHY = b'"why":['


@dataclass(slots=True)
class _Waiting:
    """One emergency that is not in the store: as it was called, as it is now, what was said, who is to be told."""

    called: Emergency
    record: Emergency
    at: Instant
    said: list[Unwritten] = field(default_factory=list)
    told: dict[str, None] = field(default_factory=dict)
    cancelled_by: str | None = None
    confirm: list[tuple[Connection, str]] = field(default_factory=list)


class Unrecorded:
    """See the module. ``persons`` are the officers connected here."""

    def __init__(
        self, pipeline: Pipeline, journal: Journal, persons: Mapping[str, Person], shared: SharedParts, clock: Clock
    ) -> None:
        self._pipeline, self._journal, self._persons = pipeline, journal, persons
        self._shared, self._clock = shared, clock
        self._waiting: dict[str, _Waiting] = {}
        self._puts: set[asyncio.Task[bool]] = set()
        self._news = asyncio.Event()
        self._looked = False
        self._listeners: list[Callable[[], None]] = []
        self.sent = self.journal_failures = 0

    @property
    def emergencies(self) -> list[Stored]:
        """What is not recorded yet, newest first, for the control room. The version is below 1."""
        found = [Stored(one.record, 0, one.at) for one in self._waiting.values()]
        return sorted(found, key=lambda stored: -stored.written_at)

    def listen(self, changed: Callable[[], None]) -> None:
        """Called whenever :attr:`emergencies` is another: the console of this process."""
        self._listeners.append(changed)

    # ------------------------------------------------------------------ what a device says
    async def call(self, connection: Connection, key: str, record: Emergency) -> bool:
        """It is durable when this returns; True where it is new. Where the store does not answer it is sent all the
        same, and ProtocolError says so: the device says it again, and is confirmed when it is recorded."""
        waiting = self._waiting.get(record.id)
        if waiting is None:
            new = await self._kept_in_time(record)
            if new is not None:
                return new
            if self._pipeline.at_once.knows(record.id):
                return False
            waiting = self._waiting.setdefault(record.id, _Waiting(record, record, self._clock.now()))
        await self._tell(waiting)
        self._to_confirm(waiting, connection, key)
        raise _not_yet(key)

    async def cancel(self, connection: Connection, principal: Principal, message: EmergencyCancel) -> None:
        """Takes back what is not recorded yet; nothing where it is not one of these."""
        waiting = self._waiting.get(emergencies.emergency_id(principal, message.emergency))
        if waiting is None:
            return
        if waiting.cancelled_by is None:
            waiting.cancelled_by = principal.id
            waiting.record = emergencies.cancelled(waiting.record, principal.id)
            await self._tell(waiting)
        self._to_confirm(waiting, connection, message.key)
        raise _not_yet(message.key)

    async def _kept_in_time(self, record: Emergency) -> bool | None:
        """None where the store has not said that it has it. A put under way is left to end: it may yet succeed, and
        being told twice changes nothing."""
        put = asyncio.get_running_loop().create_task(emergencies.keep(self._pipeline.store, record))
        self._puts.add(put)
        put.add_done_callback(self._puts.discard)
        put.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.wait({put}, timeout=PATIENCE_S)
        if not put.done():
            return None
        try:
            return put.result()
        except StoreUnavailable:
            return None

    def _to_confirm(self, waiting: _Waiting, connection: Connection, key: str) -> None:
        if (connection, key) not in waiting.confirm:
            waiting.confirm = [*(pair for pair in waiting.confirm if not pair[0].session.over), (connection, key)]

    # ------------------------------------------------------------------ out
    async def _tell(self, waiting: _Waiting) -> None:
        """Decided, in the journal, sent; in this order."""
        now, pipeline = self._clock.now(), self._pipeline
        first = not waiting.told and waiting.cancelled_by is None
        unwritten = pipeline.at_once.say(waiting.record, pipeline.policy, now)
        told = [] if unwritten is None else [name for name in unwritten.officers if name not in waiting.told]
        if unwritten is not None:
            waiting.said.append(unwritten)
            waiting.told.update(dict.fromkeys(told))
        if first or told or waiting.cancelled_by:
            await self._into_journal(self._line_of(waiting, first, now, told))
        if unwritten is not None:
            count = self._send(unwritten)
            self.sent += count
            _log.warning("an emergency was sent to %d devices before it could be recorded", count)
        self._news.set()
        self._changed()

    def _line_of(self, waiting: _Waiting, first: bool, now: Instant, told: Sequence[str]) -> Awaitable[None]:
        if first:
            return self._journal.called(waiting.called, now, told)
        if waiting.cancelled_by is not None:
            return self._journal.cancelled(waiting.record.id, waiting.cancelled_by, now, told)
        return self._journal.told(waiting.record.id, now, told)

    async def _into_journal(self, line: Awaitable[None]) -> None:
        """A journal that cannot be written holds up nobody: the call goes out, and the log says what is missing."""
        writing = asyncio.ensure_future(line)
        await asyncio.wait({writing}, timeout=JOURNAL_PATIENCE_S)
        if not writing.done():
            writing.add_done_callback(lambda task: task.cancelled() or task.exception())
            self.journal_failures += 1
            _log.critical("the journal takes longer than %.1f s: an emergency is sent without it", JOURNAL_PATIENCE_S)
        elif (error := writing.exception()) is not None:
            self.journal_failures += 1
            _log.critical("the journal cannot be written, an emergency is sent without it: %s", error)

    def _send(self, unwritten: Unwritten) -> int:
        speech, sent = FanoutSpeech(unwritten.delivered, self._shared), 0
        for index, officer in enumerate(speech.officers):
            person = self._persons.get(officer)
            act = speech.acts[index]
            if person is None or (act is Act.ALERT and not person.on_duty):
                continue
            tail = speech.tail(index)
            if act is Act.ALERT:
                tail = tail.replace(_WHY, _WHY + MARK + b",", 1)
            for connection in person.connections:
                if connection.session.live:
                    connection.session.say_unrecorded(act, tail)
                    connection.flush()
                    sent += 1
        return sent

    def _changed(self) -> None:
        for changed in self._listeners:
            changed()

    # ------------------------------------------------------------------ when the store is back
    async def run(self) -> None:
        """For ever: records what waits, and what dead processes have left."""
        tries = 0
        while True:
            await self._something(_PAUSES_S[min(tries, len(_PAUSES_S) - 1)])
            tries += 1
            try:
                await self.settle()
                await self.adopt()
                tries = tries if self._waiting else 0
            except StoreUnavailable:
                pass
            except Exception:
                _log.exception("the journals of dead processes could not be read; it is tried again")

    async def _something(self, pause_s: float) -> None:
        """Something waits: after the pause. Else when something comes, at the latest when the dead are looked for."""
        if self._waiting:
            await asyncio.sleep(pause_s)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), LOOK_S if self._looked else 0.0)
        self._looked = True
        self._news.clear()

    async def settle(self) -> None:
        """Records everything that waits; what the store will not have holds up no other. Raises StoreUnavailable."""
        for waiting in list(self._waiting.values()):
            try:
                await self._settle(waiting)
            except StoreUnavailable:
                raise
            except Exception:
                _log.exception("an emergency could not be recorded; it is tried again: %s", waiting.called.id)

    async def _settle(self, waiting: _Waiting) -> None:
        pipeline, name = self._pipeline, waiting.called.id
        stored = await self._stored(waiting.called, waiting.cancelled_by)
        await pipeline.at_once.record(name, waiting.said, stored, pipeline.policy, self._clock.now())
        pipeline.wake()
        if waiting.cancelled_by is not None and stored.record.status.live:
            return  # taken back meanwhile: once more
        del self._waiting[name]
        with contextlib.suppress(OSError):
            await self._journal.done(name, self._clock.now())
        for connection, key in waiting.confirm:
            connection.session.confirm(key)
            connection.flush()
        _log.warning("an emergency that was sent before is recorded now: %s", name)
        self._changed()

    async def _stored(self, record: Emergency, cancelled_by: str | None) -> Stored:
        store = self._pipeline.store
        await emergencies.keep(store, record)
        if cancelled_by is not None:
            await emergencies.take_back(store, record.id, cancelled_by)
        return (await store.records([record.id]))[record.id]

    async def adopt(self) -> None:
        """Journals of dead processes: what they hold goes into the store. Raises StoreUnavailable."""
        for path, entries in (await self._journal.adopted()).items():
            if all([await self._adopt(entry) for entry in entries]):
                self._journal.settled(path)
            if entries:
                self._pipeline.wake()

    async def _adopt(self, entry: Entry) -> bool:
        """False: the store will not have it, and its journal stays where it is."""
        try:
            await self._stored(entry.record, entry.cancelled_by)
        except StoreUnavailable:
            raise
        except Exception:
            _log.exception("an emergency from a journal could not be recorded; it is tried again: %s", entry.record.id)
            return False
        _log.warning(
            "an emergency from the journal of a dead process is recorded: %s, told before to %s",
            entry.record.id,
            ", ".join(entry.told) or "nobody",
        )
        return True

    def close(self) -> None:
        """What is not recorded stays in the journal for whoever comes after."""
        for put in self._puts:
            put.cancel()
        self._journal.close()


def _not_yet(key: str) -> ProtocolError:
    sentence = "sent, but not recorded yet, the store is away: say it again until it is confirmed"
    return ProtocolError(sentence, code="try_again", ref=key)
