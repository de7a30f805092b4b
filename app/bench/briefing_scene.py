"""The force of the briefing bench: officers on shifts and beats around Leeds, and the desk that briefs them"""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from shapely.geometry import Point

from app.bench.scene import CENTRE, Posted
from app.bench.server import Server
from app.errors import CannotStart
from app.identity import Role
from geo.clock import DAY, HOUR, MINUTE, Instant, SystemClock, format_instant
from geo.marking import Grading
from geo.model import Grade, Hazard, Incident, IntelReport, Interval, Record, Status
from geo.place import moved_by

BEATS = 24
SIDE_M = 1_500.0
"""Beats are squares of so many metres, six in a row."""


def roster(officers: int) -> dict[str, object]:
    """``B-00000`` and on, each on a shift that runs now, on one of 24 beats."""
    now = SystemClock().now()
    start, end = format_instant(now - 10 * MINUTE), format_instant(now + 8 * HOUR)
    names = [f"B-{number:05d}" for number in range(officers)]
    return {
        "officers": [{"id": name, "role": "response"} for name in names],
        "beats": [
            {"id": f"beat-{n}", "name": f"Beat {n}", "area": {"type": "Polygon", "coordinates": [square(n)]}}
            for n in range(BEATS)
        ],
        "shifts": [
            {"id": f"s-{name}", "officer": name, "beat": f"beat-{number % BEATS}", "start": start, "end": end}
            for number, name in enumerate(names)
        ],
    }  # fmt: skip


def square(number: int) -> list[list[float]]:
    """The outline of the n-th beat."""
    row, column = divmod(number, 6)
    west, south = (column - 3) * SIDE_M, (row - 2) * SIDE_M
    corners = ((0, 0), (SIDE_M, 0), (SIDE_M, SIDE_M), (0, SIDE_M), (0, 0))
    return [list(moved_by(*CENTRE, west + east, south + north)) for east, north in corners]


def import_roster(data: Path, folder: Path, officers: int, environment: Mapping[str, str] | None = None) -> None:
    """`beatline roster import`, as an operator runs it. Raises CannotStart."""
    file = folder / "roster.json"
    file.write_text(json.dumps(roster(officers)), encoding="utf-8")
    command = [sys.executable, "-m", "app", "roster", "import", str(file), "--data", str(data)]
    known = {**os.environ, **(environment or {})}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=known)  # noqa: S603 - our own
    if done.returncode:
        raise CannotStart(f"beatline roster import: {done.stderr.strip()[-300:]}")


@contextmanager
def a_force(folder: Path, officers: int, records: int = 0) -> Iterator[Server]:
    """A server on the embedded store whose roster has these officers, and which knows so many records."""
    folder.mkdir(parents=True, exist_ok=True)
    import_roster(folder / "data", folder, officers)
    asyncio.run(fill(folder / "data", records))
    with Server(folder) as server:
        yield server


@dataclass(slots=True)
class Desk:
    """The dispatcher's end, on one kept connection."""

    http: httpx.AsyncClient
    count: int = 0

    @classmethod
    def of(cls, server: Server) -> Desk:
        headers = {"Authorization": f"Bearer {server.token('bench-desk', Role.DISPATCHER)}"}
        return cls(httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30))

    async def push(self, **fields: object) -> Posted:
        """A must-ack briefing to the whole force; its id, when the 201 was there, and what it took."""
        self.count += 1
        body: dict[str, object] = {
            "title": "Armed suspect, do not approach",
            "body": "Male, 30s, grey hoodie, last seen on **Briggate**. Do not approach. Call control.",
            "audience": {"force": True},
            "must_ack": True,
            **fields,
        }
        began = time.monotonic()
        key = {"Idempotency-Key": f"bench-{self.count}-{time.monotonic_ns()}"}
        answer = await self.http.post("/v1/briefings", json=body, headers=key)
        at = time.monotonic()
        if answer.status_code != 201:
            raise RuntimeError(f"POST /v1/briefings answered {answer.status_code}: {answer.text[:300]}")
        return Posted(str(answer.json()["id"]), at, at - began)

    async def close(self) -> None:
        await self.http.aclose()


KINDS = ("burglary", "theft", "assault", "vehicle_crime", "antisocial_behaviour", "criminal_damage")
AT_ONCE = 2_000


async def fill(data: Path, records: int, url: str | None = None) -> None:
    """So many records of the last 30 days over all beats and as far again around them, straight into the store of the
    folder or at that address: one in a hundred live, one in twenty intelligence."""
    from app.drivers import store_of
    from app.settings import settings_of

    store = store_of(settings_of(data=data, store=url) if url else settings_of(data=data))
    await store.open()
    now, chance = SystemClock().now(), random.Random(11)
    for first in range(0, records, AT_ONCE):
        await store.put([_record(number, now, chance) for number in range(first, min(records, first + AT_ONCE))])
    await store.close()


def _record(number: int, now: Instant, chance: random.Random) -> Record:
    at = now - int(chance.random() * 30 * DAY)
    place = Point(*moved_by(*CENTRE, chance.uniform(-6, 6) * SIDE_M, chance.uniform(-4, 4) * SIDE_M))
    given: dict[str, Any] = {
        "force": "own", "source": "bench", "source_id": f"P-{number}", "category": chance.choice(KINDS),
        "title": "Burglary, rear window forced", "text": "Two males seen running towards the canal.",
        "grade": Grade.STANDARD, "status": Status.OPEN if number % 100 == 0 else Status.CLOSED, "place": place,
        "place_text": "The Headrow", "reported_at": at, "occurred": Interval(at - HOUR, at),
    }  # fmt: skip
    if number % 20 == 7:
        return IntelReport(**given, grading=Grading.parse("2-B-P"), lookout=number % 200 == 7)
    return Incident(**given, hazards=(Hazard.WEAPON,) if number % 50 == 0 else ())
