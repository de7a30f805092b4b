"""What the summary card says."""

from __future__ import annotations

import math

from streams.relevance.card_words import why_card


def texts(counts: dict[str, float], facts: dict[str, float], where: str = "") -> list[str]:
    return [why.text for why in why_card(counts, facts, where)]


def test_it_counts_and_names_the_most_frequent_kinds_and_the_nearest() -> None:
    counts = {"theft": 1.0, "burglary": 9.0, "road_collision": 3.0, "alarm": 2.0, "": math.nan}
    assert texts(counts, {"count": 15.0}, "220 m north") == [
        "15 more near you in 10 min",
        "9 burglary, 3 road collision, 2 alarm, 1 other",
        "nearest 220 m north",
    ]


def test_what_is_not_known_is_not_said() -> None:
    assert texts({"burglary": 2.0}, {"count": 2.0}) == ["2 more near you in 10 min", "2 burglary"]


def test_a_card_that_is_withdrawn_counts_nothing() -> None:
    assert texts({}, {"count": 0.0}) == ["nothing more for now"]
    assert texts({}, {}) == ["nothing more for now"]
