"""Last night decided anew: kept verdicts through the same path under another policy, without anybody's movement.

Where officers were is not kept, and is not worked out here either. What is kept of each verdict says how far away the
record was, in which direction, how fast and doing what its officer was, and how well he was known to be there: that is
put before RELEASE, SCORE and DECIDE again as it was, at the instant at which it was. What was never matched, beyond
the reach of then, was not kept, and cannot be known.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import IO, cast

import numpy as np

from app.policy_diff.told import Lines, Told
from app.replay_store import ReplayStore
from geo.clock import SECOND, Instant, VirtualClock
from geo.model import Briefing, Officer, Stored, UnitStatus, Verdict
from geo.pairs import Float32, Int32, Via, candidates
from geo.picture import LivePicture
from geo.store.contract import Store
from geo.store.kept import KeptFanout
from geo.store.rows import Act
from streams.noise.rules import Cause
from streams.officers.situations import Situations
from streams.pipeline import Pipeline
from streams.relevance.feedback import Feedback
from streams.relevance.policy import ACTIVITIES, Policy

_STATUS = (UnitStatus.AVAILABLE, UnitStatus.EN_ROUTE, UnitStatus.BUSY, UnitStatus.BREAK, UnitStatus.OFF_DUTY)
"""By the kept activity. Who was moving because he was fast is available and fast again."""
_NEVER_S = 1e8
"""A fix as old as this was never there."""


@dataclass(frozen=True, slots=True)
class Night:
    """Kept verdicts by time, the versions of their records, who the officers are, and the policies of then by version;
    ``otherwise`` stands for one that is not there any more."""

    fanouts: Sequence[KeptFanout]
    records: Mapping[tuple[str, int], Stored]
    officers: Mapping[str, Officer]
    policies: Mapping[str, Policy]
    otherwise: Policy


@dataclass(slots=True)
class Hindsight:
    """What would have been told. ``lacking`` counts rows whose record the store does not have any more, ``unknown``
    those that were kept under a policy that it does not have."""

    told: list[Told] = field(default_factory=list)
    lacking: int = 0
    unknown: int = 0


class _KeptFeedback(Feedback):
    """What officers had answered by then, as the kept term has it."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[int, float] = {}

    def of(self, record_slots: Int32) -> Float32:
        return np.array([self.kept.get(slot, 0.0) for slot in record_slots.tolist()], np.float32)


async def decided_again(night: Night, policy: Policy) -> Hindsight:
    """The night under this policy. The same night and policy give the same words."""
    again = _Again(night, policy)
    await again.begin()
    for at, fanouts in groupby(night.fanouts, key=lambda kept: kept.at):
        await again.tick(at, list(fanouts))
    again.found.told = again.lines.told
    return again.found


@dataclass(slots=True)
class _Rows:
    """Pairs of one tick that are decided for the same cause."""

    officer: list[int] = field(default_factory=list)
    record: list[int] = field(default_factory=list)
    distance_m: list[float] = field(default_factory=list)
    bearing_deg: list[float] = field(default_factory=list)
    via: list[int] = field(default_factory=list)


class _Again:
    def __init__(self, night: Night, policy: Policy) -> None:
        self.night, self.policy, self.found = night, policy, Hindsight()
        self.lines, self.clock, self.picture = Lines(), VirtualClock(0), LivePicture()
        self.store = ReplayStore(cast(IO[str], self.lines), policy.noise.budget_burst)
        self.situations, self.feedback = Situations(self.picture.books), _KeptFeedback()
        self.pipeline = Pipeline(
            cast(Store, self.store), self.picture, self.situations, policy, self.clock, "hindsight", lambda _: None
        )
        self.pipeline.feedback = self.feedback

    async def begin(self) -> None:
        """All officers are here from the start; what each was doing comes with his verdicts."""
        await self.pipeline.start()
        names = dict.fromkeys(name for kept in self.night.fanouts for name in kept.officers)
        known = self.night.officers
        await asyncio.gather(
            *(self.pipeline.connect(known.get(name) or Officer(id=name, force="own"), 0) for name in names)
        )

    async def tick(self, at: Instant, fanouts: Sequence[KeptFanout]) -> None:
        """What was decided together then is decided together now."""
        self.clock.set(at)
        rows: dict[Cause, _Rows] = {}
        for kept in fanouts:
            stored = self.night.records.get((kept.record, kept.version))
            if stored is None:
                self.found.lacking += len(kept.officers)
            elif stored.record.kind.value != "summary":
                self._take_in(kept, stored, at, rows)
        for cause, some in rows.items():
            pairs = candidates(
                np.array(some.officer, np.int32), np.array(some.record, np.int32),
                np.array(some.distance_m, np.float32), np.array(some.bearing_deg, np.float32),
                np.array(some.via, np.uint8),
            )  # fmt: skip
            await self.pipeline.decide_these(pairs, cause, at)

    def _take_in(self, kept: KeptFanout, stored: Stored, at: Instant, rows: dict[Cause, _Rows]) -> None:
        slot = self._record(stored, at)
        under = self.night.policies.get(kept.policy)
        self.found.unknown += 0 if under else len(kept.officers)
        for name, word in zip(kept.officers, _words(kept), strict=True):
            officer = self.situations.slot_of[name]
            if word.rule == "not_entitled":
                self._forget(officer, slot)
                continue
            self._situation(name, officer, word, stored, under or self.night.otherwise, at)
            if word.rule.startswith("watch_"):
                self._beyond_doubt(officer, slot, stored)
            self.feedback.kept[slot] = word.feedback(under or self.night.otherwise)
            some = rows.setdefault(Cause.POLICY if word.rule == "policy_change" else Cause.RECORD, _Rows())
            some.officer.append(officer)
            some.record.append(slot)
            some.distance_m.append(word.fact("distance_m"))
            some.bearing_deg.append(word.fact("bearing_deg"))
            some.via.append(word.via(stored))

    def _record(self, stored: Stored, at: Instant) -> int:
        """The version as it is in the picture; an older one that comes late changes nothing."""
        name = stored.record.id
        slot = self.picture.slot_of.get(name)
        if slot is None or self.picture.version[slot] < stored.version:
            self.store.take_in(stored.record, at)
            self.picture.apply([stored], self.policy.lifetime_and_reach)
        return self.picture.slot_of[name]

    def _forget(self, officer: int, slot: int) -> None:
        held = self.pipeline.held
        row = held.lookup(np.array([officer], np.int32), np.array([slot], np.int32))
        held.drop(row[row >= 0])

    def _beyond_doubt(self, officer: int, slot: int, stored: Stored) -> None:
        """What was said of a watched area had been seen twice, or well inside: of the first time nothing is kept."""
        here, held, place = self.situations, self.pipeline.held, stored.record.place
        row = held.lookup(np.array([officer], np.int32), np.array([slot], np.int32))
        held.doubt_at[row[row >= 0]] = 1
        here.accuracy_m[officer] = 0.0
        if place is not None:
            somewhere = place.representative_point()
            here.lon[officer], here.lat[officer] = somewhere.x, somewhere.y

    def _situation(self, name: str, slot: int, word: _Word, stored: Stored, under: Policy, at: Instant) -> None:
        """What he was doing, how fast and whither, and how well that was known: all but where."""
        here = self.situations
        if word.rule == "off_duty":
            here.set_status(name, UnitStatus.OFF_DUTY)
            return
        if word.terms.get("role", 0.0) > 0:  # he had what it requires, if only by the unit that he was with
            row = self.policy.row_of(stored.record.category)
            here.skills[slot] |= self.policy.bound(self.picture.books).wanted[row]
        speed, age_s = word.fact("speed_mps"), word.fact("fix_age_s")
        here.set_status(name, word.status(under))
        here.speed_mps[slot] = speed
        here.heading_deg[slot] = (word.fact("bearing_deg") - word.fact("off_heading_deg")) % 360.0
        here.fix_at[slot] = 0 if not age_s < _NEVER_S else at - int(age_s * SECOND)
        here.accuracy_m[slot] = 0.0
        _, reach_m = under.lifetime_and_reach(stored.record)
        gone = float(here.extra_m(at, np.array([slot], np.int32))[0])
        extra = word.fact("own_reach_m") - reach_m
        here.accuracy_m[slot] = max(extra - gone, 0.0) if extra == extra else 0.0


@dataclass(frozen=True, slots=True)
class _Word:
    """One officer's row of a kept fan-out."""

    rule: str
    terms: dict[str, float]
    facts: dict[str, float]

    def fact(self, name: str) -> float:
        return self.facts.get(name, float("nan"))

    def status(self, under: Policy) -> UnitStatus:
        activity = self.fact("activity")
        if activity != activity:
            return UnitStatus.AVAILABLE
        status = _STATUS[min(int(activity), len(ACTIVITIES) - 1)]
        fast = self.fact("speed_mps") > under.noise.moving_mps
        return UnitStatus.AVAILABLE if status is UnitStatus.EN_ROUTE and fast else status

    def feedback(self, under: Policy) -> float:
        """-1..1, as far as the weight of then lets it be seen."""
        weight, term = under.terms["feedback"], self.terms.get("feedback", 0.0)
        return min(max(term / weight, -1.0), 1.0) if weight and term == term else 0.0

    def via(self, stored: Stored) -> int:
        """How the pair was matched, by what its terms say."""
        briefing = isinstance(stored.record, Briefing)
        near = self.fact("distance_m") == self.fact("distance_m") and not briefing
        via = Via.PLACE if near else 0
        via |= Via.PASSED if self.rule in ("passed", "watch_cross") else 0
        via |= Via.BEAT if self.terms.get("beat", 0.0) > 0 else 0
        if self.terms.get("tasking", 0.0) > 0 or self.rule in ("must_own_tasking", "must_ack"):
            via |= Via.ADDRESSED if briefing else Via.TASKED
        return via or Via.FORCE


def _words(kept: KeptFanout) -> Iterator[_Word]:
    rules = [kept.rule_names[rule] if rule < len(kept.rule_names) else "" for rule in kept.rule.tolist()]
    for rule, terms, facts in zip(rules, kept.terms.tolist(), kept.facts.tolist(), strict=True):
        yield _Word(
            rule, dict(zip(kept.term_names, terms, strict=True)), dict(zip(kept.fact_names, facts, strict=True))
        )


def told_of(fanouts: Sequence[KeptFanout]) -> Counter[str]:
    """Verdict -> how often it was said that night, as it was kept."""
    said: Counter[str] = Counter()
    for kept in fanouts:
        for act, verdict in zip(kept.act.tolist(), kept.verdict.tolist(), strict=True):
            if act == Act.ALERT:
                said[Verdict(verdict).text] += 1
    return said
