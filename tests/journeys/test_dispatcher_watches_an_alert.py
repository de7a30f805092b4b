"""A dispatcher watches how far an alert has got: on whose device, on whose not, and at whichever process they are."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.journeys.kit import Device, Message, Server, iso, metres_from
from tests.redis_server import RedisServer
from tests.servers import Postgres

pytestmark = pytest.mark.slow


class Desk:
    """A console, written from `/asyncapi.json`: it keeps what it is shown."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.units: dict[str, Message] = {}
        self.incidents: dict[str, Message] = {}
        self.emergencies: dict[str, Message] = {}
        self.deliveries: dict[str, Message] = {}
        self.receipts: dict[str, Message] = {}
        self.unanswered: dict[str, Message] = {}
        self.store, self.partial = "", False
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def open(self) -> Desk:
        url = self._server.url.replace("http", "ws") + "/v1/console"
        self._socket = await connect(url, subprotocols=["beatline.console.v1"], compression=None)  # type: ignore[list-item]
        token = self._server.token("disp-1", "dispatcher")
        await self._socket.send(json.dumps({"type": "open", "token": token}))
        self._reader = asyncio.create_task(self._read())
        await self.sees(lambda: self.store != "")
        return self

    async def sees(self, wanted: Callable[[], Any], within_s: float = 10.0) -> float:
        """How long it took, in seconds."""
        began = time.monotonic()
        while not wanted():
            assert time.monotonic() - began < within_s, self.__dict__
            await asyncio.sleep(0.01)
        return time.monotonic() - began

    def counts(self, record: str) -> dict[str, int]:
        return dict(self.deliveries.get(record, {}).get("counts", {}))

    async def close(self) -> None:
        assert self._socket is not None
        assert self._reader is not None
        await self._socket.close()
        await self._reader

    async def _read(self) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            self._take(json.loads(frame))

    def _take(self, message: Message) -> None:
        match message["type"]:
            case "snapshot":
                if message["part"] == 0:
                    self.units, self.incidents, self.emergencies, self.deliveries = {}, {}, {}, {}
                    self.receipts, self.unanswered = {}, {}
                self.store, self.partial = message["store"]["state"], message["partial"]
                for name in ("units", "incidents", "emergencies", "deliveries", "receipts", "unanswered"):
                    for item in message[name]:
                        self._take(item)
            case "unit":
                self.units[message["officer"]] = message
            case "unit_gone":
                self.units.pop(message["officer"], None)
            case "incident":
                self.incidents[message["id"]] = message
            case "incident_gone":
                self.incidents.pop(message["id"], None)
                self.deliveries.pop(message["id"], None)
                self.receipts.pop(message["id"], None)
            case "emergency":
                self.emergencies[message["id"]] = message
            case "deliveries":
                self.deliveries[message["id"]] = message
            case "receipts":
                self.receipts[message["id"]] = message
            case "unanswered":
                self.unanswered[message["id"]] = message
                if not message["count"]:
                    del self.unanswered[message["id"]]
            case "store":
                self.store = message["state"]
            case "coverage":
                self.partial = message["partial"]


def unconfirmed(server: Server, record: str) -> list[str]:
    """Who was found without it after 10 s, as the record has it."""
    with server.http() as dispatcher:
        rows = dispatcher.get(f"/v1/incidents/{record}/deliveries").json()["deliveries"]
    return [row["officer"] for row in rows if row["unconfirmed_at"] is not None]


async def test_a_device_that_does_not_confirm_is_on_the_screen(own_server: Server) -> None:
    server = own_server
    desk = await Desk(server).open()
    good = await Device(server, "good").on_patrol(metres_from(server.place, 300, 0))
    mute = await Device(server, "mute").on_patrol(metres_from(server.place, 200, 0))
    mute.acks = False
    record = server.post(hazards=["weapon"])
    await desk.sees(lambda: desk.counts(record) == {"pushed": 1, "stored": 1})
    await desk.sees(lambda: desk.counts(record) == {"unconfirmed": 1, "stored": 1}, within_s=15)
    assert [(one["officer"], one["pushed"]) for one in desk.deliveries[record]["unconfirmed"]] == [("mute", True)]
    await desk.sees(lambda: unconfirmed(server, record) == ["mute"])
    alert = await mute.alert_of(record)
    await mute.send({"type": "ack", "seq": alert["seq"]})
    await desk.sees(lambda: desk.counts(record) == {"stored": 2})
    await good.send({"type": "seen", "alert_id": record, "rev": alert["rev"], "at": iso()})
    await desk.sees(lambda: desk.counts(record) == {"stored": 1, "seen": 1})
    with server.http() as dispatcher:
        answer = dispatcher.get(f"/v1/incidents/{record}/deliveries").json()
    assert answer["counts"] == {"stored": 1, "seen": 1}
    assert unconfirmed(server, record) == ["mute"], "it was so, whatever came later"
    for device in (good, mute):
        await device.close()
    await desk.close()


async def test_who_is_offline_is_queued_and_then_unconfirmed(own_server: Server) -> None:
    server = own_server
    away = await Device(server, "away").on_patrol(server.place)
    await away.expect("status", status="available", position="ok")
    desk = await Desk(server).open()
    await away.cut()
    record = server.post(hazards=["weapon"])
    await desk.sees(lambda: desk.counts(record) == {"queued": 1})
    await desk.sees(lambda: desk.counts(record) == {"unconfirmed": 1}, within_s=15)
    assert not desk.deliveries[record]["unconfirmed"][0]["pushed"]
    await away.connect(resume=True)
    await away.alert_of(record)
    await desk.sees(lambda: desk.counts(record) == {"stored": 1})
    await away.close()
    await desk.close()


@pytest.mark.postgis
@pytest.mark.redis
async def test_across_two_processes_without_redis_and_without_the_store(
    postgres: Postgres, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEATLINE_STORE", postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    with RedisServer() as redis:
        monkeypatch.setenv("BEATLINE_REDIS", redis.url)
        with Server(tmp_path / "data") as one, Server(tmp_path / "data") as other:
            desk = await Desk(one).open()
            mute = await Device(other, "mute").on_patrol(metres_from(one.place, 300, 0))
            mute.acks = False
            await desk.sees(lambda: desk.units.get("mute", {}).get("position") is not None)
            record = one.post(hazards=["weapon"])
            await desk.sees(lambda: desk.counts(record) in ({"pushed": 1}, {"unconfirmed": 1}), within_s=8)
            await desk.sees(lambda: desk.counts(record) == {"unconfirmed": 1}, within_s=15)
            alert = await mute.alert_of(record)
            await mute.send({"type": "ack", "seq": alert["seq"]})
            await desk.sees(lambda: desk.counts(record) == {"stored": 1})

            redis.kill()
            await desk.sees(lambda: desk.partial, within_s=10)
            again = other.post(source_id="C-again", hazards=["weapon"])
            await desk.sees(lambda: again in desk.incidents)
            await desk.sees(lambda: desk.counts(again) == {"unconfirmed": 1}, within_s=16)
            mute.acks = True
            await mute.send({"type": "ack", "seq": (await mute.alert_of(again))["seq"]})
            await desk.sees(lambda: desk.counts(again) == {"stored": 1})
            await mute.send({"type": "emergency", "key": "e1", "at": iso()})
            await desk.sees(lambda: any(call["officer"] == "mute" for call in desk.emergencies.values()))
            with postgres.paused():
                await desk.sees(lambda: desk.store == "down", within_s=10)
            await desk.sees(lambda: desk.store == "up", within_s=20)
            await mute.close()
            await desk.close()
