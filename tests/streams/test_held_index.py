"""Sorted keys in two levels find what a dictionary finds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import held_index
from streams.held_index import PairIndex, keys_of

PAIRS = st.sets(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60)


def keys(pairs: list[tuple[int, int]]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    left = np.array([pair[0] for pair in pairs], np.int32)
    return keys_of(left, np.array([pair[1] for pair in pairs], np.int32))


@settings(max_examples=100, deadline=None)
@given(st.lists(PAIRS, max_size=6), PAIRS)
def test_it_finds_what_a_dictionary_finds(batches: list[set[tuple[int, int]]], asked: set[tuple[int, int]]) -> None:
    index, known = PairIndex(), dict[tuple[int, int], int]()
    for batch in batches:
        new = sorted(batch - set(known))
        rows = np.arange(len(known), len(known) + len(new), dtype=np.int32)
        index.add(keys(new), rows)
        known.update(zip(new, rows.tolist(), strict=True))
    questions = sorted(asked)
    assert index.find(keys(questions)).tolist() == [known.get(pair, -1) for pair in questions]
    left = np.unique(np.array([pair[0] for pair in questions], np.int32))
    expected = sorted(row for pair, row in known.items() if pair[0] in left)
    assert sorted(index.rows_of_left(left).tolist()) == expected
    assert len(index) == len(known)


def test_the_small_level_is_merged_and_rows_can_be_forgotten(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(held_index, "SMALL_LEVEL", 4)
    index = PairIndex()
    for row in range(20):
        index.add(keys([(row % 5, row)]), np.array([row], np.int32))
    gone = np.zeros(20, np.bool_)
    gone[[0, 19]] = True
    index.remove(gone)
    assert len(index) == 18
    assert index.find(keys([(0, 0), (1, 1), (4, 19)])).tolist() == [-1, 1, -1]
