"""The page of a patrol briefing: its head, its sections, its map, in one file that needs nothing from anywhere else"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from importlib import resources

from shapely.geometry.base import BaseGeometry

from app.pages.area_map import area_map
from app.pages.paper import left_out, setting_of
from app.pages.parts import gradings, map_section, sections, summary
from app.pages.words import clock, day, marked, span, tidy, zone_of
from streams.patrol.document import PatrolBriefing


def page(briefing: PatrolBriefing, streets: Sequence[BaseGeometry] = ()) -> str:
    """The whole document. No script, no network, nothing to load; ``streets`` are lines under the map."""
    drawn = area_map(briefing, streets)
    body = (
        f'<a class="skip" href="#first">To the briefing</a>{_head(briefing)}{_contents(briefing, drawn is not None)}'
        f'<main id="first" tabindex="-1"><div class="told">{sections(briefing, left_out(briefing))}</div>'
        f"{map_section(drawn, briefing)}</main>{_foot(briefing)}"
    )
    return shell(_title(briefing), body, f"patrol {setting_of(briefing).name}", _running_foot(briefing))


def shell(title: str, body: str, look: str, running_foot: str = "") -> str:
    """A document around ``body``: the same head for every page; ``running_foot`` stands below each sheet of paper."""
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        '<meta name="referrer" content="no-referrer">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}</title><style>{style()}{_at_foot(running_foot)}</style></head>"
        f'<body class="{look}">{body}</body></html>\n'
    )


def style() -> str:
    """The style sheet of every page."""
    return resources.files("app.pages").joinpath("page.css").read_text("utf-8")


def _at_foot(text: str) -> str:
    """A CSS string says no more than its letters: all but the plainest are written as their numbers."""
    if not text:
        return ""
    safe = "".join(letter if letter.isascii() and letter.isalnum() else f"\\{ord(letter):06x}" for letter in text)
    content = f'"{safe} " counter(page) " / " counter(pages)'
    return f"@page {{ @bottom-center {{ content: {content}; font: 700 8pt sans-serif; }} }}"


def _running_foot(briefing: PatrolBriefing) -> str:
    as_at = clock(briefing.compiled_at, zone_of(briefing.zone))
    return f"{marked(briefing.marking)}. {_beat(briefing)}, as at {as_at}. Page "


def marking_banner(text: str) -> str:
    """Above and below everything, as the classification policy asks."""
    return f'<p class="banner">{escape(text)}</p>'


def _title(briefing: PatrolBriefing) -> str:
    zone = zone_of(briefing.zone)
    when = f"{day(briefing.start, zone)}, {span(briefing.start, briefing.until, zone)}"
    return f"Patrol briefing: {_beat(briefing)}, {when}"


def _beat(briefing: PatrolBriefing) -> str:
    return tidy(briefing.beat_name or briefing.beat or "no beat", 60)


def _head(briefing: PatrolBriefing) -> str:
    zone = zone_of(briefing.zone)
    whom = tidy(briefing.callsign or briefing.officer, 40)
    notes = "".join(f"<li><bdi>{escape(tidy(note))}</bdi></li>" for note in briefing.notes)
    return (
        f'<header>{marking_banner(marked(briefing.marking))}<h1><span class="over">Patrol briefing</span> '
        f"<bdi>{escape(_beat(briefing))}</bdi></h1>"
        f'<p class="shift">{day(briefing.start, zone)}, <b>{span(briefing.start, briefing.until, zone)}</b></p>'
        f'<p class="for">For <bdi>{escape(whom)}</bdi>. As at <b>{clock(briefing.compiled_at, zone)}</b> '
        f"({zone}). {summary(briefing)}</p>"
        f'<p class="paper"><b>Paper is not corrected:</b> what changes after {clock(briefing.compiled_at, zone)} is on '
        f"the handset only.</p>{f'<ul class=notes>{notes}</ul>' if notes else ''}</header>"
    )


def _contents(briefing: PatrolBriefing, has_map: bool) -> str:
    entries = [(part.section.value, part.heading, len(part.items)) for part in briefing.parts if part.items]
    links = "".join(f'<li><a href="#{name}">{escape(words)} ({count})</a></li>' for name, words, count in entries)
    links += '<li><a href="#map">Map</a></li>' if has_map else ""
    return f'<nav aria-label="Sections"><details><summary>Sections</summary><ul>{links}</ul></details></nav>'


def _foot(briefing: PatrolBriefing) -> str:
    zone = zone_of(briefing.zone)
    return (
        f'<footer>{gradings(briefing)}<p class="screen">What changes until {clock(briefing.until, zone)} reaches your '
        f"handset as a correction that names the item. This page stays as of {clock(briefing.compiled_at, zone)}.</p>"
        f'<p class="made">Briefing <bdi>{escape(tidy(briefing.id, 80))}</bdi>, policy '
        f"<bdi>{escape(tidy(briefing.policy, 60))}</bdi>. What it shows is on record as disclosed.</p>"
        f"{marking_banner(marked(briefing.marking))}</footer>"
    )
