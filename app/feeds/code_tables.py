"""The tables in codes/ that map a source's own codes onto categories, hazards and grades: read, folded, looked up."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import cast

from geo.model import Grade, Hazard

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a source's code stands for. ``routine``: nobody elsewhere needs it, whatever its priority."""

    category: str
    hazards: tuple[Hazard, ...] = ()
    routine: bool = False


@dataclass(frozen=True, slots=True)
class Codes:
    """One table: exact codes first, then code stems with a known suffix, then words of the description."""

    exact: dict[str, Meaning]
    words: tuple[tuple[re.Pattern[str], Meaning], ...] = ()
    suffixes: dict[str, Meaning] = field(default_factory=dict)
    grades: dict[str, Grade] = field(default_factory=dict)

    def meaning(self, code: str, description: str, unknown: Counter[str]) -> Meaning:
        """The meaning of a code; ``other`` for one that the table does not know, which is then counted in unknown."""
        code, description = folded(code), folded(description)
        found = self.exact.get(code) or self._by_stem(code)
        if found is None:
            found = next((m for pattern, m in self.words if description and pattern.search(description)), None)
        if found is None:
            unknown[f"{code} {description}".strip()[:80]] += 1
            return Meaning(OTHER)
        return found

    def _by_stem(self, code: str) -> Meaning | None:
        """``240DV`` is a 240 with what the suffix DV adds: its category, and its hazards on top."""
        stem = code.rstrip("abcdefghijklmnopqrstuvwxyz")
        base = self.exact.get(stem)
        if base is None or stem == code:
            return None
        added = self.suffixes.get(code[len(stem) :])
        if added is None:
            return base
        hazards = tuple(hazard for hazard in Hazard if hazard in base.hazards or hazard in added.hazards)
        return Meaning(added.category or base.category, hazards, base.routine)


def folded(text: str) -> str:
    """Lower case, single blanks: how codes are compared."""
    return " ".join(text.lower().split())


@lru_cache(maxsize=8)
def load_codes(name: str) -> Codes:
    """The table ``codes/name.toml`` beside this file."""
    table = tomllib.loads((Path(__file__).parent / "codes" / f"{name}.toml").read_text(encoding="utf-8"))
    words = tuple((re.compile(rf"\b(?:{entry['match']})"), _meaning(entry)) for entry in table.get("words", []))
    return Codes(
        exact={folded(str(code)): _meaning(entry) for code, entry in table.get("codes", {}).items()},
        words=words,
        suffixes={folded(code): _meaning(entry) for code, entry in table.get("suffixes", {}).items()},
        grades={folded(code): Grade(grade) for code, grade in table.get("grades", {}).items()},
    )


def _meaning(entry: object) -> Meaning:
    if isinstance(entry, str):
        return Meaning(entry)
    fields = cast("dict[str, object]", entry)
    hazards = {Hazard(text) for text in cast("list[str]", fields.get("hazards", []))}
    return Meaning(
        str(fields.get("category", "")), tuple(h for h in Hazard if h in hazards), bool(fields.get("routine", False))
    )
