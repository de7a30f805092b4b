"""The page: for everybody, in both schemes, on paper; it loads nothing, runs nothing, and no text breaks out of it."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from app.pages.page import page, shell, style
from tests.app.pages.scene import briefing, empty, fullest, hostile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ALL = {"ordinary": briefing(), "empty": empty(), "full": fullest(), "hostile": hostile()}
_VOID = {"meta", "br"}
_DRAWN = {"path", "rect", "circle"}
_KNOWN = {
    "html",
    "head",
    "title",
    "style",
    "body",
    "a",
    "header",
    "nav",
    "details",
    "summary",
    "main",
    "section",
    "footer",
    "div",
    "p",
    "span",
    "b",
    "bdi",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "dl",
    "dt",
    "dd",
    "figure",
    "figcaption",
    "svg",
    "desc",
    "text",
    "strong",
    "em",
}


class Outline(HTMLParser):
    """What the page is made of; an element that is not closed where it must be, or not ours, is an error."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.landmarks: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert tag in _KNOWN | _VOID | _DRAWN
        self.attributes |= set(given)
        self.ids += [given["id"] or ""] if "id" in given else []
        self.links += [given["href"] or ""] if tag == "a" else []
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("header", "nav", "main", "footer"):
            self.landmarks.append(tag)
        if tag not in _VOID | _DRAWN:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _DRAWN:
            assert self.open.pop() == tag


@pytest.mark.parametrize("name", ALL)
def test_it_is_whole_and_in_order(name: str) -> None:
    found = Outline(page(ALL[name]))
    assert found.landmarks == ["header", "nav", "main", "footer"]
    assert found.headings[0] == 1
    assert found.headings.count(1) == 1
    ours = [level for level in found.headings if level <= 3]
    assert all(after - before <= 1 for before, after in pairwise(ours)), "no level is left out"
    assert len(set(found.ids)) == len(found.ids)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)


@pytest.mark.parametrize("name", ALL)
def test_it_loads_nothing_and_runs_nothing(name: str) -> None:
    html = page(ALL[name])
    found = Outline(html)
    assert not any(
        attribute.startswith("on") or attribute in ("src", "srcset", "style") for attribute in found.attributes
    )
    assert all(link.startswith("#") for link in found.links)
    assert "default-src 'none'" in html
    assert not re.search(r"<script|url\(|@import|<link|<iframe|<img", html)


def test_no_text_turns_the_rest_round_or_closes_the_style_sheet() -> None:
    html = page(hostile())
    assert not re.search("[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f]", html)
    assert html.count("</style>") == 1
    assert "alert(1)" in html
    assert "<script" not in html


def test_every_text_from_outside_stands_apart() -> None:
    marked = page(briefing(beat_name="QQ", callsign="QQ", notes=("QQ",), id="QQ", policy="QQ"))
    assert marked.count("<bdi>QQ</bdi>") == 5


def test_the_head_says_where_when_for_whom_and_as_of_when() -> None:
    html = page(briefing())
    assert "<title>Patrol briefing: Central, Thursday 15 January 2026, 22:00 to Fri 16 Jan 06:00</title>" in html
    assert "As at <b>21:52</b> (Europe/London). 11 items: 2 for your safety and 1 to acknowledge." in html
    assert "Street records are month-level" in html
    assert '<html lang="en-GB">' in html
    assert html.count('<p class="banner">OFFICIAL-SENSITIVE</p>') == 2


def test_a_zone_that_nobody_knows_is_not_claimed() -> None:
    assert "As at <b>21:52</b> (UTC)." in page(briefing(zone="Nowhere/At_all"))


def test_paper_says_on_each_sheet_what_it_is_and_that_nobody_corrects_it() -> None:
    html = page(briefing())
    foot = re.findall(r"@bottom-center \{ content: \"([^\"]*)\"", html)[0]
    said = re.sub(r"\\([0-9a-f]{6})", lambda hit: chr(int(hit[1], 16)), foot)
    assert said.strip() == "OFFICIAL-SENSITIVE. Central, as at 21:52. Page"
    assert "Paper is not corrected:" in html


@pytest.mark.parametrize("text", ['"; } body { display: none', "\\", "</style><b>", "a\nb", "é’"])
def test_the_foot_of_the_paper_is_a_text_whatever_it_says(text: str) -> None:
    html = shell("t", "", "patrol", text)
    foot = re.findall(r'content: "([A-Za-z0-9\\]*) " counter', html)[0]
    assert re.sub(r"\\([0-9a-f]{6})", lambda hit: chr(int(hit[1], 16)), foot) == text


def test_without_a_beat_a_callsign_or_an_item_it_is_a_page_all_the_same() -> None:
    html = page(empty())
    assert "no beat" in html
    assert "For <bdi>pc-17</bdi>" in html
    assert 'id="map"' not in html
    assert "0 items." in html


# ------------------------------------------------------------------ everybody can read it
def palettes() -> dict[str, dict[str, str]]:
    blocks = [block for block in re.findall(r":root \{([^}]*)\}", style()) if "--page" in block]
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return dict(zip(("light", "dark", "print"), found, strict=True))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


TEXTS = [
    ("ink", "page"),
    ("ink", "panel"),
    ("ink", "danger-page"),
    ("soft", "page"),
    ("soft", "panel"),
    ("soft", "danger-page"),
    ("link", "page"),
    ("link", "danger-page"),
    ("danger", "danger-page"),
    ("on-danger", "danger"),
    ("must", "must-page"),
    ("page", "ink"),
]
DRAWN = [
    ("spot", "page"),
    ("spot", "panel"),
    ("danger", "page"),
    ("danger", "panel"),
    ("must", "page"),
    ("link", "page"),
    ("line", "page"),
    ("ink", "panel"),
]


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_letters_have_the_contrast_of_wcag_aa(scheme: str) -> None:
    """1.4.3: 4.5 to 1; here 7 to 1 for what is read in the rain: the ink."""
    named = palettes()[scheme]
    assert {
        pair: contrast(named[pair[0]], named[pair[1]])
        for pair in TEXTS
        if contrast(named[pair[0]], named[pair[1]]) < 4.5
    } == {}
    assert min(contrast(named["ink"], named[ground]) for ground in ("page", "panel", "danger-page")) >= 7


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
def test_shapes_and_borders_have_the_contrast_of_wcag_aa(scheme: str) -> None:
    """1.4.11: 3 to 1."""
    named = palettes()[scheme]
    assert {
        pair: contrast(named[pair[0]], named[pair[1]]) for pair in DRAWN if contrast(named[pair[0]], named[pair[1]]) < 3
    } == {}


def test_the_dark_one_is_dark_and_each_scheme_names_every_colour() -> None:
    named = palettes()
    assert luminance(named["dark"]["page"]) < 0.01
    assert luminance(named["dark"]["danger-page"]) < 0.02
    assert named["light"].keys() == named["dark"].keys() == named["print"].keys()
    used = set(re.findall(r"var\(--([\w-]+)\)", style()))
    assert used == set(named["light"])


def test_letters_grow_with_the_readers_wish() -> None:
    """1.4.4, 1.4.12: no size of a text on a screen is in pixels, none is so small that it must be enlarged first."""
    screen = re.sub(r"text\.\w+ \{[^}]*\}|text\.number[^}]*\}", "", style().split("@page")[0])
    sizes = re.findall(r"font(?:-size)?: (?:[\d ]*?)([\d.]+)(rem|px|pt|em)", screen)
    assert {unit for _, unit in sizes} == {"rem"}
    assert min(float(size) for size, _ in sizes) >= 0.9
    assert not re.search(
        r"\bheight: |max-height",
        screen.replace("line-height: ", "")
        .replace("min-height: ", "")
        .replace("height: auto", "")
        .replace("height: 1px", "")
        .replace("height: .95em", "")
        .replace("height: 1.4rem", ""),
    )


def test_nothing_hangs_on_colour_alone() -> None:
    html = page(briefing())
    assert re.search(r'class="hazard"><svg class="sign".*?</svg>Weapon<', html)
    assert re.search(r'</svg><span class="unseen">Danger: </span><bdi>Large dog loose', html)
    assert "Acknowledge on your handset" in html
    assert "<svg" in html.split('class="legend"')[1]


def test_what_can_be_tapped_is_large_enough() -> None:
    """2.5.8 asks for 24 pixels; gloves ask for 44."""
    assert re.search(r"summary \{ min-height: 2\.75rem", style())
    assert re.search(r"nav a \{ display: block; min-height: 2\.75rem", style())


def test_the_page_is_of_a_size_that_a_handset_loads() -> None:
    sizes = {name: len(page(one).encode()) for name, one in ALL.items()}
    assert sizes["ordinary"] < 30_000
    assert sizes["full"] < 400_000


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here to look with")
@pytest.mark.parametrize("wide", [320, 360, 1_280])
def test_nobody_has_to_scroll_sideways(wide: int, tmp_path: Path) -> None:
    """1.4.10: at 320 pixels, which is also 1,280 enlarged four times."""
    for name, one in ALL.items():
        frame = f'<iframe id="f" style="width:{wide}px;height:900px;border:0" srcdoc="{escape(page(one))}"></iframe>'
        tell = "f.onload = () => { document.title = f.contentDocument.documentElement.scrollWidth }"
        look = f"<!DOCTYPE html><body>{frame}<script>{tell}</script>"
        (tmp_path / f"{name}.html").write_text(look)
        command = [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
        ]
        command += ["--virtual-time-budget=5000", "--dump-dom", (tmp_path / f"{name}.html").as_uri()]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
        found = re.findall(r"<title>(\d+)</title>", done.stdout)
        assert found, name
        assert int(found[0]) <= wide, name
