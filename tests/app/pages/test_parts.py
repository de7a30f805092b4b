"""The parts of the page: each item says what, where, when, how sure and why; long texts fold; nothing is hidden."""

from __future__ import annotations

import re
from dataclasses import replace

from app.pages.area_map import AreaMap
from app.pages.parts import gradings, map_section, sections, summary
from streams.patrol.document import Item, Part, Section
from tests.app.pages.scene import briefing, empty, fullest, item


def shown(one: Item, **part: object) -> str:
    whole = Part(section=one.section, items=(one,), **part)  # type: ignore[arg-type]
    return sections(briefing(parts=(whole,)))


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split()).replace(" .", ".").replace(" ,", ",")


def test_sections_stand_in_their_order_also_without_items() -> None:
    html = sections(briefing())
    assert re.findall(r'<section id="(\w+)"', html) == [section.value for section in Section]
    assert "None for your beat." in html
    assert sections(empty()).count("Nothing.") == 8


def test_an_item_in_its_two_lines() -> None:
    text = plain(shown(item(7, Section.LIVE, "Robbery, two on foot", also=("fire",))))
    assert (
        "7 Robbery, two on foot Mill Lane. Today 19:40, 2 h old. Priority grade, open. Also reported by fire." in text
    )
    assert text.endswith("Why: On your beat. Weapon reported.")


def test_intelligence_shows_its_grading_and_marking() -> None:
    text = plain(sections(briefing()))
    assert "Today 19:40, 2 h old. Graded 2-C-C. OFFICIAL-SENSITIVE - RECIPIENTS ONLY." in text


def test_a_hazard_is_a_sign_and_a_word() -> None:
    html = shown(item(1, Section.SAFETY, "x", hazards=("weapon", "dog")))
    assert html.count('aria-hidden="true"') == 2
    assert "Weapon" in html
    assert "Dog" in html


def test_a_hazard_that_the_line_names_is_a_sign_before_it_and_not_said_twice() -> None:
    text = shown(item(1, Section.SAFETY, "Violence, dog: Fight", hazards=("violence", "dog", "weapon")))
    assert '<span class="unseen">Danger: </span><bdi>Violence, dog: Fight</bdi>' in text
    assert text.count('class="hazard"') == 1
    assert "Weapon" in text


def test_what_waits_for_an_answer_and_what_has_one() -> None:
    waiting = item(1, Section.MUST_READ, "x", must_ack=True)
    assert "Acknowledge on your handset" in shown(waiting)
    assert "Acknowledged" in shown(replace(waiting, acknowledged=True))
    assert "Acknowledge" not in shown(replace(waiting, must_ack=False))


def test_a_short_body_is_shown_whole_and_a_long_one_folds() -> None:
    short = shown(item(1, Section.MUST_READ, "x", body="**Mind** the gap"))
    assert '<div class="body"><p dir="auto"><strong>Mind</strong> the gap</p></div>' in short
    assert "<details" not in short
    long = shown(item(1, Section.MUST_READ, "x", body="Mind the gap. " * 60))
    assert long.count("<details") == 1
    assert "The whole text" in long
    listed = plain(
        shown(item(1, Section.MUST_READ, "x", body="# Method\n\n- wait\n- report\n\n" + "Mind the gap. " * 60))
    )
    assert "Method. wait. report. Mind the gap." in listed
    assert plain(long).count("Mind the gap.") >= 60


def test_and_fourteen_more() -> None:
    html = sections(briefing())
    assert html.count('<p class="more">and 14 more</p>') == 1
    assert '<span class="unseen">, </span>19</span>' in html


def test_what_paper_leaves_out_the_paper_counts() -> None:
    one = briefing(
        parts=(Part(section=Section.LIVE, items=(item(1, Section.LIVE, "x"), item(2, Section.LIVE, "y")), more=3),)
    )
    html = sections(one, {2})
    assert '<p class="more screen">and 3 more</p><p class="more paper">and 4 more on the handset</p>' in html


def test_nothing_said_is_nothing_shown() -> None:
    bare = Item(number=1, section=Section.CHANGED, line="x")
    html = shown(bare)
    assert not re.search(r'class="(facts|why|detail|tags)"', html)


def test_the_map_has_a_legend_of_what_is_on_it_and_names_what_is_not() -> None:
    html = map_section(AreaMap("<svg></svg>", (3, 9)), briefing())
    assert "officer safety" in html
    assert "must read" not in html, "it has no place"
    assert "Beyond the map: 3 and 9." in html
    assert map_section(None, briefing()) == ""
    assert "problem place" not in map_section(AreaMap("<svg></svg>", ()), briefing(hotspots=()))


def test_gradings_are_told_in_words_once_each() -> None:
    html = gradings(fullest())
    assert html.count("<dt>") == 1
    assert "<dt>2-C-C</dt><dd>untested source; known indirectly; may be shared under its conditions only</dd>" in html
    assert gradings(empty()) == ""


def test_the_summary_counts() -> None:
    assert summary(briefing()) == "11 items: 2 for your safety and 1 to acknowledge."
    assert summary(empty()) == "0 items."
