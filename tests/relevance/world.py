"""The world of a scenario: officers who send fixes, records, a virtual clock, and the real pipeline in the middle.

What time does to it: while time goes by, every officer's device sends a fix each 10 s (each minute where nobody is on
the move), the pipeline ticks at each of them and whenever something comes due. The same scenario can be played in
another city, turned, and hours later: see :class:`Frame`.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import shapely

from geo.clock import SECOND, Instant, VirtualClock
from geo.model import Beat, Officer, Record, Shift, Unit, UnitStatus, Verdict
from geo.picture import LivePicture
from geo.place import moved_by
from geo.position import Fix
from geo.store.briefing_rows import Step
from geo.store.contract import Store
from geo.store.rows import Act, Answers, Receipted, StatusChanged, Tick
from geo.store.sqlite import SqliteStore
from streams.noise.rules import RULE_NAMES
from streams.officers.situations import Situations
from streams.pipeline import Delivered, Pipeline
from streams.relevance.policy import Policy, load_policy
from tests.relevance.memory_store import MemoryStore
from tests.relevance.phrases import Place
from tests.relevance.spying import Decisions

FORCE = "own"
HE = "he"
_AT_ONCE = 8
_STEP_S, _STANDING_STEP_S = 10.0, 60.0


_shipped = cache(load_policy)


@dataclass(frozen=True, slots=True)
class Frame:
    """Where and when a scenario is played: the officer's corner, turned clockwise, from this instant on."""

    name: str
    lon: float
    lat: float
    turned: float = 0.0
    start: Instant = 1_800_000_000 * SECOND

    def at(self, east_m: float, north_m: float) -> tuple[float, float]:
        """(lon, lat) of metres east and north of the corner, in the scenario's own compass."""
        turn = math.radians(self.turned)
        east = east_m * math.cos(turn) + north_m * math.sin(turn)
        north = north_m * math.cos(turn) - east_m * math.sin(turn)
        return moved_by(self.lon, self.lat, east, north)


LEEDS = Frame("leeds", -1.5491, 53.7997)
ELSEWHERE = Frame("san francisco, turned, 12 h later", -122.4183, 37.7750, 137.0, LEEDS.start + 12 * 3600 * SECOND)
DATE_LINE = Frame("taveuni, turned", 179.9990, -16.8, 290.0)


def offset(place: Place) -> tuple[float, float]:
    """(east, north) metres of a place."""
    turn = math.radians(place.bearing)
    return place.metres * math.sin(turn), place.metres * math.cos(turn)


@dataclass(slots=True)
class Body:
    """One officer as the world moves him: metres east and north, and what his device says of it."""

    name: str
    status: UnitStatus
    profile: Officer
    east: float = 0.0
    north: float = 0.0
    speed: float = 0.0
    heading: float | None = None
    accuracy_m: float = 5.0
    jitter_m: float = 0.0
    sends: bool = True
    frozen: bool = False
    unit: Unit | None = None
    shift: Shift | None = None
    fixes: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """One row that RECORD kept: something said (``seq`` > 0), or a verdict."""

    officer: str
    record: str
    what: str
    rule: str
    reason: str
    seq: int
    row: int
    delivered: Delivered | None
    """None where it is a verdict only."""


@dataclass
class World:
    """Officers by name, records by letter; ``heard`` is what was kept since the last expectations."""

    policy: str
    frame: Frame
    store: Store
    folder: Path
    memory: MemoryStore | None = None
    """The store, where it is in memory."""
    clock: VirtualClock = field(init=False)
    officers: dict[str, Body] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    last: dict[tuple[str, str], Heard] = field(default_factory=dict)
    """The last word about each record that each officer was told with its reasons."""
    decisions: Decisions = field(default_factory=Decisions)
    situations: Situations = field(init=False)
    pipeline: Pipeline = field(init=False)
    _numbers: int = 0

    def __post_init__(self) -> None:
        self.clock = VirtualClock(self.frame.start)
        self._record, self.store.record = self.store.record, self._keep  # type: ignore[method-assign]
        self._pipeline(_shipped(self.policy))

    def _pipeline(self, policy: Policy) -> None:
        picture = LivePicture()
        self.situations = Situations(picture.books)
        self.decisions.world = (picture, self.situations)
        self.pipeline = Pipeline(self.store, picture, self.situations, policy, self.clock, "here", self._exit)

    async def _keep(self, tick: Tick) -> Receipted:
        """RECORD as ever; verdicts of which nothing is said are noted here, all else when it is delivered."""
        for fanout in tick.fanouts:
            for row in np.flatnonzero(fanout.act == Act.VERDICT).tolist():
                what, rule = Verdict(int(fanout.verdict[row])).text, RULE_NAMES[fanout.rule[row]]
                self.heard.append(Heard(fanout.officers[row], fanout.record, what, rule, "", 0, row, None))
        return await self._record(tick)

    def _exit(self, batch: Sequence[Delivered]) -> None:
        for item in batch:
            fanout = item.fanout
            for row, officer in enumerate(fanout.officers):
                act, seq = Act(int(fanout.act[row])), int(item.seqs[row])
                if act is Act.VERDICT:
                    continue
                what = act.name.lower() if act in (Act.CANCEL, Act.PURGE) else Verdict(int(fanout.verdict[row])).text
                rule, reason = RULE_NAMES[fanout.rule[row]], fanout.reason_names[fanout.reason[row]]
                heard = Heard(officer, fanout.record, what, rule, reason, seq, row, item)
                self.heard.append(heard)
                if act is Act.ALERT:
                    self.last[officer, fanout.record] = heard

    @property
    def now(self) -> Instant:
        return self.clock.now()

    # ------------------------------------------------------------------ its life
    async def restart(self) -> None:
        """The process dies and another one starts on the same store; the devices come back."""
        self._pipeline(self.pipeline.policy)
        await self.pipeline.start()
        for body in self.officers.values():
            await self._connects(body)
        await self.tick()

    async def tick(self) -> None:
        """A tick, and those that it asks for: the next one follows at once wherever it is asked for, or due."""
        for _ in range(_AT_ONCE):
            self.pipeline._signal.clear()
            await self.pipeline.tick()
            due = self.pipeline.next_due()
            if not self.pipeline._signal.is_set() and (due is None or due > self.now):
                return
        raise AssertionError(f"{_AT_ONCE} ticks, and each asked for another one")

    async def later(self, seconds: float) -> None:
        """Time goes by; see the module's docstring."""
        end = self.now + int(seconds * SECOND)
        while self.now < end:
            driving = any(body.speed > 0 or body.jitter_m for body in self.officers.values())
            step = int((_STEP_S if driving else _STANDING_STEP_S) * SECOND)
            until, due = min(self.now + step, end), self.pipeline.next_due()
            until = due if due is not None and self.now < due < until else until
            gone_s = (until - self.now) / SECOND
            self.clock.set(until)
            for body in self.officers.values():
                self._goes(body, gone_s)
                if body.sends and until in (end, self.now):
                    self.sends_fix(body)
            await self.tick()

    def _goes(self, body: Body, seconds: float) -> None:
        if body.heading is not None and not body.frozen:
            turn = math.radians(body.heading)
            body.east += body.speed * seconds * math.sin(turn)
            body.north += body.speed * seconds * math.cos(turn)

    # ------------------------------------------------------------------ officers
    async def comes_on_duty(self, name: str, status: UnitStatus, place: Place | None) -> Body:
        east, north = offset(place) if place else (0.0, 0.0)
        body = Body(name, status, Officer(id=name, force=FORCE), east, north, sends=place is not None)
        self.officers[name] = body
        await self._connects(body)
        if body.sends:
            self.sends_fix(body)
        await self.tick()
        return body

    async def _connects(self, body: Body) -> None:
        await self.pipeline.connect(body.profile, self.now)
        await self.says_status(body, body.status)

    async def says_status(self, body: Body, status: UnitStatus) -> None:
        body.status = status
        if self.memory is None:
            await self.store.answer(Answers(statuses=(StatusChanged(body.name, status, self.now),)))
        self.pipeline.status(body.name, status, self.now)

    async def is_now(self, name: str, by_token: bool = True, **changes: Any) -> None:
        """Other rights, role or skills, as the roster says, and the token of his device too."""
        body = self.officers[name]
        body.profile = replace(body.profile, **changes)
        await self.store.put_officers([body.profile])
        if by_token:
            await self._connects(body)
        await self._roster_read()

    async def crews(self, name: str, callsign: str, **changes: Any) -> None:
        """He is of this unit."""
        body = self.officers[name]
        known = body.unit or Unit(id=callsign, callsign=callsign, force=FORCE, officers=(name,))
        body.unit = replace(known, **changes)
        await self.store.put_units([body.unit])
        await self._roster_read()

    async def patrols(self, name: str, beat: str) -> None:
        body = self.officers[name]
        day = 24 * 3600 * SECOND
        unit = body.unit.id if body.unit else None
        body.shift = Shift(id=f"s-{name}", officer=name, start=self.now - day, end=self.now + day, unit=unit, beat=beat)
        await self.store.put_shifts([body.shift])
        await self._roster_read()

    async def has_beat(self, name: str, district: str) -> None:
        """The roster has this beat; it lies 50 km away."""
        area = self.circle(Place(50_000.0, 180.0), 1_000.0)
        await self.store.put_beats([Beat(id=name, name=name, force=FORCE, area=area, district=district)])
        await self._roster_read()

    async def _roster_read(self) -> None:
        self.pipeline.wake()
        await self.tick()

    def lonlat(self, body: Body) -> tuple[float, float]:
        """Where his device says that he is: with the jitter of a receiver, to and fro, where he has one."""
        body.fixes += 1
        turn = 2.399963 * body.fixes  # the golden angle: all directions, none twice in a row
        return self.frame.at(body.east + body.jitter_m * math.sin(turn), body.north + body.jitter_m * math.cos(turn))

    def sends_fix(self, body: Body, at: Instant | None = None) -> None:
        heading = None if body.heading is None else (body.heading + self.frame.turned) % 360
        when = self.now if at is None else at
        self.pipeline.moved(body.name, Fix(when, *self.lonlat(body), body.accuracy_m, body.speed, heading))

    # ------------------------------------------------------------------ records
    async def put(self, label: str, record: Record) -> None:
        """The record as it stands from now on, under its letter."""
        self.records[label] = record
        if self.memory is not None:
            self.memory.at = self.now
        await self.store.put([record])
        self.pipeline.wake()
        await self.tick()

    async def changes(self, label: str, **changes: Any) -> None:
        await self.put(label, replace(self.records[label], **changes))

    async def late(self, officer: str, label: str) -> None:
        """It has climbed a step for him: he is to be told again."""
        if self.memory is not None:
            self.memory.at = self.now
        await self.store.step_up(self.id_of(label), [officer], Step.SAID_AGAIN)
        for _ in range(2):
            self.pipeline.wake()
            await self.tick()
            await self.pipeline.acknowledged.settled()
        await self.tick()

    def number(self) -> str:
        self._numbers += 1
        return f"n-{self._numbers}"

    def point(self, place: Place | None) -> shapely.Point | None:
        return None if place is None else shapely.Point(*self.frame.at(*offset(place)))

    def circle(self, place: Place, radius_m: float) -> shapely.Polygon:
        """An area of that radius, 24 corners."""
        east, north = offset(place)
        turns = [2 * math.pi * corner / 24 for corner in range(24)]
        return shapely.Polygon(
            [self.frame.at(east + radius_m * math.sin(turn), north + radius_m * math.cos(turn)) for turn in turns]
        )

    def road(self, place: Place, length_m: float, bearing: float) -> shapely.LineString:
        """A straight road with its middle at the place."""
        (east, north), turn = offset(place), math.radians(bearing)
        ends = [(sign * length_m / 2 * math.sin(turn), sign * length_m / 2 * math.cos(turn)) for sign in (-1, 1)]
        return shapely.LineString([self.frame.at(east + dx, north + dy) for dx, dy in ends])

    def id_of(self, label: str) -> str:
        """The id of the record with this letter; of the summary card, of the one that was heard of."""
        if label == "the summary":
            return next((one.record for one in self.last.values() if one.record.startswith("sum-")), "")
        return self.records[label].id


@asynccontextmanager
async def world_of(policy: str, frame: Frame, folder: Path, on_disk: bool = False) -> AsyncIterator[World]:
    """On a store in memory; on the embedded store, in ``folder``, where the scenario asks for a restart."""
    if not on_disk:
        memory = MemoryStore()
        world = World(policy, frame, cast(Store, memory), folder, memory)
        await world.pipeline.start()
        yield world
        return
    store = SqliteStore(folder / "beatline.sqlite")
    await store.open()
    try:
        world = World(policy, frame, store, folder)
        await world.pipeline.start()
        yield world
    finally:
        await store.close()
