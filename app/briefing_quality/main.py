"""`beatline briefing evaluate` and `beatline briefing places`: files in, a table out, JSON and a page where asked"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from app.briefing_quality.held_back import judge
from app.briefing_quality.past import POINTS, changes_of, columns_of, events_from, events_of, squares_of
from app.briefing_quality.shifts import evaluate
from app.briefing_quality.words import evaluated_page, evaluated_text, judged_page, judged_text
from app.errors import CannotStart
from app.feeds import feed_named
from app.report.main import zone_named
from app.roster import read_roster
from geo.clock import HOUR, Instant, parse_instant
from streams.relevance.policy import load_policy

SEARCHES = "police-uk-stop-and-search"
FEWEST_WEEKS = 3.0


def places(files: Sequence[Path], format: str, weeks: int, report: Path | None = None, out: Path | None = None) -> None:
    """Judges problem places on the last ``weeks`` weeks of the files. Raises CannotStart, FeedError, UnknownFormat."""
    events, _, without = events_of(files, format)
    known = (int(events.start.max()) - int(events.start.min())) / (7 * 24 * HOUR)
    if known < weeks + FEWEST_WEEKS:
        raise CannotStart(
            f"the files span {known:.1f} weeks: with {weeks} held back, less than {FEWEST_WEEKS:.0f} are left to learn"
        )
    judged = judge(events, weeks)
    names = ", ".join(file.name for file in files)
    _say(judged_text(judged, names, format == SEARCHES))
    if without:
        _say([f"{without:,} rows without a place or a time were left out."])
    _write(out, json.dumps({"files": names, "left_out": without, **asdict(judged)}, indent=1))
    _write(report, judged_page(judged, names, format == SEARCHES))


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
    events, _, _ = events_from(*columns_of(record for _, record in changes), files[0].name)
    areas = read_roster(beats).beats if beats is not None else squares_of(events, square_m, most)
    start = _instant(span[0], changes[0][0] // HOUR * HOUR)
    until = _instant(span[1], changes[-1][0])
    if until - start < shift_hours * HOUR:
        raise CannotStart("the period is shorter than one shift: give --from and --to, or --shift-hours")
    done = asyncio.run(evaluate(changes, areas, (start, until), chosen, zone, shift_hours, _progress))
    names = ", ".join(file.name for file in files)
    _say(evaluated_text(done, names))
    _write(out, json.dumps({"files": names, **asdict(done)}, indent=1))
    _write(report, evaluated_page(done, names))


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
