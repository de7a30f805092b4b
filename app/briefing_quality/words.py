"""What was judged, in tables for a terminal and in a page with its plots for a browser"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from app.briefing_quality.held_back import SHARES, Caught, Judged
from app.briefing_quality.shifts import LAST, NEAR_M, Evaluated
from app.report.page import look
from app.report.plots import Bar, bars

SEARCHES = "Stop and search shows where officers searched, not where crime was: read it as their work, not as risk."
_LOOKS = ("loud", "soft", "map")


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
    yield f"Against plain counts at {percent(SHARES[1])}: {_points(judged.better)}. {_verdict(judged.better)}"
    yield (
        f"Of {judged.forecasts:,} forecasts of a square kilometre's week with 80 % intervals, "
        f"{percent(judged.covered)} held what came."
    )
    if searches:
        yield SEARCHES


def _with_interval(one: Caught) -> str:
    return f"{percent(one.share)} ({100 * one.low:.1f}..{100 * one.high:.1f})"


def _points(one: Caught) -> str:
    return f"{100 * one.share:+.1f} points ({100 * one.low:+.1f}..{100 * one.high:+.1f})"


def _verdict(better: Caught) -> str:
    if better.low > 0:
        return "The surface catches more."
    return "Plain counts catch more." if better.high < 0 else "No difference that these weeks could show."


def judged_page(judged: Judged, files: str, searches: bool) -> str:
    """The same with a plot."""
    rows = [
        Bar(f"{method.name}, {percent(one.area)} of the area", one.share, colour, _with_interval(one))
        for method, colour in zip(judged.methods, _LOOKS, strict=True)
        for one in method.caught
    ]
    told = "; ".join(f"{row.words}: {row.says}" for row in rows)
    plot = bars("caught", "Share of the held-back events caught", told, rows)
    return _page("Problem places on held-back weeks", plot, judged_text(judged, files, searches))


# ------------------------------------------------------------------ briefings
def evaluated_text(evaluated: Evaluated, files: str) -> Iterator[str]:
    """Lines of a table."""
    shifts = evaluated.shifts
    seconds = np.array([one.seconds for one in shifts]) if shifts else np.zeros(1)
    items, last = (sum(getattr(one, name) for one in shifts) for name in ("items", "last_items"))
    touched, last_touched = (sum(getattr(one, name) for one in shifts) for name in ("touched", "last_touched"))
    count = max(1, len(shifts))
    yield f"Briefings: {files}"
    yield (
        f"{len(shifts):,} briefings for {evaluated.beats} beats, {evaluated.happened:,} incidents in their shifts; "
        f"related: the same kind within {NEAR_M:.0f} m"
    )
    yield ""
    yield f"{'':44}{'briefing':>12}{f'last {LAST}':>12}"
    yield f"{'incidents that had a related item':44}{_pair(evaluated.share('found'), evaluated.share('found_by_last'))}"
    per = (sum(one.found for one in shifts) / max(1, items), sum(one.found_by_last for one in shifts) / max(1, last))
    yield f"{'incidents caught for each item with a place':44}{per[0]:>12.3f}{per[1]:>12.3f}"
    yield f"{'items with a place, each':44}{items / count:>12.1f}{last / count:>12.1f}"
    yield f"{'of these never touched':44}{_pair(1 - touched / max(1, items), 1 - last_touched / max(1, last))}"
    yield f"{'items in all, each':44}{sum(one.all_items for one in shifts) / count:>12.1f}"
    yield f"{'lines, each':44}{sum(one.lines for one in shifts) / count:>12.1f}"
    low, high = np.quantile(seconds, (0.5, 0.95))
    yield f"{'compiled in, p50 and p95':44}{1e3 * low:>9.0f} ms{1e3 * high:>9.0f} ms"


def _pair(ours: float, theirs: float) -> str:
    return f"{percent(ours):>12}{percent(theirs):>12}"


def evaluated_page(evaluated: Evaluated, files: str) -> str:
    """The same with a plot: for each hour of the day at which shifts began, how much each way caught."""
    hours = sorted({one.start // 3_600_000_000 % 24 for one in evaluated.shifts})
    rows = []
    for hour in hours:
        some = [one for one in evaluated.shifts if one.start // 3_600_000_000 % 24 == hour]
        happened = max(1, sum(one.happened for one in some))
        for name, words, colour in (("found", "briefing", "loud"), ("found_by_last", f"last {LAST}", "soft")):
            share = sum(getattr(one, name) for one in some) / happened
            rows.append(Bar(f"shifts from {hour:02d}:00 UTC, {words}", share, colour, percent(share)))
    told = "; ".join(f"{row.words}: {row.says}" for row in rows)
    plot = bars("related", "Incidents that had a related item", told, rows)
    return _page("Briefings against what then happened", plot, evaluated_text(evaluated, files))


def _page(title: str, plot: str, lines: Iterator[str]) -> str:
    table = escape("\n".join(lines))
    return (
        '<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        '<meta name="color-scheme" content="light dark"/>'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>"
        f"<title>{escape(title)}</title><style>{look()}</style></head><body>"
        f"<main><h1>{escape(title)}</h1>{plot}"
        f'<pre style="overflow-x:auto" tabindex="0" aria-label="The figures">{table}</pre></main></body></html>\n'
    )
