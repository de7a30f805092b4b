"""Ports for the servers of a drill: below those that outgoing connections are given, and never twice in one run."""

from __future__ import annotations

import os
import socket

_taken: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on and that this run has not handed out yet."""
    start = (os.getpid() * 97) % 9_000
    for step in range(9_000):
        port = 22_500 + (start + step) % 9_000
        if port in _taken:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _taken.add(port)
        return port
    raise OSError("no free port between 22500 and 31500")
