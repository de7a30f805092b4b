"""The consoles of a process: what happens is on the screen, and a slow one holds up nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from geo.clock import HOUR, SystemClock
from geo.errors import StoreUnavailable
from geo.model import Grade, Principal, Status
from geo.store.briefing_rows import Addressee, Step
from geo.store.receipt_rows import Progress, Reply
from geo.store.rows import Delivery
from streams.console import room as room_file
from streams.console.room import Console, Room
from streams.console.telling import Telling
from streams.conversation.protocol import SessionLimits
from streams.errors import NotAuthenticated
from streams.hints.contract import About, Hint
from streams.whereabouts.contract import Sighting, Sightings
from tests.streams.console.desk import NOW, Desk, briefing, emergency, incident, owed, unit, who


class Away:
    """Of the store, what a room asks for: it can be away, and deliveries are as the test says."""

    def __init__(self) -> None:
        self.away = False
        self.rows: dict[str, list[Delivery]] = {}
        self.people: dict[str, list[Addressee]] = {}

    async def ping(self) -> float:
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable("away")
        return 0.0

    async def deliveries(self, record: str) -> list[Delivery]:
        await asyncio.sleep(0)
        if self.away:
            raise StoreUnavailable("away")
        return self.rows.get(record, [])

    async def addressees(self, record: str) -> list[Addressee]:
        await asyncio.sleep(0)
        return self.people.get(record, [])

    async def progress(self, record: str, since_version: int = 1) -> list[Progress]:
        return []

    async def replies(self, record: str) -> list[Reply]:
        return []


class Seen:
    """Whereabouts as the test says."""

    def __init__(self) -> None:
        self.units: tuple[Sighting, ...] = ()
        self.partial = False
        self.asked = 0
        self.hangs = False

    async def everybody(self, force: str) -> Sightings:
        self.asked += 1
        if self.hangs:
            await asyncio.sleep(3_600)
        return Sightings(tuple(one for one in self.units if one.force == force), self.partial)


class Line:
    """A socket that is a list; with ``depth`` it is full after so many frames."""

    def __init__(self, depth: int | None = None) -> None:
        self.frames: list[dict[str, Any]] = []
        self.ended: tuple[int, str] | None = None
        self.depth = depth
        self.console: Console | None = None
        self.room: Room | None = None

    def send_all(self, payloads: Sequence[bytes]) -> None:
        assert self.ended is None
        self.frames += [json.loads(payload) for payload in payloads]
        if self.depth is not None and len(self.frames) >= self.depth and self.room and self.console:
            self.room.blocked(self.console)

    def close(self, code: int, reason: str) -> None:
        self.ended = (code, reason)

    def of(self, type: str) -> list[dict[str, Any]]:
        return [frame for frame in self.frames if frame["type"] == type]


class Scene:
    """A room, and what it is fed from."""

    def __init__(self, store: Away) -> None:
        self.store, self.desk, self.seen, self.hints = store, Desk(), Seen(), list[Hint]()
        self.clock, self.sent = SystemClock(), dict[str, int]()
        whereabouts: Any = self.seen
        some_store: Any = store
        self.room = Room(
            some_store,
            self.desk.board,
            whereabouts,
            Telling(self.hints.append),
            lambda officer, record: self.sent.get(officer, 0),
            self.verify,
            self.clock,
            "n1",
            SessionLimits(stalled_s=0.2),
            who=who,
        )

    def verify(self, token: str) -> Principal:
        if not token:
            raise NotAuthenticated("no token")
        return Principal(id=token, role="dispatcher", force="own", expires_at=self.clock.now() + HOUR)

    def console(self, depth: int | None = None, **fields: Any) -> Line:
        line = Line(depth)
        line.room, line.console = self.room, self.room.opened(line)
        self.say(line, "open", token="disp-1", **fields)
        return line

    def say(self, line: Line, type: str, **fields: Any) -> None:
        assert line.console is not None
        self.room.received(line.console, json.dumps({"type": type, **fields}).encode())


async def until(happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(8):
        while not happened():
            await asyncio.sleep(0.005)


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    for name, seconds in (("LOOK_S", 0.02), ("UNITS_S", 0.05), ("PING_S", 0.05), ("UNITS_PATIENCE_S", 0.3)):
        monkeypatch.setattr(room_file, name, seconds)
    one = Scene(Away())
    yield one
    await one.room.close()


async def test_the_snapshot_has_the_units_of_its_own_force(scene: Scene) -> None:
    scene.seen.units, scene.seen.partial = (unit("pc-1"), unit("theirs", force="other")), True
    scene.desk.put(incident())
    line = scene.console()
    await until(lambda: bool(line.of("snapshot")))
    assert [frame["type"] for frame in line.frames[:2]] == ["hello", "snapshot"]
    snapshot = line.frames[1]
    assert ([one["officer"] for one in snapshot["units"]], snapshot["partial"]) == (["pc-1"], True)
    assert len(snapshot["incidents"]) == 1


async def test_what_happens_is_on_the_screen(scene: Scene) -> None:
    line = scene.console()
    await until(lambda: bool(line.of("snapshot")))
    scene.desk.put(emergency())
    await until(lambda: bool(line.of("emergency")))
    robbery = incident()
    scene.store.rows[robbery.id] = [owed("pc-1", seq=3)]
    scene.sent["pc-1"] = 3
    scene.desk.put(robbery)
    await until(lambda: bool(line.of("deliveries")))
    assert line.of("incident")[0]["id"] == robbery.id
    scene.seen.units = (unit("pc-1"),)
    await until(lambda: bool(line.of("unit")))
    scene.desk.close(robbery)
    await until(lambda: line.of("incident_gone") == [{"type": "incident_gone", "id": robbery.id}])


async def test_a_hint_about_deliveries_is_followed(scene: Scene) -> None:
    slight = incident(grade=Grade.ROUTINE)
    scene.desk.put(slight)
    line = scene.console()
    await until(lambda: bool(line.of("snapshot")))
    scene.store.rows[slight.id] = [owed(priority=1, owed_at=scene.clock.now())]
    scene.room.progressed(slight.id)
    await until(lambda: bool(line.of("deliveries")))
    assert line.of("deliveries")[0]["counts"] == {"queued": 1}
    scene.store.rows[slight.id] = [owed(age_s=60)]
    scene.room.progressed(slight.id)
    await until(lambda: len(line.of("deliveries")) == 2)
    assert [one["officer"] for one in line.of("deliveries")[1]["unconfirmed"]] == ["pc-1"]


async def test_the_receipts_of_a_briefing_and_the_list_of_the_unanswered(scene: Scene) -> None:
    line = scene.console()
    await until(lambda: bool(line.of("snapshot")))
    pushed = briefing()
    scene.store.people[pushed.id] = [Addressee("pc-1", at=NOW), Addressee("pc-2", at=NOW)]
    scene.desk.put(pushed)
    await until(lambda: bool(line.of("receipts")))
    assert line.of("receipts")[0]["counts"] == {"queued": 2}
    assert line.of("unanswered") == []
    scene.store.people[pushed.id] = [Addressee("pc-1", at=NOW, step=Step.DISPATCHER), Addressee("pc-2", at=NOW)]
    scene.room.hear(Hint(About.DELIVERY, pushed.id))
    await until(lambda: bool(line.of("unanswered")))
    (entry,) = line.of("unanswered")
    assert (entry["title"], entry["count"], entry["officers"][0]["name"]) == ("Stolen van", 1, "Ann Smith")
    scene.desk.put(replace(pushed, status=Status.CLOSED), version=2)
    await until(lambda: line.of("unanswered")[-1]["count"] == 0)
    assert bool(line.of("incident_gone"))


async def test_the_store_is_away_and_back(scene: Scene) -> None:
    line = scene.console()
    await until(lambda: bool(line.of("snapshot")))
    scene.store.away = True
    await until(lambda: [one["state"] for one in line.of("store")] == ["down"])
    scene.desk.put(incident())
    scene.store.away = False
    await until(lambda: [one["state"] for one in line.of("store")] == ["down", "up"])


async def test_others_cannot_be_asked_for_their_units(scene: Scene) -> None:
    scene.seen.units = (unit("pc-1"),)
    line = scene.console()
    await until(lambda: bool(line.of("snapshot")))
    scene.seen.partial = True
    await until(lambda: line.of("coverage") == [{"type": "coverage", "partial": True}])
    scene.seen.partial = False
    await until(lambda: len(line.of("coverage")) == 2)
    scene.seen.hangs = True
    await until(lambda: len(line.of("coverage")) == 3)
    assert line.of("coverage")[2]["partial"]
    assert line.of("unit_gone") == []


async def test_one_that_does_not_read_is_cut_off_and_the_other_sees_all(scene: Scene) -> None:
    slow, quick = scene.console(depth=2), scene.console()
    await until(lambda: bool(quick.of("snapshot")))
    for number in range(200):
        scene.desk.put(incident(str(number)))
    await until(lambda: len(quick.of("incident")) == 200)
    await until(lambda: slow.ended is not None)
    assert slow.ended == (4101, "nothing read")
    assert len(slow.frames) <= 3


async def test_one_that_reads_again_gets_the_newest(scene: Scene) -> None:
    line = scene.console(depth=2)
    await until(lambda: bool(line.of("snapshot")))
    robbery = incident()
    scene.desk.put(robbery)
    await asyncio.sleep(0.05)
    scene.desk.close(robbery)
    second = incident("2")
    scene.desk.put(second)
    await asyncio.sleep(0.05)
    assert line.of("incident") == []
    line.depth = None
    assert line.console is not None
    scene.room.writable(line.console)
    await until(lambda: [one["id"] for one in line.of("incident")] == [second.id])


async def test_nothing_is_gathered_while_nobody_looks(scene: Scene) -> None:
    line = scene.console()
    await until(lambda: bool(line.of("snapshot")))
    assert len(scene.room) == 1
    assert line.console is not None
    scene.room.lost(line.console)
    await asyncio.sleep(0.05)
    asked = scene.seen.asked
    await asyncio.sleep(0.15)
    assert scene.seen.asked == asked
    scene.room.progressed("r1")
    again = scene.console()
    await until(lambda: bool(again.of("snapshot")))


async def test_a_fault_in_one_watch_does_not_stop_the_others(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(record: str) -> list[Delivery]:
        raise ValueError("a fault")

    monkeypatch.setattr(scene.store, "deliveries", broken)
    robbery = incident()
    scene.desk.put(robbery)
    line = scene.console()
    await until(lambda: bool(line.of("snapshot")))
    scene.desk.put(incident("2"))
    await until(lambda: bool(line.of("incident")))


async def test_the_process_goes_away(scene: Scene) -> None:
    line, silent = scene.console(), Line()
    scene.room.opened(silent)
    await until(lambda: bool(line.of("snapshot")))
    await scene.room.close()
    assert (line.frames[-1]["type"], line.ended) == ("reconnect", (4100, "the server goes away"))
    assert silent.ended is not None
    late = Line()
    scene.room.opened(late)
    assert late.ended is not None


async def test_binary_and_nonsense(scene: Scene) -> None:
    line = scene.console()
    assert line.console is not None
    scene.room.received_binary(line.console)
    assert line.ended == (4400, "messages are text frames")
    with contextlib.suppress(AssertionError):
        scene.say(line, "heartbeat")
