"""The tables say what was measured, and that searches are no crimes; the pages hold the same and a plot."""

from __future__ import annotations

from app.briefing_quality.held_back import Caught, Judged, Method
from app.briefing_quality.shifts import Evaluated, OneShift
from app.briefing_quality.words import (
    SEARCHES,
    evaluated_page,
    evaluated_text,
    judged_page,
    judged_text,
    percent,
)

CAUGHT = tuple(Caught(area, 0.5, 0.4, 0.6) for area in (0.01, 0.05, 0.1))
METHODS = tuple(Method(name, CAUGHT) for name in ("problem places", "plain counts", "evenly"))
JUDGED = Judged(900, 100, 9.0, 4.0, 12.0, METHODS, Caught(0.05, 0.01, -0.01, 0.03), 0.81, 40)
SHIFT = OneShift("n1", 0, 4, 2, 1, 8, 2, 20, 1, 9, 18, 0.05)


def test_no_difference_is_said_as_none() -> None:
    text = "\n".join(judged_text(JUDGED, "a.csv", searches=False))
    assert "No difference that these weeks could show." in text
    assert "50.0 % (40.0..60.0)" in text
    assert SEARCHES not in text
    assert SEARCHES in "\n".join(judged_text(JUDGED, "a.csv", searches=True))
    page = judged_page(JUDGED, "a<b>.csv", searches=True)
    assert "<svg" in page
    assert "a&lt;b&gt;.csv" in page


def test_the_briefings_table_has_both_ways_and_what_it_costs() -> None:
    done = Evaluated((SHIFT, SHIFT), 1, 30)
    text = "\n".join(evaluated_text(done, "a.csv"))
    assert "50.0 %" in text
    assert "25.0 %" in text
    assert "0.250" in text
    assert "50 ms" in text
    assert "<svg" in evaluated_page(done, "a.csv")
    assert "\n".join(evaluated_text(Evaluated((), 0, 0), "none.csv"))
    assert percent(float("nan")) == "-"
