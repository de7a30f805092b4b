"""A small world for tests of score and rules: officers and records by metres east of one corner, decided at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from geo.access import release
from geo.clock import SECOND, Instant
from geo.codebook import Codebooks
from geo.model import Grade, Incident, Officer, Record, Stored, UnitStatus, Verdict
from geo.pairs import Int32
from geo.picture import LivePicture
from geo.place import moved_by
from geo.store.rows import Act, OfficerState
from streams import matching, passing, recording
from streams.held import Held
from streams.noise import decide as noise
from streams.noise.rules import Cause, Reason, Rule
from streams.officers.situations import Situations
from streams.relevance import score as relevance
from streams.relevance.feedback import Feedback
from streams.relevance.policy import Policy, load_policy
from streams.relevance.score import Scored

NOW: Instant = 1_800_000_000 * SECOND
CORNER = (-1.5491, 53.7997)


def east(metres: float) -> tuple[float, float]:
    """(lon, lat) so many metres east of the corner."""
    lon, lat = moved_by(*CORNER, metres, 0.0)
    return float(lon), float(lat)


def incident(number: int = 1, at_m: float | None = 0.0, **changes: Any) -> Incident:
    base: dict[str, Any] = {
        "force": "own", "source": "test", "source_id": str(number), "category": "robbery", "title": "Robbery",
        "grade": Grade.EMERGENCY, "reported_at": NOW,
        "place": None if at_m is None else shapely.Point(*east(at_m)),
    }  # fmt: skip
    return Incident(**{**base, **changes})


@dataclass(frozen=True)
class Said:
    """One row that the rules keep."""

    officer: str
    act: Act
    verdict: Verdict
    rule: Rule
    reason: Reason
    rev: int
    priority: int
    score: float

    @property
    def brief(self) -> tuple[str, str]:
        return self.verdict.text, self.rule.name.lower()


class Scene:
    """The steps of the path between MATCH and RECORD, without a store."""

    def __init__(self, policy: Policy | None = None, now: Instant = NOW) -> None:
        self.policy, self.now = policy or load_policy("uk"), now
        self.books = Codebooks()
        self.picture, self.situations = LivePicture(self.books), Situations(self.books)
        self.held, self.feedback = Held(), Feedback()
        self.version: dict[str, int] = {}
        self.due_at: Instant = 0

    def officer(
        self,
        name: str = "pc1",
        at_m: float | None = 300.0,
        status: UnitStatus = UnitStatus.AVAILABLE,
        *,
        speed: float = 0.0,
        heading: float | None = None,
        age_s: float = 0.0,
        profile: Officer | None = None,
        tokens: float = 2.0,
    ) -> int:
        """Puts him there (again)."""
        known = name in self.situations.slot_of
        who = profile or Officer(id=name, force="own")
        if not known:
            state = OfficerState(name, "e", 0, "me", 1, status, self.now, tokens, self.now)
            self.situations.put(who, state, self.now)
        elif profile is not None:
            self.situations.rights_changed(profile)
        self.situations.set_status(name, status)
        slot = self.situations.slot_of[name]
        if at_m is not None:
            self.situations.lon[slot], self.situations.lat[slot] = east(at_m)
            self.situations.fix_at[slot] = self.now - int(age_s * SECOND)
            self.situations.accuracy_m[slot] = 0.0
            self.situations.speed_mps[slot] = speed
            self.situations.heading_deg[slot] = np.nan if heading is None else heading
        return slot

    def record(self, record: Record) -> int:
        self.version[record.id] = self.version.get(record.id, 0) + 1
        self.picture.apply([Stored(record, self.version[record.id], self.now)], self.policy.lifetime_and_reach)
        return self.picture.slot_of[record.id]

    def later(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)

    def scored(self, record_slots: Int32 | None = None) -> Scored:
        slots = self._slots() if record_slots is None else record_slots
        pairs = matching.of_records(self.picture, self.situations, slots, self.now)
        released, _ = release(pairs, self.picture, self.situations.rights(), self.now)
        return relevance.score(released, self.picture, self.situations, self.held, self.policy, self.now, self.feedback)

    def one(self) -> Scored:
        """The only pair's score."""
        scored = self.scored()
        assert len(scored) == 1
        return scored

    def term(self, name: str) -> float:
        return float(self.one().terms[0, relevance.TERM_NAMES.index(name)])

    def decide(self, cause: Cause = Cause.RECORD) -> list[Said]:
        """All officers, all records; what is kept, in memory as the pipeline keeps it."""
        slots = self._slots()
        rows = self.held.of_records(slots)
        pairs = matching.of_records(self.picture, self.situations, slots, self.now)
        pairs = passing.with_passers(pairs, self.picture, self.situations, slots, self.policy, self.now)
        pairs = matching.with_held(
            pairs, self.held.officer[rows], self.held.record[rows], self.picture, self.situations, self.now
        )
        released, refused = release(pairs, self.picture, self.situations.rights(), self.now)
        withheld = recording.words_withheld(noise.withhold(refused, self.held), self.held, self.picture, self.now)
        scored = relevance.score(
            released, self.picture, self.situations, self.held, self.policy, self.now, self.feedback
        )
        decided = noise.decide(scored, self.held, self.situations, self.picture, self.policy, self.now, cause)
        words = recording.words_of(scored, decided, self.held, self.picture, self.now)
        waiting = recording.waiting_of(scored, decided, self.now)
        self.due_at = decided.due_at
        for some in (withheld, words):
            self.held.put(some.held)
        self.held.drop(decided.gone)
        self.held.put(waiting)
        self.held.put(recording.remembered_of(scored, decided, self.held, self.picture, self.now))
        self.decided_later = decided.later
        self.situations.tokens[decided.spent.officer] = decided.spent.tokens
        self.situations.tokens_at[decided.spent.officer] = self.now
        return [*self._said(words), *self._said(withheld)]

    def only(self, cause: Cause = Cause.RECORD) -> Said:
        """The one thing that is said."""
        said = self.decide(cause)
        assert len(said) == 1, said
        return said[0]

    def with_policy(self, **changes: Any) -> None:
        """Other values in one of the policy's groups: ``with_policy(noise={"on_delay_s": 0})``."""
        for group, values in changes.items():
            setattr(self.policy, group, replace(getattr(self.policy, group), **values))

    def _slots(self) -> Int32:
        return np.array(sorted(self.picture.slot_of.values()), np.int32)

    def _said(self, words: recording.Words) -> list[Said]:
        return [
            Said(
                self.situations.officers[words.held.officer[row]],
                Act(int(words.act[row])),
                Verdict(int(words.held.verdict[row])),
                Rule(int(words.rule[row])),
                Reason(int(words.reason[row])),
                int(words.held.rev[row]),
                int(words.held.priority[row]),
                float(words.score[row]),
            )
            for row in range(len(words))
        ]
