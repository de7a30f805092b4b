"""What happened, from files: events in columns, of a feed's format or any CSV with longitude, latitude and time"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import numpy as np
import shapely

from app.errors import CannotStart
from app.feeds import feed_named, timeline
from geo.clock import Instant
from geo.hotspots import Events
from geo.model import Beat, Grade, Incident, Interval, Record, Status
from geo.place import moved_by, offsets_m, point_of
from streams.relevance.policy import load_policy

POINTS = "points"
"""The format of a CSV with the columns ``lon``, ``lat`` and ``time`` (UTC), and ``offense`` or ``category``."""
_KINDS = ("category", "offense", "offence", "type")


def events_of(files: Sequence[Path], format: str) -> tuple[Events, list[str], int]:
    """(events by time, the names of their categories, how many rows had no place or no time). Raises CannotStart."""
    rows: list[tuple[float, float, int, int, str]] = []
    without = 0
    for file in files:
        found, lacking = _points(file) if format == POINTS else _records(file, format)
        rows += found
        without += lacking
    return events_from(rows, without, files[0].name)


def events_from(
    rows: list[tuple[float, float, int, int, str]], without: int, name: str
) -> tuple[Events, list[str], int]:
    """Rows of :func:`columns_of` as columns, by time; ``name`` is the file's, for who is told that it holds nothing."""
    if not rows:
        raise CannotStart(f"{name}: no row has both a place and a time")
    rows.sort(key=lambda row: row[2])
    names = sorted({row[4] for row in rows})
    codes = {name: code for code, name in enumerate(names)}
    lon, lat, start, end, category = zip(*rows, strict=True)
    return (
        Events(
            np.array(lon, np.float64),
            np.array(lat, np.float64),
            np.array(start, np.int64),
            np.array(end, np.int64),
            np.array([codes[name] for name in category], np.int64),
        ),
        names,
        without,
    )


def changes_of(files: Sequence[Path], format: str) -> list[tuple[Instant, Record]]:
    """Records as they became known, in order of time. What comes as mere points was known at once, and is over."""
    if format != POINTS:
        policy = load_policy(feed_named(format).policy)
        found = [change for file in files for change in timeline(format, file, policy)]
        return sorted(found, key=lambda change: change[0])
    rows = sorted((row for file in files for row in _points(file)[0]), key=lambda row: row[2])
    return [(row[2], _record(number, row)) for number, row in enumerate(rows)]


def _record(number: int, row: tuple[float, float, int, int, str]) -> Record:
    lon, lat, start, end, kind = row
    code = "_".join(kind.lower().split())
    return Incident(
        force="own", source="points", source_id=str(number), category=code, title=kind.capitalize(),
        grade=Grade.STANDARD, status=Status.CLOSED, place=shapely.Point(lon, lat), reported_at=start,
        occurred=Interval(start, end),
    )  # fmt: skip


def squares_of(events: Events, side_m: float, most: int) -> list[Beat]:
    """Where no beats are given: the squares of such a side that hold most events, by how many."""
    middle = (float(np.median(events.lon)), float(np.median(events.lat)))
    east, north = offsets_m(*middle, events.lon, events.lat)
    cells = np.stack([np.floor(east / side_m), np.floor(north / side_m)], axis=1).astype(np.int64)
    squares, counts = np.unique(cells, axis=0, return_counts=True)
    found = []
    for column, row in squares[np.argsort(-counts, kind="stable")[:most]].tolist():
        west, south = moved_by(*middle, column * side_m, row * side_m)
        right, top = moved_by(*middle, (column + 1) * side_m, (row + 1) * side_m)
        name = f"square {column:+d} {row:+d}"
        found.append(Beat(id=name, name=name, force="own", area=shapely.box(west, south, right, top)))
    return found


def _records(file: Path, format: str) -> tuple[list[tuple[float, float, int, int, str]], int]:
    policy = load_policy(feed_named(format).policy)
    newest: dict[str, Record] = {record.id: record for _, record in timeline(format, file, policy)}
    return columns_of(newest.values())


def columns_of(records: Iterable[Record]) -> tuple[list[tuple[float, float, int, int, str]], int]:
    """Records as rows: where, between when and when, what; and how many have no place."""
    rows = []
    without = 0
    for record in records:
        if record.place is None or record.place.is_empty:
            without += 1
            continue
        lon, lat = point_of(record.place)
        start = record.reported_at if record.occurred.start is None else record.occurred.start
        end = start if record.occurred.end is None else record.occurred.end
        rows.append((lon, lat, start, max(end, start + 1), record.category))
    return rows, without


def _points(file: Path) -> tuple[list[tuple[float, float, int, int, str]], int]:
    with _opened(file) as text:
        reader = csv.DictReader(text)
        names = {name.lower(): name for name in reader.fieldnames or ()}
        if lacking := [name for name in ("lon", "lat", "time") if name not in names]:
            raise CannotStart(f"{file.name}: the first line names no column {lacking[0]!r}")
        kind = next((names[name] for name in _KINDS if name in names), None)
        rows, without = [], 0
        for row in reader:
            try:
                lon, lat = float(row[names["lon"]]), float(row[names["lat"]])
                at = _instant(row[names["time"]])
            except ValueError:
                without += 1
                continue
            if not (-180 <= lon <= 180 and -90 <= lat <= 90) or (lon == 0 and lat == 0):
                without += 1
                continue
            rows.append((lon, lat, at, at + 1, row[kind] if kind else "other"))
    return rows, without


def _instant(text: str) -> int:
    moment = datetime.fromisoformat(text.strip())
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1_000_000)


def _opened(file: Path) -> IO[str]:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8", newline="")
    return file.open(encoding="utf-8", newline="")
