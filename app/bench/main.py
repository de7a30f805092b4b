"""`beatline bench`: takes the figures one after the other, each on a server of its own, and shows them as they come."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from app.bench import briefings, curve, fanout, ingest, latency, positions, scoring, storm
from app.bench.bare import bare_send
from app.bench.briefing_scene import a_force
from app.bench.force import STORE, force_parts
from app.bench.report import Figure, amount, table, write_json
from app.bench.server import Server
from app.people.device_socket import raise_open_files


@dataclass(frozen=True, slots=True)
class Size:
    """How large the bench is played."""

    latency_devices: int
    latency_rounds: int
    fanout_devices: int
    fanout_rounds: int
    moving_devices: int
    live_records: int
    fixes_per_s: float
    moving_s: float
    ingest_rows: int
    officers: int
    storm_devices: int = 10_000
    curve: tuple[int, ...] = (1_000, 10_000, 100_000)
    briefed: int = 5_000
    briefings: int = 500
    shift_change_s: float = 60.0
    history: int = 200_000


FULL = Size(2_000, 60, 10_000, 5, 2_000, 10_000, 10_000.0, 10.0, 30_000, 4_096)
QUICK = Size(300, 12, 800, 2, 400, 1_000, 2_000.0, 3.0, 5_000, 1_024, 800, (1_000, 10_000), 400, 40, 6.0, 5_000)


def main(quick: bool = False, json: Path | None = None, only: Sequence[str] = (), force: bool = False) -> None:
    """Runs all parts, or those named by ``only``; the table on stdout, the same as JSON in a file. ``force``: those of
    PostgreSQL and Redis with two processes, which it starts itself."""
    raise_open_files()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the servers that it starts end with it
    size = QUICK if quick else FULL
    there = force_parts(quick) if force else parts(size)
    chosen = {name: part for name, part in there.items() if not only or name in only}
    if not chosen:
        raise ValueError(f"the bench has no such part: there are {', '.join(there)}")
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="beatline-bench-") as folder:
        for name, part in chosen.items():
            say(f"{name} ...")
            found = attempt(name, part, Path(folder) / name)
            figures += found
            for figure in found:
                say(f"  {figure.name}: {amount(figure.value, figure.unit)}")
    Console(width=None if sys.stdout.isatty() else 160).print(
        table(figures, quick, STORE if force else "embedded store")
    )
    if json is not None:
        write_json(figures, json, quick)


Part = Callable[[Path], list[Figure]]


def parts(size: Size) -> dict[str, Part]:
    """Name -> what takes the figures in a folder of its own."""

    def with_server(measure: Callable[[Server], list[Figure]], folder: Path) -> list[Figure]:
        with Server(folder) as server:
            return measure(server)

    return {
        "scoring": lambda _: scoring.measure(officers=size.officers),
        "curve": lambda _: curve.measure(sizes=size.curve, say=say),
        "ingest": lambda folder: ingest.measure(folder, rows=size.ingest_rows),
        "latency": lambda folder: with_server(
            lambda server: asyncio.run(
                latency.measure(server, devices=size.latency_devices, rounds=size.latency_rounds)
            ),
            folder,
        ),
        "positions": lambda folder: with_server(
            lambda server: asyncio.run(
                positions.measure(server, devices=size.moving_devices, records=size.live_records,
                                  rate=size.fixes_per_s, seconds=size.moving_s)
            ),
            folder,
        ),
        "fanout": lambda folder: with_server(
            lambda server: asyncio.run(
                fanout.measure(server, bare_send(size.fanout_devices), devices=size.fanout_devices,
                               rounds=size.fanout_rounds)
            ),
            folder,
        ),
        "push": lambda folder: pushing(folder, size),
        "shift-change": lambda folder: shift_change(folder, size),
        "storm": lambda folder: with_server(
            lambda server: asyncio.run(storm.measure([server], devices=size.storm_devices)), folder
        ),
    }  # fmt: skip


def pushing(folder: Path, size: Size) -> list[Figure]:
    """A force that is briefed, all of it connected."""
    with a_force(folder, size.briefed) as server:
        return asyncio.run(briefings.push(server, devices=size.briefed, rounds=size.fanout_rounds))


def shift_change(folder: Path, size: Size) -> list[Figure]:
    """A force whose officers ask for their briefings, over a history."""
    with a_force(folder, size.briefings, size.history) as server:
        found = asyncio.run(briefings.compiling(server, size.history, 800.0))
        return found + asyncio.run(
            briefings.shift_change(
                server, briefings=size.briefings, seconds=size.shift_change_s, devices=size.latency_devices
            )
        )


def attempt(name: str, part: Part, folder: Path) -> list[Figure]:
    """A part that breaks off is a line in the table that says so: never a figure that is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return part(folder)
    except Exception as error:
        return [Figure(name, float("nan"), "", 0.0, note=f"BROKE OFF: {type(error).__name__}: {error}"[:300])]


def say(text: str) -> None:
    """Progress goes to stderr, so that stdout is the table."""
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
