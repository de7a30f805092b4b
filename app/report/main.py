"""`beatline replay --report FILE`: listens to the replay, and writes the page when it is over"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.people.movement import Trace
from app.report.figures import figures_of
from app.report.heard import Heard
from app.report.nearby import nearby
from app.report.page import page
from app.report.sections import by_hour, by_unit, comparison, glossary, held_back, waits
from app.report.worst import worst_of
from app.report.worst_sections import mapped, worst_ten
from geo.clock import Instant
from geo.model import Record
from streams.relevance.policy import Policy


class UnknownZone(ValueError):
    """There is no such time zone."""


def zone_named(name: str) -> tzinfo:
    """``UTC``, ``Europe/London``. Raises UnknownZone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(f"there is no time zone {name!r}: give one such as Europe/London") from error


def write_report(
    file: Path,
    heard: Heard,
    changes: Iterable[tuple[Instant, Record]],
    traces: dict[str, Trace],
    policy: Policy,
    zone: str = "UTC",
) -> None:
    """The page of what was heard, of these changes and traces, into ``file``. Raises UnknownZone."""
    file.write_text(report(heard, changes, traces, policy, zone), encoding="utf-8")


def report(
    heard: Heard,
    changes: Iterable[tuple[Instant, Record]],
    traces: dict[str, Trace],
    policy: Policy,
    zone: str = "UTC",
) -> str:
    """The page as a text."""
    local = zone_named(zone)
    said, near = heard.said(tuple(traces)), nearby(changes, traces, policy)
    figures, worst = figures_of(said, near, traces), worst_of(heard, said, near)
    chapters = (
        comparison(figures),
        held_back(figures),
        by_hour(figures, local),
        mapped(said, near, traces, worst),
        by_unit(figures, local),
        waits(figures),
        worst_ten(worst, policy, local),
        glossary(),
    )
    return page(figures, "".join(chapters), policy.version, local, zone)
