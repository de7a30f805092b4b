"""A source's own codes, as the policy maps them onto categories, hazards and grades: read, folded, looked up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from geo.model import Grade, Hazard
from streams.errors import PolicyError
from streams.relevance.policy_file import PolicyText, Table, nearest

PARTS = ("codes", "suffixes", "words", "grades", "hazards")
"""What ``[sources.NAME]`` may hold."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a source's code stands for. ``routine``: nobody elsewhere needs it, whatever its priority."""

    category: str
    hazards: tuple[Hazard, ...] = ()
    routine: bool = False


@dataclass(frozen=True, slots=True)
class Codes:
    """One source's mapping: exact codes first, then code stems with a known suffix, then words of the description.

    ``fallback`` is the policy's category for what none of them knows.
    """

    exact: dict[str, Meaning]
    words: tuple[tuple[re.Pattern[str], Meaning], ...] = ()
    suffixes: dict[str, Meaning] = field(default_factory=dict)
    grades: dict[str, Grade] = field(default_factory=dict)
    hazards: dict[str, tuple[Hazard, ...]] = field(default_factory=dict)
    fallback: str = "other"

    def meaning(self, code: str, description: str, unknown: Counter[str]) -> Meaning:
        """The meaning of a code; the fallback for one that is not known, which is then counted in ``unknown``."""
        code, description = folded(code), folded(description)
        found = self._known(code, description)
        if found is None:
            unknown[f"{code} {description}".strip()[:80]] += 1
            return Meaning(self.fallback)
        return found

    def known(self, code: str, description: str) -> Meaning | None:
        """The meaning of a code; None for one that is not known."""
        return self._known(folded(code), folded(description))

    def _known(self, code: str, description: str) -> Meaning | None:
        found = self.exact.get(code) or self._by_stem(code)
        if found is None and description:
            found = next((meaning for pattern, meaning in self.words if pattern.search(description)), None)
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


# --------------------------------------------------------------------------- out of the file
def read_sources(
    source: PolicyText, categories: Collection[str], fallback: str = "other"
) -> tuple[dict[str, Codes], list[PolicyError]]:
    """The mappings by source, and everything that is wrong with them: a policy with any of that is not to be used."""
    if not source.has("sources"):
        return {}, []
    reading = _Reading(source, categories)
    return {name: reading.codes(name, fallback) for name in source.table("sources").names()}, reading.wrong


def meaning_of(table: Table, key: str, value: object, *, needed: bool = True) -> Meaning:
    """``"burglary"`` or ``{ category = "firearms", hazards = ["weapon"], routine = true }``. Raises PolicyError."""
    if isinstance(value, str) and value:
        return Meaning(value)
    if not isinstance(value, Mapping):
        raise table.wrong(key, "must be a category, or a table of category, hazards and routine")
    own = _Entry(table, key, value)
    own.only("category", "hazards", "routine")
    hazards = own.hazards("hazards", [])
    return Meaning(
        own.text("category") if needed or "category" in value else "",
        tuple(hazard for hazard in Hazard if hazard in hazards),
        own.truth("routine", False),
    )


class _Entry(Table):
    """The inline table at ``key``: what is wrong in it is named by the key's line."""

    def __init__(self, table: Table, key: str, values: Mapping[str, object]) -> None:
        super().__init__(table.source, table.path, values)
        self._key = key

    def wrong(self, key: str, reason: str) -> PolicyError:
        return self.source.wrong(self.path, self._key, f"{key} {reason}")

    def only(self, *known: str) -> None:
        for name in self.names():
            if name not in known:
                raise self.wrong(name, f"is not known here{nearest(name, known)}; known: {', '.join(known)}")


class _Reading:
    """Goes on after a mistake: all of them are in ``wrong``, in the order of the file's tables."""

    def __init__(self, source: PolicyText, categories: Collection[str]) -> None:
        self._source, self._categories = source, categories
        self.wrong: list[PolicyError] = []

    def codes(self, name: str, fallback: str) -> Codes:
        path = f"sources.{name}"
        if "." in name or not self._source.has(path):
            self.wrong.append(self._source.wrong("sources", name, "must be a table; a source's name has no dot in it"))
            return Codes({})
        return Codes(
            exact=self._meanings(f"{path}.codes", needed=True),
            words=tuple(self._words(path)),
            suffixes=self._meanings(f"{path}.suffixes", needed=False),
            grades={code: table.grade(key) for table, code, key in self._each(f"{path}.grades", Table.grade)},
            hazards={code: table.hazards(key) for table, code, key in self._each(f"{path}.hazards", Table.hazards)},
            fallback=fallback,
        )

    def _meanings(self, path: str, *, needed: bool) -> dict[str, Meaning]:
        def read(table: Table, key: str) -> Meaning:
            meaning = meaning_of(table, key, table.value(key), needed=needed)
            self._in_categories(table, key, meaning)
            return meaning

        return {code: read(table, key) for table, code, key in self._each(path, read)}

    def _each(self, path: str, read: Any) -> Iterator[tuple[Table, str, str]]:
        """(table, code folded, key) of each key that ``read`` does not refuse, nor is there already."""
        if not self._source.has(path):
            return
        table, seen = self._source.table(path), dict[str, str]()
        for key in table.names():
            code = folded(key)
            try:
                if code in seen:
                    raise table.wrong(key, f"is the same code as {seen[code]}: codes are compared in lower case")
                read(table, key)
            except PolicyError as error:
                self.wrong.append(error)
            else:
                seen[code] = key
                yield table, code, key

    def _words(self, path: str) -> Iterator[tuple[re.Pattern[str], Meaning]]:
        if not self._source.has(path):
            return
        entries = self._source.table(path).value("words", [])
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            self.wrong.append(self._source.wrong(path, "words", f"must be tables, each headed [[{path}.words]]"))
            return
        for number in range(1, len(entries) + 1):
            try:
                yield self._word(self._source.table(f"{path}.words.{number}"))
            except PolicyError as error:
                self.wrong.append(error)

    def _word(self, table: Table) -> tuple[re.Pattern[str], Meaning]:
        match = table.text("match")
        try:
            pattern = re.compile(rf"\b(?:{match})")
        except re.error as error:
            raise table.wrong("match", f"is no pattern: {error}") from error
        rest = {name: table.value(name) for name in table.names() if name != "match"}
        meaning = meaning_of(table, "", rest)
        self._in_categories(table, "category", meaning)
        return pattern, meaning

    def _in_categories(self, table: Table, key: str, meaning: Meaning) -> None:
        code = meaning.category
        if code and code not in self._categories:
            told = f"maps to {code!r}, which is not one of this policy's categories{nearest(code, self._categories)}"
            raise table.wrong(key, told)
