"""Small plots as SVG: bars beside each other and columns on top of each other, each with a text alternative"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from app.report.words import number

WIDE = 400
"""Units of every drawing's width: at 360 pixels of screen its letters are still 10 pixels high."""
_BAR, _LEADING, _LINE = 14, 15, 56
"""Height of a bar and of a line of words, and the letters of 12 units that fit into such a line."""
_TALL, _LEFT, _BELOW = 150, 34, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its words; ``look`` is the class of its colour."""

    words: str
    value: float
    look: str
    says: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a column plot: a value a column."""

    name: str
    look: str
    values: tuple[float, ...]


def bars(name: str, title: str, telling: str, rows: Sequence[Bar]) -> str:
    """Bars below each other, the words above each. ``telling`` is what somebody who cannot see it is told."""
    largest = max((row.value for row in rows), default=0) or 1
    room = WIDE - 100
    drawn, y = [], 0
    for row in rows:
        for line in wrap(row.words, _LINE):
            y += _LEADING
            drawn.append(f'<text x="0" y="{y - 3}" class="label">{escape(line)}</text>')
        length = room * row.value / largest
        says = escape(row.says or number(row.value))
        drawn.append(f'<rect x="0" y="{y + 2}" width="{max(length, 1):.1f}" height="{_BAR}" class="{row.look}"/>')
        drawn.append(f'<text x="{length + 6:.1f}" y="{y + 13}" class="value">{says}</text>')
        y += _BAR + 9
    return _svg(name, title, telling, y, drawn)


def columns(
    name: str,
    title: str,
    telling: str,
    labels: Sequence[str],
    series: Sequence[Series],
    every: int = 1,
    tall: int = _TALL,
) -> str:
    """A column for each label, the series on top of each other; every ``every``-th label is written."""
    totals = [sum(one.values[place] for one in series) for place in range(len(labels))]
    top, step = scale(max(totals, default=0))
    room = WIDE - _LEFT
    width = room / max(len(labels), 1)
    drawn = _grid(top, step, tall)
    for place, label in enumerate(labels):
        x, y = _LEFT + place * width, float(tall)
        for one in series:
            height = tall * one.values[place] / top
            y -= height
            if height:
                drawn.append(
                    f'<rect x="{x + width * 0.1:.1f}" y="{y + 10:.1f}" width="{width * 0.8:.1f}" height="{height:.1f}" '
                    f'class="{one.look}"/>'
                )
        if place % every == 0:
            drawn.append(f'<text x="{x + width / 2:.1f}" y="{tall + 26}" class="tick middle">{escape(label)}</text>')
    return _svg(name, title, telling, tall + _BELOW, drawn)


def scale(largest: float) -> tuple[float, float]:
    """(the top of an axis, its step): a round step, at most five of them."""
    if largest <= 0:
        return 1.0, 1.0
    rough = largest / 4
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    return step * math.ceil(largest / step), step


def legend(series: Sequence[Series]) -> str:
    """The colours in words, for below a plot."""
    items = "".join(
        f'<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" class="{one.look}"/></svg>'
        f"{escape(one.name)}</li>"
        for one in series
    )
    return f'<ul class="legend">{items}</ul>'


def _grid(top: float, step: float, tall: int) -> list[str]:
    drawn = []
    for line in range(round(top / step) + 1):
        y = tall * (1 - line * step / top) + 10
        drawn.append(f'<line x1="{_LEFT}" x2="{WIDE}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        drawn.append(f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" class="tick end">{number(line * step)}</text>')
    return drawn


def _svg(name: str, title: str, telling: str, tall: float, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDE} {tall:.0f}" role="img" aria-labelledby="{name}-title {name}-telling">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-telling">{escape(telling)}</desc>'
        f"{''.join(drawn)}</svg>"
    )
