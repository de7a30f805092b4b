"""How many requests one caller may make: a token bucket each, forgotten when it is full again."""

from __future__ import annotations

from app.errors import TooManyRequests

_MOST_CALLERS = 20_000


class Pace:
    """``rate_per_s`` in the long run, twice as many in one burst. Seconds are the caller's: monotonic, or a test's."""

    def __init__(self, rate_per_s: float) -> None:
        self._rate, self._burst = rate_per_s, 2 * rate_per_s
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str, now_s: float) -> None:
        """One request more. Raises TooManyRequests with the seconds after which one is allowed again."""
        tokens, at = self._buckets.get(caller, (self._burst, now_s))
        tokens = min(self._burst, tokens + (now_s - at) * self._rate)
        if tokens < 1:
            self._buckets[caller] = (tokens, now_s)
            raise TooManyRequests(f"more than {self._rate:g} requests a second", (1 - tokens) / self._rate)
        if len(self._buckets) >= _MOST_CALLERS:
            self._forget(now_s)
        self._buckets[caller] = (tokens - 1, now_s)

    def _forget(self, now_s: float) -> None:
        """Drops the buckets that are full by now: they say nothing that a new one would not say."""
        full = [name for name, (t, at) in self._buckets.items() if t + (now_s - at) * self._rate >= self._burst]
        for name in full or list(self._buckets)[: _MOST_CALLERS // 2]:
            del self._buckets[name]
