"""What only the store can tell of a night, asked for while somebody reads the metrics, and at most every 10 s."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from app.metrics import Metrics
from app.patience import in_time
from geo.clock import SECOND, Clock
from geo.errors import StoreError
from geo.store.contract import Store
from geo.store.process_rows import StoreFigures

log = structlog.get_logger("beatline")

EVERY_S = 10.0
"""The store is asked for its figures no more often than this."""
PATIENCE_S = 1.0


@dataclass(slots=True)
class Gathered:
    """What only the store can tell, asked for while the metrics are read; never on the path of an alert."""

    metrics: Metrics
    store: Store
    clock: Clock
    figures: StoreFigures | None = None
    asked_at_s: float = field(default=float("-inf"))
    up: bool = True
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        metrics = self.metrics
        metrics.watch("store_up", "Whether the store answered when it was last asked", lambda: float(self.up))
        metrics.watch_each("owed", "Alerts owed and on no device, by priority", "priority", self._owed)
        metrics.watch("unconfirmed_now", "P1 on no device after 10 s, and on none yet", self._of("unconfirmed"))
        metrics.watch(
            "oldest_transaction_seconds", "Age of the oldest open transaction", self._of("oldest_transaction_s")
        )
        metrics.watch("jobs", "Durable jobs that wait", self._of("jobs"))
        metrics.watch("jobs_overdue_seconds", "How long the most overdue job has waited", self._overdue)

    async def fresh(self) -> None:
        """Asks the store where that is due; within a second, whatever it does."""
        async with self._asking:
            if time.monotonic() - self.asked_at_s < EVERY_S:
                return
            self.asked_at_s = time.monotonic()
            try:
                self.metrics.store_s.observe(await in_time(self.store.ping(), PATIENCE_S))
                self.figures = await in_time(self.store.figures(self.clock.now()), PATIENCE_S)
                self.up = True
            except StoreError as error:
                self.up, self.figures = False, None
                log.warning("the store's figures cannot be had", error=str(error))

    def _owed(self) -> dict[str, float]:
        owed = self.figures.owed if self.figures is not None else None
        return {
            str(priority): float("nan") if owed is None else float(owed.get(priority, 0)) for priority in range(1, 5)
        }

    def _of(self, name: str) -> Callable[[], float]:
        """NaN: not known."""

        def value() -> float:
            found = getattr(self.figures, name, None)
            return float("nan") if found is None else float(found)

        return value

    def _overdue(self) -> float:
        return float("nan") if self.figures is None else self.figures.overdue_us / SECOND
