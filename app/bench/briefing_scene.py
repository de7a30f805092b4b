"""The force of the briefing bench: officers on shifts and beats around Leeds, and the desk that briefs them"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from app.bench.scene import CENTRE, Posted
from app.bench.server import Server
from app.errors import CannotStart
from app.identity import Role
from geo.clock import HOUR, MINUTE, SystemClock, format_instant
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


def import_roster(data: Path, folder: Path, officers: int) -> None:
    """`beatline roster import`, as an operator runs it. Raises CannotStart."""
    file = folder / "roster.json"
    file.write_text(json.dumps(roster(officers)), encoding="utf-8")
    command = [sys.executable, "-m", "app", "roster", "import", str(file), "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise CannotStart(f"beatline roster import: {done.stderr.strip()[-300:]}")


@contextmanager
def force(folder: Path, officers: int) -> Iterator[Server]:
    """A server on the embedded store whose roster has these officers."""
    folder.mkdir(parents=True, exist_ok=True)
    import_roster(folder / "data", folder, officers)
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
