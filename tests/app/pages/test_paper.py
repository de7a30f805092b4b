"""Two A4 pages: what fits, what stays on the handset, and (where there is a browser) the pages counted."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from app.pages.page import page, style
from app.pages.paper import DENSE, ORDINARY, ROOMY, Setting, left_out, lines, setting_of
from streams.patrol.document import A_SCREENFUL, PatrolBriefing, Section
from tests.app.pages.scene import briefing, empty, fullest, hostile, item

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def test_an_ordinary_one_keeps_everything_and_the_larger_letters() -> None:
    assert left_out(briefing()) == frozenset()
    assert setting_of(briefing()) is ROOMY
    assert setting_of(empty()) is ROOMY
    assert setting_of(fullest()) is DENSE


def test_what_does_not_fit_is_the_last_of_the_long_sections_never_safety_and_must_read() -> None:
    one = fullest()
    out = left_out(one)
    assert out
    assert min(out) > 2 * A_SCREENFUL
    assert lines(one, DENSE, out) <= DENSE.lines
    for part in one.parts:
        shown = [each.number in out for each in part.items]
        assert shown == sorted(shown), "the best of a section stays"


def test_what_stays_on_the_handset_is_counted_on_the_paper() -> None:
    html = page(fullest())
    for number in left_out(fullest()):
        assert f'<li id="item-{number}" class=screen>' in html
    assert re.search(r'class="more paper">and 12\d more on the handset', html)


@pytest.mark.parametrize("setting", [ROOMY, ORDINARY, DENSE], ids=lambda setting: setting.name)
def test_the_style_sheet_clamps_as_is_counted(setting: Setting) -> None:
    css = style().split("@media print")[1]
    clamps = dict.fromkeys(("h3", ".detail", ".facts", ".why"), 0)
    for names, count in re.findall(r"^  ([^{}\n]+) \{[^}]*-webkit-line-clamp: (\d)", css, re.M):
        for name in names.split(", "):
            if not name.startswith(".dense") or setting is DENSE:
                clamps[name.removeprefix(".dense ")] = int(count)
    assert clamps["h3"] == setting.line
    assert clamps[".detail"] == setting.detail
    assert clamps[".facts"] == setting.facts
    assert clamps[".why"] == setting.why


def some(seed: int) -> PatrolBriefing:
    """Sections as full as it happens, texts as long as it happens."""
    draw = random.Random(seed)
    wordy = draw.choice((20, 45, 70, 90))

    def text(most: int) -> str:
        return ("Robbery in progress with two on foot towards the station and a third in a van " * 9)[
            : draw.randint(8, most)
        ]

    parts, number = [], 0
    for section in Section:
        items = []
        for _ in range(draw.choice(((1, 3, 5, 5, 5), (1, 2, 3, 4))[seed % 2])):
            number += 1
            items.append(
                item(
                    number,
                    section,
                    text(wordy),
                    detail=text(2 * wordy) if draw.random() < 0.7 else "",
                    where=text(50),
                    why=(text(60), text(60)),
                    grading="2-B-P" if draw.random() < 0.3 else "",
                    hazards=("weapon", "violence")[: draw.choice((0, 0, 1, 2))],
                    must_ack=section is Section.MUST_READ,
                )
            )
        parts.append(replace(briefing().parts[0], section=section, items=tuple(items), more=draw.choice((0, 14))))
    return briefing(parts=tuple(parts), notes=(text(100),) * draw.choice((0, 1, 3)))


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium here to print with")
def test_a_browser_prints_two_pages_at_most(tmp_path: Path) -> None:
    cases = {"ordinary": briefing(), "empty": empty(), "full": fullest(), "hostile": hostile()}
    cases |= {"capitals": fullest("WIDE CAPITAL LETTERS MAKE A LINE "), "chinese": fullest("警察巡逻简报" * 7)}
    cases |= {f"some-{seed}": some(seed) for seed in range(16)}
    assert {setting_of(one).name for one in cases.values()} == {"roomy", "ordinary", "dense"}
    assert {name: printed(one, tmp_path, name) for name, one in cases.items()}.items() <= {
        (name, count) for name in cases for count in (1, 2)
    }


def printed(one: PatrolBriefing, folder: Path, name: str) -> int:
    source, pdf = folder / f"{name}.html", folder / f"{name}.pdf"
    source.write_text(page(one))
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    subprocess.run(
        [*command, "--no-pdf-header-footer", f"--print-to-pdf={pdf}", source.as_uri()],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))
