"""The page itself: its head, its headline and its chapters, in one file that needs nothing from anywhere else"""

from __future__ import annotations

from datetime import tzinfo
from html import escape
from importlib import resources

from app.report.figures import Figures
from app.report.words import clock, counted, day, lasting, number

CHAPTERS = (
    ("short", "In short"),
    ("quiet", "Held back"),
    ("hours", "Hour by hour"),
    ("map", "Map"),
    ("units", "Units"),
    ("waits", "Waits"),
    ("worst", "Worst ten"),
    ("words", "Words"),
)


def page(figures: Figures, chapters: str, policy: str, zone: tzinfo, zone_name: str) -> str:
    """The whole document. No script, no network, nothing to load."""
    title = headline(figures)
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        '<meta name="color-scheme" content="light dark"/>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>"
        f"<title>{escape(title)}</title><style>{look()}</style></head><body>"
        '<a class="skip" href="#short">To the figures</a>'
        f'<header><p class="over">{escape(_over(figures, zone, zone_name))}</p><h1>{escape(title)}</h1>'
        f"{_key_figures(figures)}</header>{_contents()}<main>{chapters}</main>"
        f"<footer><p>Made by beatline replay, by the policy {escape(policy)}. Times are {escape(zone_name)}. "
        "Units are named, people are not.</p></footer></body></html>\n"
    )


def look() -> str:
    """The page's style sheet."""
    return resources.files("app.report").joinpath("page.css").read_text("utf-8")


def headline(figures: Figures) -> str:
    """``62 interruptions instead of 1,083``."""
    return f"{counted(figures.interrupts, 'interruption')} instead of {figures.everything:,}"


def _over(figures: Figures, zone: tzinfo, zone_name: str) -> str:
    if not figures.units:
        return "A shift without units"
    first, last = day(figures.began, zone), day(figures.ended, zone)
    until = clock(figures.ended, zone) if first == last else f"{last}, {clock(figures.ended, zone)}"
    return (
        f"{first}, {clock(figures.began, zone)} to {until} ({zone_name}): {counted(len(figures.units), 'unit')}, "
        f"{number(round(figures.hours_on_duty))} officer-hours, {counted(figures.records, 'incident')}"
    )


def _key_figures(figures: Figures) -> str:
    hours = figures.hours_on_duty or 1
    busiest = max((unit.busiest for unit in figures.units), default=0)
    longest = lasting(float(figures.must_waits_s.max())) if len(figures.must_waits_s) else "–"
    entries = (
        (number(figures.interrupts / hours), "interruptions per officer-hour"),
        (number(figures.everything / hours), "if everything within 1 km interrupted"),
        (number(figures.notices / hours), "notices per officer-hour"),
        (f"{figures.must_told:,} of {figures.must_due:,}", "must-deliver told"),
        (longest, "the longest wait for one"),
        (number(busiest), "most interruptions in ten minutes of one unit"),
    )
    items = "".join(f"<div><dt>{escape(words)}</dt><dd>{escape(value)}</dd></div>" for value, words in entries)
    return f'<dl class="key">{items}</dl>'


def _contents() -> str:
    items = "".join(f'<li><a href="#{name}">{words}</a></li>' for name, words in CHAPTERS)
    return f'<nav aria-label="On this page"><ul>{items}</ul></nav>'
