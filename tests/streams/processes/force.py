"""A small force on shift, a must-ack for it and the parts that make it climb: what the tests of escalation stand on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geo.access import refusals_of
from geo.clock import HOUR, MINUTE, VirtualClock
from geo.marking import Clearance
from geo.model import Audience, Briefing, Disposition, Grade, Interval, Officer, Shift, Stored
from geo.store.briefing_rows import Step
from geo.store.rows import Answered, Answers
from geo.store.store import SqlStore
from streams.officers.shifts import ShiftBook
from streams.processes.addressing import Addressing
from streams.processes.escalation import Escalation, jobs_of
from streams.processes.jobs import Jobs
from streams.processes.sergeants import Sergeants
from tests.geo.store.making import NOW, fanout, say

PEOPLE = (
    Officer(id="a", force="own", name="Ann Smith"),
    Officer(id="b", force="own"),
    Officer(id="off", force="own"),
    Officer(id="sgt-n", force="own", role="sergeant"),
    Officer(id="sgt-s", force="own", role="sergeant", clearance=Clearance.OFFICIAL_SENSITIVE),
    Officer(id="sgt-off", force="own", role="sergeant"),
)
BEATS = {"a": "N1", "b": "S1", "sgt-n": "N1", "sgt-s": "S9"}
SHIFTS = tuple(
    Shift(id=f"s-{who}", officer=who, start=NOW - HOUR, end=NOW + 9 * HOUR, beat=beat) for who, beat in BEATS.items()
)


def must_ack(**parts: Any) -> Briefing:
    given: dict[str, Any] = {
        "force": "own", "source": "briefings", "source_id": "B-1", "category": "other", "title": "Stolen *van*",
        "grade": Grade.PRIORITY, "reported_at": NOW, "must_ack": True, "escalate_after_s": 600,
        "audience": Audience(roles=("response",)), "valid": Interval(NOW, NOW + 8 * HOUR), **parts,
    }  # fmt: skip
    return Briefing(**given)


@dataclass
class Force:
    """Everybody on shift but ``off`` and ``sgt-off``; the jobs of one process."""

    store: SqlStore
    clock: VirtualClock
    looked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        book = ShiftBook()
        book.put_shifts(SHIFTS)
        self.sergeants = Sergeants(lambda: {one.id: one for one in PEOPLE}, book)
        self.escalation = Escalation(self.store, self.sergeants, lambda: self.looked.append("all"))
        self.addressing = Addressing(
            self.store, self.clock, self.escalation, lambda record: NOW + 24 * HOUR, self.looked.append
        )

    async def begin(self) -> Force:
        await self.store.put_officers(PEOPLE)
        await self.store.put_shifts(SHIFTS)
        return self

    def jobs(self, node: str = "me") -> Jobs:
        return Jobs(self.store, node, self.addressing.work())

    async def publish(self, briefing: Briefing, over: Stored | None = None) -> Stored:
        done = await self.store.publish(briefing, refusals_of, "disp-1", over, jobs_of(briefing, self.clock.now()))
        assert done is not None
        return (await self.store.records([briefing.id]))[briefing.id]

    async def pass_time(self, minutes: float, node: str = "me") -> None:
        """Every second, what is due is done."""
        jobs, until = self.jobs(node), self.clock.now() + int(minutes * MINUTE)
        while self.clock.now() < until:
            self.clock.set(min(until, self.clock.now() + MINUTE // 12))
            while await jobs.step():
                pass

    async def tell(self, briefing: str, *officers: str, rev: int = 1, version: int = 1) -> None:
        word = fanout(briefing, officers, rev=rev, version=version, at=self.clock.now())
        word.priority[:] = np.uint8(1)
        await say(self.store, word)

    async def answer(self, briefing: str, officer: str, rev: int = 1) -> None:
        at = self.clock.now()
        one = Answered(f"{officer}{rev}", officer, "phone", briefing, rev, Disposition.ACKNOWLEDGED, "", at)
        await self.store.answer(Answers(answered=(one,)))

    async def steps(self, briefing: str) -> dict[str, Step]:
        return {one.officer: one.step for one in await self.store.addressees(briefing)}
