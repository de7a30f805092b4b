"""The deployment under test: PostgreSQL, Redis, N `beatline serve` processes, each behind a link that can fail."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.identity import Issuer, Role
from geo.marking import Clearance
from tests.drills.ports import free_port
from tests.drills.postgres import DrillPostgres
from tests.drills.proxy import FaultProxy
from tests.drills.redis import DrillRedis


@dataclass(frozen=True, slots=True)
class Shape:
    """What is to be set up. ``mutant`` is the name of a fault of tests.drills.mutants, built into every process."""

    processes: int = 2
    redis: bool = True
    store_proxy: bool = False
    redis_proxy: bool = False
    mutant: str = ""
    postgres_folder: Path | None = None


class Node:
    """One server process; it keeps its port through kills and restarts."""

    def __init__(self, number: int, data: Path, log: Path, environment: dict[str, str], mutant: str) -> None:
        self.number, self.data, self.log = number, data, log
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = environment
        self.module = ["tests.drills.mutants", mutant] if mutant else ["app"]
        """What is run: the product, or the product with a fault built in."""
        self.process: subprocess.Popen[bytes] | None = None
        self.in_service = False
        """What a load balancer thinks of it: ready when last asked, and nobody has told it to end."""

    def spawn(self) -> None:
        words = [sys.executable, "-m", *self.module, "serve", "--data", str(self.data), "--port"]
        environment, self.in_service = os.environ | self.environment, False
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*words, str(self.port)], stdout=log, stderr=log, env=environment)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.in_service = self.in_service and number != signal.SIGTERM
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and reaped."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def rss_kib(self) -> int:
        """What it has in memory."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    async def ready(self, patience_s: float = 60.0) -> float:
        """Waits until ``/readyz`` says 200; how long it took. Raises RuntimeError, with the log's end."""
        begun = time.monotonic()
        async with httpx.AsyncClient(timeout=2) as client:
            while time.monotonic() - begun < patience_s:
                if self.process is None or self.process.poll() is not None:
                    break
                try:
                    if (await client.get(f"{self.url}/readyz")).status_code == 200:
                        self.in_service = True
                        return time.monotonic() - begun
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)
        raise RuntimeError(f"node {self.number} is not ready: {self.log.read_text(errors='replace')[-1_500:]}")

    async def ended(self, patience_s: float = 100.0) -> float:
        """Waits for its end; how long that took. Raises TimeoutError."""
        begun = time.monotonic()
        async with asyncio.timeout(patience_s):
            while self.runs:
                await asyncio.sleep(0.05)
        return time.monotonic() - begun


class Cluster:
    """``async with Cluster(shape, seed) as cluster``: everything runs; at the end nothing does."""

    def __init__(self, shape: Shape, rng: random.Random, folder: Path | None = None) -> None:
        self.shape, self.rng = shape, rng
        self.folder = folder or Path(tempfile.mkdtemp(prefix="beatline-drill-"))
        self.data = self.folder / "data"
        self.postgres = DrillPostgres(shape.postgres_folder)
        self.redis = DrillRedis() if shape.redis else None
        self.store_proxy: FaultProxy | None = None
        self.redis_proxy: FaultProxy | None = None
        self.nodes: list[Node] = []
        self.doors: list[FaultProxy] = []
        """The way from the devices to each process, in the order of ``nodes``."""
        self._issuer: Issuer | None = None

    # ------------------------------------------------------------------ up and down
    async def __aenter__(self) -> Cluster:
        try:
            await self._begin()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def _begin(self) -> None:
        await asyncio.to_thread(self.postgres.create)
        environment = {"BEATLINE_STORE": self.postgres.url, "BEATLINE_LOG_LEVEL": "info"}
        if self.shape.store_proxy:
            self.store_proxy = await FaultProxy(("127.0.0.1", self.postgres.port), self._own_rng()).open()
            environment["BEATLINE_STORE"] = self.postgres.url_by(self.store_proxy.port)
        if self.redis is not None:
            self.redis.start()
            environment["BEATLINE_REDIS"] = self.redis.url
            if self.shape.redis_proxy:
                self.redis_proxy = await FaultProxy(("127.0.0.1", self.redis.port), self._own_rng()).open()
                environment["BEATLINE_REDIS"] = f"redis://127.0.0.1:{self.redis_proxy.port}/0"
        self._issuer = Issuer.open(self.data)
        await asyncio.to_thread(self.command, "migrate", "--data", str(self.data))
        for number in range(self.shape.processes):
            await self.add_node(environment, number)
        await asyncio.gather(*(node.ready() for node in self.nodes))

    async def add_node(self, environment: dict[str, str], number: int) -> Node:
        node = Node(number, self.data, self.folder / f"node-{number}.log", environment, self.shape.mutant)
        self.nodes.append(node)
        self.doors.append(await FaultProxy(("127.0.0.1", node.port), self._own_rng()).open())
        node.spawn()
        return node

    async def _end(self) -> None:
        for node in self.nodes:
            if node.runs:
                node.send(signal.SIGCONT)
                node.kill()
        for proxy in (*self.doors, self.store_proxy, self.redis_proxy):
            if proxy is not None:
                await proxy.close()
        if self.redis is not None:
            self.redis.remove()
        await asyncio.to_thread(self.postgres.remove)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """``beatline ...`` on this deployment's store."""
        environment = os.environ | {"BEATLINE_STORE": self.postgres.url}
        run = [sys.executable, "-m", "app", *words]
        done = subprocess.run(run, capture_output=True, text=True, env=environment, check=False, timeout=300)
        if done.returncode not in (0, 2):
            raise RuntimeError(f"beatline {' '.join(words)}: {done.stdout[-500:]} {done.stderr[-500:]}")
        return done

    def _own_rng(self) -> random.Random:
        return random.Random(self.rng.random())

    # ------------------------------------------------------------------ who may come in
    def token(
        self,
        id: str,
        role: Role = Role.OFFICER,
        force: str = "own",
        clearance: Clearance = Clearance.OFFICIAL,
        minutes: float = 240,
    ) -> str:
        assert self._issuer is not None
        return self._issuer.issue(id, role, force=force, clearance=clearance, minutes=minutes)

    # ------------------------------------------------------------------ how devices find a process
    def any_door(self, rng: random.Random) -> Callable[[], tuple[str, int]]:
        """A load balancer that knows which processes are ready: another one, perhaps, at each call."""

        def dial() -> tuple[str, int]:
            pairs = zip(self.nodes, self.doors, strict=True)
            running = [door for node, door in pairs if node.runs and node.in_service]
            return "127.0.0.1", rng.choice(running or self.doors).port

        return dial

    def door_of(self, number: int) -> Callable[[], tuple[str, int]]:
        """Always this process."""
        return lambda: ("127.0.0.1", self.doors[number].port)

    @property
    def urls(self) -> list[str]:
        """Of the processes that run, for whoever posts."""
        return [node.url for node in self.nodes if node.runs and node.in_service]

    @property
    def noticed_s(self) -> list[float]:
        """How long each link that fell silent was, until one of its ends gave up."""
        return [seconds for door in self.doors for seconds, _ in door.noticed_s]

    def log(self) -> str:
        return "\n".join(node.log.read_text(errors="replace") for node in self.nodes if node.log.exists())
