"""Refusals as values: a code for the counter, a sentence for the sender."""

from __future__ import annotations

from geo.reasons import Problem, Reason, Refused, refused


def test_a_refusal_is_counted_under_its_first_problem_and_says_all_of_them() -> None:
    refusal = Refused((Problem("title", Reason.MISSING, "is required"), Problem("", Reason.BAD_ROW, "is short")))
    assert refusal.reason is Reason.MISSING
    assert refusal.message == "title: is required; is short"


def test_one_problem_makes_a_refusal() -> None:
    assert refused("a", Reason.TOO_LONG, "b") == Refused((Problem("a", Reason.TOO_LONG, "b"),))


def test_codes_are_words_that_stay() -> None:
    assert {"no_source_id", "no_zone", "end_before_start", "null_island", "swapped", "out_of_area"} <= set(Reason)
