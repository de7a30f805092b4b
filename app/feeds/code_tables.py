"""By whose mapping a feed reads its source's codes: the policy's that is in use, else its own shipped policy's."""

from __future__ import annotations

from functools import lru_cache

from streams.relevance.policy import Policy, load_policy
from streams.relevance.source_codes import Codes


def codes_of(feed: str, shipped: str, policy: Policy | None = None) -> Codes:
    """``[sources.FEED]`` of the policy; where it has none, that of the one which is shipped for the feed."""
    own = policy.sources.get(feed) if policy is not None else None
    return own if own is not None else shipped_policy(shipped).sources[feed]


@lru_cache(maxsize=8)
def shipped_policy(name: str) -> Policy:
    """Read once: what a feed goes by where nobody says which policy is in use."""
    return load_policy(name)
