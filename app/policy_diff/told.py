"""What officers were told under one policy, and under two of them what differs: who missed what, who heard more."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from geo.clock import HOUR, MINUTE, Instant, parse_instant
from geo.model import Record, Verdict

LOUD = ("interrupt", "notify")
_LEVEL = {verdict.text: int(verdict) for verdict in Verdict}
_WINDOW = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Told:
    """One verdict that was kept: as a line of `beatline replay`."""

    at: Instant
    officer: str
    record: str
    verdict: str
    rule: str
    score: float
    distance_m: float | None
    terms: Mapping[str, float] = field(default_factory=dict, hash=False)

    @property
    def level(self) -> int:
        return _LEVEL.get(self.verdict, 0)

    @property
    def must(self) -> bool:
        return self.rule.startswith("must_")


class Lines:
    """Takes the lines that a replay writes, and keeps them as :class:`Told`."""

    def __init__(self) -> None:
        self.told: list[Told] = []

    def write(self, text: str) -> int:
        line = json.loads(text)
        self.told.append(
            Told(
                parse_instant(line["at"]), line["unit"], line["record"], line["verdict"], line["rule"], line["score"],
                line["distance_m"], line["terms"],
            )
        )  # fmt: skip
        return len(text)


@dataclass(frozen=True, slots=True)
class About:
    """What a reader of the difference may know of a record: no text, no name."""

    category: str
    grade: str
    name: str

    @classmethod
    def of(cls, record: Record) -> About:
        return cls(record.category, record.grade.value, f"{record.source} {record.source_id}")


@dataclass(frozen=True, slots=True)
class Side:
    """One policy, and what officers were told under it. ``hours`` is the time they were on duty, the same for both."""

    policy: str
    told: Sequence[Told]
    hours: float

    def count(self, verdict: str) -> int:
        return sum(told.verdict == verdict for told in self.told)

    def per_hour(self, *verdicts: str) -> float:
        return sum(told.verdict in verdicts for told in self.told) / max(self.hours, 1e-9)

    @property
    def must(self) -> int:
        """Pairs of officer and record that were told as must-deliver."""
        return len({(told.officer, told.record) for told in self.told if told.must and told.verdict in LOUD})

    def busiest(self) -> tuple[int, str]:
        """(interruptions, whose) of the worst ten minutes of one officer."""
        of: dict[str, list[Instant]] = defaultdict(list)
        for told in sorted(self.told, key=lambda told: told.at):
            if told.verdict == "interrupt":
                of[told.officer].append(told.at)
        return max(
            (
                (bisect_right(times, at + _WINDOW - 1) - number, who)
                for who, times in of.items()
                for number, at in enumerate(times)
            ),
            default=(0, ""),
        )

    def by_rule(self) -> Counter[str]:
        return Counter(told.rule for told in self.told)

    def by_category(self, about: Mapping[str, About]) -> dict[str, Counter[str]]:
        """Category -> how often it interrupted and notified."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for told in self.told:
            if told.verdict in LOUD:
                found[about[told.record].category if told.record in about else ""][told.verdict] += 1
        return found

    def by_hour(self) -> Counter[Instant]:
        """The hour's start -> interruptions."""
        return Counter(told.at // HOUR * HOUR for told in self.told if told.verdict == "interrupt")

    def strongest(self) -> dict[tuple[str, str], Told]:
        """(officer, record) -> the loudest thing that was said about it, the first of those."""
        best: dict[tuple[str, str], Told] = {}
        for told in sorted(self.told, key=lambda told: told.at):
            before = best.get((told.officer, told.record))
            if before is None or told.level > before.level:
                best[told.officer, told.record] = told
        return best


@dataclass(frozen=True, slots=True)
class Changed:
    """One officer and one record: the loudest word under A and under B; None: not a word."""

    a: Told | None
    b: Told | None

    @property
    def term(self) -> tuple[str, float, float] | None:
        """The term that differs most, with both its values: why the same situation came out otherwise. None where it
        was not the same situation, or the score is the same and a rule or a threshold made the difference."""
        if self.a is None or self.b is None or self.a.at != self.b.at:
            return None
        a, b = self.a.terms, self.b.terms
        name = max(sorted(a.keys() | b.keys()), key=lambda name: abs(b.get(name, 0) - a.get(name, 0)), default="")
        differ = abs(b.get(name, 0) - a.get(name, 0)) >= 0.005
        return (name, a.get(name, 0.0), b.get(name, 0.0)) if differ else None

    @property
    def either(self) -> Told:
        """The louder of both: what a reader wants to know it by."""
        return max((told for told in (self.a, self.b) if told is not None), key=lambda told: told.level)


@dataclass(frozen=True, slots=True)
class Difference:
    """``missed``: notify or interrupt under A, and neither under B. ``new``: the other way round. ``softer`` and
    ``louder`` are between these two. Each with must-deliver first, then by loudness and score."""

    missed: list[Changed] = field(default_factory=list)
    softer: list[Changed] = field(default_factory=list)
    louder: list[Changed] = field(default_factory=list)
    new: list[Changed] = field(default_factory=list)

    @property
    def must_missed(self) -> int:
        return sum(_must(changed.a) for changed in self.missed)


def difference(a: Side, b: Side) -> Difference:
    """What B would have changed against A."""
    found, before, after = Difference(), a.strongest(), b.strongest()
    for pair in before.keys() | after.keys():
        changed = Changed(before.get(pair), after.get(pair))
        was, is_now = _loud(changed.a), _loud(changed.b)
        if was == is_now:
            continue
        if not is_now:
            found.missed.append(changed)
        elif not was:
            found.new.append(changed)
        else:
            (found.louder if is_now > was else found.softer).append(changed)
    for some in (found.missed, found.softer, found.louder, found.new):
        some.sort(key=_order)
    return found


def _loud(told: Told | None) -> int:
    return told.level if told is not None and told.verdict in LOUD else 0


def _must(told: Told | None) -> bool:
    return told is not None and told.must


def _order(changed: Changed) -> tuple[bool, int, float, Instant, str, str]:
    told = changed.either
    must = _must(changed.a) or _must(changed.b)
    return not must, -told.level, -told.score, told.at, told.officer, told.record


def about_of(records: Iterable[Record]) -> dict[str, About]:
    """Record id -> what may be said of it; of several versions the last."""
    return {record.id: About.of(record) for record in records}
