"""The policy in force: what the store says it is, and what this process could make of it. All or nothing."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from geo.clock import Instant
from geo.model import Record
from geo.store.rows import PolicyDraft, PolicyVersion
from streams.errors import PolicyError
from streams.relevance.policy import Policy
from streams.relevance.policy_check import check, grave
from streams.relevance.policy_file import PolicyText

log = logging.getLogger("beatline.policy")


def digest_of(text: str) -> str:
    """Of the text, word for word: the same again is no new version."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def draft_of(file: str, text: str, actor: str = "", note: str = "") -> PolicyDraft:
    """A text, read strictly, as it can be put in force. Raises PolicyError (``file``, line, reason) for the first
    mistake that ``policy check`` names, which is whatever contradicts itself too."""
    if wrong := grave(check(file, text)):
        more = f" (and {len(wrong) - 1} more: beatline policy check)" if len(wrong) > 1 else ""
        raise PolicyError(file, wrong[0].line, wrong[0].text + more)
    policy = Policy(PolicyText.parse(file, text))
    return PolicyDraft(policy.name, policy.version, digest_of(text), text, actor, note)


def policy_of(stored: PolicyVersion) -> Policy:
    """Raises PolicyError where this Beatline cannot read what another one stored."""
    return Policy(PolicyText.parse(f"policy {stored.n} of the store", stored.draft.text))


@dataclass(frozen=True, slots=True)
class CannotRead:
    """The store's ``n``-th policy is in force, and this process goes on with another: why."""

    n: int
    reason: str


class InForce:
    """Which of the store's policies this process decides by. ``change`` lets a new one in, in force since an instant.

    ``n`` is the number of the one that it goes by, 0 while that is none of the store's. What cannot be read (an older
    Beatline beside a newer one) changes nothing here: the running one stays, and ``problem`` says so until another
    comes that can be read.
    """

    def __init__(self, change: Callable[[Policy, Instant], None]) -> None:
        self._change = change
        self.n = 0
        self.stored: PolicyVersion | None = None
        """What this process goes by, as it is stored."""
        self.problem: CannotRead | None = None

    def begin(self, versions: Iterable[PolicyVersion]) -> Policy | None:
        """The newest of these (newest first) that can be read, before anything runs; None: not one."""
        for stored in versions:
            if (policy := self._read(stored)) is not None:
                self.n, self.stored = stored.n, stored
                return policy
        return None

    def take(self, stored: PolicyVersion) -> Callable[[Record], tuple[Instant, float]] | None:
        """The store says that this one is in force -> how it shapes a record, None where nothing changes: an older one
        that is heard of late, or one that cannot be read."""
        if stored.n <= self.n or (self.problem is not None and stored.n <= self.problem.n):
            return None
        policy = self._read(stored)
        if policy is None:
            return None
        self.n, self.stored, self.problem = stored.n, stored, None
        draft = stored.draft
        log.info("policy %d is in force: %s, by %s: %s", stored.n, draft.version, draft.actor, draft.note or "no note")
        self._change(policy, stored.at)
        return policy.lifetime_and_reach

    def _read(self, stored: PolicyVersion) -> Policy | None:
        try:
            return policy_of(stored)
        except PolicyError as error:
            if self.problem is None or stored.n > self.problem.n:
                self.problem = CannotRead(stored.n, str(error))
                log.error("policy %d is in force, and this process cannot read it: %s", stored.n, error)
            return None
