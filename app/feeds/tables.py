"""CSV as police systems export it: named columns, quoted newlines, and bad rows refused without losing the rest."""

from __future__ import annotations

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.feeds.contract import Change, Say, Spoilt
from app.feeds.errors import NotThisFormat
from app.feeds.files import OVERLONG, Lines
from geo.model import Record
from geo.normalise import RawRecord
from geo.reasons import Problem, Reason, refused
from geo.special import WITHHELD, is_special, kept_line


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns a feed keeps, in its own order. Any other column of the file is never looked at."""

    needed: tuple[str, ...]
    optional: tuple[str, ...] = ()

    @property
    def kept(self) -> tuple[str, ...]:
        return self.needed + self.optional


@dataclass(frozen=True, slots=True)
class TableRow(ABC):
    """The kept columns of one row, stripped of blanks. Feeds derive from it."""

    line: int
    values: tuple[str, ...]
    columns: Columns

    @property
    def content(self) -> str:
        return "\x1f".join(self.values)

    def kept(self) -> str:
        return json.dumps({k: v for k, v in zip(self.columns.kept, self.values, strict=True) if v}, ensure_ascii=True)

    def body(self) -> dict[str, object] | None:
        return None

    @abstractmethod
    def raw(self) -> RawRecord:
        """The row as normalisation takes it."""

    def life(self, record: Record) -> list[Change]:
        """Known once, and nothing after: the form for history."""
        return [(record.reported_at, record)]


def table(path: Path, columns: Columns, say: Say) -> Iterator[tuple[int, tuple[str, ...]] | Spoilt]:
    """(line, kept values) of each row. Raises NotThisFormat for a wrong header, and what :mod:`app.feeds.files` raises.

    A row with another number of fields than the header, with a line or field beyond bounds, is Spoilt and the next one
    is read; blank lines are no rows. Where the file has special-category columns, a row whose columns cannot be told
    apart is withheld whole.
    """
    lines = Lines(path)
    reader = csv.reader(iter(lines))
    header = _header(reader, lines, path.name)
    pick = _picker(header, columns, path.name)
    special = any(is_special(name) for name in header)
    width, overlong, told = len(header), 0, False
    while True:
        line = lines.number + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Spoilt(line, refused("", Reason.TOO_LONG, f"the row cannot be read: {error}"), "")
            continue
        if lines.recoded and not told:
            told = True
            say(f"{path.name} is not UTF-8 (line {line}): such lines are read as Windows-1252")
        if lines.overlong != overlong:
            overlong = lines.overlong
            yield Spoilt(line, refused("", Reason.TOO_LONG, "a line of more than 1 MiB was read past"), "")
        elif len(row) == width:
            yield line, pick(row)
        elif row:
            message = f"{len(row)} fields where the header has {width}"
            yield Spoilt(line, refused("", Reason.BAD_ROW, message), WITHHELD if special else kept_line(",".join(row)))


def _header(reader: Iterator[list[str]], lines: Lines, name: str) -> list[str]:
    try:
        header = [column.strip() for column in next(reader)]
    except StopIteration:
        raise NotThisFormat(f"{name} is empty") from None
    except csv.Error as error:
        raise NotThisFormat(f"{name} has no header that can be read: {error}") from error
    if lines.overlong or header == [OVERLONG]:
        raise NotThisFormat(f"{name} has no header: its first line is longer than 1 MiB")
    return header


def _picker(header: list[str], columns: Columns, name: str) -> _Pick:
    if twice := sorted({column for column in header if header.count(column) > 1 and column in columns.kept}):
        raise NotThisFormat(f"{name} has the column {twice[0]!r} twice: which one counts cannot be known")
    if missing := [column for column in columns.needed if column not in header]:
        found = ", ".join(column[:40] for column in header[:8])
        raise NotThisFormat(
            f"{name} lacks the column {missing[0]!r} ({len(missing)} missing); it begins with {found!r}"
        )
    return _Pick([header.index(column) if column in header else None for column in columns.kept])


class _Pick:
    """The kept columns of a row, blanks stripped; "" for an optional column that the file does not have."""

    def __init__(self, places: Sequence[int | None]) -> None:
        self._places = places

    def __call__(self, row: list[str]) -> tuple[str, ...]:
        return tuple(["" if place is None else row[place].strip() for place in self._places])


def lon_lat(lon: str, lat: str, problems: list[Problem]) -> tuple[float, float] | None:
    """Two texts -> (lon, lat), or None where both are empty. What is no number is a problem, without its value."""
    if not lon and not lat:
        return None
    try:
        return float(lon), float(lat)
    except ValueError:
        problems.append(Problem("place", Reason.BAD_PLACE, "longitude and latitude are not both numbers"))
        return None
