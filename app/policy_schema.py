"""``beatline policy schema``: what a policy file may say, key by key, for a person to read or as JSON Schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from geo.model import Grade, Hazard, Verdict
from streams.relevance.policy_schema import SECTIONS, VERSION, Key, Kind, Section

_STYLES = [verdict.text for verdict in Verdict if verdict is not Verdict.NONE]
_WORDS = {
    Kind.GRADE: " | ".join(grade.value for grade in Grade),
    Kind.STYLE: " | ".join(_STYLES),
    Kind.HAZARDS: "list of hazards",
}
_TEXTS = {"type": "array", "items": {"type": "string"}}
_HAZARDS = {"type": "array", "items": {"enum": [hazard.value for hazard in Hazard]}}
_MEANING = {"category": {"type": "string"}, "hazards": _HAZARDS, "routine": {"type": "boolean"}}
_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.NUMBER: {"type": "number"},
    Kind.TEXT: {"type": "string", "minLength": 1},
    Kind.TRUTH: {"type": "boolean"},
    Kind.GRADE: {"enum": [grade.value for grade in Grade]},
    Kind.STYLE: {"enum": _STYLES},
    Kind.TEXTS: _TEXTS,
    Kind.HAZARDS: _HAZARDS,
    Kind.MEANING: {
        "oneOf": [
            {"type": "string", "minLength": 1},
            {"type": "object", "properties": _MEANING, "additionalProperties": False},
        ]
    },
    Kind.WORDS: {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"match": {"type": "string", "format": "regex"}} | _MEANING,
            "required": ["match", "category"],
            "additionalProperties": False,
        },
    },
}


def show(as_json: bool = False) -> None:
    """Prints the schema."""
    print(json.dumps(json_schema(), indent=2) if as_json else text())  # noqa: T201


# --------------------------------------------------------------------------- for a person
def text() -> str:
    """Table by table; a key without a default must be given."""
    lines = [f"Beatline policy file, schema {VERSION}. What is not listed here is refused."]
    for path, section in SECTIONS.items():
        lines += ["", *_section(path, section)]
    return "\n".join(lines)


def _section(path: str, section: Section) -> Iterator[str]:
    yield f"[{path.replace('*', 'NAME')}]" if path else "at the top"
    yield f"  {section.meaning}{' May be left out.' if section.optional else ''}"
    if "*" in path:
        yield f"  NAME: {' | '.join(section.names)}, each" if section.names else "  NAME: any"
    keys = dict(section.keys) | ({"NAME": section.others} if section.others is not None else {})
    values = {name: _value(key) for name, key in keys.items()}
    wide, far = max(map(len, keys), default=0), max(map(len, values.values()), default=0)
    for name, key in keys.items():
        yield f"  {name:<{wide}}  {values[name]:<{far}}  {key.meaning}"


def _value(key: Key) -> str:
    """``1..100000 m``, ``0.01..100 x, default 1``, ``list of texts``."""
    what = f"{key.low:.15g}..{key.high:.15g} {key.unit}".rstrip() if key.kind is Kind.NUMBER else ""
    what = what or _WORDS.get(key.kind, key.kind.value)
    return what if key.default is None else f"{what}, default {_plain(key.default)}"


def _plain(default: float | str | tuple[str, ...]) -> str:
    if isinstance(default, tuple):
        return "none" if not default else ", ".join(default)
    return default if isinstance(default, str) else f"{default:g}"


# --------------------------------------------------------------------------- for a program
def json_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the file as it is once TOML is read: an editor marks a mistake while it is typed."""
    root: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Beatline policy file, schema {VERSION}",
        **_object(SECTIONS[""]),
    }
    root["properties"]["schema"] = {"const": VERSION, "description": SECTIONS[""].keys["schema"].meaning}
    for path, section in SECTIONS.items():
        for way in _ways(path, section):
            _put(root, way, section)
    return root


def _ways(path: str, section: Section) -> list[list[str]]:
    """``grades.*`` -> a path for each grade; ``categories.*`` as it is; nothing for the file itself."""
    parts = path.split(".") if path else []
    if parts and parts[-1] == "*" and section.names:
        return [[*parts[:-1], name] for name in section.names]
    return [parts] if parts else []


def _put(root: dict[str, Any], way: list[str], section: Section) -> None:
    """The section's object at its place; the tables on the way there are made where there are none."""
    here = root
    for name in way[:-1]:
        here = _at(here, name, {"type": "object", "properties": {}, "additionalProperties": False}, section.optional)
    _at(here, way[-1], _object(section), section.optional)


def _at(above: dict[str, Any], name: str, made: dict[str, Any], optional: bool) -> dict[str, Any]:
    """The object of that name in the one above, ``made`` where it has none yet."""
    if name == "*":
        if not above["additionalProperties"]:
            above["additionalProperties"] = made
        return above["additionalProperties"]  # type: ignore[no-any-return]
    if not optional and name not in above.setdefault("required", []):
        above["required"].append(name)
    return above["properties"].setdefault(name, made)  # type: ignore[no-any-return]


def _object(section: Section) -> dict[str, Any]:
    return {
        "type": "object",
        "description": section.meaning,
        "properties": {name: _property(key) for name, key in section.keys.items()},
        "required": [name for name, key in section.keys.items() if key.default is None],
        "additionalProperties": _property(section.others) if section.others is not None else False,
    }


def _property(key: Key) -> dict[str, Any]:
    bounds = {"minimum": key.low, "maximum": key.high} if key.kind is Kind.NUMBER else {}
    unit = f" ({key.unit})" if key.unit else ""
    default = (
        {} if key.default is None else {"default": list(key.default) if isinstance(key.default, tuple) else key.default}
    )
    return {**_TYPES[key.kind], **bounds, "description": f"{key.meaning}{unit}", **default}
