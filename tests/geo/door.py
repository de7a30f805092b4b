"""The linter of the one door: what mypy cannot see of attempts to make released pairs outside geo/access.py."""

from __future__ import annotations

import ast

_DOOR = {"geo/pairs.py", "geo/access.py"}
_MADE_THERE = {"Pairs", "Released", "Readable", "Witness"}
_PAIRS = _MADE_THERE | {
    "Candidate",
    "candidates",
    "take",
    "release",
    "of_records",
    "of_officers",
    "with_held",
    "rematch",
}
"""Who imports one of these may have pairs in hand."""
_SOURCES = {"geo.pairs", "geo.access", "streams.matching"}
_COLUMNS = {"witness", "via", "distance_m", "bearing_deg"}


def breaches(path: str, source: str) -> list[str]:
    """``path:line: what`` for everything in the file that goes round the door; nothing for the door itself."""
    if path in _DOOR:
        return []
    tree = ast.parse(source)
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in _SOURCES
        for alias in node.names
    }
    found = [
        f"{path}:{getattr(node, 'lineno', 0)}: {what}"
        for node in ast.walk(tree)
        if (what := _breach(node, bool(names & _PAIRS)))
    ]
    if names & _MADE_THERE:
        found += [
            f"{path}:{number}: a type that is not believed, beside pairs"
            for number, line in enumerate(source.splitlines(), start=1)
            if "# type: ignore[arg-type" in line
        ]
    return found


def _breach(node: ast.AST, near_pairs: bool) -> str:
    if isinstance(node, ast.Attribute) and node.attr == "witness":
        return "reads the witness"
    if isinstance(node, ast.ImportFrom) and node.module == "geo.access":
        return "imports what is private to the door" if any(a.name.startswith("_") for a in node.names) else ""
    if isinstance(node, ast.ClassDef) and any(_name(base) == "Witness" for base in node.bases):
        return "makes a witness of its own"
    return _call(node, near_pairs) if isinstance(node, ast.Call) else ""


def _call(node: ast.Call, near_pairs: bool) -> str:
    name = _name(node.func)
    if name in _MADE_THERE:
        return f"makes {name} directly"
    if name in {"replace", "copy", "deepcopy", "__replace__"} and not _is_text_method(node.func):
        keywords = {keyword.arg for keyword in node.keywords}
        if near_pairs or keywords & _COLUMNS or None in keywords:
            return f"{name}s what may be pairs"
    if name == "cast" and node.args and any(word in ast.unparse(node.args[0]) for word in _MADE_THERE):
        return "casts to a state"
    if name in {"__setattr__", "setattr"} and any(_COLUMNS & {_constant(arg)} for arg in node.args):
        return "sets a column of pairs"
    return ""


def _is_text_method(function: ast.expr) -> bool:
    """``text.replace(a, b)``, ``array.copy()``: a method of something that is no module."""
    return isinstance(function, ast.Attribute) and _name(function.value) not in {"dataclasses", "copy"}


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Subscript):
        return _name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _constant(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
