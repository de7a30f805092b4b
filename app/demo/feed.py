"""The demo's source system: posts each record over HTTP as it became known, on the replay's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import httpx

from app.demo.packs import Change
from geo.body import body_of
from geo.clock import Clock, Instant
from geo.model import Record

Posted = Callable[[Instant, Record, bool], None]
"""(when on the replay's clock, the record, whether it is new and not a change)."""

AT_ONCE = 200


class Source:
    """What is due is posted: what was already going on in batches, then one by one."""

    def __init__(self, url: str, token: str, clock: Clock, speed: float, posted: Posted) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
        self._clock, self._speed, self._posted = clock, speed, posted
        self.refused = 0

    async def close(self) -> None:
        await self._http.aclose()

    async def begin(self, changes: Sequence[Change]) -> None:
        """What was already going on."""
        for start in range(0, len(changes), AT_ONCE):
            part = changes[start : start + AT_ONCE]
            answer = await self._http.post("/v1/incidents/batch", json=[body_of(record) for _, record in part])
            answer.raise_for_status()
            for at, record in part:
                self._posted(at, record, True)

    async def play(self, changes: Sequence[Change]) -> None:
        """The rest, each at its time."""
        for at, record in changes:
            wait = (at - self._clock.now()) / 1e6 / self._speed
            if wait > 0:
                await asyncio.sleep(wait)
            answer = await self._http.post("/v1/incidents", json=body_of(record))
            if answer.status_code in (200, 201):
                self._posted(at, record, answer.status_code == 201)
            else:
                self.refused += 1
