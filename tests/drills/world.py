"""What every drill starts from: a deployment, towns far apart, officers who may and may not know, a control room."""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from app.identity import Role
from tests.drills.checker import Findings, check
from tests.drills.cluster import Cluster, Shape
from tests.drills.devices import Crowd, Handheld
from tests.drills.ledger import Ledger
from tests.drills.producer import Producer, Town
from tests.drills.table import Row

CENTRES = (("north", -1.55, 54.9), ("south", -1.4, 50.9), ("west", -4.1, 50.4), ("east", 1.3, 52.6))
"""Hundreds of kilometres apart: no reach of any policy leads from one to the other."""
SETTLE_S = 90.0


class World:
    """``async with World(...) as world``: everybody is on duty in his town. ``world.row`` is what the drill returns."""

    def __init__(
        self, row: Row, shape: Shape, devices: int, *, towns: int = 2, strangers: int = 4, folder: Path | None = None
    ) -> None:
        self.row, self.rng = row, random.Random(row.seed)
        self.cluster = Cluster(shape, self.rng, folder)
        self._devices, self._towns, self._strangers = devices, towns, strangers
        self.towns: list[Town] = []
        self._begun = time.monotonic()

    async def __aenter__(self) -> World:
        await self.cluster.__aenter__()
        try:
            self.ledger = Ledger(self.cluster.folder / "ledger.jsonl")
            self.crowd = Crowd(self.ledger, self.rng)
            self.strangers: list[Handheld] = []
            self._populate()
            token = self.cluster.token("control", Role.DISPATCHER)
            self.producer = Producer(self.ledger, lambda: self.cluster.urls, token, self.rng)
            await self.crowd.__aenter__()
            await self.crowd.begin()
            await asyncio.sleep(1.0)  # the first positions are in
            self._begun = time.monotonic()
        except BaseException:
            await self.cluster.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.crowd.__aexit__()
        await self.producer.close()
        self.ledger.close()
        await self.cluster.__aexit__()
        if self.row.passed and self.row.pairs:
            shutil.rmtree(self.cluster.folder, ignore_errors=True)
        else:
            self.row.why.append(f"the ledger and the logs are kept in {self.cluster.folder}")

    # ------------------------------------------------------------------ who is where
    def _populate(self) -> None:
        """Most devices in the first town, the others shared out; in each, strangers of another force."""
        others = self._towns - 1
        for place, (name, lon, lat) in enumerate(CENTRES[: self._towns]):
            share = self._devices - others * (self._devices // 6) if place == 0 else self._devices // 6
            officers = [self.add(f"{name}-{number:04d}", lon, lat) for number in range(share)]
            self.towns.append(Town(name, lon, lat, frozenset(one.screen.officer for one in officers)))
            for number in range(self._strangers):
                self.strangers.append(self.add(f"{name}-stranger-{number}", lon, lat, force="next-door"))

    def add(
        self, officer: str, lon: float, lat: float, force: str = "own", device: str = "", door: int | None = None
    ) -> Handheld:
        """A device within 300 m of there; ``door``: always at this process."""
        place = lon + self.rng.uniform(-0.003, 0.003), lat + self.rng.uniform(-0.002, 0.002)
        dial = self.cluster.any_door(self.rng) if door is None else self.cluster.door_of(door)
        return self.crowd.add(officer, lambda: self.cluster.token(officer, force=force), dial, place, device)

    @property
    def town(self) -> Town:
        """The big one."""
        return self.towns[0]

    # ------------------------------------------------------------------ what drills do
    async def under_traffic(self, seconds: float, per_s: float, faults: Awaitable[None], life_s: float = 60.0) -> None:
        """Alerts at this rate for so long, and until the faults are over; then everything has time to come right."""
        until = time.monotonic() + seconds
        faulting = asyncio.ensure_future(faults)
        posting = self.producer.traffic(
            self.towns, per_s, lambda: time.monotonic() >= until and faulting.done(), life_s
        )
        traffic = asyncio.create_task(posting)
        await asyncio.wait({faulting, traffic}, return_when=asyncio.FIRST_EXCEPTION)
        faulting.result()
        await asyncio.wait_for(traffic, 180)

    async def every(self, seconds: float, until: float, act: Callable[[], Awaitable[None]]) -> None:
        """Does this again and again, at about this distance, until then (monotonic)."""
        while time.monotonic() + seconds < until:
            await asyncio.sleep(seconds * self.rng.uniform(0.6, 1.4))
            await act()

    async def kill_and_restart(self, number: int) -> None:
        """SIGKILL of one process, which comes back as fast as it can."""
        node = self.cluster.nodes[number]
        node.kill()
        await asyncio.sleep(self.rng.uniform(0.0, 1.0))
        node.spawn()
        await node.ready()

    async def pause(self, number: int, seconds: float) -> None:
        """SIGSTOP, and after a while SIGCONT."""
        node = self.cluster.nodes[number]
        node.send(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            node.send(signal.SIGCONT)

    def fault(self, since: float, until: float | None = None) -> None:
        """Books a time in which nobody could be reached for certain: an alert that ended within it is excused."""
        self.ledger.faults.append((since, time.monotonic() if until is None else until))

    # ------------------------------------------------------------------ and what came of it
    async def settle(self, patience_s: float = SETTLE_S) -> Findings:
        """Waits until every device is back and nothing is missing, or the patience is over; fills the row."""
        until = time.monotonic() + patience_s
        try:
            await self.crowd.settled(patience_s)
        except TimeoutError:
            self.row.fail(f"only {self.crowd.live} of {len(self.crowd.devices)} devices came back")
        findings = check(self.ledger)
        while (findings.lost or findings.unexplained) and time.monotonic() < until:
            await asyncio.sleep(2.0)
            findings = check(self.ledger)
        await asyncio.sleep(1.0)
        findings = check(self.ledger)
        self.row.of(findings)
        self._note(findings)
        return findings

    def _note(self, findings: Findings) -> None:
        row, figures, answers = self.row, self.crowd.figures, self.producer.answers
        row.gap_s = round(max(self.cluster.noticed_s, default=0.0), 1)
        row.took_s = round(time.monotonic() - self._begun, 1)
        row.notes |= {"alerts": len(self.ledger.entries), "whole": figures.whole, "reset": figures.reset}
        if figures.gaps:
            row.notes["gaps seen"] = figures.gaps
        if figures.silent:
            row.notes["silent links"] = figures.silent
        if findings.slowest[0] > 5:
            row.notes["slowest"] = f"{findings.slowest[2]} on {findings.slowest[1]}"
        if figures.refused:
            row.notes["refused 503"] = figures.refused
        if figures.back_s:
            row.notes["back max s"] = round(max(figures.back_s), 2)
        if answers.refused:
            row.notes["posts refused"] = " ".join(f"{code}:{count}" for code, count in sorted(answers.refused.items()))
        if odd := {code: count for code, count in figures.closes.items() if code not in _EXPECTED}:
            row.notes["closes"] = " ".join(f"{code}:{count}" for code, count in sorted(odd.items()))
        if figures.errors:
            row.notes["errors"] = " ".join(f"{code}:{count}" for code, count in sorted(figures.errors.items()))
        held = max((len(device.memory.held) for device in self.crowd.devices), default=0)
        row.notes["held at the end"] = held


_EXPECTED = {"1000", "1006", "503"}
