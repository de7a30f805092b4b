"""`python -m app` is the command."""

from __future__ import annotations

import subprocess
import sys


def test_it_lists_the_commands() -> None:
    done = subprocess.run([sys.executable, "-m", "app", "--help"], capture_output=True, text=True, check=True)
    assert all(command in done.stdout for command in ("serve", "token", "ingest", "replay", "roster", "policy"))
