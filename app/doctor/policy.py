"""Whether this Beatline can read the relevance policy in force, and whose it is."""

from __future__ import annotations

from pathlib import Path

from app.doctor.findings import Finding, bad, ok, warn
from app.drivers import store_of
from app.settings import Settings
from geo.clock import format_instant
from geo.errors import StoreError
from geo.store.rows import PolicyVersion
from streams.errors import PolicyError
from streams.relevance.in_force import policy_of

WHAT = "policy in force"


async def of_store(settings: Settings, data: Path | None) -> list[Finding]:
    """Looks into the store; a store that cannot be opened has findings of its own elsewhere."""
    if not settings.store and (data is None or not (data / "beatline.sqlite").exists()):
        return []
    store = store_of(settings)
    try:
        await store.open()
        try:
            stored = await store.policy()
        finally:
            await store.close()
    except StoreError:
        return []
    return [of_policy(stored)]


def of_policy(stored: PolicyVersion | None) -> Finding:
    """What is said of the newest policy of a store; None: it has none."""
    if stored is None:
        return warn(WHAT, "none", "the first server process puts its --policy there")
    draft = stored.draft
    found = f"{stored.n}: {draft.version}, by {draft.actor} at {format_instant(stored.at)}"
    try:
        policy_of(stored)
    except PolicyError as error:
        todo = "run the Beatline that it was written for, or: beatline policy apply FILE"
        return bad(WHAT, f"{found}: {error}; the servers go on with the one before", todo)
    return ok(WHAT, found)
