"""The bench of a force: PostgreSQL with PostGIS, Redis and two server processes, all of them on this machine."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.bench import briefings, bulk, history, storm
from app.bench.away import Away
from app.bench.briefing_scene import fill, import_roster
from app.bench.report import Figure, quantile
from app.bench.scene import Control, around, ring
from app.bench.server import Server
from app.bench.servers import Postgres, Redis
from app.errors import CannotStart
from geo.place import LonLat

STORE = "PostgreSQL + PostGIS, Redis, two server processes"
Part = Callable[[Path], list[Figure]]


@dataclass(frozen=True, slots=True)
class Size:
    """How large it is played."""

    devices: int
    rounds: int
    fanout: int
    fanouts: int
    recipients: int
    ticks: int
    rows: int
    records: int
    queries: int
    storm: int


FULL = Size(2_000, 60, 10_000, 5, 10_000, 40, 60_000, 1_000_000, 30, 10_000)
QUICK = Size(100, 6, 200, 2, 1_000, 10, 3_000, 10_000, 3, 200)


def force_parts(quick: bool) -> dict[str, Part]:
    """Name -> what takes the figures; each has a database of its own."""
    size = QUICK if quick else FULL

    def on_two(measure: Callable[[Sequence[Server]], list[Figure]]) -> Part:
        def part(folder: Path) -> list[Figure]:
            with two_processes(folder) as servers:
                return measure(servers)

        return part

    def on_store(measure: Callable[[Postgres], list[Figure]]) -> Part:
        def part(folder: Path) -> list[Figure]:
            with Postgres() as postgres:
                migrate(folder, postgres.url)
                return measure(postgres)

        return part

    return {
        "record": on_store(lambda postgres: asyncio.run(bulk.recording(postgres.url, size.recipients, size.ticks))),
        "import": lambda folder: _import(folder, size.rows),
        "history": on_store(lambda postgres: asyncio.run(history.measure(postgres, size.records, size.queries))),
        "briefing": lambda folder: _briefing(folder, size.records),
        "latency": on_two(lambda servers: asyncio.run(latency(servers, size.devices, size.rounds))),
        "fanout": on_two(lambda servers: asyncio.run(fanout(servers, size.fanout, size.fanouts))),
        "storm": on_two(lambda servers: asyncio.run(storm.measure(servers, devices=size.storm))),
    }


def _import(folder: Path, rows: int) -> list[Figure]:
    with Postgres() as postgres:
        migrate(folder, postgres.url)
        found = asyncio.run(bulk.importing(postgres.url, rows))
        return found + bulk.street_file(folder, postgres.url, rows)


def _briefing(folder: Path, records: int) -> list[Figure]:
    """A patrol briefing over a month of so many records."""
    with Postgres() as postgres:
        migrate(folder, postgres.url)
        environment = {"BEATLINE_STORE": postgres.url}
        import_roster(folder / "data", folder, 100, environment)
        asyncio.run(fill(folder / "data", records, postgres.url))
        postgres.sql("VACUUM ANALYZE record")
        with Server(folder, environment=environment) as server:
            return asyncio.run(briefings.compiling(server, records, 300.0))


def migrate(folder: Path, url: str) -> None:
    """`beatline migrate`, as an operator runs it. Raises CannotStart."""
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "app", "migrate", "--data", str(folder / "data")],
        env={**os.environ, "BEATLINE_STORE": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise CannotStart(f"beatline migrate: {done.stderr.strip()[-300:]}")


@contextmanager
def two_processes(folder: Path) -> Iterator[list[Server]]:
    """Two servers on one data folder, one database and one Redis."""
    with ExitStack() as stack:
        postgres, redis = stack.enter_context(Postgres()), stack.enter_context(Redis())
        migrate(folder, postgres.url)
        environment = {"BEATLINE_STORE": postgres.url, "BEATLINE_REDIS": redis.url}
        data = folder / "data"
        yield [stack.enter_context(Server(folder / name, environment=environment, data=data)) for name in ("a", "b")]


async def latency(servers: Sequence[Server], devices: int, rounds: int, in_reach: int = 50) -> list[Figure]:
    """One incident, posted at the first process, for devices at both."""
    in_reach = min(in_reach, devices)
    places = around(in_reach, 300) + ring(devices - in_reach, 30_000, 60_000)
    waits, missing = await _incidents(servers, places, in_reach, rounds, pause_s=0.25)
    note = f"{devices:,} devices at two processes, {in_reach} in reach, {rounds} incidents" + _missing(missing)
    flat = [wait for arrivals in waits for wait in arrivals]
    return [
        Figure("latency 201 → device, p50", 1e3 * quantile(flat, 0.5), "ms", 25.0, note=note),
        Figure("latency 201 → device, p99", 1e3 * quantile(flat, 0.99), "ms", 100.0, note=note),
    ]


async def fanout(servers: Sequence[Server], devices: int, rounds: int) -> list[Figure]:
    """One alert for all, half of them at each process."""
    waits, missing = await _incidents(servers, around(devices, 300), devices, rounds, pause_s=1.5)
    note = f"{devices:,} devices at two processes, {rounds} incidents" + _missing(missing)
    flat = [wait for arrivals in waits for wait in arrivals]
    last = max((arrivals[-1] for arrivals in waits if arrivals), default=float("nan"))
    return [
        Figure("fan-out 201 → device, p99", 1e3 * quantile(flat, 0.99), "ms", 1_000.0, note=note),
        Figure("fan-out 201 → last device", 1e3 * last, "ms", note=note),
    ]


def _missing(count: int) -> str:
    return f"; {count} MISSING" if count else ""


async def _incidents(
    servers: Sequence[Server], places: list[LonLat], in_reach: int, rounds: int, pause_s: float
) -> tuple[list[list[float]], int]:
    """For each incident the seconds from its 201 to each arrival, in order; and how many never arrived."""
    waits: list[list[float]] = []
    missing = 0
    async with Away() as crowd:
        tokens = servers[0].officers(len(places))
        for number, server in enumerate(servers):
            mine = slice(number, None, len(servers))
            found = await crowd.connect(server.port, tokens[mine], places[mine])
            if found.connected != len(tokens[mine]):
                raise RuntimeError(f"only {found.connected} of {len(tokens[mine])} devices caught up")
        control = Control(servers[0])
        await asyncio.sleep(2)
        for number in range(rounds + 3):
            posted = await control.robbery()
            held = await crowd.collect(posted.id, in_reach, 20)
            if number >= 3:  # the first ones warm the servers' code paths up
                waits.append(sorted(max(0.0, at - posted.at) for at in held.at))
                missing += in_reach - len(held.at)
            await asyncio.sleep(pause_s)
        await control.close()
    return waits, missing
