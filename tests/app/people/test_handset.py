"""A handset against a scripted server: comes on duty, acknowledges, comes back, resumes, and knows when to stop."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve

from app.people.handset import Handset, Link, LinkChanged, Shelf
from geo.clock import parse_instant
from geo.model import Disposition, UnitStatus
from geo.position import Fix
from streams.conversation.device import Event
from streams.conversation.holding import Holding, Shown
from streams.conversation.messages import Confirmed

AT = "2026-11-22T18:00:00.000Z"
HELLO = {"type": "hello", "protocol": "beatline.v1", "node": "n", "nonce": "x", "heartbeat_s": 20, "server_time": AT,
         "limits": {"max_frame_bytes": 65536, "max_unacked": 64}}  # fmt: skip
READY = {"type": "ready", "session": "s", "epoch": "e", "head_seq": 0, "mode": "snapshot",
         "officer": {"id": "A-1", "callsign": None, "roles": ["response"]}, "resume_s": 1800}  # fmt: skip
RESET = {"type": "reset", "epoch": "e", "as_of_seq": 0, "alerts": [], "more": False}
ALERT = {"type": "alert", "seq": 1, "prev_seq": None, "alert_id": "inc-1", "rev": 1, "kind": "incident", "priority": 1,
         "style": "interrupt", "category": "robbery", "title": "Robbery", "text": "", "place": None, "place_text": "",
         "distance_m": 340.0, "bearing_deg": 10.0, "issued_at": AT, "occurred_at": None, "expires_at": None,
         "hazards": ["weapon"], "marking": "OFFICIAL", "grading": None, "must_ack": False, "score": 0.9,
         "why": [{"term": "reach", "weight": 1.0, "text": "340 m ahead"}],
         "source": {"system": "cad", "reference": "1"}}  # fmt: skip


class Script:
    """A server that greets, answers identify and resume, confirms what has a key, and remembers what it heard."""

    def __init__(self, *closes: int) -> None:
        self.heard: list[dict[str, Any]] = []
        self.closes = list(closes)
        self.alerts: list[dict[str, Any]] = [ALERT]

    async def talk(self, connection: ServerConnection) -> None:
        await self.say(connection, HELLO)
        async for text in connection:
            message = msgspec.json.decode(text)
            self.heard.append(message)
            if message["type"] in ("identify", "resume"):
                if self.closes:
                    await connection.close(self.closes.pop(0), "as scripted")
                    return
                await self._greet(connection, message["type"] == "resume")
            elif "key" in message:
                await self.say(connection, {"type": "confirmed", "key": message["key"]})

    async def _greet(self, connection: ServerConnection, resumed: bool) -> None:
        await self.say(connection, READY | ({"mode": "replay"} if resumed else {}))
        if not resumed:
            await self.say(connection, RESET)
        await self.say(connection, {"type": "caught_up", "seq": 0})
        for alert in self.alerts if not resumed else ():
            await self.say(connection, alert)

    @staticmethod
    async def say(connection: ServerConnection, message: dict[str, Any]) -> None:
        await connection.send(msgspec.json.encode(message).decode())

    def types(self) -> list[str]:
        return [message["type"] for message in self.heard]


class Officer:
    def __init__(self, server: Server, **options: Any) -> None:
        port = next(iter(server.sockets)).getsockname()[1]
        self.events: list[Event | LinkChanged] = []
        self.changed = asyncio.Event()
        self.handset = Handset(
            f"http://127.0.0.1:{port}", "T", self.told, device_id="d", rng=random.Random(1), **options
        )

    def told(self, event: Event | LinkChanged) -> None:
        self.events.append(event)
        self.changed.set()

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not what():
                self.changed.clear()
                try:
                    await asyncio.wait_for(self.changed.wait(), 0.02)
                except TimeoutError:
                    continue

    def count(self, kind: type) -> int:
        return sum(isinstance(event, kind) for event in self.events)

    def words(self) -> list[tuple[Link, str]]:
        return [(event.link, event.word) for event in self.events if isinstance(event, LinkChanged)]


def _serve(talk: Callable[[ServerConnection], Awaitable[None]]) -> AbstractAsyncContextManager[Server]:
    return serve(talk, "127.0.0.1", 0, subprotocols=["beatline.v1"], compression=None)  # type: ignore[list-item]


async def test_he_comes_on_duty_holds_the_alert_and_acknowledges_it() -> None:
    script = Script()
    async with _serve(script.talk) as server:
        officer = Officer(server)
        officer.handset.go(UnitStatus.AVAILABLE)
        officer.handset.start()
        await officer.until(lambda: "ack" in script.types())
        assert script.types()[:2] == ["identify", "status"]
        assert officer.handset.session.holding.alerts["inc-1"].why[0].text == "340 m ahead"
        officer.handset.move(Fix(officer.handset.server_now(), -1.5, 53.8, 5.0, None, None))
        officer.handset.seen("inc-1")
        officer.handset.respond("inc-1", Disposition.ATTENDING)
        await officer.until(lambda: officer.count(Confirmed) == 1)
        assert script.types()[-3:] == ["position", "seen", "respond"]
        assert parse_instant(script.heard[-1]["at"]) >= parse_instant(AT)
        officer.handset.stop()
        assert officer.handset.link is Link.STOPPED


async def test_a_cut_connection_comes_back_and_resumes_with_his_status() -> None:
    script = Script()
    async with _serve(script.talk) as server:
        officer = Officer(server)
        officer.handset.go(UnitStatus.BUSY)
        officer.handset.start()
        await officer.until(lambda: officer.count(Shown) == 1)
        officer.handset.cut()
        await officer.until(lambda: script.types().count("status") == 2)
        resume = next(message for message in script.heard if message["type"] == "resume")
        assert (resume["epoch"], resume["seq"]) == ("e", 1)
        assert Link.WAITING in [link for link, _ in officer.words()]
        assert officer.count(Shown) == 1
        officer.handset.stop()


async def test_a_refused_token_is_renewed_once_there_is_another() -> None:
    script = Script(4401)
    async with _serve(script.talk) as server:
        officer = Officer(server, renew=lambda: "T2")
        officer.handset.start()
        await officer.until(lambda: officer.count(Shown) == 1)
        assert [m["token"] for m in script.heard if m["type"] == "identify"] == ["T", "T2"]
        officer.handset.stop()


async def test_a_refused_token_without_another_stops_it() -> None:
    script = Script(4401)
    async with _serve(script.talk) as server:
        officer = Officer(server)
        officer.handset.start()
        await officer.until(lambda: officer.handset.link is Link.STOPPED)
        assert officer.words()[-1] == (Link.STOPPED, "as scripted (new token)")


async def test_replaced_by_a_newer_connection_it_stays_quiet() -> None:
    script = Script(4103)
    async with _serve(script.talk) as server:
        officer = Officer(server)
        officer.handset.start()
        await officer.until(lambda: officer.handset.link is Link.STOPPED)
        assert script.types() == ["identify"]


async def test_a_hole_in_the_series_makes_it_resume() -> None:
    script = Script()
    script.alerts = [ALERT | {"seq": 3, "prev_seq": 2}]
    async with _serve(script.talk) as server:
        officer = Officer(server)
        officer.handset.start()
        await officer.until(lambda: "resume" in script.types())
        assert (Link.WAITING, "gap") in officer.words()
        officer.handset.stop()


async def test_an_emergency_and_its_cancelling_have_keys() -> None:
    script = Script()
    async with _serve(script.talk) as server:
        officer = Officer(server)
        officer.handset.start()
        await officer.until(lambda: officer.count(Shown) == 1)
        key = officer.handset.emergency(-1.5, 53.8, "help")
        officer.handset.cancel_emergency(key)
        await officer.until(lambda: officer.count(Confirmed) == 2)
        assert script.heard[-1]["emergency"] == key
        officer.handset.stop()


async def test_what_it_holds_survives_being_switched_off(tmp_path: Path) -> None:
    script, shelf = Script(), Shelf(tmp_path / "made" / "held.json")
    assert shelf.load() is None
    async with _serve(script.talk) as server:
        first = Officer(server, shelf=shelf)
        first.handset.start()
        await first.until(lambda: "ack" in script.types())
        first.handset.stop()
        second = Officer(server, shelf=shelf)
        assert list(second.handset.session.holding.alerts) == ["inc-1"]
        second.handset.start()
        await second.until(lambda: "resume" in script.types())
        second.handset.stop()


def test_an_unreadable_shelf_is_an_empty_one(tmp_path: Path) -> None:
    file = tmp_path / "held.json"
    file.write_bytes(b"{not json")
    assert Shelf(file).load() is None
    Shelf(file).save(Holding(epoch="e", seq=4))
    kept = Shelf(file).load()
    assert kept is not None
    assert (kept.epoch, kept.seq) == ("e", 4)
