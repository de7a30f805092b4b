"""Refused bodies are kept as dead letters with their reason, and counted: nothing sent by a known caller vanishes."""

from __future__ import annotations

import logging

import msgspec
from fastapi import Request

from app.problems import fields_of
from app.runtime import Runtime, runtime_of
from geo.errors import StoreError
from geo.model import Principal
from geo.special import kept_line, kept_text
from geo.store.rows import Rejected

FEED = "http"
MOST_READ = 65_536
"""Bytes of a body that is no JSON that are looked at."""
WITHHELD = "(withheld: marked above this deployment's ceiling)"

log = logging.getLogger("beatline.letters")


def actor_of(principal: Principal) -> str:
    """Who sent it, with his force: readers of dead letters see those of their own force."""
    return f"{principal.id}@{principal.force}"


def letter_of(where: str, raw: object, principal: Principal, error: Exception, at: int) -> Rejected:
    """A dead letter. What is marked above the ceiling is not kept itself: this system may not hold it."""
    fields = fields_of(error)
    reason = fields[0].reason if fields else _code(error)
    message = "; ".join(f"{field.field}: {field.message}" for field in fields[:10]) or str(error)
    kept = WITHHELD if any(field.reason == "above_ceiling" for field in fields) else _kept(raw)
    return Rejected(FEED, where, reason, kept_line(message), kept, at, actor_of(principal))


def handed_in(letter: dict[str, str], principal: Principal, at: int) -> Rejected:
    """The letter of a sender who refused a row himself. What he should have cut out of it is cut out here again."""
    kept = WITHHELD if letter["reason"] == "above_ceiling" else _kept(letter["raw"].encode("utf-8", "replace"))
    return Rejected(
        feed=letter["feed"],
        where=letter["where"],
        reason=str(letter["reason"]),
        message=kept_line(letter["message"]),
        raw=kept,
        at=at,
        actor=actor_of(principal),
    )


def _kept(raw: object) -> str:
    """What may be kept of a body, a decoded value or bytes that may be no JSON at all."""
    if not isinstance(raw, bytes):
        return kept_text(raw)
    try:
        return kept_text(msgspec.json.decode(raw))
    except (msgspec.DecodeError, RecursionError, ValueError):
        return kept_line(raw[:MOST_READ].decode(errors="replace"))


async def keep_refused(request: Request, principal: Principal, error: Exception) -> None:
    """Keeps the body that this error refused. A store that is away is logged; the caller hears of his fault anyway."""
    runtime = runtime_of(request)
    raw = getattr(request, "_body", b"")
    where = f"{request.method} {request.url.path}"
    await keep(runtime, [letter_of(where, raw, principal, error, runtime.clock.now())])


async def keep(runtime: Runtime, letters: list[Rejected], sure: bool = False) -> None:
    """Stores dead letters and counts them by reason. ``sure``: who hands them in hears of it when the store is away."""
    for letter in letters:
        runtime.metrics.rejected.labels(letter.reason).inc()
    try:
        await runtime.store.reject(letters)
    except StoreError:
        if sure:
            raise
        log.exception("%d refused records could not be kept", len(letters))


def _code(error: Exception) -> str:
    """``NotJson`` -> ``not_json``."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in type(error).__name__).lstrip("_")
