"""The demo's server: all that `beatline serve` is, on a clock as fast as the replay. Ends when its parent ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

from app.main import serve
from app.settings import settings_of
from geo.clock import ScaledClock


def run(data: Path, port: int, policy: str, start: int, speed: float, zero_ns: int) -> None:
    """Serves until it is told to stop, or until stdin ends: nothing of a demo outlives the demo."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settings = settings_of(data=data, port=port, policy=policy, log_level="warning", requests_per_s=100_000.0)
    serve(settings, ScaledClock(start, speed, zero_ns))


def _end_with_parent() -> None:
    while os.read(0, 4_096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    run(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5]), int(sys.argv[6]))
