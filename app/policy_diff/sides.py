"""The two policies of a comparison: files, shipped ones, the one that is running, or one with a key changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from geo.store.contract import Store
from streams.errors import PolicyError
from streams.relevance.policy import SHIPPED, Policy
from streams.relevance.policy_file import PolicyText

RUNNING = "running"
"""The name of the policy in force."""


@dataclass(frozen=True, slots=True)
class Source:
    """A policy's text and what to call it: what can be handed to another process."""

    file: str
    text: str

    def policy(self) -> Policy:
        """Raises PolicyError (file, line, reason)."""
        return Policy(PolicyText.parse(self.file, self.text))


def source_named(name: str) -> Source:
    """``uk``, ``san_francisco`` or a file. Raises PolicyError where there is none such."""
    if name in SHIPPED:
        file = f"{name}.toml"
        return Source(file, resources.files("streams.relevance").joinpath("policies", file).read_text("utf-8"))
    try:
        return Source(name, Path(name).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise PolicyError(name, 0, f"cannot be read ({what}); shipped policies: {' and '.join(SHIPPED)}") from error


async def running(store: Store, otherwise: str) -> Source:
    """The policy in force; of a store that has none yet, the one that a server would begin with."""
    stored = await store.policy()
    return source_named(otherwise) if stored is None else Source(RUNNING, stored.draft.text)


def named(names: Sequence[str], changes: Sequence[str], in_force: Source) -> tuple[Source, Source]:
    """The two sides. One name is compared with the one that is running; ``changes`` (``terms.reach=2``) make B of A.

    Raises ValueError for what cannot be compared, PolicyError for a policy that cannot be read.
    """
    if len(names) + bool(changes) > 2 or not (names or changes):
        raise ValueError("name two policies, or one to compare with the running one, or --set a key: terms.reach=2")
    found = [in_force if name == RUNNING else source_named(name) for name in names]
    if changes:
        a = found[0] if found else in_force
        return a, changed(a, changes)
    return (found[0], found[1]) if len(found) == 2 else (in_force, found[0])


def changed(source: Source, changes: Sequence[str]) -> Source:
    """The same text with other values: ``TABLE.KEY=VALUE``, the value as TOML has it. Raises ValueError."""
    lines = source.text.splitlines()
    for change in changes:
        path, equals, value = change.partition("=")
        table, dot, key = path.strip().rpartition(".")
        if not (equals and dot and value.strip()):
            raise ValueError(f"--set {change}: it looks like terms.reach=2")
        number = _line(PolicyText.parse(source.file, "\n".join(lines)), table, key)
        if not number:
            raise ValueError(f"--set {change}: {source.file} has no such key; `beatline policy schema` names them all")
        lines[number - 1] = f"{key} = {value.strip()}"
    return Source(f"{source.file} with {', '.join(changes)}", "\n".join(lines) + "\n")


def _line(text: PolicyText, table: str, key: str) -> int:
    """The line of the key itself, 0 where it is not written: a table's header is not enough."""
    number = text.line_of(table, key)
    here = text.text.splitlines()[number - 1] if number else ""
    return number if re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", here) else 0
