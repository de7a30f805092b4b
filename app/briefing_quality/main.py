"""`beatline briefing evaluate` and `beatline briefing places`: files in, a table out, JSON and a page where asked"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from app.briefing_quality.held_back import WEEK, judge
from app.briefing_quality.past import POINTS, changes_of, columns_of, events_from, events_of, squares_of
from app.briefing_quality.promises import Promised, promised
from app.briefing_quality.shifts import Change, evaluate
from app.briefing_quality.words import evaluated_page, evaluated_text, judged_page, judged_text, promised_text
from app.errors import CannotStart
from app.feeds import feed_named
from app.report.main import zone_named
from app.roster import read_roster
from geo.clock import DAY, HOUR, Instant, parse_instant
from geo.hotspots import COARSE, Events
from geo.model import Record
from streams.relevance.policy import load_policy

SEARCHES = "police-uk-stop-and-search"
FEWEST_WEEKS = 3.0
SQUARE_M, SQUARES = 2_000.0, 20
"""The beats in which problem places are told of, where none are given: the busiest squares of the training weeks."""
STRAY = 0.01
"""Of the records, the first and the last are not taken for the period: one call of last year makes no year."""


def places(
    files: Sequence[Path],
    format: str,
    weeks: int,
    zone: str = "UTC",
    report: Path | None = None,
    out: Path | None = None,
    history: int | None = None,
) -> None:
    """Judges problem places on the last ``weeks`` weeks of the files, learnt from all before them or from the
    ``history`` weeks before them. Raises CannotStart, FeedError, UnknownFormat."""
    zone_named(zone)
    events, _, without = events_of(files, format)
    last = int(events.start.max())
    known = (last - int(events.start.min())) / WEEK
    if known < weeks + FEWEST_WEEKS:
        raise CannotStart(
            f"the files span {known:.1f} weeks: with {weeks} held back, less than {FEWEST_WEEKS:.0f} are left to learn"
        )
    if history is not None:
        events = events.rows(events.start > last - (weeks + history) * WEEK)
    judged, told = judge(events, weeks), _told(events, weeks, zone)
    names = ", ".join(file.name for file in files)
    lines = [*judged_text(judged, names, format == SEARCHES), *promised_text(told)]
    if without:
        lines.append(f"{without:,} rows without a place or a time were left out.")
    _say(lines)
    figures = {"files": names, "left_out": without, **asdict(judged), "promised": [asdict(one) for one in told]}
    _write(out, json.dumps(figures, indent=1))
    _write(report, judged_page(judged, lines))


def _told(events: Events, weeks: int, zone: str) -> tuple[Promised, ...]:
    """Of the squares that were busiest before the held-back weeks. What is known by the day tells nothing of shifts."""
    end = int(events.start.max())
    before = events.rows(events.end <= end - weeks * WEEK)
    if not len(before) or float(np.mean(before.end - before.start >= COARSE)) > 0.5:
        return ()
    return promised(events, squares_of(before, SQUARE_M, SQUARES), (end - weeks * WEEK, end), zone)


def shifts(
    files: Sequence[Path],
    format: str,
    beats: Path | None,
    span: tuple[str | None, str | None],
    shift_hours: float,
    square_m: float,
    most: int,
    policy: str | None,
    zone: str,
    report: Path | None,
    out: Path | None,
) -> None:
    """Compiles the briefings of a past period and holds them against what then happened."""
    zone_named(zone)
    chosen = load_policy(policy or ("uk" if format == POINTS else feed_named(format).policy))
    changes = changes_of(files, format)
    if not changes:
        raise CannotStart(f"{files[0].name}: holds no record")
    if all(_vague(record) for _, record in changes):
        raise CannotStart(f"{files[0].name}: times are known by the day or the month: that tells nothing of a shift")
    events, _, _ = events_from(*columns_of(record for _, record in changes), files[0].name)
    areas = read_roster(beats).beats if beats is not None else squares_of(events, square_m, most)
    usual = _period(changes, round(shift_hours * HOUR))
    start, until = _instant(span[0], usual[0]), _instant(span[1], usual[1])
    if until - start < shift_hours * HOUR:
        raise CannotStart("the period is shorter than one shift: give --from and --to, or --shift-hours")
    done = asyncio.run(evaluate(changes, areas, (start, until), chosen, zone, shift_hours, _progress))
    names = ", ".join(file.name for file in files)
    lines = list(evaluated_text(done, names, format == SEARCHES))
    _say(lines)
    _write(out, json.dumps({"files": names, **asdict(done)}, indent=1))
    _write(report, evaluated_page(done, lines))


def _period(changes: Sequence[Change], shift: int) -> tuple[Instant, Instant]:
    """From one shift after the first records, as nothing is known before, to the last of them."""
    known = np.array([at for at, _ in changes], np.int64)
    first, last = np.quantile(known, (STRAY, 1 - STRAY), method="nearest")
    return int(first) // HOUR * HOUR + shift, -(-int(last) // HOUR) * HOUR


def _vague(record: Record) -> bool:
    start, end = record.occurred.start, record.occurred.end
    return start is not None and end is not None and end - start >= DAY


def _instant(text: str | None, usual: Instant) -> Instant:
    return usual if text is None else parse_instant(text)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, file=sys.stdout)  # noqa: T201


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text}   ")
        sys.stderr.flush()


def _write(file: Path | None, text: str) -> None:
    if file is not None:
        file.write_text(text, encoding="utf-8")
