"""Special-category data (gender, age, ethnicity): known by name, and cut out before anything is kept."""

from __future__ import annotations

import json
import re

_NAMES = re.compile(
    r"gender|ethnic|\bsex\b|\brace\b|\bage\b|age range|date of birth|\bdob\b|religio|nationalit|sexual orientation"
    r"|disabilit",
    re.IGNORECASE,
)
"""Names of fields, with ``_`` and ``-`` read as blanks (Data Protection Act 2018 s.35(8), Equality Act 2010 s.4)."""

WITHHELD = "(withheld: may hold special-category data)"


def is_special(name: str) -> bool:
    """Whether a column or field of this name holds special-category or protected-characteristic data."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return _NAMES.search(re.sub(r"[_\-.:/]+", " ", spaced)) is not None


def without_special(value: object) -> object:
    """A JSON value without the members whose names :func:`is_special` knows, at any depth."""
    if isinstance(value, dict):
        return {key: without_special(item) for key, item in value.items() if not is_special(str(key))}
    if isinstance(value, list | tuple):
        return [without_special(item) for item in value]
    return value


def kept_text(value: object, longest: int = 4_000) -> str:
    """The JSON text of a refused value as it may be kept in a dead letter: special data cut out, bounded."""
    text = json.dumps(without_special(value), ensure_ascii=True, separators=(",", ":"), default=str)
    return text if len(text) <= longest else text[:longest] + "..."


def kept_line(line: str, longest: int = 4_000) -> str:
    """A refused text that could not be read as JSON, as it may be kept: withheld whole if it names special data."""
    if _NAMES.search(re.sub(r"[_\-]+", " ", line)):
        return WITHHELD
    safe = line.encode("utf-8", "backslashreplace").decode().replace("\0", "\\u0000")
    return safe if len(safe) <= longest else safe[:longest] + "..."
