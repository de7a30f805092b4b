"""How much may be in flight to one device: a count, and 2 s of the rate at which it has been acknowledging."""

from __future__ import annotations

from streams.conversation.protocol import SessionLimits


class Window:
    """What was sent and is not acknowledged, in the order of sending. ``now`` is monotonic seconds.

    The rate is measured per acknowledgement: the bytes it covers over the time since the first of them left. A sample
    that is faster than the estimate is believed at once; a slower one only counts while something is held back, since
    a device that was sent little acknowledges little (the application-limited case of BBR's delivery rate).
    """

    __slots__ = ("_beyond", "_in_flight", "_limits", "_rate", "bytes", "limit_bytes")

    def __init__(self, limits: SessionLimits) -> None:
        self._limits = limits
        self._in_flight: list[tuple[int, int, float]] = []
        self._rate = limits.max_window_bytes / limits.window_s
        self._beyond = 0
        self.bytes = 0
        self.limit_bytes = limits.max_window_bytes
        """2 s of the measured rate, between the bounds."""

    def __len__(self) -> int:
        return len(self._in_flight)

    def open(self, priority: int) -> bool:
        """May a message of this priority be sent now? A P1 may go a few beyond."""
        if not self._in_flight:
            return True
        if len(self._in_flight) < self._limits.max_unacked and self.bytes < self.limit_bytes:
            return True
        return priority == 1 and self._beyond < self._limits.beyond_for_p1

    def sent(self, seq: int, size: int, now: float) -> None:
        """A sequenced message left, ``size`` bytes."""
        if len(self._in_flight) >= self._limits.max_unacked or self.bytes >= self.limit_bytes:
            self._beyond += 1
        self._in_flight.append((seq, size, now))
        self.bytes += size

    def acknowledged(self, seq: int, now: float, held_back: bool) -> list[int]:
        """This message and all sent before it: their seqs. Empty where ``seq`` is not in flight (a repetition)."""
        flight = self._in_flight
        count = next((place for place, entry in enumerate(flight, 1) if entry[0] == seq), 0)
        if not count:
            return []
        done = flight[:count]
        del flight[:count]
        size = sum(entry[1] for entry in done)
        self.bytes -= size
        self._measure(size, now - done[0][2], held_back)
        if len(flight) < self._limits.max_unacked and self.bytes < self.limit_bytes:
            self._beyond = 0
        return [entry[0] for entry in done]

    def lowest(self) -> int | None:
        """The smallest seq in flight."""
        return min(entry[0] for entry in self._in_flight) if self._in_flight else None

    def _measure(self, size: int, seconds: float, held_back: bool) -> None:
        sample = size / max(seconds, 0.001)
        if sample > self._rate:
            self._rate = sample
        elif held_back:
            self._rate = 0.75 * self._rate + 0.25 * sample
        limits = self._limits
        self.limit_bytes = int(min(limits.max_window_bytes, max(limits.min_window_bytes, self._rate * limits.window_s)))
