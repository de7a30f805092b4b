"""What is wrong with a policy file, all of it: what cannot be read, and what contradicts itself, each with its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from geo.model import Grade, Verdict, hazard_mask
from streams.errors import PolicyError
from streams.relevance.policy import Policy, refusals
from streams.relevance.policy_file import PolicyText, nearest
from streams.relevance.policy_reading import problems
from streams.relevance.policy_tables import GRADES
from streams.relevance.source_codes import read_sources

SMALLEST_REACH_M = 20.0
"""Less than a receiver's error in a street: nobody is ever found to be inside."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake (``grave``: the policy cannot be used) or one thing to think about. ``line`` 0: none can be named."""

    file: str
    line: int
    text: str
    grave: bool = True

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.text}" if self.grave else f"{where}: warning: {self.text}"


def check(file: str, text: str) -> list[Finding]:
    """Everything that is found, in the order of the lines; what contradicts itself only where all can be read."""
    try:
        source = PolicyText.parse(file, text)
    except PolicyError as error:
        return [_grave(error)]
    found = {(error.line, error.reason): _grave(error) for error in _unreadable(source)}
    if not found:
        try:
            policy = Policy(source)
        except PolicyError as error:
            return [_grave(error)]
        for finding in _contradictions(policy, source):
            found[finding.line, finding.text] = finding
    return sorted(found.values(), key=lambda finding: (finding.line, finding.text))


def grave(findings: list[Finding]) -> list[Finding]:
    """Those that forbid its use."""
    return [finding for finding in findings if finding.grave]


def _grave(error: PolicyError) -> Finding:
    return Finding(error.file, error.line, error.reason)


# ------------------------------------------------------------------ what cannot be read
def _unreadable(source: PolicyText) -> Iterator[PolicyError]:
    yield from problems(source)
    yield from refusals(source)
    yield from _unknown_in_roles(source)
    if source.has("categories"):
        yield from read_sources(source, source.table("categories").names())[1]


def _unknown_in_roles(source: PolicyText) -> Iterator[PolicyError]:
    if not (source.has("roles") and source.has("categories")):
        return
    known = source.table("categories").names()
    table = source.table("roles")
    for role in table.names():
        try:
            entries = table.texts(role)
        except PolicyError:
            continue
        for entry in entries:
            code = entry.removeprefix("-")
            if code not in known:
                told = f"names {code!r}, which is not one of this policy's categories{nearest(code, known)}"
                yield source.wrong("roles", role, told)


# ------------------------------------------------------------------ what contradicts itself
def _contradictions(policy: Policy, source: PolicyText) -> Iterator[Finding]:
    for look in _LOOKS:
        yield from look(policy, source)


def _say(source: PolicyText, table: str, key: str, reason: str, grave: bool = True) -> Finding:
    error = source.wrong(table, key, reason)
    return Finding(error.file, error.line, error.reason, grave)


def _best(policy: Policy, category: str, grade: Grade, hazards: int = 0) -> float:
    """The score of a fresh record of it for whoever stands beside it, 0..1: nothing else for or against it."""
    odds = policy.tables.severity[policy.row_of(category), grade.rank] + policy.terms["reach"]
    return _squashed(float(odds) + float(policy.tables.hazard[hazards]))


def _squashed(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))


def _hidden_must(policy: Policy, source: PolicyText) -> Iterator[Finding]:
    """What must be delivered, and a threshold or a style would keep away."""
    lowest = policy.bands.p4
    rule = policy.must_deliver
    help_score = _best(policy, "officer_emergency", Grade.EMERGENCY)
    if help_score < policy.bands.p2:
        told = f"is must-deliver, and its score of {help_score:.2g} at the spot is below bands.p2 ({policy.bands.p2:g})"
        yield _say(source, "categories.officer_emergency", "severity", told)
    for hazard in rule.threat_hazards:
        score = _best(policy, policy.fallback, rule.threat_grade, hazard_mask((hazard,)))
        if score < max(lowest, policy.bands.p3):
            told = f"makes a threat to life of {hazard.value}, and its score of {score:.2g} is below bands.p3"
            yield _say(source, "must_deliver", "threat_hazards", told, grave=False)
    for activity, row in zip(("available", "moving", "engaged"), policy.styles, strict=False):
        if row[0] < Verdict.NOTIFY:
            told = f"is {row[0].text}: it hides the must-deliver set from officers who are {activity}"
            yield _say(source, f"styles.{activity}", "p1", told)
    help_reach = float(policy.tables.reach_m[policy.row_of("officer_emergency"), Grade.EMERGENCY.rank])
    if help_reach < policy.noise.own_safety_m:
        told = f"gives an officer's emergency a reach of {help_reach:.0f} m: nearer than noise.own_safety_m"
        yield _say(source, "categories.officer_emergency", "reach_x", told)
    reach = policy.grades[Grade.EMERGENCY].reach_m
    if reach * rule.threat_reach_x < policy.noise.own_safety_m:
        told = f"makes threats reach {reach * rule.threat_reach_x:.0f} m: nearer than noise.own_safety_m"
        yield _say(source, "must_deliver", "threat_reach_x", told)


def _reaches(policy: Policy, source: PolicyText) -> Iterator[Finding]:
    for code, rule in policy.categories.items():
        reach = policy.tables.reach_m[policy.row_of(code)]
        at = rule.grade.rank
        if reach[at] < SMALLEST_REACH_M:
            told = f"gives it a reach of {reach[at]:.2g} m as {rule.grade.value}: nobody is ever found to be inside"
            key = "reach_x" if source.line_of(f"categories.{code}", "reach_x") else "grade"
            yield _say(source, f"categories.{code}", key, told)
    for lower, upper in pairwise(GRADES):
        if policy.grades[lower].reach_m > policy.grades[upper].reach_m:
            told = f"reaches further than {upper.value}"
            yield _say(source, f"grades.{lower.value}", "reach_m", told, grave=False)


def _never_shown(policy: Policy, source: PolicyText) -> Iterator[Finding]:
    """Categories that are below every band however near, fresh and dangerous they are, and his own."""
    most = int(np.argmax(policy.tables.hazard))
    extra = max(0.0, policy.terms["beat"]) + max(0.0, policy.terms["role"])
    for code, rule in policy.categories.items():
        score = _best(policy, code, rule.grade, most)
        odds = math.log(score / (1 - score)) if 0 < score < 1 else -700.0
        if _squashed(odds + extra) < policy.bands.p4:
            told = f"{rule.label} graded {rule.grade.value} is below bands.p4 whatever happens: nobody is ever shown it"
            yield _say(source, f"categories.{code}", "severity", told)
    if all(_best(policy, code, Grade.EMERGENCY, most) < policy.bands.p1 for code in policy.categories):
        yield _say(source, "bands", "p1", "is reached by nothing: only must-deliver would ever interrupt", grave=False)


def _times(policy: Policy, source: PolicyText) -> Iterator[Finding]:
    for grade in Grade:
        rule, path = policy.grades[grade], f"grades.{grade.value}"
        if rule.half_life_s > rule.lifetime_s:
            yield _say(source, path, "half_life_s", "is longer than its lifetime: it ends before it fades", grave=False)
        if rule.half_life_s * rule.news_half_lives < policy.noise.on_delay_s:
            yield _say(source, path, "news_half_lives", "ends the news before noise.on_delay_s is over")
    if policy.replay.notify_s < policy.replay.interrupt_s:
        told = "is shorter than interrupt_s: an old interrupt would be said louder than an old notify"
        yield _say(source, "replay", "notify_s", told)


def _limits(policy: Policy, source: PolicyText) -> Iterator[Finding]:
    noise = policy.noise
    if noise.flood_ends > noise.flood_starts:
        yield _say(source, "noise", "flood_ends", "is above flood_starts: a flood would end as it begins")
    if noise.must_exit_x < noise.exit_x:
        yield _say(source, "noise", "must_exit_x", "is below exit_x: what is must-deliver would leave before the rest")
    if noise.budget_per_10min == 0:
        told = "is 0: after the first interruptions of a shift nothing but must-deliver interrupts"
        yield _say(source, "noise", "budget_per_10min", told, grave=False)
    if noise.budget_per_10min > 2 or noise.budget_burst > 2:
        key = "budget_burst" if noise.budget_burst > 2 else "budget_per_10min"
        yield _say(
            source, "noise", key, "is above two in ten minutes, which nobody can act on (EEMUA 191)", grave=False
        )
    table = source.table("hazards")
    at_most = table.number("at_most", low=0, high=20)
    for name in table.names():
        weight = table.value(name)
        if name != "at_most" and isinstance(weight, int | float) and weight > at_most:
            yield _say(
                source, "hazards", name, f"is above at_most ({at_most:g}): the rest of it counts for nothing", False
            )


_LOOKS: tuple[Callable[[Policy, PolicyText], Iterator[Finding]], ...] = (
    _hidden_must,
    _reaches,
    _never_shown,
    _times,
    _limits,
)
