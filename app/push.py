"""``beatline briefing push``, ``withdraw``: a dispatcher's briefing by command, never sent twice for a lost answer"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.asking import asked as ask
from app.errors import CannotStart, ServerRefused
from app.pages.words import counted, tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What is pushed, and whether it is only tried."""

    body: Mapping[str, Any]
    key: str = ""
    dry_run: bool = False
    confirm: bool = False


def push(url: str, token: str, asked: Push, sleep: Callable[[float], None] = time.sleep) -> None:
    """Pushes it, and says whom it reaches. Raises ServerRefused.

    All tries are under one key: an answer that was lost on the way is asked for again, and nobody is briefed twice.
    """
    key = asked.key or f"cli-{secrets.token_hex(12)}"
    query = {name: "true" for name, said in (("dry_run", asked.dry_run), ("confirm", asked.confirm)) if said}
    keyed = {"Idempotency-Key": key}
    try:
        answer = ask("POST", url, "/v1/briefings", token, query=query, body=asked.body, headers=keyed, sleep=sleep)
    except ServerRefused as error:
        raise ServerRefused(str(error).replace("?confirm=true", "--confirm")) from error
    told = answer.json()
    print("\n".join(_told(told, asked.dry_run, answer.headers.get("Idempotent-Replayed") == "true")))  # noqa: T201


def withdraw(url: str, token: str, id: str, reason: str, sleep: Callable[[float], None] = time.sleep) -> None:
    """Takes a briefing back: it is erased from the devices. Raises ServerRefused."""
    path = f"/v1/briefings/{quote(id, safe='')}/withdraw"
    told = ask("POST", url, path, token, body={"reason": reason}, sleep=sleep).json()
    print(f"{told['id']} is withdrawn, as version {told['version']}")  # noqa: T201


def body_of(file: Path) -> str:
    """The Markdown of a file; ``-`` is standard input. Raises CannotStart."""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise CannotStart(f"{file} is no text in UTF-8") from error


def area_of(file: Path) -> Any:
    """The geometry of a GeoJSON file: a geometry, or the one feature that it holds. Raises CannotStart."""
    try:
        document = json.loads(file.read_text("utf-8"))
        features = document.get("features", [document])
        if len(features) != 1:
            raise CannotStart(f"{file} holds {len(features)} features: an audience has one area")
        return features[0].get("geometry", features[0])
    except (ValueError, AttributeError, TypeError) as error:
        raise CannotStart(f"{file} is no GeoJSON file: {error}") from error


def given(**fields: object) -> dict[str, object]:
    """The fields that were given: what is None, empty or False is left to the server's default."""
    return {name: value for name, value in fields.items() if value not in (None, (), [], {}, False, "")}


def _told(told: Mapping[str, Any], dry_run: bool, replayed: bool) -> list[str]:
    counts = told["counts"]
    reached = f"{counted(counts['would_get'], 'person', 'people')} {'would get it' if dry_run else 'will have it'}"
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts["by_reason"].items()))
    refused = f"; {counts['not_entitled']} may not see it ({reasons})" if counts["not_entitled"] else ""
    head = "Nothing was sent" if dry_run else f"{told['id']} version {told['version']}"
    lines = [f"{head}: {reached}{refused}.{' It had been pushed already.' if replayed else ''}"]
    if told.get("closed"):
        lines.append(f"It replaces {told['closed']}, which is closed.")
    lines += [f"warning: {tidy(warning['message'], 300)}" for warning in told["warnings"]]
    lines += [f"note: {tidy(note, 300)}" for note in told["notes"]]
    if dry_run:
        lines += _people("would get it", told["would_get"]) + _people("may not see it", told["not_entitled"])
    return lines


def _people(words: str, people: Sequence[Mapping[str, Any]], most: int = 20) -> list[str]:
    lines = []
    for one in people[:most]:
        named = f"{one['officer']} {one['name']} {one['callsign'] or ''}"
        reason = f", {tidy(one['reason'], 80)}" if one["reason"] else ""
        lines.append(f"  {words}: {tidy(named, 80)}{reason}")
    if len(people) > most:
        lines.append(f"  {words}: and {len(people) - most} more")
    return lines
