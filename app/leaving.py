"""The end of a process that was told to stop: first politely, then in a hurry, and in any case within its time."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

import structlog

WITHIN_S = 85.0
"""From the first SIGTERM to the end, whatever hangs: 30 s of farewells, the last receipts, open requests, the store.
Kubernetes and systemd kill after 90 s where they are told to."""
HURRIED_S = 5.0
"""From the second one."""

log = structlog.get_logger("beatline")


class Leaving:
    """Told of each signal. ``politely`` and ``at_once`` are called at most once each, on the loop; ``give_up`` from a
    thread of its own, so that a loop that hangs does not keep the process."""

    def __init__(
        self,
        politely: Callable[[], None],
        at_once: Callable[[], None],
        give_up: Callable[[], None] | None = None,
        within_s: float = WITHIN_S,
        hurried_s: float = HURRIED_S,
    ) -> None:
        self._politely, self._at_once = politely, at_once
        self._give_up = give_up or _exit
        self._within_s, self._hurried_s = within_s, hurried_s
        self._signals = 0
        self._timer: threading.Timer | None = None

    def signalled(self) -> None:
        """SIGTERM or SIGINT."""
        self._signals += 1
        if self._signals == 1:
            log.info("asked to stop: the devices are sent elsewhere")
            self._end_within(self._within_s)
            self._politely()
        elif self._signals == 2:
            log.info("asked again: at once")
            self._end_within(self._hurried_s)
            self._at_once()

    def done(self) -> None:
        """It has come to its end by itself."""
        if self._timer is not None:
            self._timer.cancel()

    def _end_within(self, seconds: float) -> None:
        self.done()
        self._timer = threading.Timer(seconds, self._too_late, (seconds,))
        self._timer.daemon = True
        self._timer.start()

    def _too_late(self, seconds: float) -> None:
        log.critical("something hangs: the process ends without it", after_s=seconds)
        self._give_up()


def _exit() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)
