"""`beatline demo`: real police records against officers on real sockets, live in this terminal, and a summary."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from rich.live import Live

from app.bench.server import free_port
from app.demo.feed import Source
from app.demo.packs import Pack, open_pack
from app.demo.screen import drawn, figures, incoming_line, summary, told_line
from app.demo.tally import DemoTally
from app.errors import CannotStart
from app.identity import Issuer, Role
from app.people.handset import Link, LinkChanged
from app.people.simulated import SimulatedOfficer, drive, start_all, stop_all
from geo.clock import SECOND, Instant, ScaledClock
from geo.model import Record
from streams.conversation.device import Event
from streams.conversation.holding import Replaced, Shown

HEAD_START_S = 3.0
"""The replay's clock begins this long before the window, in seconds of the wall, so that the server is up by then."""
POSITION_EVERY_S = 0.5
DRAW_EVERY_S = 0.25


def main(
    pack: str | None = None,
    speed: float | None = None,
    officers: int = 40,
    seconds: float | None = None,
    port: int | None = None,
) -> None:
    """Plays a pack until its window ends, ``seconds`` are over, or Ctrl-C. Raises CannotStart, PackUnavailable."""
    chosen = open_pack(pack, _kept() / "packs", lambda word: say(word + " ..."))
    with tempfile.TemporaryDirectory(prefix="beatline-demo-") as folder:
        demo = Demo(chosen, speed or chosen.speed, officers, port or free_port(), Path(folder))
        say("starting a server of its own ...")
        with demo.serving():
            asyncio.run(demo.play(seconds))
    say(summary(chosen, demo.tally, demo.wall_s))


def _kept() -> Path:
    """What is fetched once is kept in the project's ``var/`` (ignored by git), or where this is installed elsewhere."""
    root = Path(__file__).resolve().parents[2]
    return root / "var" if (root / "pyproject.toml").is_file() else Path.home() / ".cache" / "beatline"


class Demo:
    """One run: a server in a process of its own, officers and a source system in this one."""

    def __init__(self, pack: Pack, speed: float, officers: int, port: int, folder: Path) -> None:
        self.pack, self.speed, self.port, self.data = pack, speed, port, folder / "data"
        self.url = f"http://127.0.0.1:{port}"
        self._zero_ns = time.monotonic_ns()
        self._start: Instant = pack.start - int(HEAD_START_S * speed * SECOND)
        self.clock = ScaledClock(self._start, speed, self._zero_ns)
        self.tally = DemoTally(officers)
        self.stop = asyncio.Event()
        self.wall_s = 0.0
        self._log = folder / "server.log"
        self._plain = not sys.stdout.isatty()
        self._officers: list[SimulatedOfficer] = []

    # ------------------------------------------------------------------ the server
    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        """The server runs; it is gone at the end of the block, however it ends."""
        issuer = Issuer.open(self.data)
        self._officers = self._people(issuer)
        self._feed_token = issuer.issue("demo-cad", Role.FEED, minutes=24 * 60)
        clock = (str(self._start), str(self.speed), str(self._zero_ns))
        with self._log.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "app.demo.server", str(self.data), str(self.port), self.pack.policy, *clock],
                stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait_for(process)
            yield
        finally:
            with contextlib.suppress(OSError):
                assert process.stdin is not None
                process.stdin.close()
            process.terminate()
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=1).status_code == 200:
                    return
            time.sleep(0.05)
        last = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-3:]
        raise CannotStart("the demo's server did not start: " + " | ".join(last))

    def _people(self, issuer: Issuer) -> list[SimulatedOfficer]:
        prefix = {"san-francisco": "SF", "west-yorkshire": "WY"}[self.pack.name]
        return [
            SimulatedOfficer(
                name := f"{prefix}{number:02d}",
                self.url,
                issuer.issue(name, Role.OFFICER, minutes=24 * 60),
                way,
                self._told,
                seed=number,
                speed=self.speed,
            )
            for number, way in enumerate(self.pack.movers(self.tally.officers), 1)
        ]

    # ------------------------------------------------------------------ the play
    async def play(self, seconds: float | None) -> None:
        """Officers come on duty, then the records come in."""
        loop, began = asyncio.get_running_loop(), time.monotonic()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self.stop.set)
        source = Source(self.url, self._feed_token, self.clock, self.speed, self._posted)
        work = [
            asyncio.create_task(self._go_on_duty()),
            asyncio.create_task(self._feed(source)),
            asyncio.create_task(self._watch_server()),
        ]
        screen = asyncio.create_task(self._lines() if self._plain else self._screen())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stop.wait(), seconds)
        self.wall_s = time.monotonic() - began
        self.tally.look(self._officers, self.clock.now())
        for task in (*work, screen):
            task.cancel()
        results = await asyncio.gather(*work, screen, return_exceptions=True)
        await stop_all(self._officers)
        await source.close()
        self.tally.refused = source.refused
        for result in results:
            if isinstance(result, Exception):
                raise CannotStart(f"the demo broke off: {type(result).__name__}: {result}") from result

    async def _go_on_duty(self) -> None:
        await start_all(self._officers)
        await drive(self._officers, POSITION_EVERY_S, self.tally.people)

    async def _feed(self, source: Source) -> None:
        try:
            going_on = [change for change in self.pack.changes if change[0] < self.pack.start]
            await asyncio.sleep(1.0)  # officers first: what is going on then reaches them as news
            await source.begin(going_on)
            await source.play([change for change in self.pack.changes if change[0] >= self.pack.start])
            await asyncio.sleep(max(0.0, (self.pack.end - self.clock.now()) / SECOND / self.speed) + 1.0)
        finally:
            self.stop.set()

    async def _watch_server(self) -> None:
        """What was kept away, by rule, from /metrics; and what the naive rule would have done."""
        async with httpx.AsyncClient(base_url=self.url, timeout=5) as http:
            while True:
                await asyncio.sleep(1.0)
                self.tally.look(self._officers, self.clock.now())
                with contextlib.suppress(httpx.HTTPError):
                    self.tally.kept_away = kept_away((await http.get("/metrics")).text)

    # ------------------------------------------------------------------ what is heard
    def _posted(self, at: Instant, record: Record, fresh: bool) -> None:
        self.tally.posted(at, record, fresh)
        if self._plain and at >= self.pack.start:
            say(incoming_line(self.pack, self.tally.incoming[-1]))

    def _told(self, officer: SimulatedOfficer, event: Event | LinkChanged) -> None:
        self.tally.people.count(event)
        alerts = (event.alert,) if isinstance(event, Shown) else event.new if isinstance(event, Replaced) else ()
        for alert in alerts:
            self.tally.reached(self.clock.now(), officer.id, alert, officer.moved_at)
            if self._plain and alert.style.value != "map":
                say(told_line(self.pack, self.tally.told[-1]))

    # ------------------------------------------------------------------ what is shown
    @property
    def live(self) -> int:
        return sum(officer.handset.link is Link.LIVE for officer in self._officers)

    async def _screen(self) -> None:
        console = Console()
        with Live(console=console, screen=True, auto_refresh=False) as live:
            while True:
                self.tally.now = self.clock.now()
                live.update(drawn(self.pack, self.tally, self.live, self.speed, console.height), refresh=True)
                await asyncio.sleep(DRAW_EVERY_S)

    async def _lines(self) -> None:
        say("\n  ".join((f"{self.pack.title}, x{self.speed:g}", *self.pack.notes)))
        while True:
            await asyncio.sleep(5.0)
            say(f"          {self.live}/{self.tally.officers} officers live; {figures(self.pack, self.tally)[0]}")


def say(text: str) -> None:
    """A line for the log, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def kept_away(metrics: str) -> dict[str, int]:
    """Rule -> pairs that it kept from an officer's attention, from the text of /metrics."""
    found: dict[str, int] = {}
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name == "beatline_decided_total" and sample.labels.get("verdict") in ("hold", "drop", "map"):
                rule = sample.labels.get("rule", "")
                found[rule] = found.get(rule, 0) + int(sample.value)
            elif sample.name == "beatline_refused_total":
                found[sample.labels.get("reason", "")] = int(sample.value)
    return {rule: count for rule, count in found.items() if count}
