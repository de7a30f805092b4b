"""Plots are well-formed, tell what they show, and have an axis that a person can read."""

from __future__ import annotations

import math
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.report.plots import WIDE, Bar, Series, bars, columns, legend, scale


class Marks(HTMLParser):
    """Every element with its attributes, and all the text."""

    def __init__(self, svg: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(svg)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.found if name == tag]


ROWS = (Bar("With", 20, "interrupt"), Bar("Without & <all>", 80, "nothing", "80 an hour"))
SERIES = (Series("Low", "notify", (1, 0, 3)), Series("High", "must", (2, 0, 1)))


def width(rect: dict[str, str | None]) -> float:
    return float(rect["width"] or 0)


def test_bars_are_as_long_as_their_values() -> None:
    marks = Marks(bars("b", "Title", "Told in words", ROWS))
    short, long = marks.all("rect")
    assert width(short) * 4 == pytest.approx(width(long), rel=0.01)
    assert width(long) < WIDE
    assert {"With", "Without & <all>", "20", "80 an hour", "Title", "Told in words"} <= set(marks.text)


def test_long_words_go_on_in_the_next_line() -> None:
    marks = Marks(bars("b", "t", "d", [Bar("word " * 30, 1, "map")]))
    lines = [text for text in marks.text if text.startswith("word")]
    assert len(lines) > 2
    assert max(map(len, lines)) <= 56


def test_columns_stand_on_each_other() -> None:
    marks = Marks(columns("c", "Title", "Told", ["a", "b", "c"], SERIES, every=2))
    rects = marks.all("rect")
    assert [rect["class"] for rect in rects] == ["notify", "must", "notify", "must"]
    lower, upper = rects[:2]
    assert float(upper["y"] or 0) + float(upper["height"] or 0) == pytest.approx(float(lower["y"] or 0), abs=0.2)
    assert ("a" in marks.text, "b" in marks.text, "c" in marks.text) == (True, False, True)


def test_each_plot_has_its_text_alternative() -> None:
    for svg in (bars("x", "T", "D", ROWS), columns("x", "T", "D", ["a"], (Series("s", "map", (1,)),))):
        (attrs,) = Marks(svg).all("svg")
        assert attrs["role"] == "img"
        assert attrs["aria-labelledby"] == "x-title x-telling"
        assert {one["id"] for tag in ("title", "desc") for one in Marks(svg).all(tag)} == {"x-title", "x-telling"}


def test_nothing_to_show_is_no_error() -> None:
    assert "<svg" in bars("b", "t", "d", [])
    assert "<svg" in columns("c", "t", "d", [], ())
    assert "<svg" in columns("c", "t", "d", ["a"], (Series("s", "map", (0,)),))


def test_the_legend_names_every_colour() -> None:
    marks = Marks(legend(SERIES))
    assert [text for text in marks.text if text.strip()] == ["Low", "High"]


@given(st.floats(0.01, 1e7))
def test_an_axis_is_round_and_has_room(largest: float) -> None:
    top, step = scale(largest)
    assert largest <= top * (1 + 1e-9)
    assert top < 2.1 * largest
    assert round(top / step) <= 5
    assert any(step / nice == pytest.approx(10 ** round(math.log10(step / nice))) for nice in (1, 2, 2.5, 5))
