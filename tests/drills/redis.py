"""A Redis server that a drill may kill, stop, flush, or replace by a replica that was promoted behind a partition."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.drills.ports import free_port
from tests.redis_server import found_binary


class DrillRedis:
    """``start()``, then ``url``. Nothing is ever written to disk: it is expendable."""

    def __init__(self, replica_of: DrillRedis | None = None) -> None:
        binary = found_binary()
        if binary is None:
            raise RuntimeError("NOT RUN: no Redis server (install redis-server or valkey-server)")
        self._binary, self._folder = binary, Path(tempfile.mkdtemp(prefix="beatline-drill-redis-"))
        self._master = replica_of
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words = [
            self._binary,
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(self._folder),
        ]
        if self._master is not None:
            words += ["--replicaof", "127.0.0.1", str(self._master.port)]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(words, stdout=quiet, stderr=quiet)
        for _ in range(1_000):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise OSError("the Redis server did not start")

    def say(self, *words: str) -> None:
        """One command, its answer not looked at."""
        command = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(command.encode())
            connection.recv(4_096)

    def flush(self) -> None:
        self.say("FLUSHALL")

    def promote(self) -> None:
        """From now on it is a master of its own, whatever its old master says."""
        self.say("REPLICAOF", "NO", "ONE")

    def pause(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
