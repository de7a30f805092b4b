"""The relevance policy file: load, check, version; what it says of one record."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from geo.clock import SECOND, Instant
from geo.codebook import Codebooks
from geo.model import Emergency, Grade, Hazard, Record, Summary, UnitStatus, Verdict
from streams.errors import PolicyError
from streams.relevance.policy_file import PolicyText, nearest
from streams.relevance.policy_reading import unknown, values
from streams.relevance.policy_schema import STYLED, VERSION
from streams.relevance.policy_tables import (
    BoundTables,
    CategoryRule,
    GradeRule,
    PolicyTables,
    bind,
    compile_tables,
)
from streams.relevance.source_codes import Codes, read_sources

log = logging.getLogger("beatline.policy")

SHIPPED = ("uk", "san_francisco")
MOST_UNKNOWN = 1_000
"""Unknown codes that are kept apart and said: a source that sends nonsense fills neither memory nor log."""


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


ACTIVITIES = (*STYLED, "off_duty")
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
        _schema(source)
        top = values(source, "")
        for problem in unknown(source):
            raise problem
        self.file = source.file
        self.name: str = top["name"]
        digest = hashlib.blake2b(source.text.encode(), digest_size=4).hexdigest()
        self.version = f"{self.name} {top['edition']} {digest}"
        self.grades = {grade: _grade_rule(source, grade) for grade in Grade}
        self.categories = _categories(source)
        self.fallback = _fallback(source, self.categories)
        self.terms: Mapping[str, float] = values(source, "terms")
        """Weights of the score's terms, by name: see :data:`streams.relevance.policy_schema.TERMS`."""
        self.bands = _bands(source)
        self.styles = _styles(source)
        self.noise = NoiseLimits(**values(source, "noise"))
        self.must_deliver = _must_deliver(source)
        self.replay = ReplayAges(**values(source, "replay"))
        self.tables: PolicyTables = compile_tables(self.grades, self.categories, source)
        self.sources: Mapping[str, Codes] = _sources(source, self.categories, self.fallback)
        """How a source's own codes are read, by the feed's name or the records' ``source``."""
        self._rows = {code: row for row, code in enumerate(self.categories)}
        self.unknown_codes: Counter[str] = Counter()
        """What records have said that this policy does not know, and how often it was met: ``category 'zeppelin'``."""
        self._bound: tuple[Codebooks, BoundTables] | None = None

    # one record
    def known(self, category: str) -> bool:
        return category in self._rows

    def row_of(self, category: str) -> int:
        """The category's row in ``tables``. An unknown one: the fallback's, reported once."""
        row = self._rows.get(category)
        if row is None:
            self.met_unknown({f"category {category!r}": 1})
            row = self._rows[self.fallback]
        return row

    def met_unknown(self, codes: Mapping[str, int]) -> None:
        """Counts codes that it falls back for, and says so the first time that this process meets each."""
        for code, count in codes.items():
            if code not in self.unknown_codes:
                if len(self.unknown_codes) >= MOST_UNKNOWN:
                    continue
                log.warning("policy %s does not know %s, and falls back", self.name, code)
            self.unknown_codes[code] += count

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

    def expires_at(self, record: Record) -> Instant | None:
        """What an alert says of when it ends; a summary card ends when the flood does."""
        return None if isinstance(record, Summary) else self.lifetime_and_reach(record)[0]

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


# --------------------------------------------------------------------------- what the schema alone does not say
def refusals(source: PolicyText) -> Iterator[PolicyError]:
    """All for which :class:`Policy` would refuse it besides single values: it stops at the first itself."""
    for look in (_schema, _categories, lambda source: _fallback(source, _categories(source))):
        yield from _raised(look, source)
    for problems in (_bands_wrong, _styles_wrong, _must_deliver_wrong):
        try:
            yield from problems(source)
        except PolicyError as error:
            yield error


def _raised(look: Callable[[PolicyText], object], source: PolicyText) -> Iterator[PolicyError]:
    try:
        look(source)
    except PolicyError as error:
        yield error


def _schema(source: PolicyText) -> None:
    if source.table("").number("schema", low=0, high=1_000) != VERSION:
        raise source.wrong("", "schema", f"must be {VERSION}: this Beatline reads no other")


def _grade_rule(source: PolicyText, grade: Grade) -> GradeRule:
    given = values(source, f"grades.{grade.value}")
    return GradeRule(lifetime_s=60 * given.pop("lifetime_min"), **given)


def _categories(source: PolicyText) -> dict[str, CategoryRule]:
    codes = source.table("categories").names()
    if "officer_emergency" not in codes:
        raise source.wrong("categories", "", "lacks officer_emergency: it is must-deliver")
    return {code: CategoryRule(code=code, **values(source, f"categories.{code}")) for code in codes}


def _fallback(source: PolicyText, categories: dict[str, CategoryRule]) -> str:
    code: str = values(source, "fallback")["category"]
    if code not in categories:
        told = f"{code!r} is not one of this policy's categories{nearest(code, categories)}"
        raise source.wrong("fallback", "category", told)
    return code


def _sources(source: PolicyText, categories: dict[str, CategoryRule], fallback: str) -> dict[str, Codes]:
    sources, wrong = read_sources(source, categories, fallback)
    for problem in wrong:
        raise problem
    return sources


def _bands(source: PolicyText) -> Bands:
    for problem in _bands_wrong(source):
        raise problem
    return Bands(**values(source, "bands"))


def _bands_wrong(source: PolicyText) -> Iterator[PolicyError]:
    given = values(source, "bands")
    for upper, lower in (("p1", "p2"), ("p2", "p3"), ("p3", "p4")):
        if given[upper] <= given[lower]:
            yield source.wrong("bands", upper, f"must be above {lower}")


def _styles(source: PolicyText) -> tuple[tuple[Verdict, ...], ...]:
    """[activity][priority - 1] -> Verdict; the last row is off duty."""
    for problem in _styles_wrong(source):
        raise problem
    rows = (tuple(values(source, f"styles.{activity}").values()) for activity in STYLED)
    return (*rows, (Verdict.NONE,) * 4)


def _styles_wrong(source: PolicyText) -> Iterator[PolicyError]:
    for activity in STYLED:
        row: tuple[Verdict, ...] = tuple(values(source, f"styles.{activity}").values())
        for priority in (1, 2, 3):
            if row[priority] > row[priority - 1]:
                yield source.wrong(f"styles.{activity}", f"p{priority + 1}", f"must not be louder than p{priority}")
    if values(source, "styles.available")["p1"] < Verdict.NOTIFY:
        yield source.wrong("styles.available", "p1", "hides the must-deliver set from officers who are available")


def _must_deliver(source: PolicyText) -> MustDeliver:
    for problem in _must_deliver_wrong(source):
        raise problem
    return MustDeliver(**values(source, "must_deliver"))


def _must_deliver_wrong(source: PolicyText) -> Iterator[PolicyError]:
    must = values(source, "must_deliver")
    for name in ("officer_emergency", "own_tasking", "must_ack"):
        if not must[name]:
            yield source.wrong("must_deliver", name, "silences a part of the must-deliver set")
    if not must["threat_hazards"]:
        yield source.wrong("must_deliver", "threat_hazards", "is empty: no threat to life would be must-deliver")
