"""What a device says, acted on: where it is, what it has stored and seen, what the officer answers, does and needs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial

import numpy as np

from geo.clock import Clock
from geo.errors import StoreUnavailable
from geo.model import UnitStatus
from geo.position import Fix, better
from geo.store.rows import Act, Answered, Answers, SeenOnScreen, StatusChanged
from streams.conversation.messages import (
    Ack,
    BriefingRequest,
    DeviceMessage,
    EmergencyCall,
    EmergencyCancel,
    Position,
    Respond,
    Seen,
    StatusChange,
)
from streams.conversation.wire import moment_of
from streams.delivery import emergencies
from streams.delivery.briefings import Briefings
from streams.delivery.elsewhere import FIX_KEPT, Elsewhere
from streams.delivery.patience import patiently
from streams.delivery.presence import Connection, Person, fix_of
from streams.delivery.receipts import Receipts
from streams.delivery.reporting import Reporting
from streams.delivery.unrecorded import Unrecorded
from streams.errors import ProtocolError
from streams.hints.contract import About, Hint
from streams.pipeline import Pipeline

_log = logging.getLogger(__name__)


class Answering:
    """ANSWER, and two of the pipeline's entrances: a unit moved, an officer changed."""

    def __init__(
        self,
        pipeline: Pipeline,
        receipts: Receipts,
        reporting: Reporting,
        clock: Clock,
        elsewhere: Elsewhere,
        tell: Callable[[Hint], None],
    ) -> None:
        self._pipeline, self._receipts, self._reporting, self._clock = pipeline, receipts, reporting, clock
        self._elsewhere, self._tell = elsewhere, tell
        self._jobs: set[asyncio.Task[None]] = set()
        self.briefings = Briefings()
        self.unrecorded: Unrecorded | None = None
        """Where emergencies go that the store does not take."""

    def act_on(self, connection: Connection, message: DeviceMessage) -> None:
        """One message of a device that has been let in. Raises ProtocolError where it cannot be acted on."""
        match message:
            case Position():
                self.moved(connection, fix_of(message))
            case Ack():
                self._receipts.acknowledged(connection)
            case Seen():
                self._seen(connection, message)
            case Respond():
                self._respond(connection, message)
            case StatusChange():
                self._status(connection, message)
            case EmergencyCall():
                self._in_turn(connection, message.key, partial(self._call, connection, message))
            case EmergencyCancel():
                self._in_turn(connection, message.key, partial(self._cancel, connection, message))
            case BriefingRequest():
                self.briefings.ask(connection, message)
            case _:
                pass

    async def close(self) -> None:
        """Emergencies under way are given up, and briefings: the device says them again."""
        await self.briefings.close()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    def moved(self, connection: Connection, fix: Fix) -> None:
        """The newest fix; off duty it stays here."""
        person = connection.person
        if person is None:
            return
        if not person.on_duty:
            person.fix = better(person.fix, fix, self._clock.now())
            return
        if not self._pipeline.owns(person.officer):
            self._elsewhere.moved(person, fix)
            return
        self._pipeline.moved(person.officer, fix)
        told = connection.session.told_status
        if told is None or told.position != "ok":
            self._reporting.watch(person)

    def _seen(self, connection: Connection, message: Seen) -> None:
        at = min(moment_of(message.at, message.alert_id), self._clock.now())
        self._receipts.seen(SeenOnScreen(connection.officer, connection.device, message.alert_id, message.rev, at))

    def _respond(self, connection: Connection, message: Respond) -> None:
        at = min(moment_of(message.at, message.key), self._clock.now())
        answered = Answered(
            message.key,
            connection.officer,
            connection.device,
            message.alert_id,
            message.rev,
            message.choice,
            message.text or "",
            at,
        )
        if not self._was_told(answered):
            self._in_turn(connection, answered.key, partial(self._answer_late, answered))
            return
        durable, lost = partial(self._answered, connection, answered), partial(self._not_kept, connection, answered)
        self._receipts.answered(answered, durable, lost)

    def _was_told(self, answered: Answered) -> bool:
        """As far as memory goes: what is over, or was long ago, the store knows."""
        officer = self._pipeline.situations.slot_of.get(answered.officer)
        record = self._pipeline.picture.slot_of.get(answered.record)
        if officer is None or record is None:
            return False
        held = self._pipeline.held
        row = int(held.lookup(np.array([officer], np.int32), np.array([record], np.int32))[0])
        return row >= 0 and bool(held.act[row] != Act.VERDICT)

    async def _answer_late(self, answered: Answered) -> None:
        """Nobody answers what he was not told: it would count for the score of others, and tell that it exists."""
        store = self._pipeline.store
        words = await store.held([answered.officer])
        if not any(word.record == answered.record and word.act is not Act.VERDICT for word in words):
            raise ProtocolError("you were not told of such an alert", code="unknown_alert", ref=answered.key)
        await store.answer(Answers(answered=(answered,)))
        self._pipeline.answered(answered.officer, answered.record, answered.choice, answered.rev)

    def _answered(self, connection: Connection, answered: Answered) -> None:
        self._pipeline.answered(answered.officer, answered.record, answered.choice, answered.rev)
        connection.session.confirm(answered.key)
        connection.flush()

    def _not_kept(self, connection: Connection, answered: Answered) -> None:
        refusal = ProtocolError("this cannot be kept", code="not_stored", ref=answered.key)
        connection.session.refuse(refusal)
        connection.flush()

    # ------------------------------------------------------------------ duty
    def _status(self, connection: Connection, message: StatusChange) -> None:
        person = connection.person
        if person is None:
            return
        at = min(moment_of(message.at, "status"), self._clock.now())
        if at < person.status_at and person.status_from not in ("", connection.device):
            self._reporting.report(connection, always=True)
            return
        at = max(at, person.status_at)
        person.status, person.status_at, person.status_from = message.status, at, connection.device
        self._pipeline.status(person.officer, message.status, at)
        if message.status is UnitStatus.OFF_DUTY:
            for other in person.connections:
                other.silence()
        self._hand_on_fix(person)
        changed = StatusChanged(person.officer, message.status, at)
        self._receipts.status(changed, partial(self._status_durable, connection, person))

    def _status_durable(self, connection: Connection, person: Person) -> None:
        for other in person.connections:
            self._reporting.report(other, always=other is connection)
        self._reporting.watch(person)
        self._elsewhere.changed(person.officer)

    def _hand_on_fix(self, person: Person) -> None:
        """What was kept while off duty counts from now on, if it is fresh."""
        fix, person.fix = person.fix, None
        if fix is None or not person.on_duty:
            return
        if self._clock.now() - fix.at <= FIX_KEPT:
            self._pipeline.moved(person.officer, fix)

    # ------------------------------------------------------------------ emergencies
    def _in_turn(self, connection: Connection, key: str, act: Callable[[], Coroutine[object, object, None]]) -> None:
        person = connection.person
        if person is not None:
            job = asyncio.get_running_loop().create_task(self._until_durable(connection, person, key, act))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)

    async def _until_durable(
        self, connection: Connection, person: Person, key: str, act: Callable[[], Coroutine[object, object, None]]
    ) -> None:
        session = connection.session
        async with person.calls:
            try:
                await patiently(act)
            except ProtocolError as refusal:
                session.refuse(refusal)
            except StoreUnavailable:
                session.refuse(ProtocolError("the store cannot be reached: say it again", code="try_again", ref=key))
            except Exception:
                _log.exception("a message of a device could not be made durable")
                session.refuse(ProtocolError("this cannot be kept", code="not_stored", ref=key))
            else:
                session.confirm(key)
        connection.flush()

    async def _call(self, connection: Connection, message: EmergencyCall) -> None:
        principal = connection.principal
        assert principal is not None
        callsign, place = self._callsign_and_place(principal.id)
        record = emergencies.emergency_of(principal, message, callsign, place, self._clock.now())
        if self.unrecorded is not None:
            new = await self.unrecorded.call(connection, message.key, record)
        else:
            new = await emergencies.keep(self._pipeline.store, record)
        if new:
            self._written()

    async def _cancel(self, connection: Connection, message: EmergencyCancel) -> None:
        assert connection.principal is not None
        if self.unrecorded is not None:
            await self.unrecorded.cancel(connection, connection.principal, message)
        if await emergencies.cancel(self._pipeline.store, connection.principal, message):
            self._written()

    def _written(self) -> None:
        """Something urgent is in the store: this process looks now, and the others are told to."""
        self._pipeline.wake()
        self._tell(Hint(About.CHANGES, urgent=True))

    def _callsign_and_place(self, officer: str) -> tuple[str, tuple[float, float] | None]:
        situations = self._pipeline.situations
        slot = situations.slot_of.get(officer)
        if slot is None:
            return "", None
        callsign = situations.books.callsigns.text(int(situations.callsign[slot]))
        if not situations.fix_at[slot]:
            return callsign, None
        return callsign, (float(situations.lon[slot]), float(situations.lat[slot]))
