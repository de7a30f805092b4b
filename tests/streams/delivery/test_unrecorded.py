"""The button works while the store is away; and when it is back, everything is as if it had never been."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from geo.errors import StoreUnavailable
from geo.model import Emergency, Status
from geo.store.contract import Store
from geo.store.rows import Act
from streams.conversation.device import DeviceSession
from streams.conversation.holding import Shown
from streams.delivery import emergencies, unrecorded
from streams.delivery.hub import Hub
from streams.delivery.journal import Journal, entries_of
from tests.streams.hub_world import Away, Line, World, world

CALLER, NEAR = (-1.55, 53.8), (-1.553, 53.8)


class Gone(Away):
    """A store that is away altogether, or that stands still, for as long as it is said to."""

    gone = False
    still: asyncio.Event | None = None

    async def _ask(self) -> None:
        if self.still is not None:
            await self.still.wait()
        if self.gone:
            raise StoreUnavailable("gone")

    async def _read(self, body: Any) -> Any:
        await self._ask()
        return await super()._read(body)

    async def _write(self, body: Any, *rest: Any) -> Any:
        await self._ask()
        return await super()._write(body, *rest)


@pytest.fixture
async def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(unrecorded, "PATIENCE_S", 0.1)
    monkeypatch.setattr("tests.streams.hub_world.Away", Gone)
    async with world(tmp_path) as made:
        made.hub = Hub(
            made.store, made.pipeline, made.verify, made.clock, "node", journal=Journal(tmp_path / "journal", "node")
        )
        yield made
        made.store.gone = False  # type: ignore[attr-defined]


def store_of(one: World) -> Gone:
    assert isinstance(one.store, Gone)
    return one.store


def press(one: World, line: Line, key: str = "sos") -> None:
    one.say(line, "emergency", key=key, at=one.now(), lon=CALLER[0], lat=CALLER[1], text="officer down")


async def in_the_store(one: World, id: str) -> Emergency:
    record = (await one.store.records([id]))[id].record
    assert isinstance(record, Emergency)
    return record


async def recorded(one: World) -> None:
    assert one.hub.unrecorded is not None
    await one.hub.unrecorded.settle()
    await one.pipeline.tick()


async def test_colleagues_know_at_once_and_the_store_when_it_is_back(one: World, tmp_path: Path) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    far = await one.officer("o3", "d3", -2.5, 52.0)
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: near.of("alert"))
    (alert,) = near.of("alert")
    assert (alert["kind"], alert["priority"], alert["rev"]) == ("emergency", 1, 1)
    assert alert["why"][0]["term"] == "unrecorded"
    assert (far.of("alert"), caller.of("alert"), caller.of("confirmed")) == ([], [], [])
    await one.until(lambda: caller.of("error"))
    assert [(error["code"], error["ref"]) for error in caller.of("error")] == [("try_again", "sos")]
    (path,) = (tmp_path / "journal").glob("*.jsonl")
    (entry,) = entries_of(path)
    assert (entry.record.id, entry.told) == (alert["alert_id"], ["o2"])
    assert one.hub.unrecorded is not None
    assert [stored.version for stored in one.hub.unrecorded.emergencies] == [0]
    with pytest.raises(StoreUnavailable):
        await one.hub.unrecorded.settle()

    store_of(one).gone = False
    await recorded(one)
    assert (await in_the_store(one, alert["alert_id"])).text == "officer down"
    assert [said["key"] for said in caller.of("confirmed")] == ["sos"]
    assert one.hub.unrecorded.emergencies == []
    assert path.read_bytes() == b""
    again = near.of("alert")[1:]
    assert [(said["alert_id"], said["rev"]) for said in again] == [(alert["alert_id"], 1)], "the same word, numbered"
    (row,) = await one.store.deliveries(alert["alert_id"])
    assert (row.officer, row.rev, row.act) == ("o2", 1, Act.ALERT)
    await one.pipeline.tick()
    assert len(near.of("alert")) == 2, "nothing more is said of it"


async def test_the_chain_of_what_a_connection_was_sent_holds(one: World) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    await one.post("before")
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: len(near.of("alert")) == 2)
    store_of(one).gone = False
    await recorded(one)
    await one.post("after")
    await one.until(lambda: len(near.of("alert")) == 4)
    said = [(alert["seq"], alert["prev_seq"]) for alert in near.of("alert")]
    first = said[0][0]
    assert said == [(first, None), (first, first), (first + 1, first), (first + 2, first + 1)]


async def test_a_connection_that_was_sent_nothing_yet_starts_its_chain_with_where_it_began(one: World) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: near.of("alert"))
    store_of(one).gone = False
    await recorded(one)
    began = near.of("reset")[0]["as_of_seq"]
    said = [(alert["seq"], alert["prev_seq"]) for alert in near.of("alert")]
    assert said == [(began, None), (began + 1, began)]


async def test_a_device_of_the_protocol_sees_no_gap_and_shows_it_once(one: World) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: near.of("alert"))
    one.say(near, "heartbeat", t=1.0)
    store_of(one).gone = False
    await recorded(one)
    await one.post("after")
    await one.until(lambda: len(near.of("alert")) == 3)
    device = DeviceSession("d2", "token", random.Random(7))
    for frame in near.frames:
        device.receive(json.dumps(frame).encode(), 0.0)
    assert near.of("heartbeat_ack")
    assert device.hang_up is None
    shown = [event.alert.alert_id for event in device.events() if isinstance(event, Shown)]
    assert len(shown) == len(set(shown)) == 2


async def test_pressed_again_and_again_it_is_one_and_who_came_near_meanwhile_is_told(one: World) -> None:
    caller, late = await one.officer("o1"), await one.officer("o2", "d2", -2.5, 52.0)
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: caller.of("error"))
    assert late.of("alert") == []
    slot = one.situations.slot_of["o2"]
    one.situations.lon[slot], one.situations.lat[slot] = NEAR
    press(one, caller)
    await one.until(lambda: late.of("alert"))
    store_of(one).gone = False
    await recorded(one)
    assert [said["key"] for said in caller.of("confirmed")] == ["sos"]
    assert len({alert["alert_id"] for alert in late.of("alert")}) == 1
    assert {alert["rev"] for alert in late.of("alert")} == {1}


async def test_taken_back_before_it_was_recorded(one: World) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: near.of("alert"))
    one.say(caller, "emergency_cancel", key="sorry", emergency="sos", at=one.now())
    await one.until(lambda: near.of("cancel"))
    (cancel,) = near.of("cancel")
    assert (cancel["rev"], cancel["reason"]) == (2, "cancelled")
    store_of(one).gone = False
    await recorded(one)
    assert {said["key"] for said in caller.of("confirmed")} == {"sos", "sorry"}
    record = await in_the_store(one, cancel["alert_id"])
    assert (record.status, record.closed_by) == (Status.CANCELLED, "o1")
    numbered = [(said["type"], said["rev"]) for said in near.frames if said["type"] in ("alert", "cancel")]
    assert numbered == [("alert", 1), ("cancel", 2), ("alert", 1), ("cancel", 2)]


async def test_a_store_that_stands_still_holds_up_nobody(one: World) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    store_of(one).still = asyncio.Event()
    press(one, caller)
    await one.until(lambda: near.of("alert"))
    still, store_of(one).still = store_of(one).still, None
    assert still is not None
    still.set()  # the put under way goes through after all: it is one emergency all the same
    await recorded(one)
    assert [said["key"] for said in caller.of("confirmed")] == ["sos"]
    assert {alert["rev"] for alert in near.of("alert")} == {1}


async def test_what_a_dead_process_left_is_recorded_by_another(one: World, tmp_path: Path) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: near.of("alert"))
    assert one.hub.unrecorded is not None
    one.hub.unrecorded.close()  # the lock goes with the process
    heir = Hub(
        one.store, one.pipeline, one.verify, one.clock, "heir", journal=Journal(tmp_path / "journal", "heir")
    ).unrecorded
    assert heir is not None
    with pytest.raises(StoreUnavailable):
        await heir.adopt()
    store_of(one).gone = False
    await heir.adopt()
    assert (await in_the_store(one, near.of("alert")[0]["alert_id"])).status is Status.OPEN
    assert list((tmp_path / "journal").glob("*.jsonl")) == []
    heir.close()


async def test_one_that_the_store_will_not_have_holds_up_no_other(
    one: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault: the first error that was not "away" ended the round, for those behind it and for the dead's."""
    caller = await one.officer("o1")
    store_of(one).gone = True
    for key in ("poison", "sos"):
        press(one, caller, key)
        await one.until(lambda key=key: [error for error in caller.of("error") if error["ref"] == key])
    store_of(one).gone = False
    keep = emergencies.keep

    async def keep_most(store: Store, record: Emergency) -> bool:
        if record.source_id == "poison":
            raise ValueError("not this one")
        return await keep(store, record)

    monkeypatch.setattr(emergencies, "keep", keep_most)
    await recorded(one)
    assert [said["key"] for said in caller.of("confirmed")] == ["sos"]
    hub = one.hub.unrecorded
    assert hub is not None
    hub.close()
    heir = Hub(
        one.store, one.pipeline, one.verify, one.clock, "heir", journal=Journal(tmp_path / "journal", "heir")
    ).unrecorded
    assert heir is not None
    await heir.adopt()
    assert len(list((tmp_path / "journal").glob("*.jsonl"))) == 1, "it stays in the journal"
    monkeypatch.undo()
    await heir.adopt()
    assert list((tmp_path / "journal").glob("*.jsonl")) == []
    heir.close()


async def test_a_disk_that_is_full_holds_up_nobody(one: World, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the folder should be")
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: near.of("alert"))
    assert one.hub.unrecorded is not None
    assert one.hub.unrecorded.journal_failures == 1
    store_of(one).gone = False
    await recorded(one)
    assert [said["key"] for said in caller.of("confirmed")] == ["sos"]


async def test_who_is_off_duty_or_may_not_know_is_told_nothing(one: World) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    one.say(near, "status", status="off_duty", at=one.now())
    await one.settled()
    await one.pipeline.tick()
    store_of(one).gone = True
    press(one, caller)
    await one.until(lambda: caller.of("error"))
    assert near.of("alert") == []
    store_of(one).gone = False
    await recorded(one)
    assert [said["key"] for said in caller.of("confirmed")] == ["sos"]


async def test_off_duty_while_the_store_is_away_he_is_nowhere_at_once(one: World) -> None:
    """The fault: no tick lets anything in before the store answers, and until then the control room was shown him."""
    near = await one.officer("o2", "d2", *NEAR)
    slot = one.situations.slot_of["o2"]
    assert one.situations.duty[slot]
    store_of(one).gone = True
    one.say(near, "status", status="off_duty", at=one.now())
    await one.until(lambda: not one.situations.duty[slot])


async def test_a_call_that_the_store_takes_goes_the_ordinary_way(one: World, tmp_path: Path) -> None:
    caller, near = await one.officer("o1"), await one.officer("o2", "d2", *NEAR)
    press(one, caller)
    await one.until(lambda: caller.of("confirmed"))
    await one.pipeline.tick()
    (alert,) = near.of("alert")
    assert all(why["term"] != "unrecorded" for why in alert["why"])
    assert not (tmp_path / "journal").exists()
