"""The policy in force, as the edge deals with it: a store's first one, that which a command goes by, and a new one."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from app.errors import Overtaken
from app.settings import Settings
from geo.clock import format_instant
from geo.store.contract import Store
from geo.store.rows import PolicyDraft, PolicyVersion
from streams.relevance.in_force import InForce, digest_of, draft_of, policy_of
from streams.relevance.policy import Policy, load_policy, policy_text

log = structlog.get_logger("beatline")

RECENT = 10
"""So far back is looked for a policy that this Beatline can read."""
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class PutInForce:
    """What became of it. ``changed`` is False where the same text was in force already: nothing was written."""

    version: PolicyVersion
    changed: bool


async def begin(store: Store, settings: Settings, in_force: InForce) -> Policy:
    """What a starting server goes by: the store's. ``--policy`` gives the first one to a store that has none.

    Where none of the store's can be read by this Beatline, it is ``--policy`` after all, and ``in_force`` says so.
    Raises PolicyError where ``--policy`` cannot be read.
    """
    file, text = policy_text(settings.policy)
    versions = await store.policies(RECENT)
    if not versions:
        draft = draft_of(file, text, "beatline", f"the first one: --policy {settings.policy}")
        first = await store.put_policy(draft, 0)
        versions = [first] if first is not None else await store.policies(RECENT)
    policy = in_force.begin(versions)
    if policy is None or in_force.stored is None:
        log.error("no policy of the store can be read here: going by --policy", policy=settings.policy)
        return load_policy(settings.policy)
    stored = in_force.stored
    told = {"n": stored.n, "version": policy.version, "by": stored.draft.actor, "since": format_instant(stored.at)}
    if stored.draft.digest != digest_of(text):
        what = "is not what is in force: `beatline policy apply` puts it there"
        log.info("the store's policy holds", **told, option=f"--policy {settings.policy} {what}")
    else:
        log.info("policy", **told)
    return policy


async def policy_for(store: Store, settings: Settings) -> Policy:
    """What a command that works on the store goes by: what is in force there, else what the settings name."""
    stored = await store.policy()
    return policy_of(stored) if stored is not None else load_policy(settings.policy)


async def put_in_force(store: Store, draft: PolicyDraft, expected: int | None) -> PutInForce:
    """The draft in force. ``expected`` is the number of the one that its author has seen; None: whatever is there.

    Raises Overtaken where another one has come in between.
    """
    for _ in range(ROUNDS):
        newest = await store.policy()
        n = newest.n if newest is not None else 0
        if expected is not None and expected != n:
            raise Overtaken(f"policy {n} is in force, and you have seen policy {expected}: read it, then try again")
        if newest is not None and newest.draft.digest == draft.digest:
            return PutInForce(newest, changed=False)
        put = await store.put_policy(draft, n)
        if put is not None:
            return PutInForce(put, changed=True)
    raise Overtaken("others change the policy at the same moment: read what is in force, then try again")
