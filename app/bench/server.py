"""The server under measurement: `beatline serve` in a process and a data folder of its own, watched from outside."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import httpx
from prometheus_client.parser import text_string_to_metric_families

from app.errors import CannotStart
from app.identity import Issuer, Role


def free_port() -> int:
    """A port nobody listens on, below the range that outgoing connections are given theirs from."""
    for port in random.sample(range(20_000, 32_000), 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise CannotStart("no free port between 20000 and 32000")


class Server:
    """A running server; ``with Server(folder) as server``. Its log is ``server.log`` in the folder.

    ``environment`` is added to this process's; ``data`` is another server's data folder, where two share one store.
    """

    def __init__(
        self, folder: Path, policy: str = "uk", environment: Mapping[str, str] | None = None, data: Path | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.data = data or folder / "data"
        self._environment = {**os.environ, **(environment or {})}
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._policy = policy
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Server:
        command = [sys.executable, "-m", "app", "serve", "--data", str(self.data), "--port", str(self.port),
                   "--policy", self._policy]  # fmt: skip
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env=self._environment,
            )  # fmt: skip
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            try:
                if httpx.get(f"{self.url}/readyz", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        last = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise CannotStart("the bench's server did not start: " + " | ".join(last))

    def stop(self) -> None:
        """Asks it to stop, and insists after 10 s."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def token(self, id: str, role: Role) -> str:
        return Issuer.open(self.data).issue(id, role, minutes=24 * 60)

    def officers(self, count: int) -> list[str]:
        """Tokens of ``count`` officers."""
        issuer = Issuer.open(self.data)
        return [issuer.issue(f"B-{n:05d}", Role.OFFICER, minutes=24 * 60) for n in range(count)]

    def rss_kib(self) -> int:
        """Resident memory of the server's process."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))

    def cpu_s(self) -> float:
        """Seconds of processor time that the server has used."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def metrics(self) -> dict[str, float]:
        """Every sample of /metrics: ``name{label="value",...}`` -> value."""
        text = httpx.get(f"{self.url}/metrics", timeout=10).text
        return {
            sample.name + ("{" + ",".join(f'{k}="{v}"' for k, v in sorted(sample.labels.items())) + "}"
                           if sample.labels else ""): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }  # fmt: skip
