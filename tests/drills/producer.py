"""The control room of a drill: posts alerts to whichever process answers, until one says yes, and books it."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

import httpx

from tests.drills.ledger import Ending, Entry, Ledger, Version, mark

Body: TypeAlias = dict[str, object]

SOURCE = "drill"
_HAZARDS = ("violence", "weapon", "fire", "chemical", "dog")


@dataclass(frozen=True, slots=True)
class Town:
    """A place far from all others, and who must be told of an emergency in it. ``may``: these and perhaps more."""

    name: str
    lon: float
    lat: float
    officers: frozenset[str]
    may: frozenset[str] | None = None


@dataclass(slots=True)
class Live:
    """An alert that the drill may still change."""

    entry: Entry
    body: Body
    town: Town
    ends_at: float | None = None
    busy: bool = False


@dataclass(slots=True)
class Answers:
    """What the servers said to the control room."""

    accepted: int = 0
    refused: dict[int, int] = field(default_factory=dict)
    """HTTP status -> how many; 0: no answer."""
    took_s: list[float] = field(default_factory=list)


class Producer:
    """``post``, ``change``, ``finish``: each keeps on until it is accepted, which the ledger then has."""

    def __init__(self, ledger: Ledger, urls: Callable[[], list[str]], token: str, rng: random.Random) -> None:
        self._ledger, self._urls, self._rng = ledger, urls, rng
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}"}, timeout=httpx.Timeout(15, connect=3)
        )
        self._run = f"{rng.randrange(1 << 32):08x}"
        self._turn = itertools.count()
        self.answers = Answers()
        self.live: list[Live] = []
        self.stopped = False

    async def close(self) -> None:
        await self._client.aclose()

    # ------------------------------------------------------------------ the three things it does
    async def post(self, town: Town, life_s: float | None = None, to: str | None = None, **fields: object) -> Live:
        """A new emergency in the town's middle. ``life_s``: it expires by itself. ``to``: only to this process."""
        return await self._new(self._ledger.open_entry(town.officers, town.may), town, life_s, to, fields)

    async def filler(self, town: Town, count: int) -> None:
        """Small matters that nobody must be told of, but that the town's officers may be: what P1 must overtake."""
        may = town.officers if town.may is None else town.may
        fields: Body = {"grade": "standard", "category": "theft", "hazards": []}
        entries = [self._ledger.open_entry(frozenset(), may) for _ in range(count)]
        await asyncio.gather(*(self._new(entry, town, None, None, fields) for entry in entries))

    async def _new(self, entry: Entry, town: Town, life_s: float | None, to: str | None, fields: Body) -> Live:
        now = time.monotonic()
        body: Body = {
            "source": SOURCE,
            "source_id": f"{self._run}-{entry.number}",
            "category": "assault",
            "title": f"Assault {mark(entry.number, 1)}",
            "grade": "emergency",
            "hazards": [_HAZARDS[0]],
            "place": {"type": "Point", "coordinates": [town.lon, town.lat]},
            **fields,
        }
        live = Live(entry, body, town)
        if life_s is not None:
            body["valid_to"] = _iso(life_s)
            self._ledger.ending(entry, Ending.EXPIRED, now, now + life_s)
            live.ends_at = now + life_s
        await self._say(live, self._ledger.tried(entry, 1, now), to)
        self.live.append(live)
        return live

    async def change(self, live: Live) -> None:
        """A material new version: one more hazard."""
        version = live.entry.tried + 1
        live.body = live.body | {
            "title": f"Assault {mark(live.entry.number, version)}",
            "hazards": list(_HAZARDS[: min(version, len(_HAZARDS))]),
        }
        await self._say(live, self._ledger.tried(live.entry, version, time.monotonic()))

    async def finish(self, live: Live, how: Ending = Ending.CLOSED) -> None:
        """Closed or cancelled by the source."""
        if live in self.live:
            self.live.remove(live)
        end = self._ledger.ending(live.entry, how, time.monotonic())
        live.body = live.body | {"status": how.value}
        await self._until_accepted(live.body)
        end.at = time.monotonic()

    async def _say(self, live: Live, said: Version, to: str | None = None) -> None:
        record = await self._until_accepted(live.body, to)
        self._ledger.accepted(live.entry, said, time.monotonic(), record)

    async def _until_accepted(self, body: Body, to: str | None = None) -> str:
        """The same words to one process after the other: what was taken without our hearing it is not news."""
        while True:
            urls = [to] if to is not None else self._urls()
            if urls:
                url = urls[next(self._turn) % len(urls)]
                begun = time.monotonic()
                try:
                    answer = await self._client.post(f"{url}/v1/incidents", json=body)
                except httpx.HTTPError:
                    self._refused(0)
                else:
                    if answer.status_code in (200, 201):
                        self.answers.accepted += 1
                        self.answers.took_s.append(time.monotonic() - begun)
                        return str(answer.json()["id"])
                    self._refused(answer.status_code)
                    if answer.status_code not in (429, 500, 503):
                        raise AssertionError(f"{answer.status_code}: {answer.text[:300]}")
            await asyncio.sleep(0.1 + 0.2 * self._rng.random())

    def _refused(self, status: int) -> None:
        self.answers.refused[status] = self.answers.refused.get(status, 0) + 1

    # ------------------------------------------------------------------ a shift of it
    async def traffic(self, towns: list[Town], per_s: float, until: Callable[[], bool], life_s: float = 60.0) -> None:
        """New alerts at this rate, most in the first town, a sixth of them changed later, all ended in time: a third
        by expiry."""
        weights = [4, *(1 for _ in towns[1:])]
        tasks: set[asyncio.Task[None]] = set()
        begun, number = time.monotonic(), 0
        while not until():
            number += 1
            task = asyncio.create_task(self._one(self._rng.choices(towns, weights)[0], self._rng.random(), life_s))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            await asyncio.sleep(max(0.0, begun + number / per_s - time.monotonic()))
            while len(tasks) > 4 * per_s * life_s and not until():
                await asyncio.sleep(0.1)
        self.stopped = True
        for ended in await asyncio.gather(*tuple(tasks), return_exceptions=True):
            if isinstance(ended, BaseException):
                raise RuntimeError("an alert could not be posted") from ended

    async def _one(self, town: Town, chance: float, life_s: float) -> None:
        """The life of one alert; what is young when the drill stops stays live."""
        if chance < 1 / 3:
            live = await self.post(town, life_s=life_s * (1.0 + chance))
            await self._wait(life_s)
            if live in self.live:
                self.live.remove(live)
            return
        live = await self.post(town)
        if chance < 1 / 2:
            await self._wait(life_s * 0.3)
            if not self.stopped:
                await self.change(live)
        await self._wait(life_s * (0.5 + chance))
        if not self.stopped:
            await self.finish(live, Ending.CLOSED if chance < 0.8 else Ending.CANCELLED)

    async def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.stopped:
            await asyncio.sleep(0.25)


def _iso(after_s: float) -> str:
    at = datetime.now(UTC) + timedelta(seconds=after_s)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
