"""Whereabouts through Redis: a hash and a geo set for each process, both expiring; written once a second at most.

A process reads its own units from memory and the others' from here. A flushed Redis is noticed by its own keys being
gone: everything is written anew. Redis away: what this process knows, and ``partial``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Sequence
from typing import Any, cast

from redis.asyncio import Redis

from geo.clock import SECOND, Clock, Instant
from geo.model import UnitStatus
from streams.accelerator import WITHIN_S, Accelerator
from streams.errors import AcceleratorAway
from streams.whereabouts.contract import KEPT, Sighting, Sightings
from streams.whereabouts.entries import (
    FURTHEST_LAT,
    LEFT,
    NODES,
    believed,
    entry_of,
    fill,
    places_key,
    take_away,
    units_key,
)
from streams.whereabouts.here import Here, merged, nearest

log = logging.getLogger("beatline.whereabouts")

WRITE_S = 1.0
AT_ONCE = 500
"""Officers in one command: 2 ms of loop time."""
RENEW_S = 40.0
"""Everything is written again after so long, changed or not: a third of its expiry."""
SILENT = 10 * SECOND
"""A process not heard of for so long, or that was there so recently and is not now: others' lists lack its units."""
LOOKED_S = 1.0
"""How long what was read of the others is good for whoever asks next."""
LAST_WITHIN_S = 0.05
SPHERE = 1.01
"""Redis measures on a sphere, up to 0.6 % short: ask for a little more, then measure."""
_KEPT_S = KEPT // SECOND


class RedisWhereabouts:
    """One task writes what ``share`` has put together; whoever asks reads."""

    def __init__(self, url: str, node: str, clock: Clock) -> None:
        self._redis, self._node, self._clock = Accelerator(url), node, clock
        self._units_key, self._places_key = units_key(node), places_key(node)
        self._here = Here()
        self._waiting: dict[str, None] = {}
        self._written_at_s: dict[str, float] = {}
        self._left: dict[str, Sighting] = {}
        self._left_at_s: dict[str, float] = {}
        self._off_duty: dict[str, None] = {}
        """Who went off duty here, and may still have a place where another process wrote it."""
        self._nodes: dict[str, Instant] = {}
        self._seen: dict[str, Instant] = {}
        self._heard = self._closing = False
        self._fresh = True
        """Our own keys there are not ours yet: begin by taking away what an earlier life of this name left."""
        self._others: tuple[float, list[Sighting], bool] = (-LOOKED_S, [], True)
        self._looking = asyncio.Lock()
        self._asked: dict[str, asyncio.Future[Sighting | None]] = {}
        self._answering: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def round_trip_s(self) -> float:
        return self._redis.round_trip_s

    async def open(self) -> None:
        self._task = asyncio.create_task(self._write_for_ever(), name="whereabouts")

    def share(self, units: Sequence[Sighting], gone: Sequence[str] = ()) -> None:
        for officer in gone:
            self._leave_behind(officer)
        self._here.share(units, gone)
        for unit in units:
            if unit.status is UnitStatus.OFF_DUTY:
                self._off_duty[unit.officer] = None
                self._left.pop(unit.officer, None)
            else:
                self._off_duty.pop(unit.officer, None)
        self._waiting.update(dict.fromkeys(gone))
        self._waiting.update(dict.fromkeys(unit.officer for unit in units))

    async def close(self) -> None:
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=2 * WITHIN_S)
            with contextlib.suppress(AcceleratorAway, TimeoutError):
                async with asyncio.timeout(WITHIN_S):
                    for officer in self._here.units:
                        self._leave_behind(officer)
                    await self._write_left()
                    await self._redis.ask(self._leave)
        await self._redis.close()
        self._here.units.clear()

    def _leave_behind(self, officer: str) -> None:
        """His device has gone, perhaps to another process: that one may want to know where he was."""
        unit = self._here.units.get(officer)
        if unit is not None and unit.lon is not None:
            self._left[officer] = unit

    async def _leave(self, redis: Redis) -> None:
        async with redis.pipeline(transaction=False) as pipe:
            pipe.delete(self._units_key, self._places_key)
            pipe.zrem(NODES, self._node)
            await pipe.execute()

    # ------------------------------------------------------------------ writing
    async def _write_for_ever(self) -> None:
        while not self._closing:
            try:
                await self._write()
            except AcceleratorAway:
                self._heard, self._fresh = False, True
            except Exception:
                log.exception("whereabouts were not written; the next second does it")
            await asyncio.sleep(WRITE_S * random.uniform(0.9, 1.1))

    async def _write(self) -> None:
        """What has changed, and a part of what has not. Raises AcceleratorAway."""
        if self._fresh:
            self._waiting = dict.fromkeys((*self._here.units, *self._written_at_s, *self._off_duty))
            self._written_at_s = {}
            await self._redis.ask(self._leave)
            self._fresh = False
        await self._write_left()
        waiting, self._waiting = self._waiting, {}
        officers = list(waiting | dict.fromkeys(self._to_renew()))
        for start in range(0, len(officers), AT_ONCE):
            if not await self._write_some(officers[start : start + AT_ONCE], bool(start)):
                return
            await asyncio.sleep(0)
        if not officers:
            await self._write_some([], False)

    async def _write_left(self) -> None:
        """Where those were whose devices have gone, for 120 s. Raises AcceleratorAway."""
        left, self._left = list(self._left.items()), {}
        at_s = time.monotonic()
        over = [officer for officer, since_s in self._left_at_s.items() if at_s - since_s > _KEPT_S][:AT_ONCE]
        if over:
            await self._redis.ask(lambda redis: redis.hdel(LEFT, *over))
        for officer in over:
            del self._left_at_s[officer]
        for start in range(0, len(left), AT_ONCE):
            await self._say_left(dict(left[start : start + AT_ONCE]))
            self._left_at_s |= dict.fromkeys((officer for officer, _ in left[start : start + AT_ONCE]), at_s)

    async def _say_left(self, units: dict[str, Sighting]) -> None:
        now = self._clock.now()

        async def say(redis: Redis) -> None:
            async with redis.pipeline(transaction=False) as pipe:
                pipe.hset(LEFT, mapping={officer: entry_of(unit, now) for officer, unit in units.items()})
                pipe.expire(LEFT, _KEPT_S)
                await pipe.execute()

        await self._redis.ask(say)

    async def _write_some(self, officers: list[str], more: bool) -> bool:
        """False: somebody has emptied Redis under us, and everything is to be written anew."""
        now, here = self._clock.now(), self._here.units
        units = [here[officer] for officer in officers if officer in here]
        off_duty = [officer for officer in officers if officer in self._off_duty]
        try:
            answers = await self._redis.ask(lambda redis: self._told(redis, units, officers, off_duty, now))
        except BaseException:
            self._waiting = dict.fromkeys(officers) | self._waiting
            raise
        for officer in off_duty:
            self._off_duty.pop(officer, None)
        at_s = time.monotonic()
        had_any = bool(self._written_at_s)
        for officer in officers:
            self._written_at_s.pop(officer, None)
        self._written_at_s |= dict.fromkeys((unit.officer for unit in units), at_s)
        existed, nodes = bool(answers[0]), answers[-1]
        self._see({name.decode(): int(score) for name, score in nodes}, now)
        if had_any and not existed and not more:
            self._fresh = True
        return not self._fresh

    async def _told(
        self, redis: Redis, units: list[Sighting], officers: list[str], off_duty: list[str], now: Instant
    ) -> list[Any]:
        async with redis.pipeline(transaction=False) as pipe:
            pipe.exists(self._units_key)
            fill(pipe, self._node, units, officers, now)
            if off_duty:
                take_away(pipe, off_duty, self._nodes)
            pipe.expire(self._units_key, _KEPT_S)
            pipe.expire(self._places_key, _KEPT_S)
            pipe.zadd(NODES, {self._node: now})
            pipe.zremrangebyscore(NODES, "-inf", now - KEPT)
            pipe.zrange(NODES, 0, -1, withscores=True)
            return list(await pipe.execute())

    def _to_renew(self) -> list[str]:
        """The longest unwritten, as far as they are due; at most one slice."""
        due_s, found = time.monotonic() - RENEW_S, list[str]()
        for officer, at_s in self._written_at_s.items():
            if at_s > due_s or len(found) >= AT_ONCE:
                break
            found.append(officer)
        return found

    def _see(self, nodes: dict[str, Instant], now: Instant) -> None:
        self._nodes = {name: at for name, at in nodes.items() if name != self._node}
        self._seen |= dict.fromkeys(self._nodes, now)
        self._seen = {name: at for name, at in self._seen.items() if now - at <= SILENT}
        self._heard = True

    # ------------------------------------------------------------------ reading
    async def everybody(self, force: str) -> Sightings:
        others, partial = await self._look()
        return Sightings(merged(force, self._here.units.values(), others), partial)

    async def near(self, force: str, lon: float, lat: float, radius_m: float) -> Sightings:
        now, partial = self._clock.now(), not self._is_whole()
        found: list[Sighting] = []
        if self._redis.away:
            partial = True
        elif abs(lat) <= FURTHEST_LAT:
            try:
                for node in list(self._nodes):
                    found += await self._near_at(node, lon, lat, radius_m * SPHERE)
            except AcceleratorAway:
                partial, found = True, []
        else:
            found, missing = await self._look()
            partial = partial or missing
        units = merged(force, self._here.of(force), found)
        return Sightings(nearest(units, lon, lat, radius_m, now), partial)

    def _is_whole(self) -> bool:
        """We hear Redis, and every process that was there lately has been heard of lately."""
        now = self._clock.now()
        silent = any(now - at > SILENT for at in self._nodes.values())
        missing = any(name not in self._nodes and now - at <= SILENT for name, at in self._seen.items())
        return self._heard and not self._redis.away and not silent and not missing

    async def _look(self) -> tuple[list[Sighting], bool]:
        """The others' units, and whether some may be missing; several who ask at once read once."""
        async with self._looking:
            at_s, units, partial = self._others
            if self._redis.away:
                return [], True
            if time.monotonic() - at_s < LOOKED_S:
                return units, partial or not self._is_whole()
            try:
                units = [unit for node in list(self._nodes) for unit in await self._all_of(node)]
                partial = not self._is_whole()
            except AcceleratorAway:
                units, partial = [], True
            self._others = (time.monotonic(), units, partial)
            return units, partial

    async def _all_of(self, node: str) -> list[Sighting]:
        """In pages: 10,000 in one answer would hold up the loop."""
        cursor, found = 0, dict[str | bytes, str | bytes]()
        while True:
            cursor, page = await self._page(node, cursor)
            found.update(page)
            if not cursor:
                return await self._decoded([text for text in found.values() if isinstance(text, bytes)])
            await asyncio.sleep(0)

    async def _page(self, node: str, cursor: int) -> tuple[int, dict[str | bytes, str | bytes]]:
        after, page = await self._redis.ask(lambda redis: redis.hscan(units_key(node), cursor, count=AT_ONCE))
        return int(after), cast("dict[str | bytes, str | bytes]", page)

    async def _near_at(self, node: str, lon: float, lat: float, radius_m: float) -> list[Sighting]:
        names = await self._redis.ask(
            lambda redis: redis.geosearch(places_key(node), longitude=lon, latitude=lat, radius=radius_m, unit="m")
        )
        found: list[bytes] = []
        for start in range(0, len(names), AT_ONCE):
            found += await self._entries(units_key(node), cast("list[str | bytes]", names[start : start + AT_ONCE]))
            await asyncio.sleep(0)
        return await self._decoded(found)

    async def _entries(self, key: str, officers: Sequence[str | bytes]) -> list[bytes]:
        texts = await self._redis.ask(lambda redis: redis.hmget(key, list(officers)))
        return [text for text in texts if isinstance(text, bytes)]

    async def _decoded(self, texts: Sequence[bytes]) -> list[Sighting]:
        now, units = self._clock.now(), list[Sighting]()
        for start in range(0, len(texts), AT_ONCE):
            units += believed(texts[start : start + AT_ONCE], now)
            await asyncio.sleep(0)
        return units

    # ------------------------------------------------------------------ one officer
    async def last(self, officer: str) -> Sighting | None:
        if not self._heard or self._redis.away:
            return None
        future = self._asked.get(officer)
        if future is None:
            future = self._asked[officer] = asyncio.get_running_loop().create_future()
        if self._answering is None or self._answering.done():
            self._answering = asyncio.create_task(self._answer())
        await asyncio.wait([future], timeout=LAST_WITHIN_S)
        return future.result() if future.done() else None

    async def _answer(self) -> None:
        """All who ask within a round trip are one question: 10,000 devices that come back at once are a few."""
        while self._asked:
            asked = dict(list(self._asked.items())[:AT_ONCE])
            for officer in asked:
                del self._asked[officer]
            best: dict[str, Sighting] = {}
            try:
                best = await self._newest(list(asked))
            except AcceleratorAway:
                self._heard = False
            finally:
                for officer, future in asked.items():
                    future.set_result(best.get(officer))

    async def _newest(self, officers: list[str]) -> dict[str, Sighting]:
        best: dict[str, Sighting] = {}
        for key in (LEFT, *map(units_key, self._nodes)):
            for unit in believed(await self._entries(key, officers), self._clock.now()):
                known = best.get(unit.officer)
                if unit.lon is not None and (known is None or unit.fix_at > known.fix_at):
                    best[unit.officer] = unit
        return best
