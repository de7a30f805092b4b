"""Politely at the first signal, at once at the second, and by force when the time is up."""

from __future__ import annotations

import subprocess
import sys
import threading

from app.leaving import Leaving


def test_each_signal_is_heeded_once() -> None:
    heard: list[str] = []
    leaving = Leaving(lambda: heard.append("politely"), lambda: heard.append("at once"))
    for _ in range(3):
        leaving.signalled()
    leaving.done()
    assert heard == ["politely", "at once"]


def test_who_ends_by_himself_is_not_made_to() -> None:
    forced = threading.Event()
    leaving = Leaving(lambda: None, lambda: None, forced.set, within_s=0.05)
    leaving.signalled()
    leaving.done()
    assert not forced.wait(0.2)


def test_the_second_signal_shortens_the_time() -> None:
    forced = threading.Event()
    leaving = Leaving(lambda: None, lambda: None, forced.set, within_s=60.0, hurried_s=0.01)
    leaving.signalled()
    assert not forced.is_set()
    leaving.signalled()
    assert forced.wait(10)


def test_a_loop_that_hangs_does_not_keep_the_process() -> None:
    hangs = (
        "import time\nfrom app.leaving import Leaving\n"
        "leaving = Leaving(lambda: None, lambda: None, within_s=0.1)\nleaving.signalled()\ntime.sleep(60)\n"
    )
    ended = subprocess.run([sys.executable, "-c", hangs], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "something hangs" in ended.stdout + ended.stderr
