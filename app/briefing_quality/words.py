"""What was judged, in tables for a terminal and in a page with its plots for a browser"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

import numpy as np

from app.briefing_quality.held_back import SHARES, Caught, Judged
from app.briefing_quality.promises import EACH, SHIFT, Promised
from app.briefing_quality.shifts import LAST, NEAR_M, Evaluated, Found
from app.report.page import look
from app.report.plots import Bar, bars
from geo.clock import HOUR
from streams.patrol.document import HEADINGS, Section

SEARCHES = "Stop and search shows where officers searched, not where crime was: read it as their work, not as risk."
NO_PLACES = "Briefings make no problem places of searches: where police looked says nothing of where things happen."
_LOOKS = ("interrupt", "map", "nothing")


def percent(value: float) -> str:
    """0.414 -> "41.4 %"; a dash where there is nothing to tell."""
    return "-" if value != value else f"{100 * value:.1f} %"


# ------------------------------------------------------------------ problem places
def judged_text(judged: Judged, files: str, searches: bool) -> Iterator[str]:
    """Lines of a table, and what to make of it."""
    yield f"Problem places: {files}"
    yield (
        f"{judged.trained:,} events of {judged.weeks:.1f} weeks, then {judged.held_back:,} of "
        f"{judged.held_back_weeks:.1f} weeks held back; {judged.square_km:,.0f} square km"
    )
    yield ""
    yield f"{'caught at this share of the area':34}" + "".join(f"{percent(share):>26}" for share in SHARES)
    for method in judged.methods:
        yield f"{method.name:34}" + "".join(f"{_with_interval(one):>26}" for one in method.caught)
    yield ""
    for one in judged.better:
        yield f"Against plain counts at {percent(one.area)}: {_points(one)}. {_verdict(one)}"
    yield (
        f"Of {judged.forecasts:,} forecasts of a square kilometre's week with 80 % intervals, "
        f"{percent(judged.covered)} held what came; as counts are whole, {percent(judged.ought)} ought to."
    )
    if searches:
        yield SEARCHES


def promised_text(told: Sequence[Promised]) -> Iterator[str]:
    """The places that officers would have been told of, shift by shift of the held-back weeks."""
    if not told:
        return
    hours = SHIFT // HOUR
    yield ""
    yield f"Told at the start of a shift of {hours} hours, of the {EACH} worst places of each of the busiest squares:"
    yield f"{'shifts from':14}{'places':>8}{'expected':>10}{'if hours were alike':>22}{'came':>8}{'in its 80 %':>14}"
    for one in told:
        expected = f"{one.expected:>10,.0f}{one.even:>22,.0f}{one.came:>8,}"
        yield f"{one.hour:02d}:00{'':9}{one.places:>8,}{expected}{percent(one.held / max(1, one.places)):>14}"


def _with_interval(one: Caught) -> str:
    return f"{percent(one.share)} ({100 * one.low:.1f}..{100 * one.high:.1f})"


def _points(one: Caught) -> str:
    return f"{100 * one.share:+.1f} points ({100 * one.low:+.1f}..{100 * one.high:+.1f})"


def _verdict(better: Caught) -> str:
    if better.low > 0:
        return "The surface catches more."
    return "Plain counts catch more." if better.high < 0 else "No difference that these weeks could show."


def judged_page(judged: Judged, lines: Iterable[str]) -> str:
    """The same with a plot."""
    rows = [
        _bar(f"{method.name}, {percent(area)} of the area", method.caught[place].share, look_of)
        for place, area in enumerate(SHARES)
        for method, look_of in zip(judged.methods, _LOOKS, strict=True)
    ]
    told = "; ".join(f"{row.words}: {row.says}" for row in rows)
    plot = bars("caught", "Share of the held-back events caught", told, rows)
    return _page("Problem places on held-back weeks", plot, lines)


# ------------------------------------------------------------------ briefings
def evaluated_text(evaluated: Evaluated, files: str, searches: bool = False) -> Iterator[str]:
    """Lines of a table."""
    shifts, found = evaluated.shifts, evaluated.found
    seconds = np.array([one.seconds for one in shifts]) if shifts else np.zeros(1)
    items, last = (sum(getattr(one, name) for one in shifts) for name in ("items", "last_items"))
    touched, last_touched = (sum(getattr(one, name) for one in shifts) for name in ("touched", "last_touched"))
    count = max(1, len(shifts))
    yield f"Briefings: {files}"
    yield (
        f"{len(shifts):,} briefings for {evaluated.beats} beats, {found.happened:,} incidents in their shifts; "
        f"related: the same kind within {NEAR_M:.0f} m"
    )
    yield ""
    yield f"{'':44}{'briefing':>12}{f'last {LAST}':>12}{'as long':>12}"
    yield _shares("incidents that had a related item", found)
    if evaluated.called != found:
        yield _shares("  of them above routine", evaluated.called)
    yield f"{'items with a place, each':44}{items / count:>12.1f}{last / count:>12.1f}"
    yield f"{'of these never touched':44}{_pair(1 - touched / max(1, items), 1 - last_touched / max(1, last))}"
    for section, (told, hits) in evaluated.sections().items():
        yield f"{'  ' + HEADINGS[Section(section)]:44}{percent(1 - hits / max(1, told)):>12}  of {told:,}"
    yield f"{'items in all, each':44}{sum(one.all_items for one in shifts) / count:>12.1f}"
    yield f"{'lines, each':44}{sum(one.lines for one in shifts) / count:>12.1f}"
    low, high = np.quantile(seconds, (0.5, 0.95))
    yield f"{'compiled in, p50 and p95':44}{1e3 * low:>9.0f} ms{1e3 * high:>9.0f} ms"
    if searches:
        yield SEARCHES
        yield NO_PLACES
    yield f"As long: of the last {LAST}, the newest, as many as the briefing has items with a place."


def _shares(words: str, found: Found) -> str:
    shares = (some / max(1, found.happened) for some in (found.briefing, found.last, found.as_long))
    return f"{words + f' ({found.happened:,})':44}" + "".join(f"{percent(share):>12}" for share in shares)


def _pair(ours: float, theirs: float) -> str:
    return f"{percent(ours):>12}{percent(theirs):>12}"


def evaluated_page(evaluated: Evaluated, lines: Iterable[str]) -> str:
    """The same with a plot: for each hour of the day at which shifts began, how much each way caught."""
    hours = sorted({one.start // HOUR % 24 for one in evaluated.shifts})
    rows = []
    for hour in hours:
        found = sum((one.found for one in evaluated.shifts if one.start // HOUR % 24 == hour), Found())
        ways = (("briefing", found.briefing), (f"last {LAST}", found.last), ("as long", found.as_long))
        for (words, some), look_of in zip(ways, _LOOKS, strict=True):
            share = some / max(1, found.happened)
            rows.append(_bar(f"shifts from {hour:02d}:00 UTC, {words}", share, look_of))
    told = "; ".join(f"{row.words}: {row.says}" for row in rows)
    plot = bars("related", "Incidents that had a related item", told, rows)
    return _page("Briefings against what then happened", plot, lines)


def _bar(words: str, share: float, look_of: str) -> Bar:
    return Bar(words, share, look_of, percent(share))


def _page(title: str, plot: str, lines: Iterable[str]) -> str:
    table = escape("\n".join(lines))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        '<meta name="color-scheme" content="light dark"/>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>"
        f"<title>{escape(title)}</title><style>{look()}</style></head><body>"
        f"<main><h1>{escape(title)}</h1><figure>{plot}</figure>"
        f'<pre style="overflow-x:auto" tabindex="0" aria-label="The figures">{table}</pre></main></body></html>\n'
    )
