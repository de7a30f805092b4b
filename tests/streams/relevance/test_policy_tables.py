"""The compiled tables say what the file says."""

from __future__ import annotations

import numpy as np
import pytest

from geo.codebook import Codebooks
from geo.model import Grade, Hazard, hazard_mask
from streams.relevance.policy import load_policy
from streams.relevance.policy_tables import GRADES, bind


def test_grades_are_columns_by_rank() -> None:
    assert [grade.rank for grade in GRADES] == [0, 1, 2, 3]
    policy = load_policy("uk")
    row = policy.row_of("missing_person")
    rule, grade = policy.rule_of("missing_person"), policy.grades[Grade.PRIORITY]
    assert policy.tables.half_life_s[row, 2] == pytest.approx(rule.half_life_x * grade.half_life_s)
    assert policy.tables.reach_m[row, 2] == pytest.approx(rule.reach_x * grade.reach_m)
    assert policy.tables.severity[row, 2] == pytest.approx(rule.severity + grade.severity)


def test_hazards_add_up_to_their_bound() -> None:
    table = load_policy("uk").tables.hazard
    assert len(table) == 1 << len(Hazard)
    assert table[0] == 0
    assert table[hazard_mask((Hazard.WEAPON,))] == pytest.approx(0.7)
    assert table[hazard_mask((Hazard.WEAPON, Hazard.DOG))] == pytest.approx(1.0)
    assert table.max() == pytest.approx(1.2)


def test_roles_and_wanted_skills_are_bound_to_codes() -> None:
    policy, books = load_policy("uk"), Codebooks()
    books.roles.code("traffic")
    bound = bind(policy.tables, books, policy.row_of)
    assert bound.any_role
    assert bound.role[1, policy.row_of("road_collision")] == 1
    assert bound.role[1, policy.row_of("burglary")] == -1
    assert not bound.role[0].any()
    skill = books.skills.find("firearms")
    assert skill is not None
    assert bound.wanted[policy.row_of("firearms")] == np.int64(1) << (skill - 1)
