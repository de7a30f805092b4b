"""A policy file read by its schema: values checked, and what it does not know named with the nearest that it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streams.errors import PolicyError
from streams.relevance.policy_file import PolicyText, Table, nearest
from streams.relevance.policy_schema import SECTIONS, Key, Kind, Section, form_of
from streams.relevance.source_codes import meaning_of


def values(source: PolicyText, path: str) -> dict[str, Any]:
    """The values of the table at ``path``, checked. Raises PolicyError (file, line, reason) for the first wrong."""
    section = SECTIONS[form_of(path) or path]
    table = Table(source, path, {}) if section.optional and not source.has(path) else source.table(path)
    found = {name: _READ[key.kind](table, name, key) for name, key in section.keys.items()}
    if section.others is not None:
        read = _READ[section.others.kind]
        found.update((name, read(table, name, section.others)) for name in table.names())
    return found


def problems(source: PolicyText) -> Iterator[PolicyError]:
    """Everything that the schema finds wrong, key by key, where :func:`values` stops at the first."""
    yield from unknown(source)
    for form, section in SECTIONS.items():
        for path in _paths(source, form, section):
            yield from _problems_of(source, path, section)


def _paths(source: PolicyText, form: str, section: Section) -> list[str]:
    """The tables of a form that the file has, or must have."""
    if "*" not in form:
        return [form]
    above = form.split(".*")[0]
    if form != f"{above}.*":
        return []  # deeper tables are optional, and read by whoever knows them
    there = source.table(above).names() if source.has(above) else []
    return [f"{above}.{name}" for name in (section.names or there)]


def _problems_of(source: PolicyText, path: str, section: Section) -> Iterator[PolicyError]:
    if section.optional and not source.has(path):
        return
    try:
        table = source.table(path)
    except PolicyError as error:
        yield error
        return
    keys = dict(section.keys)
    if section.others is not None:
        keys.update({name: section.others for name in table.names() if name not in keys})
    for name, key in keys.items():
        try:
            _READ[key.kind](table, name, key)
        except PolicyError as error:
            yield error


def unknown(source: PolicyText) -> Iterator[PolicyError]:
    """What the file has and the schema has not: tables and keys, each with its line and the nearest name there is."""
    yield from _unknown(source, "", source.tables)


def _unknown(source: PolicyText, path: str, content: Mapping[str, object]) -> Iterator[PolicyError]:
    section, tables = SECTIONS.get(form_of(path) or path, Section("")), _inside(path)
    known = [*section.keys, *tables]
    for name, value in content.items():
        here = f"{path}.{name}" if path else name
        if isinstance(value, Mapping) and (name in tables or "*" in tables):
            yield from _unknown(source, here, value)
        elif name not in section.keys and section.others is None:
            table = isinstance(value, Mapping)
            at, key = (here, "") if table else (path, name)
            yield source.wrong(at, key, _not_known("table" if table else "key", path, name, known))


def _inside(path: str) -> list[str]:
    """Names of the tables that may stand in the one at ``path``; ``*`` for any."""
    here = path.split(".") if path else []
    inside: dict[str, None] = {}
    for form, section in SECTIONS.items():
        pattern = form.split(".") if form else []
        if len(pattern) > len(here) and all(p in ("*", part) for p, part in zip(pattern, here, strict=False)):
            name = pattern[len(here)]
            inside.update(dict.fromkeys(section.names if name == "*" and section.names else (name,)))
    return list(inside)


def _not_known(what: str, path: str, name: str, known: list[str]) -> str:
    if not path:
        return f"is not a {what} that a policy has{nearest(name, known)}"
    return f"is not known here{nearest(name, known)}; known: {', '.join(known)}"


def _number(table: Table, name: str, key: Key) -> float:
    default = key.default if isinstance(key.default, int | float) else None
    return table.number(name, default, low=key.low, high=key.high)


def _text(table: Table, name: str, key: Key) -> str:
    return table.text(name, key.default if isinstance(key.default, str) else None)


def _texts(table: Table, name: str, key: Key) -> tuple[str, ...]:
    return table.texts(name, list(key.default) if isinstance(key.default, tuple) else None)


_READ: Mapping[Kind, Callable[[Table, str, Key], Any]] = {
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.TRUTH: lambda table, name, key: table.truth(name),
    Kind.GRADE: lambda table, name, key: table.grade(name),
    Kind.STYLE: lambda table, name, key: table.verdict(name),
    Kind.TEXTS: _texts,
    Kind.HAZARDS: lambda table, name, key: table.hazards(name),
    Kind.MEANING: lambda table, name, key: meaning_of(table, name, table.value(name), needed=False),
    Kind.WORDS: lambda table, name, key: table.value(name, key.default),
}
