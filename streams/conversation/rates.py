"""Token buckets: how many messages a device may send, and how fast."""

from __future__ import annotations

from streams.conversation.protocol import SessionLimits


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


class Pace:
    """What one device may send: positions, and everything else."""

    __slots__ = ("_messages", "_positions", "refused")

    def __init__(self, limits: SessionLimits, now: float) -> None:
        self._positions = Bucket(limits.positions_per_s, limits.position_burst, now)
        self._messages = Bucket(limits.messages_per_s, limits.message_burst, now)
        self.refused = 0
        """Messages refused since it last kept within its rate for a whole minute."""

    def position(self, now: float) -> bool:
        return self._positions.take(now)

    def message(self, now: float) -> bool:
        if self.refused and self._messages.full(now):
            self.refused = 0
        if self._messages.take(now):
            return True
        self.refused += 1
        return False
