"""An unanswered must-ack climbs: said again on his device, then to his sergeant, then onto the dispatcher's list."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from geo.access import refusals_of
from geo.clock import MINUTE, SECOND, Instant
from geo.model import Audience, Briefing, Grade, Interval, Officer, RecordKind, Status, Stored, UnitStatus, record_id
from geo.store.briefing_rows import Step
from geo.store.contract import Store
from geo.store.process_rows import Job, JobKind
from streams.processes.sergeants import Sergeants
from streams.receipts import Receipt, acked_from, is_over, receipts_of

log = logging.getLogger("beatline.escalation")

STEPS = (Step.SAID_AGAIN, Step.SERGEANT, Step.DISPATCHER)
TOLD_BY = "beatline"
"""Source of what a sergeant is told."""
ASKED_EVERY = MINUTE
"""How often it is asked again whom a live briefing is for."""
SLACK = 5 * SECOND
"""Words that were owed this soon after each other climb together."""
_MARKS = re.compile(r"([\\`*_\[\]<>])")
_LONGEST_TITLE, _MOST_NAMED = 300, 100


# ------------------------------------------------------------------ when
def jobs_of(briefing: Briefing, now: Instant) -> list[Job]:
    """What has to be scheduled with it, in the transaction that publishes it or changes it."""
    jobs = [Job(JobKind.ADDRESSING, briefing.id, asked_next(briefing.id, now))]
    if briefing.must_ack and briefing.escalate_after_s:
        begins, every = max(now, briefing.valid.start or now), briefing.escalate_after_s * SECOND
        jobs += [_job(briefing, step, begins + step * every) for step in STEPS]
    return jobs


def asked_next(briefing: str, now: Instant) -> Instant:
    """The next time after ``now`` that it is asked whom it is for: the same instants whoever works it out, so that
    there is one job however often it is scheduled; another second of the minute for each briefing."""
    drawn = int.from_bytes(hashlib.blake2b(briefing.encode(), digest_size=4).digest(), "big")
    offset = drawn % (ASKED_EVERY // SECOND) * SECOND
    return now + ASKED_EVERY - (now - offset) % ASKED_EVERY


def _job(briefing: Briefing, step: Step, due_at: Instant) -> Job:
    return Job(JobKind.ESCALATION, f"{briefing.id} {briefing.ack_version} {int(step)}", due_at)


def due_step(begun: Instant, every: Instant, now: Instant) -> Step:
    """How far it has to have climbed for somebody who has been asked since ``begun``."""
    return Step(min(max((now + min(SLACK, every // 10) - begun) // every, 0), Step.DISPATCHER))


# ------------------------------------------------------------------ what
@dataclass(frozen=True, slots=True)
class Escalation:
    """The work of an ESCALATION job, and of each minute. Done twice it is done once: a step is never taken back, what a
    sergeant is told is one record for each briefing and sergeant."""

    store: Store
    sergeants: Sergeants
    written: Callable[[], None]
    """Something was written that everybody ought to look at now."""

    async def __call__(self, job: Job, now: Instant) -> None:
        name, version, _ = job.subject.split(" ")
        stored = (await self.store.records([name])).get(name)
        if stored is not None and acked_from(stored) == int(version):
            await self.climb(stored, max(now, job.due_at))

    async def climb(self, stored: Stored, now: Instant) -> None:
        """Everybody who has not answered, as far as it is due for him by now."""
        briefing = stored.record
        if not isinstance(briefing, Briefing) or not briefing.must_ack or not briefing.escalate_after_s:
            return
        if is_over(briefing, now):
            await self.stand_down(briefing)
            return
        receipts = await self._receipts(stored, now)
        begun = await self._begun(stored, receipts, now)
        every = _every(briefing)
        due = {name: step for name, at in begun.items() if (step := due_step(at, every, now))}
        waiting = {one.officer: one for one in receipts if one.waiting}
        late = [name for name, step in due.items() if max(step, waiting[name].step) >= Step.SERGEANT]
        told = await self._tell_sergeants(briefing, late, now)
        rose = False
        for step in STEPS:
            officers = [name for name, to in due.items() if waiting[name].step < step <= to]
            if officers:
                await self.store.step_up(briefing.id, officers, step)
                log.info("%d have not answered, step %d: %s", len(officers), step, briefing.id)
                rose = True
        if rose or told:
            self.written()
        await self._schedule(briefing, begun, now)

    async def _receipts(self, stored: Stored, now: Instant) -> list[Receipt]:
        name = stored.record.id
        addressees = await self.store.addressees(name)
        told = await self.store.progress(name, acked_from(stored))
        return receipts_of(stored, addressees, told, lambda officer, record: 0, now)

    # -------------------------------------------------------------- since when each has been asked
    async def _begun(self, stored: Stored, receipts: Sequence[Receipt], now: Instant) -> dict[str, Instant]:
        """Since when he could have answered: since it was said to him, or since his shift began. Who is neither on
        shift nor on duty is not asked yet: he is shown as queued."""
        waiting = [one for one in receipts if one.waiting]
        shifts = {one.officer: self.sergeants.shift_of(one.officer, now) for one in waiting}
        off_shift = [one.officer for one in waiting if shifts[one.officer] is None and one.owed_at is not None]
        at_work = {
            state.officer for state in await self.store.heads(off_shift) if state.status is not UnitStatus.OFF_DUTY
        }
        issued = await self._issued(stored)
        begun: dict[str, Instant] = {}
        for one in waiting:
            shift = shifts[one.officer]
            if shift is not None:
                begun[one.officer] = max(one.owed_at or one.addressed_at or issued, shift.start, issued)
            elif one.officer in at_work:
                begun[one.officer] = max(one.owed_at or issued, issued)
        return begun

    async def _issued(self, stored: Stored) -> Instant:
        """When the version that has to be acknowledged was written, or came into force."""
        version = acked_from(stored)
        versions = [stored] if stored.version == version else await self.store.versions(stored.record.id)
        at = next((one.written_at for one in versions if one.version == version), stored.written_at)
        return max(at, stored.record.valid.start or at)

    async def _schedule(self, briefing: Briefing, begun: Mapping[str, Instant], now: Instant) -> None:
        """The next time that it is due for somebody, where that is before the minute is over; else the minute's own
        asking finds it."""
        every, minute = _every(briefing), asked_next(briefing.id, now)
        coming = [
            at + (step + 1) * every for at in begun.values() if (step := due_step(at, every, now)) < Step.DISPATCHER
        ]
        grain = max(SECOND, min(every // 10, SLACK))
        due = [-(-at // grain) * grain for at in coming if at < minute]
        if due:
            await self.store.schedule([_job(briefing, Step.SAID_AGAIN, max(min(due), now + SECOND))])

    # -------------------------------------------------------------- the sergeants
    async def _tell_sergeants(self, briefing: Briefing, late: Sequence[str], now: Instant) -> bool:
        """One record for each sergeant, naming those of his who have not answered; closed once they all have."""
        of = self.sergeants.of(list(late), briefing.force, now)
        theirs: dict[str, list[str]] = {}
        people: dict[str, Officer] = {}
        for name in late:
            for sergeant in of[name]:
                theirs.setdefault(sergeant.id, []).append(name)
                people[sergeant.id] = sergeant
        known = await self._told_before(briefing)
        told = False
        for sergeant_id, names in theirs.items():
            before = known.get(told_id(briefing, sergeant_id))
            report = self._report(briefing, sergeant_id, names, before, now)
            if any(refusals_of(report, [people[sergeant_id]], now)) or (before is not None and before.record == report):
                continue
            told |= await self.store.publish(report, refusals_of, TOLD_BY, before) is not None
        return await self._close(known, {told_id(briefing, name) for name in theirs}) or told

    def _report(
        self, briefing: Briefing, sergeant: str, names: Sequence[str], before: Stored | None, now: Instant
    ) -> Briefing:
        listed = sorted(self.sergeants.named(name, now) for name in names)
        lines = ["- " + _MARKS.sub(r"\\\1", name) for name in listed[:_MOST_NAMED]]
        if len(listed) > _MOST_NAMED:
            lines.append(f"- and {len(listed) - _MOST_NAMED:,} more")
        title = f"Not answered by {len(listed):,}: {briefing.title}"
        return Briefing(
            force=briefing.force,
            source=TOLD_BY,
            source_id=_told_source_id(briefing, sergeant),
            category=briefing.category,
            title=title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1] + "…",
            grade=Grade.PRIORITY,
            text="These have been asked twice and have not answered:\n\n" + "\n".join(lines),
            reported_at=before.record.reported_at if before is not None else now,
            valid=Interval(briefing.valid.start, briefing.valid.end),
            marking=briefing.marking,
            audience=Audience(officers=(sergeant,)),
        )

    async def _told_before(self, briefing: Briefing) -> dict[str, Stored]:
        return await self.store.records([told_id(briefing, one.id) for one in self.sergeants.all()])

    async def stand_down(self, briefing: Briefing) -> None:
        """It is over: nobody is waited for."""
        if await self._close(await self._told_before(briefing), set()):
            self.written()

    async def _close(self, known: dict[str, Stored], but: set[str]) -> bool:
        """What sergeants were told of whom nobody is waited for any more is closed."""
        closed = False
        for name, stored in known.items():
            if name not in but and stored.record.status.live:
                over = replace(stored.record, status=Status.CLOSED)
                closed |= await self.store.put_over(stored, over, actor=TOLD_BY) is not None
        return closed


def told_id(briefing: Briefing, sergeant: str) -> str:
    """The record by which this sergeant is told about this briefing."""
    return record_id(RecordKind.BRIEFING, briefing.force, TOLD_BY, _told_source_id(briefing, sergeant))


def _told_source_id(briefing: Briefing, sergeant: str) -> str:
    return f"{briefing.id} {sergeant}"


def _every(briefing: Briefing) -> Instant:
    return (briefing.escalate_after_s or 1) * SECOND
