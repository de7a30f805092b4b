"""The curve's scenes hold the same work whatever their size, and its text shows every tick."""

from __future__ import annotations

import numpy as np

from app.bench.curve import CHANGED, MOVED, NOW, _decided, _picture, _scene, _with_units, drawn, measure
from geo.codebook import Codebooks
from streams import matching
from streams.relevance.policy import load_policy


def test_the_same_units_have_the_same_pairs_in_reach_whatever_is_beyond() -> None:
    policy, nobody = load_policy("uk"), np.zeros(0, np.int32)
    pairs = []
    for records in (1_000, 4_000):
        books = Codebooks()
        picture = _picture(records, policy, books, 8.0)
        for units in (1_000, 3_000):
            scene = _with_units(units, records, picture, books, 4.0)
            assert min(len(scene.middle_units), len(scene.middle_records)) >= CHANGED
            pairs.append(_decided(scene, policy, scene.middle_units[:100], nobody) / 100)
    assert max(pairs) < 1.3 * min(pairs)
    assert min(pairs) > 10


def test_denser_means_as_many_more_pairs() -> None:
    policy, nobody = load_policy("uk"), np.zeros(0, np.int32)
    found = []
    for density in (1.0, 4.0):
        scene = _scene(1_000, 1_000, policy, density)
        found.append(_decided(scene, policy, scene.middle_units[:MOVED], nobody) / len(scene.middle_units[:MOVED]))
    assert 2.0 < found[1] / found[0] < 5.0


def test_what_is_decided_is_what_the_pipeline_would_match() -> None:
    policy = load_policy("uk")
    scene = _scene(300, 300, policy, 1.0)
    units, records = scene.middle_units[:20], scene.middle_records[:5]
    by_units = matching.of_officers(scene.picture, scene.situations, units, NOW, True)
    by_records = matching.of_records(scene.picture, scene.situations, records, NOW)
    assert _decided(scene, policy, units, records) == len(by_units) + len(by_records)


def test_each_tick_is_a_figure_and_a_bar() -> None:
    said: list[str] = []
    figures = measure(sizes=(200, 400), densities=(1, 2), rounds=1, say=said.append)
    assert figures[0].unit == "times"
    assert "4-fold" in figures[0].note
    assert [figure.unit for figure in figures[1:]] == ["ms"] * (4 + 2 + 2 + 2)
    assert said[0].count("#\n") + said[0].endswith("#") == 10
    assert drawn({}) == ""
