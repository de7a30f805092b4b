"""A past shift under two policies: two replays of the same files, side by side in two processes."""

from __future__ import annotations

import asyncio
import csv
import io
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from app.feeds import timeline
from app.feeds.files import OVERLONG
from app.feeds.files import Lines as FileLines
from app.people.movement import Trace, read_traces
from app.policy_diff.sides import Source
from app.policy_diff.told import About, Lines, Side, about_of
from app.replay import replay
from geo.clock import HOUR

_TRACE = {"unit", "at", "lon", "lat"}
_HEADERS = {
    "datasf-cad": {"received_datetime", "call_type_original"},
    "police-uk-street": {"Crime ID", "Month"},
    "police-uk-stop-and-search": {"Object of search", "Legislation"},
}


@dataclass(frozen=True, slots=True)
class Shift:
    """The files of a past shift: what happened, in which format, and where the units were."""

    incidents: Path
    format: str
    traces: tuple[Path, ...]


def shift_of(files: Sequence[Path], format: str | None) -> Shift:
    """Which of the files is which, by their headers. Raises ValueError where one is missing or cannot be told."""
    traces = tuple(file for file in files if _header(file) >= _TRACE)
    incidents = [file for file in files if file not in traces]
    if len(incidents) != 1 or not traces:
        raise ValueError("--on takes a data folder, or one file of incidents and at least one of traces")
    return Shift(incidents[0], format or _format(incidents[0]), traces)


def compared(shift: Shift, a: Source, b: Source) -> tuple[Side, Side, dict[str, About]]:
    """Both sides, and what the records are. Raises what the files are: FeedError, BadTrace, PolicyError."""
    a.policy(), b.policy()  # before anything takes minutes
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        sides = [processes.submit(_side, shift, source) for source in (a, b)]
        (first, about), (second, more) = (side.result() for side in sides)
    return first, second, about | more


def _side(shift: Shift, source: Source) -> tuple[Side, dict[str, About]]:
    policy, lines = source.policy(), Lines()
    changes = list(timeline(shift.format, shift.incidents, policy))
    traces = _traces(shift.traces)
    asyncio.run(replay(changes, traces, policy, cast(IO[str], lines)))
    hours = sum(trace.on_duty for trace in traces.values()) / HOUR
    return Side(policy.version, lines.told, hours), about_of(record for _, record in changes)


def _traces(files: Sequence[Path]) -> dict[str, Trace]:
    found: dict[str, Trace] = {}
    for file in files:
        traces = read_traces(file)
        if both := sorted(found.keys() & traces.keys()):
            raise ValueError(f"{file} has the unit {both[0]!r} that another file has too")
        found |= traces
    return found


def _header(file: Path) -> set[str]:
    """The first line's columns; none where it is no table."""
    first = next(iter(FileLines(file)), "")
    if first == OVERLONG + "\n" or first.lstrip("\x1e \ufeff")[:1] in ("{", "["):
        return set()
    return {column.strip() for column in next(csv.reader(io.StringIO(first)), [])}


def _format(file: Path) -> str:
    header = _header(file)
    if not header:
        return "geojson"
    for name, needed in _HEADERS.items():
        if needed <= header:
            return name
    raise ValueError(f"{file}: its format cannot be told by its header; give it with --format")
