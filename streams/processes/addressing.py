"""Every minute it is asked again whom a live briefing is for, and who of them has not answered in time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from geo.access import refusals_of
from geo.clock import Clock, Instant
from geo.model import Briefing, Record, Stored
from geo.store.contract import Store
from geo.store.process_rows import Job, JobKind
from streams.processes.escalation import Escalation, asked_next
from streams.receipts import is_over


@dataclass(frozen=True, slots=True)
class Addressing:
    """The work of an ADDRESSING job, and of an ESCALATION job. The next one is scheduled before this one is done: a
    process that dies over it leaves one or the other. ``ends`` closes an interval that is open, by the policy."""

    store: Store
    clock: Clock
    escalation: Escalation
    ends: Callable[[Record], Instant]
    heard: Callable[[str], None]
    """(briefing): its audience is another one now."""

    async def __call__(self, job: Job) -> None:
        now = self.clock.now()
        stored = (await self.store.records([job.subject])).get(job.subject)
        if stored is None or not isinstance(stored.record, Briefing):
            return
        if self._over(stored, now):
            await self.escalation.stand_down(stored.record)
            return
        asked = await self.store.readdress(job.subject, refusals_of)
        if asked.added or asked.left:
            self.heard(job.subject)
        await self.escalation.climb(stored, now)
        await self.store.schedule([Job(JobKind.ADDRESSING, job.subject, asked_next(job.subject, max(now, job.due_at)))])

    def work(self) -> dict[JobKind, Callable[[Job], Awaitable[None]]]:
        """What is done about each sort of job of a briefing."""
        return {JobKind.ADDRESSING: self, JobKind.ESCALATION: self.escalate}

    async def escalate(self, job: Job) -> None:
        """Of an ESCALATION job."""
        await self.escalation(job, self.clock.now())

    def _over(self, stored: Stored, now: Instant) -> bool:
        briefing = stored.record
        assert isinstance(briefing, Briefing)
        return is_over(briefing, now) or (briefing.valid.end is None and self.ends(briefing) <= now)
