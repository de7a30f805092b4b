"""`beatline simulate`: N officers over real sockets, on traces or on their own, and what became of them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.errors import CannotStart
from app.identity import Issuer, Role
from app.people.device_socket import raise_open_files
from app.people.handset import Link, LinkChanged
from app.people.movement import Mover, Shifted, StreetPoints, Walk, read_traces
from app.people.simulated import SimulatedOfficer, Tally, drive, start_all, stop_all
from geo.clock import MINUTE, Instant, SystemClock
from geo.place import LonLat, moved_by
from streams.conversation.device import Event

LEEDS: LonLat = (-1.5437, 53.7974)


def main(
    url: str,
    data: Path | None = None,
    token_file: Path | None = None,
    officers: int = 100,
    traces: Path | None = None,
    seconds: float | None = None,
    every: float = 5.0,
    lon: float = LEEDS[0],
    lat: float = LEEDS[1],
    radius_m: float = 5_000.0,
) -> None:
    """Runs until ``seconds`` are over, or Ctrl-C; a line a second, and a summary. Raises CannotStart."""
    people = tokens(data, token_file, officers)
    ways = movers(len(people), traces, (lon, lat), radius_m, SystemClock().now())
    raise_open_files()
    tally = asyncio.run(_run(url, people, ways, seconds, every))
    if not tally.came and (tally.drops or tally.stopped):
        why = next(iter(tally.stopped), "nobody answers there; is `beatline serve` running?")
        raise CannotStart(f"no officer could connect to {url}: {why}")


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to be played; ``renew`` gives a new token, or None where there is none to be had."""

    id: str
    token: str
    renew: Callable[[], str | None]


def tokens(data: Path | None, file: Path | None, officers: int) -> list[Person]:
    """The officers, from the install's own issuer or from lines `ID TOKEN`. Raises CannotStart."""
    if (data is None) == (file is None):
        raise CannotStart("give either --data (this install's folder) or --token-file (lines `ID TOKEN`)")
    if data is not None:
        issuer = Issuer.open(data)
        sign = partial(issuer.issue, role=Role.OFFICER, minutes=12 * 60)
        names = [f"SIM-{number:05d}" for number in range(1, officers + 1)]
        return [Person(name, sign(name), partial(sign, name)) for name in names]
    assert file is not None
    lines = [line.split() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    if any(len(words) != 2 for words in lines):
        raise CannotStart(f"{file} is not a file of lines `ID TOKEN` (as `beatline token --count` prints them)")
    return [Person(name, token, lambda: None) for name, token in lines[:officers]]


def movers(count: int, traces: Path | None, centre: LonLat, radius_m: float, now: Instant) -> list[Mover]:
    """A way for each officer: the file's traces from their beginning (shared ones a minute apart), or walks."""
    if traces is not None:
        known = list(read_traces(traces).values())
        if not known:
            raise CannotStart(f"{traces} holds no traces")
        shared = [(known[n % len(known)], n // len(known)) for n in range(count)]
        return [Shifted(trace, trace.start - now + turn * MINUTE) for trace, turn in shared]
    chance = random.Random(11)
    corners = [moved_by(*centre, chance.uniform(-1, 1) * radius_m, chance.uniform(-1, 1) * radius_m)
               for _ in range(max(400, count // 4))]  # fmt: skip
    streets = StreetPoints(corners)
    return [Walk(streets, now, seed, on_foot=seed % 8 == 7) for seed in range(count)]


async def _run(
    url: str,
    people: Sequence[Person],
    ways: Sequence[Mover],
    seconds: float | None,
    every_s: float,
) -> Tally:
    tally, stop = Tally(), asyncio.Event()

    def watch(_: SimulatedOfficer, event: Event | LinkChanged) -> None:
        tally.count(event)

    officers = [
        SimulatedOfficer(who.id, url, who.token, way, watch, seed=number, renew=who.renew)
        for number, (who, way) in enumerate(zip(people, ways, strict=True))
    ]
    loop, began = asyncio.get_running_loop(), time.monotonic()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    work = [asyncio.create_task(start_all(officers)), asyncio.create_task(drive(officers, every_s, tally))]
    while not stop.is_set() and (seconds is None or time.monotonic() - began < seconds):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 1)
        say(line(officers, tally, time.monotonic() - began), end=sys.stdout.isatty())
        if len(officers) == sum(tally.stopped.values()):
            break
    live = sum(officer.handset.link is Link.LIVE for officer in officers)
    for task in work:
        task.cancel()
    await stop_all(officers)
    say(summary(len(officers), live, tally, time.monotonic() - began), end=False)
    return tally


def line(officers: Sequence[SimulatedOfficer], tally: Tally, passed_s: float) -> str:
    """How they stand."""
    live = sum(officer.handset.link is Link.LIVE for officer in officers)
    styles = ", ".join(f"{tally.shown[style]} {style}" for style in ("interrupt", "notify", "map"))
    return (
        f"{passed_s:6.0f} s  {live}/{len(officers)} live  {tally.fixes} fixes  told: {styles}"
        f"  ended {tally.ended}  answered {tally.answered}  dropped {tally.drops}"
    )


def summary(count: int, live: int, tally: Tally, passed_s: float) -> str:
    """What became of them, in a few lines."""
    hours = max(count * passed_s / 3_600, 1e-9)
    said = [
        f"\n{count} officers for {passed_s:.0f} s; {live} were connected at the end, {tally.drops} connections dropped"
        f" ({tally.gaps} for a gap)",
        f"{tally.fixes} fixes sent; {tally.told} alerts shown: "
        + ", ".join(f"{tally.shown[style]} {style}" for style in ("interrupt", "notify", "map"))
        + f"; {tally.shown['interrupt'] / hours:.1f} interruptions an officer-hour",
        f"{tally.ended} ended, {tally.erased} erased, {tally.answered} answers confirmed",
    ]
    said += [f"{number} stopped: {word}" for word, number in tally.stopped.most_common(5)]
    return "\n".join(said)


def say(text: str, end: bool) -> None:
    """On a terminal a running line replaces the last; in a log each stands for itself."""
    sys.stdout.write(f"\r{text}\x1b[K" if end else f"{text}\n")
    sys.stdout.flush()
