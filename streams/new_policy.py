"""The fifth entrance: a new policy has a tick of its own, in which all that is live is decided anew by it."""

from __future__ import annotations

from geo.clock import Instant
from geo.picture import LivePicture
from streams.entrances import Entrances
from streams.following import Following
from streams.noise.rules import Cause
from streams.officers.situations import Situations
from streams.relevance.for_roles import roles_for
from streams.relevance.policy import Policy
from streams.work import Work


def let_in(
    came: Entrances, picture: LivePicture, following: Following, work: Work, situations: Situations, now: Instant
) -> Policy:
    """Takes the policy out of ``came``: every live record has its reach and its end by it, and goes to ``work``.

    Who moved or changed meanwhile comes with the next tick, which is at once: what is decided because of that may be
    said aloud, and what is decided because of the policy may not. A record that has changed is decided as such.
    """
    policy, came.policy = came.policy, None
    assert policy is not None
    picture.for_roles = roles_for(policy)
    picture.twins.within(policy.noise.duplicate_m, policy.noise.duplicate_s)
    slots = picture.refresh(policy.lifetime_and_reach)
    following.schedule(slots, now)
    work.records_changed(slots.tolist(), Cause.POLICY)
    came.officers.update(situations.officers[slot] for slot in work.officers | work.moved)
    work.officers.clear()
    work.moved.clear()
    return policy
