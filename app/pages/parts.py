"""The sections and items of a briefing as HTML: a heading each, so that a screen reader goes from item to item

Every text from a record is escaped and stands in a `bdi`: its direction of writing is its own affair.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from html import escape

from app.pages.area_map import AreaMap, outline
from app.pages.words import (
    above_official,
    counted,
    grading_in_words,
    harmless,
    listed,
    marked,
    sentence,
    standing,
    tidy,
    unsaid_hazards,
)
from geo.markdown import html_of, parsed, plain_of
from streams.patrol.document import Item, Part, PatrolBriefing, Section

_LONG = 220
"""A body longer than this is folded: its beginning is shown, the rest opens."""
_WARNING = (
    '<svg class="sign" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 1l7.5 14h-15z"/>'
    '<path class="on" d="M7 6h2v4.5h-2zM7 11.7h2v1.8h-2z"/></svg>'
)
_CUT = re.compile(r"…(</\w+>)*$")
_LEGEND = (
    ("safety", "officer safety", (Section.SAFETY,)),
    ("must", "must read", (Section.MUST_READ,)),
    ("live", "live now", (Section.LIVE,)),
    ("other", "all others", tuple(set(Section) - {Section.SAFETY, Section.MUST_READ, Section.LIVE})),
)


def sections(briefing: PatrolBriefing, not_on_paper: Collection[int] = ()) -> str:
    """All of them, in the order of the document; the items of ``not_on_paper`` are hidden in print, and counted."""
    return "".join(_section(part, not_on_paper) for part in briefing.parts)


def _section(part: Part, not_on_paper: Collection[int]) -> str:
    name = part.section.value
    total = len(part.items) + part.more
    count = f'<span class="count"><span class="unseen">, </span>{total}</span>' if total else ""
    head = f'<h2 id="{name}-h">{escape(part.heading)}{count}</h2>'
    items = "".join(_item(item, item.number in not_on_paper) for item in part.items)
    listing = f'<ol class="items">{items}</ol>' if items else ""
    note = f'<p class="note"><bdi>{escape(tidy(part.note))}</bdi></p>' if part.note else ""
    if not items and not note:
        note = '<p class="note">Nothing.</p>'
    look = f"{name}{'' if items else ' nothing'}"
    body = head + note + listing + _more(part, not_on_paper)
    return f'<section id="{name}" class="{look}" aria-labelledby="{name}-h">{body}</section>'


def _more(part: Part, not_on_paper: Collection[int]) -> str:
    hidden = sum(item.number in not_on_paper for item in part.items)
    shown = f'<p class="more{" screen" if hidden else ""}">and {part.more} more</p>' if part.more else ""
    paper = f'<p class="more paper">and {part.more + hidden} more on the handset</p>' if hidden else ""
    return shown + paper


def _item(item: Item, not_on_paper: bool) -> str:
    named = len(unsaid_hazards(item)) < len(item.hazards)
    sign = f'{_WARNING}<span class="unseen">Danger: </span>' if named else ""
    line = f"{sign}<bdi>{escape(tidy(item.line, 160))}</bdi>"
    head = f'<h3><span class="number">{item.number}</span> {line}</h3>'
    return (
        f'<li id="item-{item.number}"{" class=screen" if not_on_paper else ""}>{head}{_tags(item)}{_detail(item)}'
        f"{_facts(item)}{_why(item)}</li>"
    )


def _tags(item: Item) -> str:
    """Hazards that the line does not name, and what is to be done: a sign and a word, never a colour alone."""
    tags = [f'<li class="hazard">{_WARNING}{escape(words)}</li>' for words in unsaid_hazards(item)[:6]]
    if item.must_ack:
        done = item.acknowledged
        tags.append(f'<li class="ack">{"Acknowledged" if done else "Acknowledge on your handset"}</li>')
    return f'<ul class="tags">{"".join(tags)}</ul>' if tags else ""


def _detail(item: Item) -> str:
    """The second line; of a pushed briefing its body, folded where it is long."""
    if not item.body.strip():
        return f'<p class="detail"><bdi>{escape(sentence(tidy(item.detail, 300)))}</bdi></p>' if item.detail else ""
    blocks = parsed(harmless(item.body))
    plain = plain_of(blocks)
    whole = f'<div class="body">{html_of(blocks, top=4)}</div>'
    beginning = f'<p class="detail{{}}"><bdi>{escape(tidy(_run_on(plain), _LONG))}</bdi></p>'
    if len(plain) <= _LONG:
        return beginning.format(" paper") + f'<div class="screen">{whole}</div>'
    fold = (
        f'<details class="screen"><summary>The whole text<span class="unseen"> of item {item.number}</span></summary>'
    )
    return f"{beginning.format('')}{fold}{whole}</details>"


def _run_on(plain: str) -> str:
    """Lines and list items as sentences one after the other."""
    return " ".join(sentence(line.removeprefix("- ")) for line in plain.splitlines() if line.strip())


def _facts(item: Item) -> str:
    """Where, when, how old, how it stands, how sure, who may see it."""
    where = f'<bdi class="where">{escape(tidy(item.where, 60))}</bdi>' if item.where else ""
    age = escape(tidy(item.age, 40))
    when = ", ".join(filter(None, (escape(tidy(item.when, 40)), f'<span class="age">{age}</span>' if age else "")))
    stands = escape(standing(item))
    grading = f'<span class="grading">Graded {escape(tidy(item.grading, 12))}</span>' if item.grading else ""
    also = f"Also reported by <bdi>{escape(tidy(listed(item.also), 80))}</bdi>" if item.also else ""
    marking = f'<span class="marking">{escape(marked(item.marking))}</span>' if above_official(item.marking) else ""
    facts = [
        fact if _CUT.search(fact) else f"{fact}."
        for fact in (where, when[:1].upper() + when[1:], grading, marking, stands, also)
        if fact
    ]
    return f'<p class="facts">{" ".join(facts)}</p>' if facts else ""


def _why(item: Item) -> str:
    if not item.why:
        return ""
    why = " ".join(sentence(tidy(words[:1].upper() + words[1:], 120)) for words in item.why[:3])
    return f'<p class="why"><span class="because">Why:</span> <bdi>{escape(why)}</bdi></p>'


def map_section(drawn: AreaMap | None, briefing: PatrolBriefing) -> str:
    """The map with its legend, and what is not on it."""
    if drawn is None:
        return ""
    present = {item.section for item in briefing.items if item.place is not None}
    keys = [
        f'<li><svg viewBox="0 0 28 28" aria-hidden="true">{outline(look, 14, 14)}</svg>{words}</li>'
        for look, words, among in _LEGEND
        if present & set(among)
    ]
    if briefing.hotspots:
        keys.append(
            '<li><svg viewBox="0 0 28 28" aria-hidden="true"><circle class="hotspot" cx="14" cy="14" r="11"/></svg>'
            "problem place</li>"
        )
    beyond = f"<p class=beyond>Beyond the map: {listed(map(str, drawn.beyond))}.</p>" if drawn.beyond else ""
    return (
        '<section id="map" aria-labelledby="map-h"><h2 id="map-h">Map</h2>'
        f'<figure>{drawn.svg}<figcaption><ul class="legend">{"".join(keys)}</ul>{beyond}</figcaption></figure>'
        "</section>"
    )


def gradings(briefing: PatrolBriefing) -> str:
    """What the gradings on this page mean, in words: nobody on his first shift knows them by heart."""
    told = {item.grading: words for item in briefing.items if (words := grading_in_words(item.grading))}
    if not told:
        return ""
    entries = "".join(
        f"<div><dt>{escape(grading)}</dt><dd>{words}</dd></div>" for grading, words in sorted(told.items())
    )
    return f'<p class="unseen">What the gradings mean:</p><dl class="gradings">{entries}</dl>'


def summary(briefing: PatrolBriefing) -> str:
    """``23 items: 3 for your safety, 1 to acknowledge.``"""
    safety = sum(item.section is Section.SAFETY for item in briefing.items)
    waiting = sum(item.must_ack and not item.acknowledged for item in briefing.items)
    told = [f"{safety} for your safety" if safety else "", f"{waiting} to acknowledge" if waiting else ""]
    rest = listed(words for words in told if words)
    return f"{counted(len(briefing.items), 'item')}{': ' + rest if rest else ''}."
