"""A relevance policy as it stands in its TOML file: read strictly, every mistake with its line."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from geo.model import Grade, Hazard, Verdict
from streams.errors import PolicyError

T = TypeVar("T")

_HEADER = re.compile(r"^\s*(\[\[?)([^\[\]]+)\]")
_KEY = re.compile(r"^\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9_\-.]+))\s*=")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True)
class PolicyText:
    """The text of a policy file, its name, and where each table and key stands in it."""

    file: str
    text: str
    tables: Mapping[str, object]

    @classmethod
    def parse(cls, file: str, text: str) -> PolicyText:
        """Raises PolicyError with the line where the text is no TOML."""
        try:
            return cls(file, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            found = _AT_LINE.search(str(error))
            raise PolicyError(file, int(found[1]) if found else 0, f"not TOML: {error}") from error

    def line_of(self, table: str, key: str = "") -> int:
        """The line of ``key`` in ``[table]`` (of the table's header without a key); 0 where it is not written.

        The second ``[[table]]`` of that name is ``table.2``. What stands in headers only is where the first of them is.
        """
        inside, header, below, listed = table == "", 0, 0, Counter[str]()
        wanted = ".".join(filter(None, (table, key)))
        for number, line in enumerate(self.text.splitlines(), 1):
            if match := _HEADER.match(line):
                name = match[2].strip().replace('"', "")
                if match[1] == "[[":
                    listed[name] += 1
                    name = f"{name}.{listed[name]}"
                inside = name == table
                header = number if inside else header
                if name == wanted or name.startswith(f"{wanted}."):
                    below = below or number
                continue
            if inside and key and (match := _KEY.match(line)) and key in match.groups():
                return number
        return below or header

    def wrong(self, table: str, key: str, reason: str) -> PolicyError:
        """The error for one key: ``FILE:LINE: table.key REASON``."""
        name = ".".join(part for part in (table, key) if part)
        return PolicyError(self.file, self.line_of(table, key), f"{name} {reason}")

    def has(self, path: str) -> bool:
        """Whether there is a table at a dotted path; one of a list by its number, from 1."""
        return isinstance(self._at(path), Mapping)

    def table(self, path: str) -> Table:
        """The table at a dotted path. Raises PolicyError where it is missing or something else."""
        here = self._at(path)
        if not isinstance(here, Mapping):
            raise self.wrong(path, "", "is missing: the policy needs this table")
        return Table(self, path, here)

    def _at(self, path: str) -> object:
        here: object = self.tables
        for part in path.split(".") if path else ():
            if isinstance(here, list) and part.isdigit() and 0 < int(part) <= len(here):
                here = here[int(part) - 1]
            else:
                here = here.get(part) if isinstance(here, Mapping) else None
        return here


class Table:
    """One table, read key by key."""

    def __init__(self, source: PolicyText, path: str, values: Mapping[str, object]) -> None:
        self.source, self.path, self._values = source, path, values

    def names(self) -> list[str]:
        """The keys, in the file's order."""
        return list(self._values)

    def wrong(self, key: str, reason: str) -> PolicyError:
        return self.source.wrong(self.path, key, reason)

    def value(self, key: str, default: object = None) -> object:
        """What stands there, whatever it is. Raises PolicyError where it is missing without a default."""
        return self._get(key, default)

    def number(self, key: str, default: float | None = None, *, low: float, high: float) -> float:
        """A number within [low, high]. Raises PolicyError otherwise, and where it is missing without a default."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(key, f"must be a number, and is {value!r}")
        if not low <= value <= high:
            raise self.wrong(key, f"must lie between {low:g} and {high:g}, and is {value:g}")
        return float(value)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._get(key, default)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, f"must be a text, and is {value!r}")
        return value

    def truth(self, key: str, default: bool | None = None) -> bool:
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, f"must be true or false, and is {value!r}")
        return value

    def one_of(self, key: str, parse: Callable[[str], T], known: Iterable[str], default: str | None = None) -> T:
        """A text out of a closed set."""
        return self._parsed(key, self.text(key, default), parse, known)

    def grade(self, key: str, default: str | None = None) -> Grade:
        return self.one_of(key, Grade, Grade, default)

    def verdict(self, key: str) -> Verdict:
        return self.one_of(key, lambda name: Verdict[name.upper()], [v.text for v in Verdict if v is not Verdict.NONE])

    def texts(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        value = self._get(key, default)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "must be a list of texts")
        return tuple(value)

    def hazards(self, key: str, default: list[str] | None = None) -> tuple[Hazard, ...]:
        return tuple(self._parsed(key, name, Hazard, Hazard) for name in self.texts(key, default))

    def _get(self, key: str, default: object) -> object:
        value = self._values.get(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        return value

    def _parsed(self, key: str, text: str, parse: Callable[[str], T], known: Iterable[str]) -> T:
        try:
            return parse(text)
        except (ValueError, KeyError) as error:
            among = list(known)
            raise self.wrong(key, f"{text!r} is not one of: {', '.join(among)}{nearest(text, among)}") from error


def nearest(name: str, known: Iterable[str]) -> str:
    """``: did you mean severity?``, where one of the known names is near enough to be what was meant; else nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f": did you mean {close[0]}?" if close and close[0] != name else ""
