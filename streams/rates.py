"""Token buckets: how many messages a device may send, and how fast."""

from __future__ import annotations


class Bucket:
    """``burst`` at once, ``per_s`` a second on the average. ``now`` is monotonic seconds."""

    __slots__ = ("_at", "_burst", "_per_s", "_tokens")

    def __init__(self, per_s: float, burst: int, now: float) -> None:
        self._per_s, self._burst = per_s, float(burst)
        self._tokens, self._at = float(burst), now

    def take(self, now: float) -> bool:
        """One token, if there is one."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_s)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True

    def full(self, now: float) -> bool:
        """Nothing was taken for long enough that all is forgotten."""
        return self._tokens + (now - self._at) * self._per_s >= self._burst
