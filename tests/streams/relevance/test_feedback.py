"""Officers' answers as one bounded figure."""

from __future__ import annotations

import numpy as np
import pytest

from geo.model import Disposition
from streams.relevance.feedback import Feedback


def of(feedback: Feedback, slot: int) -> float:
    return float(feedback.of(np.array([slot], np.int32))[0])


def test_one_answer_moves_it_by_a_quarter_and_many_never_beyond_one() -> None:
    feedback = Feedback()
    assert of(feedback, 5_000) == 0
    feedback.add(3, Disposition.ATTENDING)
    assert of(feedback, 3) == pytest.approx(0.25)
    for _ in range(1_000):
        feedback.add(3, Disposition.ATTENDING)
    assert 0.9 < of(feedback, 3) <= 1


def test_answers_pull_both_ways_and_a_freed_slot_starts_anew() -> None:
    feedback = Feedback()
    feedback.add(200, Disposition.NOT_RELEVANT)
    assert of(feedback, 200) < 0
    feedback.add(200, Disposition.ATTENDING)
    assert of(feedback, 200) == 0
    feedback.add(200, Disposition.HANDLED)
    feedback.forget(200)
    assert of(feedback, 200) == 0
