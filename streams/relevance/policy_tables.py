"""A policy compiled into numpy tables: by category row, grade rank, hazard mask, 3x5x2 grade and role."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from geo.codebook import Codebooks, skill_mask
from geo.model import Grade, Hazard
from geo.pairs import Float32, Int32, Int64
from streams.relevance.policy_file import PolicyText, nearest
from streams.relevance.policy_reading import values

GRADES = sorted(Grade, key=lambda grade: grade.rank)
"""Grades by rank: column 0 is routine, 3 emergency."""


@dataclass(frozen=True, slots=True)
class GradeRule:
    """What a grade gives to every record of it."""

    reach_m: float
    half_life_s: float
    news_half_lives: float
    lifetime_s: float
    severity: float


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """How a category differs from its grade, and what grade it has by default."""

    code: str
    label: str
    grade: Grade
    reach_x: float
    half_life_x: float
    lifetime_x: float
    severity: float
    requires: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyTables:
    """Float32 tables [category row, grade rank]; ``hazard`` by hazard mask; ``certainty`` by source x 6 + information
    (0 where there is none), to be weighted; ``roles`` names -> Float32 [category row] of -1..1;
    ``requires`` skills by category row."""

    reach_m: Float32
    half_life_s: Float32
    news_s: Float32
    lifetime_s: Float32
    severity: Float32
    hazard: Float32
    certainty: Float32
    roles: dict[str, Float32]
    requires: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class BoundTables:
    """The same by the codes of this process's books, which grow: ``sizes`` says up to where.

    ``row`` category code -> table row; ``role`` Float32 [role code, row]; ``wanted`` Int64 [row], the skill bits that
    a category requires. ``any_role`` is false where neither says anything, and the term need not be worked out.
    """

    sizes: tuple[int, int, int]
    row: Int32
    role: Float32
    wanted: Int64
    any_role: bool


def bind(tables: PolicyTables, books: Codebooks, row_of: Callable[[str], int]) -> BoundTables:
    """Tables by category row -> by the codes of these books."""
    categories, roles, skills = books.categories, books.roles, books.skills
    nothing = np.zeros(len(tables.requires), np.float32)
    role = np.stack([tables.roles.get(text, nothing) for text in roles.texts])
    wanted = np.array([skill_mask(skills, needed) for needed in tables.requires], np.int64)
    return BoundTables(
        sizes=(len(categories), len(roles), len(skills)),
        row=np.array([row_of(text) if text else 0 for text in categories.texts], np.int32),
        role=role,
        wanted=wanted,
        any_role=bool(role.any() or wanted.any()),
    )


def compile_tables(
    grades: Mapping[Grade, GradeRule], categories: Mapping[str, CategoryRule], source: PolicyText
) -> PolicyTables:
    """Raises PolicyError for a hazard or role entry that is not understood."""
    rules = list(categories.values())
    by_grade = [grades[grade] for grade in GRADES]
    return PolicyTables(
        reach_m=_outer([r.reach_x for r in rules], [g.reach_m for g in by_grade]),
        half_life_s=_outer([r.half_life_x for r in rules], [g.half_life_s for g in by_grade]),
        news_s=_outer([1.0 for _ in rules], [g.half_life_s * g.news_half_lives for g in by_grade]),
        lifetime_s=_outer([r.lifetime_x for r in rules], [g.lifetime_s for g in by_grade]),
        severity=np.add.outer(
            np.array([r.severity for r in rules], np.float32), np.array([g.severity for g in by_grade], np.float32)
        ),
        hazard=_hazards(source),
        certainty=_certainty(source),
        roles=_roles(source, {rule.code: row for row, rule in enumerate(rules)}),
        requires=tuple(rule.requires for rule in rules),
    )


def _outer(factors: list[float], bases: list[float]) -> Float32:
    return np.multiply.outer(np.array(factors, np.float32), np.array(bases, np.float32))


def _hazards(source: PolicyText) -> Float32:
    """Hazard mask -> summed log-odds, at most ``at_most``: a table of 2 ** len(Hazard)."""
    weights = values(source, "hazards")
    sums = np.zeros(1, np.float32)
    for hazard in Hazard:
        sums = np.concatenate([sums, sums + np.float32(weights[hazard.value])])
    return np.minimum(sums, np.float32(weights["at_most"]))


def _certainty(source: PolicyText) -> Float32:
    """Source x 6 + information -> what the evaluation counts; 0 for what carries none."""
    table = np.zeros((4, 6), np.float32)
    for evaluation, figure in values(source, "certainty").items():
        table[int(evaluation[0]), "ABCDE".index(evaluation[1]) + 1] = figure
    return table.reshape(-1)


def _roles(source: PolicyText, row_of: Mapping[str, int]) -> dict[str, Float32]:
    table = source.table("roles")
    roles: dict[str, Float32] = {}
    for role, entries in values(source, "roles").items():
        column = np.zeros(len(row_of), np.float32)
        for entry in entries:
            code = entry.removeprefix("-")
            if code not in row_of:
                raise table.wrong(
                    role, f"names {code!r}, which is not one of this policy's categories{nearest(code, row_of)}"
                )
            column[row_of[code]] = -1.0 if entry.startswith("-") else 1.0
        roles[role] = column
    return roles
