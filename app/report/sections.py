"""The chapters of the report: what each shows, in words, a plot and a table"""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo

import numpy as np

from app.report.figures import WAITS_S, Figures, UnitFigures
from app.report.plots import Bar, Series, bars, columns, legend
from app.report.tables import figure, paragraph, section, table
from app.report.words import GLOSSARY, clock, counted, lasting, number, share
from geo.pairs import Float64

_FATE_LOOKS = {"Interrupted for it": "interrupt", "Told of it by a notice": "notify"}
_MOST_FATES = 9
_MOST_UNITS = 400


def comparison(figures: Figures) -> str:
    """What it is all about: interruptions, against a system without a filter."""
    hours = figures.hours_on_duty or 1
    with_filter, without = figures.interrupts / hours, figures.everything / hours
    rows = (
        Bar("With the filter", with_filter, "interrupt", f"{number(with_filter)} an hour"),
        Bar("Everything within 1 km", without, "nothing", f"{number(without)} an hour"),
    )
    telling = (
        f"Two bars. With the filter {number(with_filter)} interruptions per officer-hour, without it {number(without)}."
    )
    beside = table(
        "Per officer on duty and hour",
        ("", "In all", "Per officer-hour"),
        [
            _rate("Interruptions", figures.interrupts, hours),
            _rate("of these must-deliver", figures.must, hours),
            _rate("Notices", figures.notices, hours),
            _rate("Everything within 1 km", figures.everything, hours),
        ],
    )
    return section(
        "short",
        "In short",
        figure(bars("comparison", "Interruptions per officer-hour", telling, rows), _fewer(figures), beside),
    )


def _rate(words: str, count: int, hours: float) -> tuple[str, str, str]:
    return words, number(count), number(count / hours)


def _fewer(figures: Figures) -> str:
    if not figures.interrupts:
        return "Nobody was interrupted at all."
    times = figures.everything / figures.interrupts
    return f"Interruptions per officer-hour: {number(times)} times fewer than if everything within 1 km interrupted."


def held_back(figures: Figures) -> str:
    """What became of what would have interrupted, and why the rest was quiet."""
    fates = _with_rest(figures.fates)
    rows = [Bar(words, count, _FATE_LOOKS.get(words, "map")) for words, count in fates]
    telling = "; ".join(f"{words}: {count:,}" for words, count in fates)
    plot = bars("fates", "What became of everything within 1 km", telling, rows)
    quiet = table(
        "Within reach, and never louder than the map: why",
        ("Why", "Times", "Incidents"),
        [(words, number(pairs), number(records)) for words, pairs, records in figures.quiet],
    )
    return section(
        "quiet",
        "What was held back, and why",
        paragraph(
            f"A system without a filter would have interrupted {figures.everything:,} times. This is what became of "
            "each of those, as each unit had it; what was kept for later was decided again whenever something changed."
        ),
        figure(plot, "Each would have been an interruption.", quiet),
    )


def _with_rest(fates: tuple[tuple[str, int], ...]) -> list[tuple[str, int]]:
    rest = sum(count for _, count in fates[_MOST_FATES:])
    return [*fates[:_MOST_FATES], *([("Other reasons", rest)] if rest else [])]


def by_hour(figures: Figures, zone: tzinfo) -> str:
    """The shift from its first hour to its last."""
    hours = figures.hours
    labels = [clock(hour.at, zone) for hour in hours]
    series = (
        Series("Interruptions that must be delivered", "must", tuple(hour.must for hour in hours)),
        Series("Other interruptions", "interrupt", tuple(hour.interrupts for hour in hours)),
        Series("Notices", "notify", tuple(hour.notices for hour in hours)),
    )
    everything = Series("Everything within 1 km", "nothing", tuple(hour.everything for hour in hours))
    every = max(1, -(-len(hours) // 8))
    fullest = max(hours, key=lambda hour: hour.must + hour.interrupts + hour.notices, default=None)
    telling = "Columns by the hour. " + (
        f"The fullest hour began at {clock(fullest.at, zone)} with "
        f"{fullest.must + fullest.interrupts} interruptions and {fullest.notices} notices."
        if fullest
        else "Nothing was told."
    )
    plot = columns("hours", "Told by the hour", telling, labels, series, every)
    above = "The same hours if everything within 1 km interrupted. Mind the scale."
    compared = columns("hours-all", "Everything within 1 km by the hour", above, labels, (everything,), every, 90)
    rows = [
        (label, *(number(value) for value in (hour.must, hour.interrupts, hour.notices, hour.everything)))
        for label, hour in zip(labels, hours, strict=True)
    ]
    heads = ("Hour from", "Must-deliver", "Other interruptions", "Notices", "Everything within 1 km")
    return section(
        "hours",
        "Hour by hour",
        figure(
            plot + legend(series) + compared + legend((everything,)),
            "All units together. The lower plot has a scale of its own.",
            table("Told in each hour, all units together", heads, rows),
        ),
    )


def by_unit(figures: Figures, zone: tzinfo) -> str:
    """Who carried how much of it."""
    rates = [unit.interrupts / unit.hours for unit in figures.units if unit.hours > 0]
    plot, caption = _rates_plot(rates)
    pieces = _pieces_plot(figures.windows)
    units = sorted(figures.units, key=lambda unit: (-unit.interrupts, unit.unit))[:_MOST_UNITS]
    heads = ("Unit", "Hours", "Interruptions", "per hour", "Notices", "Everything within 1 km", "Most in 10 min", "at")
    return section(
        "units",
        "Each unit's load",
        figure(plot, caption, figure(pieces, "Every ten minutes of every unit on duty, by the interruptions in it.")),
        table("Each unit, the most interrupted first", heads, [_unit_row(unit, zone) for unit in units]),
        paragraph(f"The {_MOST_UNITS} most interrupted units of {len(figures.units)}.")
        if len(figures.units) > _MOST_UNITS
        else "",
    )


def _rates_plot(rates: list[float]) -> tuple[str, str]:
    top = max(rates, default=0.0)
    step = next(step for step in (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 1e9) if top / step <= 12)
    classes = Counter(int(rate / step) for rate in rates)
    places = range(max(classes, default=0) + 1)
    labels = [f"{place * step:g}" for place in places]
    series = (Series("Units", "interrupt", tuple(classes[place] for place in places)),)
    middle = float(np.median(rates)) if rates else 0.0
    caption = f"Units by their interruptions per hour: half have at most {number(middle)}, the most is {number(top)}. "
    caption += "Each column begins at the figure below it."
    every = max(1, len(labels) // 8)
    return columns("rates", "Units by interruptions per hour", caption, labels, series, every), caption


def _pieces_plot(windows: tuple[int, ...]) -> str:
    whole = sum(windows)
    rows = [
        Bar(_interruptions(many), count, "interrupt" if many > 2 else "map", f"{share(count, whole)} ({count:,})")
        for many, count in enumerate(windows)
    ]
    telling = "; ".join(f"{row.words}: {row.says}" for row in rows)
    return bars("pieces", "Ten-minute pieces of duty by their interruptions", telling, rows)


def _interruptions(many: int) -> str:
    return "No interruption" if many == 0 else counted(many, "interruption")


def _unit_row(unit: UnitFigures, zone: tzinfo) -> tuple[str, ...]:
    rate = number(unit.interrupts / unit.hours) if unit.hours else "–"
    busiest_at = clock(unit.busiest_at, zone) if unit.busiest else "–"
    counts = (unit.notices, unit.everything, unit.busiest)
    return unit.unit, number(unit.hours), number(unit.interrupts), rate, *map(number, counts), busiest_at


def waits(figures: Figures) -> str:
    """How long it took from being within reach until being told."""
    must, others = figures.must_waits_s, figures.other_waits_s
    missed = figures.must_due - figures.must_told
    told = (
        f"Of {counted(figures.must_due, 'time')} that a unit was within reach of what must be delivered, it was told "
        f"{figures.must_told:,} times"
        + (f"; {missed:,} are missing: see the worst ten." if missed else ": every time.")
    )
    why = (
        "What must be delivered does not wait. The rest is told when it has become urgent enough for that officer: as "
        "he comes nearer, as he is free, as the incident gets graver."
    )
    classes = [f"≤ {lasting(edge)}" for edge in WAITS_S] + ["longer"]
    rows = [
        (label, number(of_must), number(of_others))
        for label, of_must, of_others in zip(classes, _classes(must), _classes(others), strict=True)
    ]
    labels = [label.removeprefix("≤ ").replace(" ", "") for label in classes]
    return section(
        "waits",
        "From within reach to told",
        paragraph(told),
        figure(
            columns("waits-must", "Must-deliver by waiting time", _waiting(must), labels, _of("must", must))
            + paragraph(f"Must-deliver. {_waiting(must)}", "caption")
            + columns("waits-others", "The rest by waiting time", _waiting(others), labels, _of("notify", others)),
            f"Everything else that was told. {_waiting(others)}",
            table("How long it took", ("Waited", "Must-deliver", "Everything else"), rows),
        ),
        paragraph(why),
    )


def _of(look: str, waited_s: Float64) -> tuple[Series, ...]:
    return (Series("Times", look, tuple(_classes(waited_s))),)


def _classes(waited_s: Float64) -> list[int]:
    edges = [-1.0, *(edge + 0.5 for edge in WAITS_S), np.inf]
    return [int(count) for count in np.histogram(waited_s, edges)[0]]


def _waiting(waited_s: Float64) -> str:
    if not len(waited_s):
        return "There was none."
    half, most = (lasting(float(np.quantile(waited_s, at))) for at in (0.5, 0.99))
    return f"Half within {half}, 99 of 100 within {most}, the longest {lasting(float(waited_s.max()))}."


def glossary() -> str:
    """The words of this page."""
    entries = "".join(f"<dt>{word}</dt><dd>{meaning}</dd>" for word, meaning in GLOSSARY)
    return section("words", "The words on this page", f"<dl>{entries}</dl>")
