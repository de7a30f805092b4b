"""The tables say what was measured, and that searches are no crimes; the pages hold the same and a plot."""

from __future__ import annotations

from app.briefing_quality.held_back import Caught, Judged, Method
from app.briefing_quality.promises import Promised
from app.briefing_quality.shifts import Evaluated, Found, OneShift
from app.briefing_quality.words import (
    NO_PLACES,
    SEARCHES,
    evaluated_page,
    evaluated_text,
    judged_page,
    judged_text,
    percent,
    promised_text,
)

CAUGHT = tuple(Caught(area, 0.5, 0.4, 0.6) for area in (0.01, 0.05, 0.1))
METHODS = tuple(Method(name, CAUGHT) for name in ("problem places", "plain counts", "evenly"))
BETTER = (Caught(0.01, 0.0, -0.1, 0.1), Caught(0.05, 0.02, 0.01, 0.03), Caught(0.1, -0.02, -0.03, -0.01))
JUDGED = Judged(900, 100, 9.0, 4.0, 12.0, METHODS, BETTER, 0.81, 0.83, 40)
FOUND = Found(happened=4, briefing=2, last=1, as_long=1)
SHIFT = OneShift("n1", 0, FOUND, Found(1, 1, 0, 0), 8, 2, 20, 1, (("safety", 5, 1), ("live", 3, 1)), 9, 18, 0.05)


def test_no_difference_is_said_as_none() -> None:
    text = "\n".join(judged_text(JUDGED, "a.csv", searches=False))
    assert "No difference that these weeks could show." in text
    assert "50.0 % (40.0..60.0)" in text
    assert SEARCHES not in text
    assert SEARCHES in "\n".join(judged_text(JUDGED, "a.csv", searches=True))
    assert "The surface catches more." in text
    assert "Plain counts catch more." in text
    page = judged_page(JUDGED, judged_text(JUDGED, "a<b>.csv", searches=True))
    assert "<svg" in page
    assert "a&lt;b&gt;.csv" in page


def test_the_briefings_table_has_both_ways_and_what_it_costs() -> None:
    done = Evaluated((SHIFT, SHIFT), 1, 30)
    text = "\n".join(evaluated_text(done, "a.csv"))
    assert "50.0 %" in text
    assert "25.0 %" in text
    assert "of them above routine (2)" in text
    assert "Officer safety" in text
    assert "80.0 %  of 10" in text
    assert "50 ms" in text
    assert "<svg" in evaluated_page(done, [text])
    assert "\n".join(evaluated_text(Evaluated((), 0, 0), "none.csv"))
    assert NO_PLACES not in text
    assert NO_PLACES in list(evaluated_text(done, "a.csv", searches=True))
    assert percent(float("nan")) == "-"


def test_what_was_promised_stands_beside_what_came() -> None:
    text = "\n".join(promised_text([Promised(8, 100, 12.4, 20.1, 13, 95)]))
    assert "08:00" in text
    assert text.split()[-6:] == ["100", "12", "20", "13", "95.0", "%"]
    assert "".join(promised_text([])) == ""
