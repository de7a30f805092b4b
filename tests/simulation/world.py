"""One run: processes, devices, a dispatcher, and everything that can go wrong, all drawn from one seed."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace

import shapely

from geo.clock import SECOND
from geo.errors import StoreUnavailable
from geo.marking import Marking
from geo.model import Grade, Hazard, Incident, Interval, Officer, Record, Status, UnitStatus
from geo.place import moved_by
from streams.hints.contract import Hint
from streams.relevance.policy import Policy
from tests.simulation.checking import faults_of, shown_amiss
from tests.simulation.devices import Device
from tests.simulation.disk import Disk, SimulatedStore
from tests.simulation.nodes import OPERATION, START, LoopClock, Node, held_back, own_tasks
from tests.simulation.virtual_loop import VirtualLoop, virtual_time

CORNER = (-1.5491, 53.7997)
DEVICES = (1, 1, 2)
TROUBLE_S, PEACE_S = 60.0, 100.0


@dataclass
class Told:
    """What a run had in it, so that a seed that shows nothing is seen to show nothing."""

    seed: int
    faults: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    shown: int = 0
    kills: int = 0
    cuts: int = 0
    resets: int = 0
    replays: int = 0
    puts: int = 0
    pauses: int = 0
    retired: int = 0
    rights: int = 0


class World:
    """Everything between the dispatcher's pen and the officers' screens."""

    def __init__(self, seed: int, policy: Policy) -> None:
        self.rng, self.policy, self.told = random.Random(seed), policy, Told(seed)
        self.clock = LoopClock()
        self.disk = Disk(self.clock)
        self.nodes: list[Node] = []
        self.devices: list[Device] = []
        self.records: dict[str, Record] = {}
        self.certain: dict[str, str] = {}
        """Must-deliver records that were accepted while everything could hear of them."""
        self.over: dict[str, list[tuple[float, float]]] = {}
        """Since when a record is not live any more."""
        self.barred: dict[str, list[tuple[float, float]]] = {}
        """When the roster kept an officer out of the compartment."""
        self.hints_heard = self.rng.choice((0.0, 0.5, 1.0))
        self._lives = 0
        self._leaving: set[asyncio.Task[None]] = set()
        self._desk = SimulatedStore(self.disk, self.clock, self.rng)

    async def run(self) -> Told:
        rng = self.rng
        await self._desk.open()
        for _ in range(rng.choice((1, 2, 3))):
            self._new_node()
        for number in range(rng.randint(2, 5)):
            place = self._near(rng.uniform(0, 400))
            for which in range(rng.choice(DEVICES)):
                self.devices.append(Device(f"o{number}", f"d{number}{which}", place, rng, self._some_node))
        for device in self.devices:
            device.start()
        loop = asyncio.get_running_loop()
        until = loop.time() + TROUBLE_S
        while loop.time() < until:
            await asyncio.sleep(rng.expovariate(1 / 1.5))
            await self._something()
        await self._peace()
        await self._judge()
        return self.told

    # ------------------------------------------------------------------ what happens
    async def _something(self) -> None:
        rng = self.rng
        happening = rng.choices(
            (self._post, self._change, self._move, self._status, self._answer, self._cut, self._kill, self._crash,
             self._store_trouble, self._pause, self._retire, self._reinstall, self._rights, self._burst),
            (6, 4, 6, 2, 3, 4, 1, 1, 1, 1, 1, 0.5, 1, 1.5),
        )[0]  # fmt: skip
        await happening()

    async def _post(self) -> None:
        rng = self.rng
        self.told.puts += 1
        now = self.clock.now()
        hot = rng.random() < 0.5
        record = Incident(
            force="own",
            source="desk",
            source_id=str(self.told.puts),
            category="robbery" if hot else rng.choice(("burglary", "theft", "suspicious")),
            title="something",
            grade=Grade.EMERGENCY if hot else rng.choice((Grade.PRIORITY, Grade.STANDARD)),
            hazards=(Hazard.WEAPON,) if hot else (),
            reported_at=now,
            place=shapely.Point(*self._near(rng.uniform(0, 300 if hot else 1_500))),
            marking=Marking(operations=(OPERATION,)) if rng.random() < 0.25 else Marking(),
            valid=Interval(None, now + int(rng.uniform(5, 60) * SECOND)) if rng.random() < 0.1 else Interval(),
        )
        await self._put(record)

    async def _burst(self) -> None:
        """Several calls within seconds, then the network goes, while words wait that an emergency has overtaken."""
        for _ in range(self.rng.randint(4, 8)):
            await self._post()
            await asyncio.sleep(self.rng.uniform(0.0, 0.4))
        for device in self.rng.sample(self.devices, k=self.rng.randint(1, len(self.devices))):
            self._cut_off(device)

    async def _change(self) -> None:
        live = [record for record in self.records.values() if record.status.live]
        if not live:
            return
        record = self.rng.choice(live)
        assert isinstance(record, Incident)
        change = self.rng.randrange(4)
        if change == 0:
            await self._put(replace(record, status=self.rng.choice((Status.CLOSED, Status.CANCELLED))))
        elif change == 1:
            await self._put(replace(record, text=f"{record.text} more"))
        elif change == 2:
            await self._put(replace(record, hazards=tuple(dict.fromkeys((*record.hazards, Hazard.DOG)))))
        else:
            await self._put(replace(record, place=shapely.Point(*self._near(self.rng.uniform(0, 300)))))

    async def _put(self, record: Record) -> None:
        """As a feed does: again until it is accepted."""
        while True:
            try:
                await self._desk.put([record])
            except StoreUnavailable:
                await asyncio.sleep(0.3)
            else:
                break
        self.records[record.id] = record
        ends = [] if record.valid.end is None else [(record.valid.end - START) / SECOND]
        if not record.status.live:
            ends.append(asyncio.get_running_loop().time())
        if ends and record.id not in self.over:
            self.over[record.id] = [(min(ends), float("inf"))]
        elif ends:
            self.over[record.id] = [(min(*ends, self.over[record.id][0][0]), float("inf"))]
        self._hint(Hint())

    def _hint(self, hint: Hint) -> None:
        """To every process, each a moment later, or not at all."""
        loop = asyncio.get_running_loop()
        for node in self.nodes:
            if self.rng.random() < self.hints_heard:
                loop.call_later(self.rng.expovariate(1 / 0.005), node.hears, hint)

    async def _move(self) -> None:
        device = self.rng.choice(self.devices)
        east, north = self.rng.uniform(-60, 60), self.rng.uniform(-60, 60)
        lon, lat = moved_by(*device.place, east, north)
        for other in self.devices:
            if other.officer == device.officer:
                other.moves(float(lon), float(lat))

    async def _status(self) -> None:
        device = self.rng.choice(self.devices)
        status = self.rng.choice((UnitStatus.AVAILABLE, UnitStatus.BUSY, UnitStatus.OFF_DUTY))
        for other in self.devices:
            if other.officer == device.officer:
                other.status = status
        device.says(status)

    async def _answer(self) -> None:
        self.rng.choice(self.devices).answers(f"k{self.rng.getrandbits(60):x}")

    async def _cut(self) -> None:
        self._cut_off(self.rng.choice(self.devices))

    def _cut_off(self, device: Device) -> None:
        self.told.cuts += 1
        if device.wire is not None:
            heard = (0.0, 0.05, 3.0, 20.0, None)
            device.wire.cut(self.rng.choice(heard), self.rng.choice(heard))

    async def _crash(self) -> None:
        self.rng.choice(self.devices).crash()

    async def _kill(self) -> None:
        alive = [node for node in self.nodes if node.alive]
        if alive:
            self.told.kills += 1
            node = self.rng.choice(alive)
            node.kill()
            self._orphan(node)
        asyncio.get_running_loop().call_later(self.rng.uniform(0.2, 8.0), self._new_node)

    async def _pause(self) -> None:
        """SIGSTOP, and SIGCONT when its lease may have lapsed."""
        ready = [node for node in self.nodes if node.ready and not node.stopped]
        if ready:
            self.told.pauses += 1
            node = self.rng.choice(ready)
            node.stop()
            asyncio.get_running_loop().call_later(self.rng.choice((0.5, 3.0, 8.0, 20.0)), node.go_on)

    async def _retire(self) -> None:
        ready = [node for node in self.nodes if node.ready and not node.stopped]
        if not ready:
            return
        self.told.retired += 1
        node, loop = self.rng.choice(ready), asyncio.get_running_loop()
        node.act(lambda: self._leaving.add(loop.create_task(self._leave(node))))
        loop.call_later(self.rng.uniform(0.0, 4.0), self._new_node)

    async def _leave(self, node: Node) -> None:
        await node.retire()
        self._orphan(node)

    def _orphan(self, node: Node) -> None:
        for device in self.devices:
            if device.wire is not None and device.wire._hub is node.hub:
                device.wire.process_died()
        if node in self.nodes:
            self.nodes.remove(node)

    async def _reinstall(self) -> None:
        self.rng.choice(self.devices).reinstall()

    async def _rights(self) -> None:
        """The roster lets an officer into the compartment, or keeps him out."""
        officer, now = self.rng.choice(self.devices).officer, asyncio.get_running_loop().time
        times = self.barred.setdefault(officer, [])
        out = bool(times) and times[-1][1] == float("inf")
        if out:
            times[-1] = (times[-1][0], now())
        while True:
            try:
                operations = (OPERATION,) if out else ()
                await self._desk.put_officers([Officer(id=officer, force="own", operations=operations)])
            except StoreUnavailable:
                await asyncio.sleep(0.3)
            else:
                break
        if not out:
            times.append((now(), float("inf")))
        self.told.rights += 1
        self._hint(Hint())

    async def _store_trouble(self) -> None:
        loop, seconds = asyncio.get_running_loop(), self.rng.uniform(0.5, 6.0)
        for node in self.nodes:
            if self.rng.random() < 0.5:
                node.store.away = True
                loop.call_later(seconds, setattr, node.store, "away", False)
            else:
                node.store.trouble = 0.1
                loop.call_later(seconds, setattr, node.store, "trouble", 0.0)

    # ------------------------------------------------------------------ in the end
    async def _peace(self) -> None:
        """Nothing more goes wrong; everybody is on duty; then there is time."""
        await asyncio.sleep(10)
        for node in self.nodes:
            node.store.away, node.store.trouble = False, 0.0
            node.go_on()
        if not self.nodes:
            self._new_node()
        await asyncio.sleep(PEACE_S / 2)
        for device in self.devices:
            device.says(UnitStatus.AVAILABLE)
            device.moves(*device.place)
        await asyncio.sleep(PEACE_S / 2)

    async def _judge(self) -> None:
        for device in self.devices:
            held = await self._desk.held([device.officer])
            self.told.faults += faults_of(device, held, self._must(device))
            self.told.faults += shown_amiss(device, self.over, "over")
            self.told.faults += shown_amiss(device, self._kept_from(device.officer), "not entitled")
            self.told.shown += len(device.screen.shown)
            self.told.story += [f"{device.device} {one}" for one in device.screen.shown]
            self.told.resets += device.screen.resets
            self.told.replays += device.screen.replays

    def _must(self, device: Device) -> dict[str, str]:
        """A live threat to life within 300 m of where the officer stands: told by any policy."""
        found = {}
        for record in self.records.values():
            if not isinstance(record, Incident) or not record.status.live or record.place is None:
                continue
            if record.id in self.over or record.id in self._kept_from(device.officer):
                continue
            if record.grade is Grade.EMERGENCY and Hazard.WEAPON in record.hazards:
                found[record.id] = "emergency with a weapon in reach, live in the end"
        return found

    def _kept_from(self, officer: str) -> dict[str, list[tuple[float, float]]]:
        """Records of the compartment, and when he was out of it."""
        times = self.barred.get(officer)
        return {one.id: times for one in self.records.values() if one.marking.operations} if times else {}

    # ------------------------------------------------------------------ parts
    def _new_node(self) -> None:
        self._lives += 1
        node = Node(f"n{self._lives}", self.disk, self.policy, self.rng, self._hint)
        self.nodes.append(node)
        node.start()

    def _some_node(self) -> Node | None:
        ready = [node for node in self.nodes if node.ready]
        return self.rng.choice(ready) if ready else None

    def _near(self, metres: float) -> tuple[float, float]:
        lon, lat = moved_by(*CORNER, self.rng.uniform(-1, 1) * metres, self.rng.uniform(-1, 1) * metres)
        return float(lon), float(lat)


def simulate(seed: int, policy: Policy) -> Told:
    """One run from its seed."""
    random.seed(seed)
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    own_tasks(loop)
    loop.held_back = held_back
    try:
        with virtual_time(loop, random.Random(seed + 1)):
            world = World(seed, policy)
            told = loop.run_until_complete(world.run())
            for task in asyncio.all_tasks(loop):
                task.cancel()
            loop.run_until_complete(asyncio.sleep(0))
        return told
    finally:
        asyncio.set_event_loop(None)
        loop.close()
