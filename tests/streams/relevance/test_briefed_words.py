"""What has changed of an item is said in one line, and comes through a float32 unharmed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.relevance.briefed_words import Change, briefed_text, fact_of
from streams.relevance.wording import LINE


@pytest.mark.parametrize(
    ("item", "change", "text"),
    [
        (7, Change.GRADED_UP | Change.MOVED, "item 7 of your briefing: graded up, moved"),
        (12, Change(0), "item 12 of your briefing: corrected"),
        (0, Change.HAZARD, "an earlier briefing: new hazard"),
        (3, Change.OVER, "item 3 of your briefing: over, corrected"),
        (3, Change.OVER | Change.HAZARD, "item 3 of your briefing: over, new hazard"),
        (1, Change.ATTENDED, "item 1 of your briefing: a unit is there"),
    ],
)
def test_what_has_changed_is_said(item: int, change: Change, text: str) -> None:
    assert briefed_text(fact_of(item, change)) == text


@given(item=st.integers(0, 5_000), change=st.integers(0, 127))
def test_every_change_fits_on_a_line_and_into_a_float32(item: int, change: int) -> None:
    fact = fact_of(item, change)
    assert float(np.float32(fact)) == fact
    text = briefed_text(float(np.float32(fact)))
    assert 0 < len(text) <= LINE
    assert (f"item {min(item, 999)} " in text) == (item > 0)


@given(fact=st.floats(allow_nan=True, allow_infinity=True))
def test_what_is_no_such_fact_says_nothing(fact: float) -> None:
    assert len(briefed_text(fact)) <= LINE
    assert briefed_text(float("nan")) == ""
    assert briefed_text(float("inf")) == briefed_text(-1.0) == ""
