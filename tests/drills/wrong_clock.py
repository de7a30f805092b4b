"""A server whose own clock is wrong by so many seconds: `python -m tests.drills.wrong_clock +3600 serve ...`.

The wall clock alone: the monotonic one goes on as it does where somebody sets a machine's time wrongly.
"""

from __future__ import annotations

import sys
import time


def set_wrong(by_s: int) -> None:
    """To be called before anything of the product is imported."""
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + by_s
    time.time_ns = lambda: right_ns() + by_s * 1_000_000_000


if __name__ == "__main__":
    set_wrong(int(sys.argv.pop(1)))
    from app.cli import main

    main()
