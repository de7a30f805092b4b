"""Where the bench plays: Leeds, who stands where, and how an incident is posted there."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass

import httpx

from app.bench.away import Away
from app.bench.server import Server
from app.identity import Role
from geo.place import LonLat, moved_by

CENTRE: LonLat = (-1.5437, 53.7974)


def around(count: int, radius_m: float, seed: int = 1) -> list[LonLat]:
    """``count`` places within ``radius_m`` of the centre, evenly over the disc."""
    return ring(count, 0.0, radius_m, seed)


def ring(count: int, inner_m: float, outer_m: float, seed: int = 1) -> list[LonLat]:
    """``count`` places between two distances of the centre, evenly over the ring."""
    chance = random.Random(seed)
    places: list[LonLat] = []
    while len(places) < count:
        east, north = chance.uniform(-outer_m, outer_m), chance.uniform(-outer_m, outer_m)
        if inner_m <= (east * east + north * north) ** 0.5 <= outer_m:
            places.append(moved_by(*CENTRE, east, north))
    return places


@dataclass(frozen=True, slots=True)
class Posted:
    """An incident that the server answered: its id, when the answer was there (monotonic), and what it took."""

    id: str
    at: float
    took_s: float


class Control:
    """The control room's end: posts what happens over HTTP, on one kept connection."""

    def __init__(self, server: Server) -> None:
        token = server.token("bench-cad", Role.FEED)
        headers = {"Authorization": f"Bearer {token}"}
        self.http = httpx.AsyncClient(base_url=server.url, headers=headers, timeout=30)
        self._count = 0

    async def close(self) -> None:
        await self.http.aclose()

    async def robbery(self) -> Posted:
        """An immediate threat to life at the centre: must-deliver, so that no budget and no delay is in the way."""
        self._count += 1
        began = time.monotonic()
        answer = await self.http.post("/v1/incidents", json=incident(f"R-{self._count}", CENTRE))
        at = time.monotonic()
        if answer.status_code != 201:
            raise RuntimeError(f"POST /v1/incidents answered {answer.status_code}: {answer.text[:200]}")
        return Posted(str(answer.json()["id"]), at, at - began)

    async def fill(self, records: int, inner_m: float, outer_m: float) -> None:
        """``records`` live incidents of no urgency, between two distances of the centre."""
        places = ring(records, inner_m, outer_m, seed=2)
        for start in range(0, records, 500):
            items = [
                incident(f"L-{n}", place, grade="standard", hazards=(), category="theft")
                for n, place in enumerate(places[start : start + 500], start)
            ]
            answer = await self.http.post("/v1/incidents/batch", json=items)
            if answer.status_code not in (200, 201, 207):
                raise RuntimeError(f"POST /v1/incidents/batch answered {answer.status_code}: {answer.text[:200]}")


def incident(
    source_id: str,
    place: LonLat,
    *,
    grade: str = "emergency",
    hazards: tuple[str, ...] = ("weapon",),
    category: str = "robbery",
) -> dict[str, object]:
    """A body for POST /v1/incidents: about as long as a real call's."""
    return {
        "source": "bench-cad",
        "source_id": source_id,
        "category": category,
        "title": "Robbery in progress, knife seen",
        "text": "Caller reports two males with a knife outside the bank; one person on the ground, others running off.",
        "grade": grade,
        "place": {"type": "Point", "coordinates": [place[0], place[1]]},
        "place_text": "The Headrow, Leeds",
        "hazards": list(hazards),
    }


async def settled(server: Server, crowd: Away, places: list[LonLat]) -> float:
    """Connects a device at each place; seconds until all had caught up. Raises RuntimeError when some did not."""
    connected = await crowd.connect(server.port, server.officers(len(places)), places)
    if connected.connected != len(places):
        counted = await crowd.count()
        raise RuntimeError(f"only {connected.connected} of {len(places)} devices caught up; closed: {counted.closed}")
    return connected.seconds
