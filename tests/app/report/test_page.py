"""The page: one whole document that needs nothing else, and colours that can be told apart by everybody."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from app.report.page import CHAPTERS, headline, look, page
from tests.app.report.scene import evening, nothing

FIGURES = replace(evening().figures, interrupts=62, everything=1_083)


def test_the_headline_is_what_it_is_about() -> None:
    assert headline(FIGURES) == "62 interruptions instead of 1,083"
    assert headline(replace(FIGURES, interrupts=1)) == "1 interruption instead of 1,083"


def test_the_head_says_when_who_and_by_which_policy() -> None:
    html = page(FIGURES, "<p>x</p>", "uk <1>", ZoneInfo("Europe/London"), "Europe/London")
    assert "Thursday 15 January 2026, 10:00 to 10:33 (Europe/London): 3 units, 1 officer-hours, 5 incidents" in html
    assert "uk &lt;1&gt;" in html
    assert "<main><p>x</p></main>" in html
    assert '<html lang="en-GB">' in html


def test_a_shift_over_midnight_names_both_days() -> None:
    html = page(replace(FIGURES, ended=FIGURES.began + 20 * 3_600_000_000), "", "p", UTC, "UTC")
    assert "10:00 to Friday 16 January 2026, 06:00" in html


def test_it_loads_nothing_and_runs_nothing() -> None:
    html = page(FIGURES, "", "p", UTC, "UTC")
    assert "default-src 'none'" in html
    assert not re.search(r"<script|https?://|url\(|@import|src=|<link", html)


def test_every_chapter_can_be_gone_to() -> None:
    html = page(FIGURES, "", "p", UTC, "UTC")
    assert all(f'<a href="#{name}">{words}</a>' in html for name, words in CHAPTERS)


def test_nothing_at_all_is_no_error() -> None:
    assert "A shift without units" in page(nothing().figures, "", "p", UTC, "UTC")


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{([^}]*)\}", look())
    return dict(zip(("light", "dark", "print"), map(colours, blocks), strict=True))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("palette", ["light", "dark", "print"])
def test_everybody_can_read_it(palette: str) -> None:
    """WCAG 2.2 AA: 4.5 for text (1.4.3), 3 for what a plot is made of (1.4.11)."""
    named = palettes()[palette]
    assert all(
        contrast(named[ink], named[ground]) >= 4.5 for ink in ("ink", "soft", "link") for ground in ("page", "panel")
    )
    looks = ("must", "interrupt", "notify", "map", "nothing")
    assert all(contrast(named[colour], named["page"]) >= 3 for colour in looks)
    assert all(contrast(named[colour], named["panel"]) >= 3 for colour in looks)


def test_colours_on_top_of_each_other_have_a_gap_and_each_differs() -> None:
    assert "rect { stroke: var(--page)" in look()
    for named in palettes().values():
        assert len({named[colour] for colour in ("must", "interrupt", "notify", "map", "nothing")}) == 5
