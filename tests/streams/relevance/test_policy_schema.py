"""The schema is whole: every key explained and used, and every table has its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from geo.model import Grade, Hazard
from streams.relevance.policy import Bands, MustDeliver, NoiseLimits, ReplayAges, load_policy
from streams.relevance.policy_schema import CERTAINTY, SECTIONS, Kind, form_of
from streams.relevance.policy_schema import TERMS as WEIGHTS
from streams.relevance.terms import TERMS
from tests.streams.scene import Scene, incident


def test_every_key_says_what_it_means_and_every_number_has_bounds() -> None:
    for path, section in SECTIONS.items():
        assert section.meaning.endswith(".")
        assert section.keys or section.others, path
        for name, key in section.keys.items():
            assert key.meaning, (path, name)
            if key.kind is Kind.NUMBER:
                assert key.low <= key.high, (path, name)
                assert key.low or key.high, (path, name)
                assert key.default is None or key.low <= float(str(key.default)) <= key.high, (path, name)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("", ""),
        ("terms", "terms"),
        ("grades.priority", "grades.*"),
        ("categories.officer_emergency", "categories.*"),
        ("grades", None),
        ("terms.reach", None),
        ("a.b.c", None),
    ],
)
def test_the_form_of_a_table(path: str, form: str | None) -> None:
    assert form_of(path) == form


def test_tables_that_are_read_whole_have_the_keys_of_what_they_become() -> None:
    for path, made in (("bands", Bands), ("noise", NoiseLimits), ("must_deliver", MustDeliver), ("replay", ReplayAges)):
        assert set(SECTIONS[path].keys) == set(made.__slots__)
    assert SECTIONS["grades.*"].names == tuple(Grade)
    assert set(SECTIONS["hazards"].keys) == {"at_most", *Hazard}


def test_every_weight_is_read_by_a_term() -> None:
    class Spied(Mapping[str, float]):
        def __init__(self, weights: Mapping[str, float]) -> None:
            self.weights, self.read = weights, set[str]()

        def __getitem__(self, name: str) -> float:
            self.read.add(name)
            return self.weights[name]

        def __iter__(self) -> Iterator[str]:
            return iter(self.weights)

        def __len__(self) -> int:
            return len(self.weights)

    policy = load_policy("uk")
    spied = policy.terms = Spied(policy.terms)
    scene = Scene(policy)
    scene.officer()
    scene.record(incident())
    scene.scored()
    assert spied.read == set(WEIGHTS)


def test_what_is_always_said_alike_belongs_to_a_term() -> None:
    assert {name for name, weight in WEIGHTS.items() if weight.said} <= set(TERMS)


def test_the_figures_of_3x5x2_are_in_the_standards_order_both_ways() -> None:
    table = np.array([[CERTAINTY[f"{source}{letter}"].default for letter in "ABCDE"] for source in "123"], float)
    assert np.all(np.diff(table, axis=0) < 0)
    assert np.all(np.diff(table, axis=1) < 0)
    assert (table[0, 0], table[2, 4]) == (1.0, -3.0)
