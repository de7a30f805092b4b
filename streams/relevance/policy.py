"""The relevance policy file: load, check, version; what it says of one record."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from geo.clock import SECOND, Instant
from geo.codebook import Codebooks
from geo.model import Emergency, Grade, Hazard, Record, UnitStatus, Verdict
from streams.errors import PolicyError
from streams.relevance.policy_file import PolicyText, Table
from streams.relevance.policy_tables import (
    BoundTables,
    CategoryRule,
    GradeRule,
    PolicyTables,
    bind,
    compile_tables,
)

log = logging.getLogger("beatline.policy")

SHIPPED = ("uk", "san_francisco")
SCHEMA = 1


@dataclass(frozen=True, slots=True)
class TermWeights:
    """Weights of the score's terms, log-odds; ``streams/relevance/policies/uk.toml`` says what each means."""

    reach: float
    approach: float
    full_speed_mps: float
    freshness: float
    attended: float
    reliable: float
    role: float
    tasking: float
    addressed: float
    beat: float
    novelty: float
    feedback: float


@dataclass(frozen=True, slots=True)
class Bands:
    """Lower edges of the priority bands, of a score 0..1: p1 > p2 > p3 > p4."""

    p1: float
    p2: float
    p3: float
    p4: float


@dataclass(frozen=True, slots=True)
class NoiseLimits:
    """Thresholds of the noise rules; units are in the names."""

    moving_mps: float
    own_safety_m: float
    on_delay_s: float
    edge: float
    exit_x: float
    must_exit_x: float
    moved_m: float
    budget_per_10min: float
    budget_burst: float
    stale_fix_s: float
    vague_fix_m: float
    pass_step_m: float
    fence_margin_m: float
    duplicate_m: float
    duplicate_s: float
    flood_starts: float
    flood_ends: float
    flood_again_s: float


@dataclass(frozen=True, slots=True)
class MustDeliver:
    """What passes always for an officer on duty."""

    officer_emergency: bool
    own_tasking: bool
    must_ack: bool
    threat_grade: Grade
    threat_hazards: tuple[Hazard, ...]
    threat_half_lives: float
    threat_reach_x: float


@dataclass(frozen=True, slots=True)
class ReplayAges:
    """How old a word may be and still be said as loudly as it was: seconds."""

    interrupt_s: float
    notify_s: float


ACTIVITIES = ("available", "moving", "engaged", "break", "off_duty")
"""Rows of the style matrix, in the order of ``Policy.styles``. Off duty hears nothing: not a matter of policy."""

ACTIVITY_OF = {
    UnitStatus.AVAILABLE: 0,
    UnitStatus.EN_ROUTE: 1,
    UnitStatus.AT_SCENE: 2,
    UnitStatus.BUSY: 2,
    UnitStatus.BREAK: 3,
    UnitStatus.OFF_DUTY: 4,
}


class Policy:
    """One version of the policy: values by name, and tables by category and grade for whole columns.

    ``version`` is the name, the edition and a digest of the text: what decisions are recorded under. ``row_of`` gives
    a category's row in ``tables``; what the file does not list has the fallback's row and is logged once.
    """

    def __init__(self, source: PolicyText) -> None:
        top = Table(source, "", source.tables)
        if int(top.number("schema", low=0, high=1_000)) != SCHEMA:
            raise top.wrong("schema", f"must be {SCHEMA}: this Beatline reads no other")
        self.file = source.file
        self.name = top.text("name")
        digest = hashlib.blake2b(source.text.encode(), digest_size=4).hexdigest()
        self.version = f"{self.name} {top.text('edition')} {digest}"
        self.grades = {grade: _grade_rule(source.table(f"grades.{grade.value}")) for grade in Grade}
        self.categories = _categories(source)
        self.fallback = _fallback(source, self.categories)
        self.terms = _terms(source.table("terms"))
        self.bands = _bands(source.table("bands"))
        self.styles = _styles(source)
        self.noise = _noise(source.table("noise"))
        self.must_deliver = _must_deliver(source.table("must_deliver"))
        self.replay = _replay(source.table("replay"))
        self.tables: PolicyTables = compile_tables(self.grades, self.categories, source)
        _nothing_else(source)
        self._rows = {code: row for row, code in enumerate(self.categories)}
        self._reported: set[str] = set()
        self._bound: tuple[Codebooks, BoundTables] | None = None

    # one record
    def known(self, category: str) -> bool:
        return category in self._rows

    def row_of(self, category: str) -> int:
        """The category's row in ``tables``. An unknown one: the fallback's, reported once."""
        row = self._rows.get(category)
        if row is None:
            if category not in self._reported and len(self._reported) < 1_000:
                self._reported.add(category)
                log.warning("policy %s does not know category %r: treated as %r", self.name, category, self.fallback)
            row = self._rows[self.fallback]
        return row

    def rule_of(self, category: str) -> CategoryRule:
        return self.categories.get(category) or self.categories[self.fallback]

    def label(self, category: str) -> str:
        """What a person reads: ``Concern for welfare``. Of an unknown category: its code, in words."""
        rule = self.categories.get(category)
        return rule.label if rule else category.replace("_", " ").capitalize()

    def default_grade(self, category: str) -> Grade:
        """The grade of a record whose source gives none."""
        return self.rule_of(category).grade

    def lifetime_and_reach(self, record: Record) -> tuple[Instant, float]:
        """(when it stops being live, entry reach in metres). A given end holds; an officer's emergency has the reach
        of its category whatever it calls itself."""
        category = "officer_emergency" if isinstance(record, Emergency) else record.category
        row, rank = self.row_of(category), record.grade.rank
        end = record.valid.end
        if end is None:
            start = max(record.reported_at, record.valid.start or 0)
            end = start + int(self.tables.lifetime_s[row, rank]) * SECOND
        return end, float(self.tables.reach_m[row, rank])

    def replay_style(self, verdict: Verdict, age_s: float, must_deliver: bool = False) -> Verdict:
        """The style of a word that is said again ``age_s`` after it was decided: never louder, and softer with age.

        A must-deliver word stays at least a notify.
        """
        style = verdict
        if style is Verdict.INTERRUPT and age_s > self.replay.interrupt_s:
            style = Verdict.NOTIFY
        if style is Verdict.NOTIFY and age_s > self.replay.notify_s and not must_deliver:
            style = Verdict.MAP
        return style

    # whole columns
    def bound(self, books: Codebooks) -> BoundTables:
        """The tables by the codes of these books; made anew when the books have grown."""
        sizes = (len(books.categories), len(books.roles), len(books.skills))
        if self._bound is None or self._bound[0] is not books or self._bound[1].sizes != sizes:
            self._bound = (books, bind(self.tables, books, self.row_of))
        return self._bound[1]


def policy_text(path_or_name: str) -> tuple[str, str]:
    """(file, text) of a shipped policy or of a file, unread. Raises PolicyError where it cannot be had."""
    if path_or_name in SHIPPED:
        file = f"{path_or_name}.toml"
        return file, resources.files("streams.relevance").joinpath("policies", file).read_text("utf-8")
    try:
        return path_or_name, Path(path_or_name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        known = " and ".join(SHIPPED)
        what = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise PolicyError(path_or_name, 0, f"cannot be read ({what}); shipped policies: {known}") from error


def load_policy(path_or_name: str) -> Policy:
    """``uk`` and ``san_francisco`` are shipped; anything else is a file. Raises PolicyError (file, line, reason)."""
    return Policy(PolicyText.parse(*policy_text(path_or_name)))


# --------------------------------------------------------------------------- the file's tables, one function each
def _grade_rule(table: Table) -> GradeRule:
    rule = GradeRule(
        reach_m=table.number("reach_m", low=1, high=100_000),
        half_life_s=table.number("half_life_s", low=1, high=10_000_000),
        news_half_lives=table.number("news_half_lives", low=0.1, high=1_000),
        lifetime_s=60 * table.number("lifetime_min", low=1, high=1_000_000),
        severity=table.number("severity", low=-20, high=20),
    )
    table.finish()
    return rule


def _categories(source: PolicyText) -> dict[str, CategoryRule]:
    rules = {}
    for code in source.table("categories").names():
        table = source.table(f"categories.{code}")
        rules[code] = CategoryRule(
            code=code,
            label=table.text("label"),
            grade=table.grade("grade"),
            reach_x=table.number("reach_x", 1.0, low=0.01, high=100),
            half_life_x=table.number("half_life_x", 1.0, low=0.01, high=1_000),
            lifetime_x=table.number("lifetime_x", 1.0, low=0.01, high=1_000),
            severity=table.number("severity", 0.0, low=-20, high=20),
            requires=table.texts("requires", []),
        )
        table.finish()
    if "officer_emergency" not in rules:
        raise source.wrong("categories", "", "lacks officer_emergency: it is must-deliver")
    return rules


def _fallback(source: PolicyText, categories: dict[str, CategoryRule]) -> str:
    table = source.table("fallback")
    code = table.text("category")
    table.finish()
    if code not in categories:
        raise table.wrong("category", f"{code!r} is not one of this policy's categories")
    return code


def _terms(table: Table) -> TermWeights:
    values = {name: table.number(name, low=-20, high=20) for name in TermWeights.__slots__ if name != "full_speed_mps"}
    weights = TermWeights(**values, full_speed_mps=table.number("full_speed_mps", low=0.1, high=100))
    for name in ("reach", "freshness", "tasking", "addressed", "beat", "novelty", "feedback"):
        if values[name] < 0:
            raise table.wrong(name, "must not be negative: it would turn the term's meaning round")
    table.finish()
    return weights


def _bands(table: Table) -> Bands:
    bands = Bands(**{name: table.number(name, low=0, high=1) for name in Bands.__slots__})
    for upper, lower in (("p1", "p2"), ("p2", "p3"), ("p3", "p4")):
        if getattr(bands, upper) <= getattr(bands, lower):
            raise table.wrong(upper, f"must be above {lower}")
    table.finish()
    return bands


def _styles(source: PolicyText) -> tuple[tuple[Verdict, ...], ...]:
    """[activity][priority - 1] -> Verdict; the last row is off duty."""
    rows = []
    for activity in ACTIVITIES[:-1]:
        table = source.table(f"styles.{activity}")
        row = tuple(table.verdict(f"p{priority}") for priority in (1, 2, 3, 4))
        for priority in (1, 2, 3):
            if row[priority] > row[priority - 1]:
                raise table.wrong(f"p{priority + 1}", f"must not be louder than p{priority}")
        table.finish()
        rows.append(row)
    if rows[0][0] < Verdict.NOTIFY:
        raise source.wrong("styles.available", "p1", "hides the must-deliver set from officers who are available")
    return (*rows, (Verdict.NONE,) * 4)


def _noise(table: Table) -> NoiseLimits:
    limits = NoiseLimits(
        moving_mps=table.number("moving_mps", low=0.1, high=100),
        own_safety_m=table.number("own_safety_m", low=0, high=10_000),
        on_delay_s=table.number("on_delay_s", low=0, high=600),
        edge=table.number("edge", low=0, high=1),
        exit_x=table.number("exit_x", low=1.2, high=1.2),
        must_exit_x=table.number("must_exit_x", low=1.2, high=100),
        moved_m=table.number("moved_m", low=1, high=100_000),
        budget_per_10min=table.number("budget_per_10min", low=0, high=100),
        budget_burst=table.number("budget_burst", low=1, high=100),
        stale_fix_s=table.number("stale_fix_s", low=1, high=86_400),
        vague_fix_m=table.number("vague_fix_m", low=1, high=100_000),
        pass_step_m=table.number("pass_step_m", low=1, high=100_000),
        fence_margin_m=table.number("fence_margin_m", low=1, high=1_000),
        duplicate_m=table.number("duplicate_m", low=0, high=10_000),
        duplicate_s=table.number("duplicate_s", low=0, high=86_400),
        flood_starts=table.number("flood_starts", low=1, high=63),
        flood_ends=table.number("flood_ends", low=0, high=63),
        flood_again_s=table.number("flood_again_s", low=1, high=3_600),
    )
    table.finish()
    return limits


def _must_deliver(table: Table) -> MustDeliver:
    must = MustDeliver(
        officer_emergency=table.truth("officer_emergency"),
        own_tasking=table.truth("own_tasking"),
        must_ack=table.truth("must_ack"),
        threat_grade=table.grade("threat_grade"),
        threat_hazards=table.hazards("threat_hazards"),
        threat_half_lives=table.number("threat_half_lives", low=0.1, high=1_000),
        threat_reach_x=table.number("threat_reach_x", low=0.1, high=1),
    )
    table.finish()
    for name in ("officer_emergency", "own_tasking", "must_ack"):
        if not getattr(must, name):
            raise table.wrong(name, "silences a part of the must-deliver set")
    if not must.threat_hazards:
        raise table.wrong("threat_hazards", "is empty: no threat to life would be must-deliver")
    return must


def _replay(table: Table) -> ReplayAges:
    ages = ReplayAges(**{name: table.number(name, low=0, high=86_400) for name in ReplayAges.__slots__})
    table.finish()
    return ages


_TABLES = {
    "schema", "name", "edition", "grades", "categories", "fallback", "hazards", "terms", "roles", "bands", "styles",
    "noise", "must_deliver", "replay",
}  # fmt: skip


def _nothing_else(source: PolicyText) -> None:
    for name in source.tables:
        if name not in _TABLES:
            raise (
                source.wrong(name, "", "is not a table that a policy has")
                if isinstance(source.tables[name], dict)
                else source.wrong("", name, "is not a key that a policy has")
            )
    for path, known in (("grades", set(Grade)), ("styles", set(ACTIVITIES[:-1]))):
        for name in source.table(path).names():
            if name not in known:
                raise source.wrong(f"{path}.{name}", "", f"is not one of: {', '.join(sorted(known))}")
