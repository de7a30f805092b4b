"""Each chapter says in words, in a plot and in a table what the figures say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import numpy as np

from app.report.figures import UnitFigures
from app.report.sections import by_hour, by_unit, comparison, glossary, held_back, waits
from app.report.words import GLOSSARY
from tests.app.report.scene import evening, nothing

FIGURES = replace(evening().figures, interrupts=62, everything=1_083, must=20, notices=100, hours_on_duty=100.0)


def test_the_comparison_is_per_officer_hour() -> None:
    html = comparison(FIGURES)
    assert "17 times fewer" in html
    assert "0.62 an hour" in html
    assert '<td class="n">1,083</td><td class="n">11</td>' in html
    assert "Nobody was interrupted" in comparison(replace(FIGURES, interrupts=0))


def test_what_was_held_back_is_shown_with_its_reason_and_a_long_tail_is_summed() -> None:
    fates = tuple((f"Reason {number}", 100 - number) for number in range(12))
    html = held_back(replace(FIGURES, fates=fates, quiet=(("Too far", 1_234, 56),)))
    assert "Reason 8" in html
    assert "Reason 9" not in html
    assert f">{91 + 90 + 89}</text>" in html
    assert '<th scope="row">Too far</th><td class="n">1,234</td><td class="n">56</td>' in html


def test_every_hour_has_its_row() -> None:
    html = by_hour(FIGURES, UTC)
    assert html.count("<tr>") == len(FIGURES.hours) + 1
    assert "The fullest hour began at 10:00" in html


def test_units_are_listed_the_most_interrupted_first() -> None:
    units = tuple(UnitFigures(f"U{n}", 10.0, n * 10, 5, 100, n, 0) for n in range(4))
    html = by_unit(replace(FIGURES, units=units, windows=(90, 8, 2, 1)), UTC)
    assert [html.index(f">U{n}<") for n in (3, 2, 1, 0)] == sorted(html.index(f">U{n}<") for n in range(4))
    assert "half have at most 1.5, the most is 3" in html
    assert "89 % (90)" in html
    assert "under 1 % (1)" in html


def test_waits_are_in_classes_and_what_is_missing_is_said() -> None:
    must = np.array([0.1, 4.0, 5.4, 7.0, 700.0])
    html = waits(replace(FIGURES, must_waits_s=must, must_due=6, must_told=5))
    assert "1 are missing" in html or "1 is missing" in html
    assert '<th scope="row">≤ 5 s</th><td class="n">3</td>' in html
    assert '<th scope="row">longer</th><td class="n">1</td>' in html
    assert "the longest 12 min" in html
    assert "every time." in waits(replace(FIGURES, must_due=2, must_told=2))


def test_every_word_is_explained() -> None:
    html = glossary()
    assert all(f"<dt>{word}</dt>" in html for word, _ in GLOSSARY)


def test_nothing_at_all_is_no_error() -> None:
    figures = nothing().figures
    chapters = (comparison(figures), held_back(figures), by_hour(figures, UTC), by_unit(figures, UTC), waits(figures))
    assert all(chapter.startswith("<section") for chapter in chapters)
