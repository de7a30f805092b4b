"""Postings in two levels against a plain dictionary, and cells against the boxes painted into them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cells import LEVELS, MOST_CELLS_ACROSS, Postings, cells_at, levels_of, paint


@settings(max_examples=60)
@given(
    st.lists(st.dictionaries(st.integers(0, 40), st.sets(st.integers(0, 30), max_size=5), max_size=8), max_size=25),
    st.booleans(),
)
def test_postings_are_a_dictionary(batches: list[dict[int, set[int]]], ask_between: bool) -> None:
    postings, plain = Postings(), dict[int, set[int]]()
    everything = np.arange(32)
    for batch in batches:
        owners = np.array([slot for slot, keys in batch.items() for _ in keys], np.int32)
        keys = np.array([key for keys in batch.values() for key in keys], np.int64)
        postings.put(np.array(list(batch), np.int32), keys, owners)
        plain |= batch
        if ask_between:
            postings.find(everything)
    row, slot = postings.find(everything)
    found = list(zip(everything[row].tolist(), slot.tolist(), strict=True))
    assert len(found) == len(set(found)) == len(postings)
    assert set(found) == {(key, slot) for slot, keys in plain.items() for key in keys}


def test_thousands_of_changes_leave_no_old_entry_behind() -> None:
    """Far enough for the small level to be merged into the main one, more than once."""
    random, postings, now_at = np.random.default_rng(5), Postings(), np.zeros(3_000, np.int64)
    for _ in range(20):
        slots = random.permutation(3_000)[:1_500].astype(np.int32)
        keys = random.integers(0, 500, 1_500)
        postings.put(slots, keys, slots)
        now_at[slots] = keys + 1
        row, slot = postings.find(np.arange(500))
        assert len(slot) == np.count_nonzero(now_at)
        np.testing.assert_array_equal(now_at[slot], row + 1)
    assert set(postings.keys().tolist()) >= set((now_at[now_at > 0] - 1).tolist())


boxes = st.tuples(
    st.floats(-180, 180), st.floats(-89, 89), st.floats(0, 2.0) | st.floats(0, 0.02), st.floats(0, 1.0)
).map(lambda b: (b[0], b[1], b[0] + b[2], min(b[1] + b[3], 90.0)))


@given(st.lists(boxes, min_size=1, max_size=5), st.floats(0, 1), st.floats(0, 1))
def test_every_place_in_a_box_finds_it_once(
    painted: list[tuple[float, float, float, float]], across: float, up: float
) -> None:
    array = np.array(painted)
    row, key = paint(array)
    assert len({*zip(row.tolist(), key.tolist(), strict=True)}) == len(row)
    lon = array[:, 0] + across * (array[:, 2] - array[:, 0])
    lat = array[:, 1] + up * (array[:, 3] - array[:, 1])
    lon = np.where(lon > 180, lon - 360, lon)
    for box in range(len(array)):
        mine = set(key[row == box].tolist())
        (level,) = levels_of(key[row == box])
        hits = mine & set(cells_at(lon[box : box + 1], lat[box : box + 1], level).tolist())
        assert len(hits) == 1
        assert len(mine) <= (MOST_CELLS_ACROSS + 2) ** 2


def test_large_boxes_go_to_coarse_levels_and_the_whole_world_is_painted_once() -> None:
    row, key = paint(np.array([[-1.0, 53.0, -0.999, 53.001], [-200.0, -90.0, 200.0, 90.0]]))
    fine, coarse = levels_of(key[row == 0])[0], levels_of(key[row == 1])[0]
    assert LEVELS[fine] == 17
    assert LEVELS[coarse] == 1
    for lon in (-180.0, -90.0, 0.0, 90.0, 180.0):
        assert cells_at(np.array([lon]), np.array([90.0]), coarse)[0] in key[row == 1]


def test_the_antimeridian_is_one_place() -> None:
    _, key = paint(np.array([[179.99, -17.0, 180.01, -16.99]]))
    level = levels_of(key)[0]
    for lon in (180.0, -180.0, -179.995, 179.995):
        assert cells_at(np.array([lon]), np.array([-16.995]), level)[0] in key
